//! The header in front of the SPL of StarFive's JH7110 (`u-boot-spl.bin.normal.out`).
//!
//! Layout: U-Boot, tools/sfspl.c (`struct spl_hdr`). All numbers are
//! little-endian; the checksum is CRC-32 as in gzip.

use std::ops::Range;

use bringup_spec::Bytes;

use crate::Error;
use crate::bytes::{Reader, has};

const WHAT: &str = "StarFive SPL";

/// `offset` at byte 0, the place of the header proper: 0x240.
const OFFSET: &[u8] = &[0x40, 0x02, 0, 0];

/// `version` at byte 0x284.
const VERSION: &[u8] = &[1, 1, 1, 1];

/// All of it, with its padding: 0x400.
const HEADER_LEN: u32 = 0x400;

/// A program that the boot ROM accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StarFive {
    /// `bkp_offs`: where in flash another copy is; of no use on a card.
    pub backup: u32,
    /// The program, from the start of the header.
    pub image: Range<u64>,
    /// Its CRC-32, verified.
    pub checksum: u32,
}

/// Whether both constants of the header are there, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 0, OFFSET) && has(bytes, 0x284, VERSION)
}

/// Reads the header at the start of `bytes`, which may go on behind the program, and verifies the
/// checksum.
///
/// `max_len` is the most that the ROM loads, the header not counted.
///
/// # Errors
/// A header with other constants, a length of nothing or above `max_len`, a program that is cut
/// short, or a checksum that differs.
pub fn parse(bytes: &[u8], max_len: Bytes) -> Result<StarFive, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(0, OFFSET)?;
    reader.magic(0x284, VERSION)?;
    let (len, header_len) = (reader.u32_le(0x288)?, reader.u32_le(0x28C)?);
    let bad = |field, value: u32, rule| Error::BadField { what: WHAT, field, value: value.into(), rule };
    if header_len != HEADER_LEN {
        return Err(bad("hdr_size", header_len, "be 0x400"));
    }
    if len == 0 {
        return Err(bad("file_size", len, "not be nothing"));
    }
    if u64::from(len) > max_len.0 {
        return Err(Error::TooLong { what: WHAT, len: Bytes(len.into()), limit: max_len });
    }
    let program = reader.get(header_len.into(), len.into())?;
    let (stored, computed) = (reader.u32_le(0x290)?, crc32fast::hash(program));
    if stored != computed {
        return Err(Error::BadChecksum { what: WHAT, stored, computed });
    }
    let start = u64::from(header_len);
    Ok(StarFive { backup: reader.u32_le(4)?, image: start..start + u64::from(len), checksum: stored })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const MAX: Bytes = Bytes::kib(180);

    /// A program of 9 bytes, with something behind it.
    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 0x400];
        bytes[..4].copy_from_slice(OFFSET);
        bytes[6] = 0x20;
        bytes[0x284..0x288].copy_from_slice(VERSION);
        bytes[0x288] = 9;
        bytes[0x28D] = 4;
        // The check value of CRC-32.
        bytes[0x290..0x294].copy_from_slice(&0xCBF4_3926_u32.to_le_bytes());
        bytes.extend(b"123456789more");
        bytes
    }

    fn refused(change: fn(&mut Vec<u8>)) -> String {
        let mut bytes = fixture();
        change(&mut bytes);
        parse(&bytes, MAX).unwrap_err().to_string()
    }

    #[test]
    fn the_header_is_read() {
        let spl = StarFive { backup: 0x20_0000, image: 0x400..0x409, checksum: 0xCBF4_3926 };
        assert!(detect(&fixture()));
        assert_eq!(parse(&fixture(), MAX), Ok(spl));
    }

    #[test]
    fn each_rule_has_its_error() {
        for (change, message) in [
            (
                (|bytes| bytes[0] = 0) as fn(&mut Vec<u8>),
                "StarFive SPL: bytes at 0x0 are 00 02 00 00, not 40 02 00 00",
            ),
            (|bytes| bytes[0x284] = 2, "StarFive SPL: bytes at 0x284 are 02 01 01 01, not 01 01 01 01"),
            (|bytes| bytes[0x28D] = 3, "StarFive SPL: hdr_size is 0x300, but it must be 0x400"),
            (|bytes| bytes[0x288] = 0, "StarFive SPL: file_size is 0x0, but it must not be nothing"),
            (
                |bytes| bytes[0x28A] = 3,
                "StarFive SPL: it is 192.0 KiB (196617 B) long, but at most 180 KiB are loaded",
            ),
            (|bytes| bytes.truncate(0x408), "StarFive SPL: 9 B at 0x400 needed, but it ends at 0x408"),
            (
                |bytes| bytes[0x408] = b'8',
                "StarFive SPL: its checksum is 0xcbf43926, but that of its bytes is 0xbcf309b0",
            ),
        ] {
            assert_eq!(refused(change), message);
        }
    }
}
