use bringup_spec::Bytes;

/// Why a tree cannot become the ISO 9660 image that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The volume identifier is too long.
    #[error("volume identifier `{id}` has {len} bytes, but ISO 9660 holds {most}")]
    VolumeIdTooLong {
        /// The identifier.
        id: String,
        /// Its length in bytes.
        len: usize,
        /// The longest possible.
        most: usize,
    },
    /// The volume identifier has a character that readers do not agree on.
    #[error("volume identifier `{id}`: ISO 9660 cannot hold `{}`, only printable ASCII", character.escape_debug())]
    BadVolumeId {
        /// The identifier.
        id: String,
        /// The first such character.
        character: char,
    },
    /// A value is out of the format's range.
    #[error("`{path}`: {what} is {value}, but ISO 9660 holds {least} to {most}")]
    OutOfRange {
        /// The path; empty for the volume itself.
        path: String,
        /// Which value.
        what: &'static str,
        /// The value.
        value: i64,
        /// The least possible.
        least: i64,
        /// The largest possible.
        most: i64,
    },
    /// More directories than the path tables can number.
    #[error(
        "the tree has {directories} directories, but ISO 9660 numbers {most}\nhelp: put the tree into a squashfs or erofs file, and that into the image"
    )]
    TooManyDirectories {
        /// How many there are, the root included.
        directories: usize,
        /// The most possible.
        most: usize,
    },
    /// The image has more blocks than 32 bits number.
    #[error("the image would be {size}, but ISO 9660 holds {most}")]
    TooLarge {
        /// Its size.
        size: Bytes,
        /// The largest possible.
        most: Bytes,
    },
    /// What firmware or a caller is to find is not a file with something in it.
    #[error("{what} `{path}` is {found}, not a file with contents")]
    NoSuchFile {
        /// What it is for.
        what: &'static str,
        /// The path.
        path: String,
        /// What is there.
        found: &'static str,
    },
    /// More boot entries of one kind than the catalog is written with.
    #[error("{entries} boot entries, but the boot catalog has room for {most}")]
    TooManyBootEntries {
        /// How many were given.
        entries: usize,
        /// The most possible.
        most: usize,
    },
    /// A planned file has a fixed place and length.
    #[error("`{path}` was planned with {planned}, and cannot become {len}")]
    LengthChanged {
        /// The path.
        path: String,
        /// Its length in the plan.
        planned: Bytes,
        /// The length of what should take its place.
        len: Bytes,
    },
    /// The boot code would overwrite the partition table.
    #[error("the boot code is {len}, but {most} are in front of the partition table")]
    BootCodeTooLong {
        /// Its length.
        len: Bytes,
        /// The most possible.
        most: Bytes,
    },
}

pub(crate) fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
