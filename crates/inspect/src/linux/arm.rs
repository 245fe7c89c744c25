//! The 32-bit ARM `zImage`, which unpacks itself.
//!
//! Layout: Linux, arch/arm/boot/compressed/head.S, from `start` on. Numbers
//! are in the kernel's own byte order; only little-endian ones are supported.

use bringup_spec::Bytes;

use crate::Error;
use crate::bytes::{Reader, has};

const WHAT: &str = "ARM zImage";

/// 0x016f2818 at byte 36.
const MAGIC: &[u8] = &[0x18, 0x28, 0x6f, 0x01];

/// The same in a big-endian kernel.
const BIG_ENDIAN_MAGIC: &[u8] = &[0x01, 0x6f, 0x28, 0x18];

/// A self-unpacking ARM kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZImage {
    /// The address it is linked to: 0, as it runs anywhere.
    pub start: u32,
    /// Its length: what of the file must be there.
    pub len: Bytes,
}

/// Whether the magic number is there, in either byte order, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 36, MAGIC) || has(bytes, 36, BIG_ENDIAN_MAGIC)
}

/// Reads the header and checks that all of the kernel is there.
///
/// # Errors
/// No magic number, a big-endian kernel, or one that is cut short.
pub fn parse(bytes: &[u8]) -> Result<ZImage, Error> {
    let reader = Reader::new(WHAT, bytes);
    if has(bytes, 36, BIG_ENDIAN_MAGIC) {
        return Err(Error::Unsupported { what: WHAT, field: "big-endian magic", value: 0x016f_2818 });
    }
    reader.magic(36, MAGIC)?;
    let (start, end) = (reader.u32_le(40)?, reader.u32_le(44)?);
    let len = end.checked_sub(start).filter(|len| *len >= 48).ok_or(Error::BadField {
        what: WHAT,
        field: "end",
        value: end.into(),
        rule: "lie behind start and the header",
    })?;
    reader.get(0, len.into())?;
    Ok(ZImage { start, len: Bytes(len.into()) })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 0x200];
        bytes[36..40].copy_from_slice(MAGIC);
        bytes[44..48].copy_from_slice(&0x200_u32.to_le_bytes());
        bytes
    }

    #[test]
    fn the_header_is_read() {
        assert_eq!(parse(&fixture()).unwrap(), ZImage { start: 0, len: Bytes(0x200) });
    }

    #[test]
    fn the_magic_number_is_at_36() {
        let mut bytes = fixture();
        bytes[36] = 0x19;
        assert_eq!(
            parse(&bytes).unwrap_err().to_string(),
            "ARM zImage: bytes at 0x24 are 19 28 6f 01, not 18 28 6f 01"
        );
    }

    #[test]
    fn big_endian_kernels_are_refused() {
        let mut bytes = fixture();
        bytes[36..40].reverse();
        assert_eq!(
            parse(&bytes).unwrap_err().to_string(),
            "ARM zImage: big-endian magic 0x16f2818 is not supported"
        );
    }

    #[test]
    fn the_end_lies_behind_the_start() {
        let mut bytes = fixture();
        bytes[42] = 1;
        assert_eq!(
            parse(&bytes).unwrap_err().to_string(),
            "ARM zImage: end is 0x200, but it must lie behind start and the header"
        );
    }

    #[test]
    fn a_cut_kernel_is_refused() {
        assert_eq!(
            parse(&fixture()[..0x1ff]).unwrap_err().to_string(),
            "ARM zImage: 512 B at 0x0 needed, but it ends at 0x1ff"
        );
    }
}
