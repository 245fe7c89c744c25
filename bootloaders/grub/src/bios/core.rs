//! `core.img`: what `grub-mkimage -O i386-pc` makes, made here.
//!
//! GRUB, util/mkimage.c, `grub_install_generate_image`, and util/setup.c for the block list.

use std::borrow::Cow;

use bringup_spec::{Bytes, Lba};

use super::{Field, SECTOR, check, lzma, number, one_sector, payload};
use crate::Error;

/// The most that `core.img` can be behind its first sector: what is loaded at 0x8200 must end below
/// 0x78000, and GRUB's own tools count it from 0x9000, where its kernel is to be.
///
/// GRUB, util/mkimage.c, "core image is too big".
pub const MAX_CORE: Bytes = Bytes(0x78000 - 0x9000);

/// What a core image is made of: whole files of `grub-pc-bin`, and two texts.
#[derive(Clone, Copy, Debug)]
pub struct CoreParts<'a> {
    /// `diskboot.img`.
    pub diskboot: &'a [u8],
    /// `lzma_decompress.img`.
    pub decompressor: &'a [u8],
    /// `kernel.img`, an ELF program.
    pub kernel: &'a [u8],
    /// The `.mod` files, each behind those it depends on: see [`closure`](super::closure).
    pub modules: &'a [Cow<'a, [u8]>],
    /// Commands for GRUB's rescue parser (no `if`, no quoting), run before the menu is read.
    pub config: Option<&'a str>,
    /// The folder of `grub.cfg`, on a partition of the boot drive: `(,msdos1)/boot/grub`.
    pub prefix: &'a str,
}

/// The entry of `diskboot.img`'s block list, a `grub_pc_bios_boot_blocklist` (GRUB,
/// include/grub/offsets.h) in the sector's last 12 bytes: sector, count, segment.
const LIST_SECTOR: usize = 0x1f4;
const LIST_COUNT: usize = 0x1fc;

const DISKBOOT_FIELDS: [Field; 4] = [
    Field { name: "the sector of the rest", offset: LIST_SECTOR, len: 8, expected: 2 },
    Field { name: "the count of sectors", offset: LIST_COUNT, len: 2, expected: 0 },
    // `GRUB_BOOT_I386_PC_KERNEL_SEG` and one sector: address 0x8200.
    Field { name: "the segment of the rest", offset: 0x1fe, len: 2, expected: 0x820 },
    // The entry in front of the first one ends the list by its count.
    Field { name: "the end of the block list", offset: LIST_COUNT - 12, len: 2, expected: 0 },
];

/// Fields of `lzma_decompress.img`: GRUB, include/grub/offsets.h.
const COMPRESSED_LEN: usize = 0x08;
const UNCOMPRESSED_LEN: usize = 0x0c;
const NO_REED_SOLOMON_LEN: usize = 0x14;

/// The most that the decompressor can be: `GRUB_DECOMPRESSOR_I386_PC_MAX_DECOMPRESSOR_SIZE`.
const MAX_DECOMPRESSOR: Bytes = Bytes(0x9000 - 0x8200);

const DECOMPRESSOR_FIELDS: [Field; 4] = [
    // A far jump with segment 0 (grub-core/boot/i386/pc/startup_raw.S); its target varies.
    Field { name: "its first jump", offset: 0, len: 1, expected: 0xea },
    Field { name: "the compressed length", offset: COMPRESSED_LEN, len: 4, expected: 0 },
    Field { name: "the uncompressed length", offset: UNCOMPRESSED_LEN, len: 4, expected: 0 },
    Field { name: "the length of Reed-Solomon codes", offset: 0x10, len: 4, expected: 0 },
];

/// The image that lies from sector `start` on, in whole sectors, one behind another.
///
/// # Errors
/// A file is not the one its name says, or of a GRUB that is laid out differently; it all does not
/// fit into the memory it is loaded to.
pub fn core_image(parts: &CoreParts<'_>, start: Lba) -> Result<Vec<u8>, Error> {
    one_sector("diskboot.img", parts.diskboot)?;
    check("diskboot.img", parts.diskboot, &DISKBOOT_FIELDS)?;
    check_decompressor(parts.decompressor)?;
    let Some(rest) = start.0.checked_add(1).filter(|_| start.0 > 0) else {
        let reason = "the MBR is in front of it, and a sector behind its first one";
        return Err(Error::BadPlace { lba: start.0, reason });
    };

    let payload = payload::payload(parts.kernel, parts.modules, parts.config, parts.prefix)?;
    let compressed = lzma::compress(&payload)?;
    let len = Bytes((parts.decompressor.len() + compressed.len()) as u64);
    if len > MAX_CORE {
        return Err(Error::TooLarge { what: "`core.img`", len, max: MAX_CORE });
    }
    let sectors = len.0.div_ceil(SECTOR as u64);

    let mut image = parts.diskboot.to_vec();
    set_rest(&mut image, Lba(rest));
    put(&mut image, LIST_COUNT, &(sectors as u16).to_le_bytes());
    image.extend(parts.decompressor);
    put(&mut image, SECTOR + COMPRESSED_LEN, &(compressed.len() as u32).to_le_bytes());
    put(&mut image, SECTOR + UNCOMPRESSED_LEN, &(payload.len() as u32).to_le_bytes());
    image.extend(compressed);
    image.resize(image.len().next_multiple_of(SECTOR), 0);
    Ok(image)
}

/// Says in `image`'s first sector where the rest of it begins.
pub(super) fn set_rest(image: &mut [u8], rest: Lba) {
    put(image, LIST_SECTOR, &rest.0.to_le_bytes());
}

fn check_decompressor(bytes: &[u8]) -> Result<(), Error> {
    const FILE: &str = "lzma_decompress.img";
    let len = Bytes(bytes.len() as u64);
    if len > MAX_DECOMPRESSOR {
        return Err(Error::TooLarge { what: "`lzma_decompress.img`", len, max: MAX_DECOMPRESSOR });
    }
    // Its variables end with the boot device's 4 bytes at 0x18.
    let too_short = |least| Err(Error::TooShort { file: FILE, len, least: Bytes(least) });
    if bytes.len() < 0x1c {
        return too_short(0x1c);
    }
    check(FILE, bytes, &DECOMPRESSOR_FIELDS)?;
    // The part that Reed-Solomon codes never cover; util/setup.c takes a length past the file's end
    // as that of another version.
    let uncovered = number(bytes, NO_REED_SOLOMON_LEN, 2);
    if uncovered > len.0 { too_short(uncovered) } else { Ok(()) }
}

fn put(image: &mut [u8], offset: usize, bytes: &[u8]) {
    image[offset..offset + bytes.len()].copy_from_slice(bytes);
}

#[cfg(test)]
pub(super) mod tests;
