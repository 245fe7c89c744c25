//! Writes a file tree as ISO 9660 with Rock Ridge, bootable as a CD and as a disk.
//!
//! ```text
//! byte 0      boot code, protective MBR, GPT: only where the image is also to be a disk
//! block 16    volume descriptors: primary, boot record, terminator
//!             path tables, little endian and big endian
//!             directories, each with the area that its long Rock Ridge fields continue in
//!             El Torito's boot catalog
//!             contents, the EFI image last
//!             the GPT's second copy
//! ```
//!
//! A block is 2,048 bytes. Everything is planned first: the size and the place of every file are
//! known before a byte is written, so that what holds block numbers (GRUB's boot image, the code
//! in sector 0) is patched with [`Iso::replace`] and [`Iso::set_boot_code`] in between.
//!
//! Formats: ECMA-119 (ISO 9660:1988), 4th edition; SUSP 1.12 (IEEE P1281) and RRIP 1.12 (IEEE P1282);
//! "El Torito" Bootable CD-ROM Format Specification 1.0; UEFI 2.10 sections 5 and 13.3.2.

mod boot;
mod date;
mod directory;
mod error;
mod field;
mod hybrid;
mod iso;
mod layout;
mod name;
mod options;
mod rock;
mod system_use;
mod volume;
mod write;

pub use error::Error;
pub use iso::{Extent, Iso};
pub use options::{BootEntry, BootPlatform, Hybrid, Options};

/// Bytes in a logical block, as on every CD (ECMA-119, 6.2.2).
pub const BLOCK: u64 = 2048;
