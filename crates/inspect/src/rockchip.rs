//! The ID block that Rockchip's boot ROMs look for in front of the first programs (`idbloader.img`).
//!
//! Two versions: the older one is a sector scrambled with RC4 and a key known to all, the newer
//! one, of RK356x and later, is plain and holds hashes. Layout: U-Boot, tools/rkcommon.c
//! (`struct header0_info`, `struct header0_info_v2`). All numbers are little-endian, places and
//! lengths in sectors of 512 bytes. The form for SPI flash, which leaves half of it empty, is not read.

mod rc4;
mod v2;

use std::ops::Range;

use bringup_spec::Bytes;

use crate::Error;
use crate::bytes::{Reader, has};

const WHAT: &str = "Rockchip ID block";

const SECTOR: u64 = 512;

/// `RK_MAGIC` of the older version, 0x0FF0AA55, behind the scrambling.
const MAGIC: &[u8] = &[0x55, 0xAA, 0xF0, 0x0F];

/// The same as it stands on the disk.
const SCRAMBLED_MAGIC: &[u8] = &[0x3B, 0x8C, 0xDC, 0xFC];

/// `RK_MAGIC_V2`.
const MAGIC_V2: &[u8] = b"RKNS";

/// `RK_SIZE_ALIGN`: the ROM loads 2 KiB at a time.
const ALIGN_SECTORS: u16 = 4;

/// `RK_MAX_BOOT_SIZE`: written as the length of the second program if there is none.
const NO_BOOT_SECTORS: u16 = 1024;

/// Programs that the boot ROM accepts. Ranges are in bytes from the start of the ID block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdBlock {
    /// 1 for the scrambled version, 2 for `RKNS`.
    pub version: u8,
    /// The four characters that the first program begins with in version 1, by chip: `RK33` on the
    /// RK3399, `RK32` on the RK3328.
    pub tag: Option<String>,
    /// Whether the programs are scrambled as well.
    pub is_scrambled: bool,
    /// What goes into the chip's SRAM: TPL, or SPL where there is no TPL.
    pub init: Range<u64>,
    /// What the ROM loads into DRAM after that returned: SPL.
    pub boot: Option<Range<u64>>,
    /// Whether hashes of both programs were there, and verified.
    pub is_hashed: bool,
}

/// Whether the magic number of either version is there, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 0, SCRAMBLED_MAGIC) || has(bytes, 0, MAGIC_V2)
}

/// Reads the ID block at the start of `bytes`, which may go on behind the programs.
///
/// `max_init` is the most that fits in the chip's SRAM.
///
/// # Errors
/// Neither magic number, programs that lie in the ID block, overlap, are not whole 2 KiB, are cut short
/// or longer than `max_init`, a tag that is not text, or a hash that differs.
pub fn parse(bytes: &[u8], max_init: Bytes) -> Result<IdBlock, Error> {
    if has(bytes, 0, MAGIC_V2) {
        return v2::parse(Reader::new(WHAT, bytes), max_init);
    }
    let reader = Reader::new(WHAT, bytes);
    reader.magic(0, SCRAMBLED_MAGIC)?;
    let plain = rc4::scramble(reader.get(0, SECTOR)?);
    let header = Reader::new(WHAT, &plain);
    header.magic(0, MAGIC)?;
    // A flag that says "do not unscramble".
    let is_scrambled = header.u32_le(8)? == 0;
    let (offset, init, both) = (header.u16_le(12)?, header.u16_le(506)?, header.u16_le(508)?);
    let init_range = range(reader, "init_offset", offset, "init_size", init)?;
    check_len(&init_range, max_init)?;
    let boot_len = both.checked_sub(init).ok_or(Error::BadField {
        what: WHAT,
        field: "init_boot_size",
        value: both.into(),
        rule: "count init_size",
    })?;
    let boot = match boot_len {
        0 | NO_BOOT_SECTORS => None,
        len => Some(range_at(reader, init_range.end, "init_boot_size", len)?),
    };
    let first = reader.get(init_range.start, SECTOR)?;
    let tag = if is_scrambled { rc4::scramble(first) } else { first.to_vec() };
    let tag = std::str::from_utf8(&tag[..4]).ok();
    let tag = tag.filter(|tag| tag.bytes().all(|byte| byte.is_ascii_graphic()));
    let tag = tag.ok_or(Error::NotText { what: WHAT, field: "the chip's tag", offset: init_range.start })?;
    let tag = Some(tag.to_owned());
    Ok(IdBlock { version: 1, tag, is_scrambled, init: init_range, boot, is_hashed: false })
}

fn check_len(range: &Range<u64>, max: Bytes) -> Result<(), Error> {
    match range.end - range.start {
        len if len > max.0 => Err(Error::TooLong { what: WHAT, len: Bytes(len), limit: max }),
        _ => Ok(()),
    }
}

/// The range of a program, if it is behind the sector of the ID block.
fn range(
    reader: Reader<'_>,
    offset_field: &'static str,
    offset: u16,
    len_field: &'static str,
    len: u16,
) -> Result<Range<u64>, Error> {
    if offset == 0 {
        let rule = "lie behind the ID block";
        return Err(Error::BadField { what: WHAT, field: offset_field, value: 0, rule });
    }
    range_at(reader, u64::from(offset) * SECTOR, len_field, len)
}

fn range_at(reader: Reader<'_>, start: u64, field: &'static str, len: u16) -> Result<Range<u64>, Error> {
    if len == 0 || !len.is_multiple_of(ALIGN_SECTORS) {
        let rule = "be whole units of 4 sectors";
        return Err(Error::BadField { what: WHAT, field, value: len.into(), rule });
    }
    let len = u64::from(len) * SECTOR;
    reader.get(start, len)?;
    Ok(start..start + len)
}

#[cfg(test)]
pub(crate) mod tests;
