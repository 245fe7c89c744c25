//! systemd-boot: its EFI programs, its menu, and unified kernel images.
//!
//! ```text
//! ESP: EFI/BOOT/BOOTX64.EFI     systemd-boot itself, under the name that firmware looks for
//!      loader/loader.conf       LoaderConf
//!      loader/entries/ID.conf   Entry: a kernel, an initramfs and a command line
//!      EFI/Linux/ID.efi         uki::build: the same in one program
//! ```

mod entry;
mod error;
mod loader_conf;
mod pe;
mod program;
pub mod uki;
mod value;

pub use entry::Entry;
pub use error::Error;
pub use loader_conf::LoaderConf;
pub use program::Programs;
