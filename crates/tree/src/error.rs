use std::io;
use std::path::{Path, PathBuf};

/// Why a tree refused something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path leaves the tree, or has an empty or oversized component.
    #[error("path `{path}`: {reason}")]
    BadPath {
        /// The path as given, lossily shown.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The parent is missing or is not a directory.
    #[error("path `{path}`: its parent is {found}, not a directory")]
    NoParent {
        /// The path that was to be inserted.
        path: String,
        /// What is there instead.
        found: &'static str,
    },
    /// A file cannot take the place of a directory, nor the other way round.
    #[error("path `{path}`: {new} cannot replace {old}")]
    Conflict {
        /// The path.
        path: String,
        /// What is there.
        old: &'static str,
        /// What was to come.
        new: &'static str,
    },
    /// Nothing is there.
    #[error("no `{path}` in the tree")]
    NotFound {
        /// The path that was looked up.
        path: String,
    },
    /// Symbolic links go round in a circle, or are nested too deep.
    #[error("path `{path}`: more than {limit} symbolic links")]
    TooManyLinks {
        /// The path that was looked up.
        path: String,
        /// How many are followed.
        limit: usize,
    },
    /// Reading or writing failed.
    #[error("cannot {operation} `{}`", path.display())]
    Io {
        /// What was being done.
        operation: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Something is wrong with an archive; the source says what.
    #[error("archive `{}`", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        source: Box<Error>,
    },
    /// The archive ends inside an entry.
    #[error("{what} at byte {offset} (0x{offset:x}) ends at byte {end}, but the archive has {len} bytes")]
    Truncated {
        /// What was cut: the header or the contents of an entry.
        what: String,
        /// Where it starts.
        offset: u64,
        /// Where it should end.
        end: u64,
        /// Where the archive ends.
        len: u64,
    },
    /// The header's checksum is wrong.
    #[error(
        "header at byte {offset} (0x{offset:x}): its checksum is {stored}, but its bytes sum to {computed}"
    )]
    BadChecksum {
        /// Where the header starts.
        offset: u64,
        /// What the header says.
        stored: u32,
        /// What its bytes say.
        computed: u32,
    },
    /// A field of a header cannot be read, or its value is out of range.
    #[error("header at byte {offset} (0x{offset:x}): {reason} in field `{field}`")]
    BadField {
        /// Where the header starts.
        offset: u64,
        /// The field's name in POSIX ustar, or a PAX keyword.
        field: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An archive may not hold so many entries.
    #[error("more than {limit} entries")]
    TooManyEntries {
        /// The most the caller allows.
        limit: u64,
    },
    /// An archive may not hold so many bytes.
    #[error("the files up to `{path}` have {total} bytes together, but {limit} are allowed")]
    TooLarge {
        /// The file that went over the limit.
        path: String,
        /// Bytes of all files so far.
        total: u64,
        /// The most the caller allows.
        limit: u64,
    },
    /// Device nodes are not allowed in this archive.
    #[error("`{path}` is {kind}, and this archive may not hold any")]
    DeviceRefused {
        /// The entry's path.
        path: String,
        /// Which kind of device.
        kind: &'static str,
    },
    /// A hard link names something that no earlier entry made.
    #[error("`{path}` is a hard link to `{target}`, which is not in the archive before it")]
    NoLinkTarget {
        /// The link's path.
        path: String,
        /// What it names.
        target: String,
    },
    /// A symbolic link climbs above the root of the tree.
    #[error("path `{path}`: a symbolic link on the way leaves the tree")]
    Escapes {
        /// The path that was to be inserted.
        path: String,
    },
    /// The archive uses something that is not supported.
    #[error("`{path}`: {what} is not supported")]
    Unsupported {
        /// The entry's path.
        path: String,
        /// What it uses.
        what: &'static str,
    },
    /// A value does not fit into the archive's format.
    #[error("`{path}`: {what} is {value}, but the format holds at most {most}")]
    OutOfRange {
        /// The node's path.
        path: String,
        /// Which value.
        what: &'static str,
        /// The value.
        value: i64,
        /// The largest one possible.
        most: i64,
    },
    /// A tree is only written into an empty directory.
    #[error("`{}` is not empty\nhelp: give a new directory, or empty this one", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
}

impl Error {
    /// Turns an I/O error into one that says what was done to which file.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }
}

pub(crate) fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
