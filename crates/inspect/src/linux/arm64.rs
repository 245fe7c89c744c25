//! The arm64 `Image`.
//!
//! Layout: Linux, Documentation/arch/arm64/booting.rst, "Call the kernel
//! image". All numbers are little-endian whatever the kernel is.

use bringup_spec::Bytes;

use crate::bytes::{Reader, has};
use crate::{Error, pe};

const WHAT: &str = "arm64 Image";

/// At byte 56.
const MAGIC: &[u8] = b"ARM\x64";

/// An arm64 kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm64Image {
    /// Where it is loaded, from a 2 MiB boundary.
    pub text_offset: Bytes,
    /// The memory that it takes, uninitialised data included.
    pub image_size: Bytes,
    /// The size of its pages; none if it does not say.
    pub page_size: Option<Bytes>,
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
/// No magic number, a kernel from before Linux 3.17 (it does not say its size), a big-endian
/// kernel, or sections that are not there.
pub fn parse(bytes: &[u8]) -> Result<Arm64Image, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(56, MAGIC)?;
    let image_size = reader.u64_le(16)?;
    if image_size == 0 {
        return Err(Error::Unsupported { what: WHAT, field: "image_size", value: 0 });
    }
    let flags = reader.u64_le(24)?;
    if flags & 1 != 0 {
        return Err(Error::Unsupported { what: WHAT, field: "big-endian flags", value: flags });
    }
    let page_size = match flags >> 1 & 3 {
        1 => Some(Bytes::kib(4)),
        2 => Some(Bytes::kib(16)),
        3 => Some(Bytes::kib(64)),
        _ => None,
    };
    let efi = pe::detect(bytes);
    if efi {
        pe::parse(bytes)?;
    }
    Ok(Arm64Image { text_offset: Bytes(reader.u64_le(8)?), image_size: Bytes(image_size), page_size, efi })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 0x300];
        pe::tests::put_headers(&mut bytes, pe::Machine::ARM64);
        bytes[16..24].copy_from_slice(&0x28_0000_u64.to_le_bytes());
        // Little-endian, 4 KiB pages, anywhere in memory.
        bytes[24] = 0b1010;
        bytes[56..60].copy_from_slice(MAGIC);
        bytes
    }

    #[test]
    fn the_header_is_read() {
        let image = Arm64Image {
            text_offset: Bytes(0),
            image_size: Bytes(0x28_0000),
            page_size: Some(Bytes::kib(4)),
            efi: true,
        };
        assert_eq!(parse(&fixture()).unwrap(), image);
    }

    #[test]
    fn a_kernel_without_the_stub_is_a_kernel() {
        let mut bytes = fixture();
        bytes[0] = 0;
        assert!(!parse(&bytes).unwrap().efi);
    }

    #[test]
    fn the_magic_number_is_at_56() {
        let mut bytes = fixture();
        bytes[59] = b'e';
        assert_eq!(
            parse(&bytes).unwrap_err().to_string(),
            "arm64 Image: bytes at 0x38 are `ARMe`, not `ARMd`"
        );
    }

    #[test]
    fn big_endian_kernels_are_refused() {
        let mut bytes = fixture();
        bytes[24] |= 1;
        assert_eq!(
            parse(&bytes).unwrap_err().to_string(),
            "arm64 Image: big-endian flags 0xb is not supported"
        );
    }

    #[test]
    fn a_kernel_says_its_size() {
        let mut bytes = fixture();
        bytes[18] = 0;
        assert_eq!(parse(&bytes).unwrap_err().to_string(), "arm64 Image: image_size 0x0 is not supported");
    }

    #[test]
    fn a_cut_kernel_is_refused() {
        let bytes = fixture();
        assert_eq!(
            parse(&bytes[..0x2f0]).unwrap_err().to_string(),
            "PE: 256 B at 0x200 needed, but it ends at 0x2f0"
        );
    }
}
