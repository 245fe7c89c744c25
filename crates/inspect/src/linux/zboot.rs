//! The UEFI program that unpacks a kernel and starts it (`vmlinuz.efi`).
//!
//! Only UEFI starts it: U-Boot's `booti` and extlinux menus do not. Layout:
//! Linux, drivers/firmware/efi/libstub/zboot-header.S and
//! include/linux/pe.h (`LINUX_PE_MAGIC`). All numbers are little-endian.

use bringup_spec::Bytes;

use crate::bytes::{Reader, has};
use crate::{Error, pe};

const WHAT: &str = "EFI zboot image";

/// `zimg`, at byte 4, behind `MZ`.
const MAGIC: &[u8] = b"zimg";

/// A kernel compressed inside a UEFI program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zboot {
    /// What it is for.
    pub machine: pe::Machine,
    /// Where the compressed kernel begins.
    pub offset: Bytes,
    /// How long it is.
    pub len: Bytes,
    /// The kernel's name for its compression: `gzip`, `zstd`.
    pub compression: String,
}

/// Whether the magic number is there, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 0, b"MZ") && has(bytes, 4, MAGIC)
}

/// Reads the header and checks that the compressed kernel is there.
///
/// # Errors
/// No magic number, no sound PE headers, or a kernel that is cut short.
pub fn parse(bytes: &[u8]) -> Result<Zboot, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(4, MAGIC)?;
    let machine = pe::parse(bytes)?.machine;
    let (offset, len) = (reader.u32_le(8)?, reader.u32_le(12)?);
    reader.get(offset.into(), len.into())?;
    let compression = reader.string("comp_type", 24)?.to_owned();
    Ok(Zboot { machine, offset: Bytes(offset.into()), len: Bytes(len.into()), compression })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 0x300];
        pe::tests::put_headers(&mut bytes, pe::Machine::ARM64);
        bytes[4..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&0x200_u32.to_le_bytes());
        bytes[12..16].copy_from_slice(&0x80_u32.to_le_bytes());
        bytes[24..28].copy_from_slice(b"gzip");
        bytes
    }

    #[test]
    fn the_header_is_read() {
        assert_eq!(
            parse(&fixture()).unwrap(),
            Zboot {
                machine: pe::Machine::ARM64,
                offset: Bytes(0x200),
                len: Bytes(0x80),
                compression: "gzip".to_owned()
            }
        );
    }

    #[test]
    fn the_compressed_kernel_must_be_there() {
        let mut bytes = fixture();
        bytes[13] = 0x10;
        assert_eq!(
            parse(&bytes).unwrap_err().to_string(),
            "EFI zboot image: 4.1 KiB (4224 B) at 0x200 needed, but it ends at 0x300"
        );
    }
}
