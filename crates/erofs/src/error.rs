use std::io;

/// Why a tree cannot become an EROFS file system.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The volume label is too long.
    #[error("label `{label}` has {len} bytes, but EROFS holds {most}")]
    LabelTooLong {
        /// The label.
        label: String,
        /// Its length in bytes.
        len: usize,
        /// The longest possible.
        most: usize,
    },
    /// The volume label has a NUL byte.
    #[error("label `{}`: EROFS cannot hold a NUL byte in a label", label.escape_default())]
    BadLabel {
        /// The label.
        label: String,
    },
    /// There are no clusters of the size asked for.
    #[error("clusters of {bytes} bytes: EROFS has those of {least} to {most} bytes, in powers of two")]
    BadCluster {
        /// The size asked for.
        bytes: u32,
        /// The least possible.
        least: u32,
        /// The most possible.
        most: u32,
    },
    /// Zstandard has no such level.
    #[error("zstd level {level}: {least} to {most} are possible")]
    BadLevel {
        /// The level asked for.
        level: i32,
        /// The least possible.
        least: i32,
        /// The most possible.
        most: i32,
    },
    /// The target of a symbolic link is empty or too long.
    #[error("`{path}`: its target has {len} bytes, but EROFS holds 1 to {most}")]
    Target {
        /// The path.
        path: String,
        /// The target's length.
        len: usize,
        /// The longest possible.
        most: usize,
    },
    /// A device number is too large.
    #[error("`{path}`: its {part} number is {value}, but EROFS holds 0 to {most}")]
    DeviceNumber {
        /// The path.
        path: String,
        /// `major` or `minor`.
        part: &'static str,
        /// The number.
        value: u32,
        /// The largest possible.
        most: u32,
    },
    /// An extended attribute is in no namespace that EROFS knows.
    #[error("`{path}`: attribute `{name}` is in none of EROFS's namespaces")]
    XattrNamespace {
        /// The path.
        path: String,
        /// The attribute's full name.
        name: String,
    },
    /// An extended attribute's name or value is too long.
    #[error("`{path}`: the {part} of attribute `{name}` has {len} bytes, but EROFS holds {most}")]
    XattrTooLong {
        /// The path.
        path: String,
        /// The attribute's full name.
        name: String,
        /// `name` (behind its namespace) or `value`.
        part: &'static str,
        /// Its length.
        len: usize,
        /// The longest possible.
        most: usize,
    },
    /// The extended attributes of a file do not fit.
    #[error("`{path}`: its attributes take {len} bytes, but EROFS holds {most}")]
    XattrsTooLarge {
        /// The path.
        path: String,
        /// What they take, with their headers.
        len: usize,
        /// The most possible.
        most: usize,
    },
    /// The contents are beyond the format.
    #[error("the files have {bytes} bytes, but EROFS holds {most}")]
    TooLarge {
        /// Bytes of contents, in whole blocks.
        bytes: u64,
        /// The most possible.
        most: u64,
    },
    /// The contents of a file cannot be read.
    #[error("`{path}`: cannot read its contents")]
    Read {
        /// The path.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// The file system cannot be written.
    #[error("cannot write the EROFS file system")]
    Write {
        /// Why not.
        source: io::Error,
    },
}

/// A path for messages.
pub(crate) fn lossy(path: &[u8]) -> String {
    if path.is_empty() { "/".to_owned() } else { String::from_utf8_lossy(path).into_owned() }
}
