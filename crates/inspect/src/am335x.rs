//! The image that the boot ROM of TI's AM335x loads, raw from a card or as the file `MLO`.
//!
//! A sector with a table of contents, whose only item is `CHSETTINGS`, then the GP header (size
//! and load address), then the program. The file has the same bytes as the raw form: U-Boot writes
//! one `MLO` for both. Layout: AM335x Technical Reference Manual (SPRUH73), 26.1.10 "Image Format"
//! and, for raw mode, 26.1.8.5; U-Boot, tools/omapimage.c and tools/gpheader.h. All numbers are
//! little-endian.

use std::ops::Range;

use bringup_spec::Bytes;

use crate::Error;
use crate::bytes::{Reader, has};

const WHAT: &str = "AM335x image";

/// Name of the first item of the table, at byte 20, of a field of 12.
const NAME: &[u8] = b"CHSETTINGS\0\0";

/// `KEY_CHSETTINGS`, 0xC0C0C0C1, which the item begins with.
const KEY: &[u8] = &[0xC1, 0xC0, 0xC0, 0xC0];

/// The table's and the item's sector.
const TOC_LEN: u64 = 512;

/// Size and load address.
const GP_HEADER_LEN: u64 = 8;

/// The part of the chip's RAM that the ROM loads to (SPRUH73 26.1.3.2, "Public RAM Memory Map":
/// downloaded image, 109 KiB).
const RAM: Range<u64> = 0x402F_0400..0x4030_B800;

/// A program that the boot ROM accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mlo {
    /// Where in memory the program goes and begins.
    pub load_address: u32,
    /// `size` of the GP header. U-Boot's mkimage counts the GP header's 8 bytes with it.
    pub len: Bytes,
    /// The program, from the start of the table's sector.
    pub image: Range<u64>,
}

/// Whether the table's item has its name and its key, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 20, NAME) && has(bytes, 64, KEY)
}

/// Reads the headers at the start of `bytes`, which may go on behind the program.
///
/// `max_len` is the most that the ROM loads.
///
/// # Errors
/// A table without its one item, a size of nothing or above `max_len`, a load address outside of
/// the ROM's RAM, or a program that is cut short.
pub fn parse(bytes: &[u8], max_len: Bytes) -> Result<Mlo, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(20, NAME)?;
    let field = |field, at, expected, rule| match reader.u32_le(at)? {
        found if found == expected => Ok(()),
        value => Err(Error::BadField { what: WHAT, field, value: value.into(), rule }),
    };
    field("TOC start", 0, 0x40, "be 0x40")?;
    field("TOC size", 4, 0x0C, "be 0xc")?;
    reader.magic(64, KEY)?;
    // The table's end: an item of nothing but ones.
    field("TOC end", 32, u32::MAX, "be 0xffffffff")?;
    let (size, load_address) = (reader.u32_le(TOC_LEN)?, reader.u32_le(TOC_LEN + 4)?);
    let bad = |field, value, rule| Error::BadField { what: WHAT, field, value, rule };
    if u64::from(size) <= GP_HEADER_LEN {
        return Err(bad("size", size.into(), "count more than the header of 8 bytes"));
    }
    if u64::from(size) > max_len.0 {
        return Err(Error::TooLong { what: WHAT, len: Bytes(size.into()), limit: max_len });
    }
    let memory = u64::from(load_address)..u64::from(load_address) + u64::from(size) - GP_HEADER_LEN;
    if memory.start < RAM.start || memory.end > RAM.end {
        return Err(bad("load address", memory.start, "leave all of it within 0x402f0400..0x4030b800"));
    }
    let image = TOC_LEN + GP_HEADER_LEN..TOC_LEN + u64::from(size);
    reader.get(image.start, image.end - image.start)?;
    Ok(Mlo { load_address, len: Bytes(size.into()), image })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const MAX: Bytes = Bytes::kib(109);

    /// A program of 24 bytes, with something behind it.
    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 512];
        bytes[0] = 0x40;
        bytes[4] = 0x0C;
        bytes[20..32].copy_from_slice(NAME);
        bytes[32..64].fill(0xFF);
        bytes[64..68].copy_from_slice(KEY);
        bytes[69] = 1;
        bytes.extend(32_u32.to_le_bytes());
        bytes.extend(0x402F_0400_u32.to_le_bytes());
        bytes.extend([0xEA; 30]);
        bytes
    }

    fn refused(change: fn(&mut Vec<u8>)) -> String {
        let mut bytes = fixture();
        change(&mut bytes);
        parse(&bytes, MAX).unwrap_err().to_string()
    }

    #[test]
    fn the_headers_are_read() {
        let mlo = Mlo { load_address: 0x402F_0400, len: Bytes(32), image: 520..544 };
        assert!(detect(&fixture()));
        assert_eq!(parse(&fixture(), MAX), Ok(mlo));
    }

    #[test]
    fn the_table_has_one_item_with_its_name_and_key() {
        assert_eq!(
            refused(|bytes| bytes[29] = b'Z'),
            "AM335x image: bytes at 0x14 are 43 48 53 45 54 54 49 4e 47 5a 00 00, \
             not 43 48 53 45 54 54 49 4e 47 53 00 00"
        );
        assert_eq!(refused(|bytes| bytes[0] = 0x41), "AM335x image: TOC start is 0x41, but it must be 0x40");
        assert_eq!(refused(|bytes| bytes[4] = 0), "AM335x image: TOC size is 0x0, but it must be 0xc");
        assert_eq!(
            refused(|bytes| bytes[64] = 0xC0),
            "AM335x image: bytes at 0x40 are c0 c0 c0 c0, not c1 c0 c0 c0"
        );
        assert_eq!(
            refused(|bytes| bytes[35] = 0),
            "AM335x image: TOC end is 0xffffff, but it must be 0xffffffff"
        );
    }

    #[test]
    fn the_program_fits_the_rom_and_is_there() {
        assert_eq!(
            refused(|bytes| bytes[512] = 8),
            "AM335x image: size is 0x8, but it must count more than the header of 8 bytes"
        );
        assert_eq!(
            refused(|bytes| bytes[514] = 2),
            "AM335x image: it is 128.0 KiB (131104 B) long, but at most 109 KiB are loaded"
        );
        assert_eq!(
            refused(|bytes| bytes[517] = 3),
            "AM335x image: load address is 0x402f0300, but it must leave all of it within \
             0x402f0400..0x4030b800"
        );
        assert_eq!(
            refused(|bytes| bytes.truncate(543)),
            "AM335x image: 24 B at 0x208 needed, but it ends at 0x21f"
        );
    }
}
