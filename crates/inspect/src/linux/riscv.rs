//! The RISC-V `Image`.
//!
//! Layout: Linux, Documentation/arch/riscv/boot-image-header.rst. All
//! numbers are little-endian.

use bringup_spec::Bytes;

use crate::bytes::{Reader, has};
use crate::{Error, pe};

const WHAT: &str = "RISC-V Image";

/// `magic2`, at byte 56; the older `magic` at 48 is on its way out.
const MAGIC: &[u8] = b"RSC\x05";

/// A RISC-V kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiscvImage {
    /// Where it is loaded, from the start of memory.
    pub text_offset: Bytes,
    /// The memory that it takes.
    pub image_size: Bytes,
    /// Whether UEFI can start it as well.
    pub efi: bool,
}

/// Whether the magic number is there, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 56, MAGIC)
}

/// Reads the header and, where there is one, the UEFI stub's, which says how long the file must be.
///
/// # Errors
/// No magic number, no size, a big-endian kernel, or sections that are not there.
pub fn parse(bytes: &[u8]) -> Result<RiscvImage, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(56, MAGIC)?;
    let image_size = reader.u64_le(16)?;
    if image_size == 0 {
        return Err(Error::BadField { what: WHAT, field: "image_size", value: 0, rule: "not be 0" });
    }
    let flags = reader.u64_le(24)?;
    if flags & 1 != 0 {
        return Err(Error::Unsupported { what: WHAT, field: "big-endian flags", value: flags });
    }
    let efi = pe::detect(bytes);
    if efi {
        pe::parse(bytes)?;
    }
    Ok(RiscvImage { text_offset: Bytes(reader.u64_le(8)?), image_size: Bytes(image_size), efi })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[8..16].copy_from_slice(&0x20_0000_u64.to_le_bytes());
        bytes[16..24].copy_from_slice(&0x100_0000_u64.to_le_bytes());
        bytes[48..56].copy_from_slice(b"RISCV\0\0\0");
        bytes[56..60].copy_from_slice(MAGIC);
        bytes
    }

    fn refused(change: fn(&mut Vec<u8>)) -> String {
        let mut bytes = fixture();
        change(&mut bytes);
        parse(&bytes).unwrap_err().to_string()
    }

    #[test]
    fn the_header_is_read() {
        assert_eq!(
            parse(&fixture()).unwrap(),
            RiscvImage { text_offset: Bytes::mib(2), image_size: Bytes::mib(16), efi: false }
        );
    }

    #[test]
    fn each_rule_has_its_error() {
        assert_eq!(
            refused(|bytes| bytes[59] = 4),
            "RISC-V Image: bytes at 0x38 are 52 53 43 04, not 52 53 43 05"
        );
        assert_eq!(refused(|bytes| bytes[19] = 0), "RISC-V Image: image_size is 0x0, but it must not be 0");
        assert_eq!(refused(|bytes| bytes[24] = 1), "RISC-V Image: big-endian flags 0x1 is not supported");
        assert_eq!(
            refused(|bytes| bytes.truncate(58)),
            "RISC-V Image: 4 B at 0x38 needed, but it ends at 0x3a"
        );
    }
}
