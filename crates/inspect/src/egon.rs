//! `eGON.BT0`, the header that Allwinner's boot ROMs look for in front of the SPL.
//!
//! Layout: U-Boot, include/sunxi_image.h (`struct boot_file_head`); the
//! checksum rule: tools/sunxi_egon.c. All numbers are little-endian.

use bringup_spec::Bytes;

use crate::Error;
use crate::bytes::{Reader, has};

/// At byte 4.
const MAGIC: &[u8] = b"eGON.BT0";

/// What stands in the checksum's place while the checksum is made (U-Boot, `BROM_STAMP_VALUE`).
const SEED: u32 = 0x5F0A_6C39;

/// The part of the header that the boot ROM reads.
const HEADER_LEN: u32 = 32;

/// Since this version of U-Boot's own part of the header, the device tree's name is in it
/// (`SPL_DT_HEADER_VERSION`, 0.2 as five bits of minor version).
const DT_NAME_VERSION: u8 = 2;

/// A program that an Allwinner boot ROM accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Egon {
    /// How much the boot ROM loads, header and padding included.
    pub length: Bytes,
    /// The sum of its 32-bit words, with the seed in the sum's own place.
    pub checksum: u32,
    /// The name of the device tree that the SPL asks the FIT behind it for, where it says so:
    /// `sun50i-a64-pine64-lts`.
    pub device_tree: Option<String>,
}

/// Whether the magic number is there, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 4, MAGIC)
}

/// Reads and verifies the program at the start of `bytes`, which may go on behind it.
///
/// `max_len` is the most that the chip's boot ROM loads.
///
/// # Errors
/// No magic number, a length that is not whole words or leaves the bytes or `max_len`, or a checksum that differs.
pub fn parse(bytes: &[u8], max_len: Bytes) -> Result<Egon, Error> {
    let what = "eGON.BT0";
    let reader = Reader::new(what, bytes);
    reader.magic(4, MAGIC)?;
    let stored = reader.u32_le(12)?;
    let length = reader.u32_le(16)?;
    let bad_length = |rule| Error::BadField { what, field: "length", value: length.into(), rule };
    if length < HEADER_LEN {
        return Err(bad_length("hold the header of 0x20 bytes"));
    }
    if length % 4 != 0 {
        return Err(bad_length("be a multiple of 4"));
    }
    if u64::from(length) > max_len.0 {
        return Err(Error::TooLong { what, len: Bytes(length.into()), limit: max_len });
    }
    let program = reader.get(0, length.into())?;
    let computed = checksum(program, stored);
    if computed != stored {
        return Err(Error::BadChecksum { what, stored, computed });
    }
    let device_tree = device_tree(Reader::new(what, program))?;
    Ok(Egon { length: Bytes(length.into()), checksum: stored, device_tree })
}

/// The sum of all words, in which `stored` counts as the seed.
fn checksum(program: &[u8], stored: u32) -> u32 {
    let words = program.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    words.fold(SEED.wrapping_sub(stored), u32::wrapping_add)
}

fn device_tree(reader: Reader<'_>) -> Result<Option<String>, Error> {
    // Five bits of minor and three of major version; a length of 32 has none of these fields.
    let versioned = has(reader.bytes, 20, b"SPL") && reader.bytes.len() >= 36;
    if !versioned || reader.u8(23)? < DT_NAME_VERSION {
        return Ok(None);
    }
    match reader.u32_le(32)? {
        0 => Ok(None),
        offset => reader.string("dt_name", offset.into()).map(|name| Some(name.to_owned())),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const MAX: Bytes = Bytes::kib(32);

    /// A program of 1,024 bytes with something behind it.
    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0_u8; 1024];
        bytes[..4].copy_from_slice(&0xEA00_0016_u32.to_le_bytes());
        bytes[4..12].copy_from_slice(MAGIC);
        bytes[16..20].copy_from_slice(&1024_u32.to_le_bytes());
        bytes[20..24].copy_from_slice(b"SPL\x02");
        bytes[32..36].copy_from_slice(&44_u32.to_le_bytes());
        bytes[44..55].copy_from_slice(b"sun50i-test");
        bytes[512..516].copy_from_slice(&0xDEAD_BEEF_u32.to_le_bytes());
        let sum = checksum(&bytes, 0);
        bytes[12..16].copy_from_slice(&sum.to_le_bytes());
        bytes.extend([0xFF; 7]);
        bytes
    }

    fn refused(change: fn(&mut Vec<u8>)) -> Error {
        let mut bytes = fixture();
        change(&mut bytes);
        parse(&bytes, MAX).unwrap_err()
    }

    #[test]
    fn a_sound_program_is_accepted() {
        let egon = parse(&fixture(), MAX).unwrap();
        // 0x5F0A6C39 + 0xEA000016 + "eGON" + ".BT0" + 1024 + "SPL\x02" + 44 + the name + 0xDEADBEEF.
        let words = [
            0x5F0A_6C39,
            0xEA00_0016,
            0x4E4F_4765,
            0x3054_422E,
            1024,
            0x024C_5053,
            44,
            0x356E_7573,
            0x742D_6930,
            0x0074_7365,
            0xDEAD_BEEF,
        ];
        let sum = words.into_iter().fold(0_u32, u32::wrapping_add);
        assert_eq!(
            egon,
            Egon { length: Bytes(1024), checksum: sum, device_tree: Some("sun50i-test".to_owned()) }
        );
    }

    #[test]
    fn the_checksum_covers_every_byte() {
        let stored = u32::from_le_bytes(fixture()[12..16].try_into().unwrap());
        for at in [0, 512, 1023] {
            let mut bytes = fixture();
            bytes[at] ^= 1;
            let error = parse(&bytes, MAX).unwrap_err();
            assert!(
                matches!(error, Error::BadChecksum { stored: s, computed, .. } if s == stored && computed != s),
                "{at}: {error}"
            );
        }
    }

    #[test]
    fn bytes_behind_the_program_do_not_count() {
        let mut bytes = fixture();
        bytes[1024] = 0;
        assert!(parse(&bytes, MAX).is_ok());
    }

    #[test]
    fn the_magic_number_is_at_4() {
        assert_eq!(
            refused(|bytes| bytes[11] = b'1').to_string(),
            "eGON.BT0: bytes at 0x4 are `eGON.BT1`, not `eGON.BT0`"
        );
    }

    #[test]
    fn the_length_is_whole_words_within_the_bytes() {
        let length = |length: u32| {
            let mut bytes = fixture();
            bytes[16..20].copy_from_slice(&length.to_le_bytes());
            parse(&bytes, MAX).unwrap_err().to_string()
        };
        assert_eq!(length(1022), "eGON.BT0: length is 0x3fe, but it must be a multiple of 4");
        assert_eq!(length(28), "eGON.BT0: length is 0x1c, but it must hold the header of 0x20 bytes");
        assert_eq!(length(2048), "eGON.BT0: 2 KiB at 0x0 needed, but it ends at 0x407");
        assert_eq!(length(32772), "eGON.BT0: it is 32.0 KiB (32772 B) long, but at most 32 KiB are loaded");
    }

    #[test]
    fn a_short_blob_is_an_error() {
        assert_eq!(
            parse(&fixture()[..14], MAX).unwrap_err().to_string(),
            "eGON.BT0: 4 B at 0xc needed, but it ends at 0xe"
        );
    }
}
