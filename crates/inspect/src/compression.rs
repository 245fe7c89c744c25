//! Compressed blobs, by their magic numbers.

use std::fmt;

use crate::bytes::has;

/// A compression format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip (RFC 1952).
    Gzip,
    /// xz (the .xz file format 1.2).
    Xz,
    /// Zstandard (RFC 8878).
    Zstd,
    /// LZ4 in the legacy frames that Linux images and initramfs use.
    Lz4Legacy,
    /// bzip2.
    Bzip2,
}

/// The formats and what they begin with.
const MAGICS: &[(Compression, &[u8])] = &[
    // ID1, ID2 and CM = deflate.
    (Compression::Gzip, &[0x1f, 0x8b, 8]),
    (Compression::Xz, &[0xfd, b'7', b'z', b'X', b'Z', 0]),
    (Compression::Zstd, &[0x28, 0xb5, 0x2f, 0xfd]),
    (Compression::Lz4Legacy, &[0x02, 0x21, 0x4c, 0x18]),
    (Compression::Bzip2, b"BZh"),
];

/// The compression that `bytes` begin with the magic number of.
pub fn detect(bytes: &[u8]) -> Option<Compression> {
    MAGICS.iter().find(|(_, magic)| has(bytes, 0, magic)).map(|(compression, _)| *compression)
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Lz4Legacy => "lz4 (legacy)",
            Self::Bzip2 => "bzip2",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_known_by_its_whole_magic_number() {
        for (compression, magic) in MAGICS {
            assert_eq!(detect(magic), Some(*compression));
            assert_eq!(detect(&magic[..magic.len() - 1]), None);
        }
    }
}
