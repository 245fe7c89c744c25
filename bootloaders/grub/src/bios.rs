//! GRUB for a PC's BIOS, in front of the first partition.
//!
//! ```text
//! byte 0     boot.img    440 bytes of code; the MBR's table behind it stays what it is
//! byte 512   core.img    diskboot.img, 1 sector: the block list of what follows
//!                        lzma_decompress.img
//!                        LZMA( kernel.img, modules, configuration, prefix )
//! ```
//!
//! The BIOS starts `boot.img`, which knows one sector: that of `diskboot.img`, which knows the
//! sectors of the rest. Both are files of a package with those numbers patched in; only the rest
//! is put together, as `grub-mkimage -O i386-pc` does. No Reed-Solomon code is added: it protects
//! against programs that write between partitions, and the disk's plan knows no such program.

mod boot;
mod cd;
mod core;
mod installer;
mod kernel;
mod lzma;
mod modules;
mod payload;

pub use self::boot::{BOOT_CODE, boot_image};
pub use self::cd::{CD_LOAD_SECTORS, CD_MODULES, CD_PREFIX, Cd, PlacedCd};
pub use self::core::{CoreParts, MAX_CORE, core_image};
pub use self::installer::{Bios, EARLY_CONFIG, FOLDER, MODULES, PACKAGE};
pub use self::modules::closure;

use crate::Error;
use bringup_spec::Bytes;

/// Bytes in a sector, as GRUB's boot programs count them.
const SECTOR: usize = bringup_spec::SECTOR_BYTES as usize;

/// The little-endian number in `len` bytes at `offset`; the caller has checked the length.
fn number(bytes: &[u8], offset: usize, len: usize) -> u64 {
    bytes[offset..offset + len].iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// A field that a GRUB file holds before it is patched.
struct Field {
    name: &'static str,
    offset: usize,
    len: usize,
    expected: u64,
}

/// Checks that `bytes` has what this code is about to replace where it expects it.
fn check(file: &'static str, bytes: &[u8], fields: &[Field]) -> Result<(), Error> {
    for field in fields {
        let found = number(bytes, field.offset, field.len);
        if found != field.expected {
            let Field { name, offset, expected, .. } = *field;
            return Err(Error::UnexpectedField { file, field: name, offset, found, expected });
        }
    }
    Ok(())
}

/// Checks that `bytes` is one sector.
fn one_sector(file: &'static str, bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() == SECTOR {
        return Ok(());
    }
    Err(Error::WrongSize { file, len: Bytes(bytes.len() as u64), expected: Bytes(SECTOR as u64) })
}
