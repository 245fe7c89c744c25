//! U-Boot's legacy image header, in front of `u-boot.img`, kernels and scripts.
//!
//! Layout: U-Boot, include/image.h (`struct legacy_img_hdr`). All numbers are
//! big-endian; both checksums are CRC-32 as in gzip.

use bringup_spec::Bytes;

use crate::Error;
use crate::bytes::{Reader, has};

const WHAT: &str = "uImage";

/// `IH_MAGIC`, at byte 0.
const MAGIC: &[u8] = &[0x27, 0x05, 0x19, 0x56];

const HEADER_LEN: u64 = 64;

/// A legacy image. The numbers are those of U-Boot's include/image.h.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UImage {
    /// `ih_name`, without its padding.
    pub name: String,
    /// `ih_size`: the length of what follows the header.
    pub len: Bytes,
    /// `ih_load`.
    pub load_address: u32,
    /// `ih_ep`.
    pub entry_address: u32,
    /// `ih_os`: 5 is Linux, 17 U-Boot itself.
    pub os: u8,
    /// `ih_arch`: 2 is ARM, 3 x86, 22 arm64, 24 x86-64, 26 RISC-V.
    pub arch: u8,
    /// `ih_type`: 2 is a kernel, 5 firmware, 6 a script.
    pub kind: u8,
    /// `ih_comp`: 0 is none.
    pub compression: u8,
}

/// Whether the magic number is there, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 0, MAGIC)
}

/// Reads the header and verifies both checksums.
///
/// # Errors
/// No magic number, data that is cut short, or a checksum that differs.
pub fn parse(bytes: &[u8]) -> Result<UImage, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(0, MAGIC)?;
    let header = reader.get(0, HEADER_LEN)?;
    let mut crc = crc32fast::Hasher::new();
    // The header's checksum counts as zero.
    crc.update(&header[..4]);
    crc.update(&[0; 4]);
    crc.update(&header[8..]);
    check_sum("uImage header", reader.u32_be(4)?, crc.finalize())?;
    let len = u64::from(reader.u32_be(12)?);
    let data = reader.get(HEADER_LEN, len)?;
    check_sum("uImage data", reader.u32_be(24)?, crc32fast::hash(data))?;
    // A name of 32 bytes has no NUL.
    let name = header[32..].split(|&byte| byte == 0).next().unwrap_or_default();
    Ok(UImage {
        name: String::from_utf8_lossy(name).into_owned(),
        len: Bytes(len),
        load_address: reader.u32_be(16)?,
        entry_address: reader.u32_be(20)?,
        os: header[28],
        arch: header[29],
        kind: header[30],
        compression: header[31],
    })
}

fn check_sum(what: &'static str, stored: u32, computed: u32) -> Result<(), Error> {
    if stored == computed { Ok(()) } else { Err(Error::BadChecksum { what, stored, computed }) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[12..16].copy_from_slice(&3_u32.to_be_bytes());
        bytes[16..20].copy_from_slice(&0x8080_0000_u32.to_be_bytes());
        bytes[24..28].copy_from_slice(&crc32fast::hash(b"abc").to_be_bytes());
        bytes[28..32].copy_from_slice(&[17, 2, 5, 0]);
        bytes[32..38].copy_from_slice(b"U-Boot");
        let sum = crc32fast::hash(&bytes);
        bytes[4..8].copy_from_slice(&sum.to_be_bytes());
        bytes.extend(b"abc");
        bytes
    }

    #[test]
    fn the_header_is_read() {
        assert_eq!(
            parse(&fixture()).unwrap(),
            UImage {
                name: "U-Boot".to_owned(),
                len: Bytes(3),
                load_address: 0x8080_0000,
                entry_address: 0,
                os: 17,
                arch: 2,
                kind: 5,
                compression: 0
            }
        );
    }

    #[test]
    fn a_checksum_covers_every_byte() {
        for (at, what) in [(9, "uImage header"), (63, "uImage header"), (66, "uImage data")] {
            let mut bytes = fixture();
            bytes[at] ^= 1;
            let error = parse(&bytes).unwrap_err();
            assert!(
                matches!(error, Error::BadChecksum { what: found, .. } if found == what),
                "{at}: {error}"
            );
        }
    }

    #[test]
    fn a_cut_image_is_refused() {
        assert_eq!(
            parse(&fixture()[..66]).unwrap_err().to_string(),
            "uImage: 3 B at 0x40 needed, but it ends at 0x42"
        );
    }
}
