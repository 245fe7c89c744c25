//! cpio archives in the `newc` format, of which an initramfs is made.
//!
//! Layout: Linux, Documentation/driver-api/early-userspace/buffer-format.rst.

use crate::Error;
use crate::bytes::{Reader, has};

const WHAT: &str = "cpio";

/// The bytes of a header: a magic number of 6, then 13 fields of 8 hexadecimal digits.
const HEADER_LEN: u64 = 110;

/// The first entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpio {
    /// The first entry's name.
    pub first: String,
}

/// Whether the magic number is there, with or without checksums, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 0, b"070701") || has(bytes, 0, b"070702")
}

/// Reads the first header.
///
/// # Errors
/// No magic number, a field that is not a hexadecimal number, or a name that is not there.
pub fn parse(bytes: &[u8]) -> Result<Cpio, Error> {
    let reader = Reader::new(WHAT, bytes);
    if !detect(bytes) {
        reader.magic(0, b"070701")?;
    }
    for index in 0..13 {
        hex(reader, 6 + index * 8)?;
    }
    let name_len = hex(reader, 6 + 11 * 8)?;
    let name = Reader::new(WHAT, reader.get(HEADER_LEN, name_len.into())?);
    let first = name.string("c_name", 0).map_err(|_| not_text("c_name", HEADER_LEN))?;
    Ok(Cpio { first: first.to_owned() })
}

fn hex(reader: Reader<'_>, offset: u64) -> Result<u32, Error> {
    let digits = reader.get(offset, 8)?;
    let number = || {
        // from_str_radix would also take a sign.
        let text = std::str::from_utf8(digits).ok()?;
        text.bytes()
            .all(|byte| byte.is_ascii_hexdigit())
            .then(|| u32::from_str_radix(text, 16).ok())
            .flatten()
    };
    number().ok_or(not_text("a header field", offset))
}

fn not_text(field: &'static str, offset: u64) -> Error {
    Error::NotText { what: WHAT, field, offset }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn fixture() -> Vec<u8> {
        let fields = [1, 0o040_755, 0, 0, 2, 0, 0, 0, 0, 0, 0, 4, 0];
        let mut text = "070701".to_owned();
        for field in fields {
            text.push_str(&format!("{field:08X}"));
        }
        text.push_str("dev\0");
        text.into_bytes()
    }

    #[test]
    fn the_first_name_is_read() {
        assert_eq!(parse(&fixture()).unwrap(), Cpio { first: "dev".to_owned() });
    }

    #[test]
    fn another_magic_number_is_refused() {
        let mut bytes = fixture();
        bytes[5] = b'7';
        assert_eq!(parse(&bytes).unwrap_err().to_string(), "cpio: bytes at 0x0 are `070707`, not `070701`");
    }

    #[test]
    fn fields_are_hexadecimal() {
        let mut bytes = fixture();
        bytes[14] = b'+';
        assert_eq!(parse(&bytes).unwrap_err().to_string(), "cpio: a header field at 0xe is not a string");
    }

    #[test]
    fn the_name_must_be_there_with_its_nul() {
        let bytes = fixture();
        assert_eq!(
            parse(&bytes[..113]).unwrap_err().to_string(),
            "cpio: 4 B at 0x6e needed, but it ends at 0x71"
        );
        let mut bytes = bytes;
        bytes[113] = b'x';
        assert_eq!(parse(&bytes).unwrap_err().to_string(), "cpio: c_name at 0x6e is not a string");
    }
}
