//! The x86 `bzImage`.
//!
//! Layout: Linux, Documentation/arch/x86/boot.rst, "The Real-Mode Kernel
//! Header". All numbers are little-endian.

use bringup_spec::Bytes;

use crate::Error;
use crate::bytes::{Reader, has};

const WHAT: &str = "x86 bzImage";

/// At byte 514.
const MAGIC: &[u8] = b"HdrS";

/// The last word of a boot sector, at byte 510.
const BOOT_FLAG: &[u8] = &[0x55, 0xaa];

/// Boot protocol 2.12 (Linux 3.8), the first with `xloadflags`.
const FIRST_WITH_XLOADFLAGS: u16 = 0x020c;

/// An x86 kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BzImage {
    /// Boot protocol: 0x020f is 2.15.
    pub protocol: u16,
    /// Whether it has a 64-bit entry (`XLF_KERNEL_64`).
    pub is_64_bit: bool,
    /// The release and who built it, as `uname` shows them; none if it does not say.
    pub version: Option<String>,
    /// What of the file must be there: boot sector, set-up code and the protected-mode kernel.
    pub len: Bytes,
}

/// Whether the magic number is there, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 0x202, MAGIC)
}

/// Reads the header and checks that all of the kernel is there.
///
/// # Errors
/// No magic number, a protocol before 2.12, or a kernel that is cut short.
pub fn parse(bytes: &[u8]) -> Result<BzImage, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(0x202, MAGIC)?;
    reader.magic(0x1fe, BOOT_FLAG)?;
    let protocol = reader.u16_le(0x206)?;
    if protocol < FIRST_WITH_XLOADFLAGS {
        return Err(Error::Unsupported { what: WHAT, field: "boot protocol", value: protocol.into() });
    }
    let setup_sectors = match reader.u8(0x1f1)? {
        // For kernels older than any we read; the field's definition still has it.
        0 => 4,
        sectors => u64::from(sectors),
    };
    let len = (1 + setup_sectors) * 512 + u64::from(reader.u32_le(0x1f4)?) * 16;
    reader.get(0, len)?;
    let version = match reader.u16_le(0x20e)? {
        0 => None,
        offset => Some(reader.string("kernel_version", u64::from(offset) + 0x200)?.to_owned()),
    };
    Ok(BzImage { protocol, is_64_bit: reader.u16_le(0x236)? & 1 != 0, version, len: Bytes(len) })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One set-up sector and 32 bytes of kernel.
    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 1024 + 32];
        bytes[0x1f1] = 1;
        bytes[0x1f4] = 2;
        bytes[0x1fe..0x200].copy_from_slice(BOOT_FLAG);
        bytes[0x202..0x206].copy_from_slice(MAGIC);
        bytes[0x206..0x208].copy_from_slice(&0x020f_u16.to_le_bytes());
        bytes[0x20e..0x210].copy_from_slice(&0x100_u16.to_le_bytes());
        bytes[0x236] = 1;
        bytes[0x300..0x30a].copy_from_slice(b"6.12.0-amd");
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
            BzImage {
                protocol: 0x020f,
                is_64_bit: true,
                version: Some("6.12.0-amd".to_owned()),
                len: Bytes(1056)
            }
        );
    }

    #[test]
    fn each_rule_has_its_error() {
        assert_eq!(
            refused(|bytes| bytes[0x205] = b's'),
            "x86 bzImage: bytes at 0x202 are `Hdrs`, not `HdrS`"
        );
        assert_eq!(refused(|bytes| bytes[0x1ff] = 0), "x86 bzImage: bytes at 0x1fe are 55 00, not 55 aa");
        assert_eq!(refused(|bytes| bytes[0x206] = 0x0b), "x86 bzImage: boot protocol 0x20b is not supported");
        assert_eq!(
            refused(|bytes| bytes.truncate(1055)),
            "x86 bzImage: 1.0 KiB (1056 B) at 0x0 needed, but it ends at 0x41f"
        );
        assert_eq!(
            refused(|bytes| bytes[0x300] = 0xff),
            "x86 bzImage: kernel_version at 0x300 is not a string"
        );
    }
}
