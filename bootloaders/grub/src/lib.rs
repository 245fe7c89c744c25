//! GRUB: installed for BIOS without any GRUB program, started by UEFI, and its menu.
//!
//! [`bios`] puts `boot.img` and a `core.img` made here in front of the first partition, [`efi`]
//! says which of Debian's ready-made images UEFI starts and where it looks for its menu, and
//! [`config`] writes that menu. All of it starts from unpacked packages and runs nothing.
//!
//! Facts are from GRUB 2.12's source; a file of it is named as in its release.

pub mod bios;
pub mod config;
pub mod efi;
mod error;

pub use error::Error;
