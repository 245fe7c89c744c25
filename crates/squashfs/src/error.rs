use std::io;
use std::path::{Path, PathBuf};

use bringup_spec::Bytes;

/// Why a tree cannot become a squashfs, or was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The block size is none that the format has.
    #[error("blocks of {size}: a power of two from {least} to {most} is possible")]
    BlockSize {
        /// The size asked for.
        size: Bytes,
        /// The least possible.
        least: Bytes,
        /// The largest possible.
        most: Bytes,
    },
    /// Another option is out of range.
    #[error("{option} is {value}, but {least} to {most} are possible")]
    BadOption {
        /// Which option.
        option: &'static str,
        /// Its value.
        value: i64,
        /// The least possible.
        least: i64,
        /// The largest possible.
        most: i64,
    },
    /// A value of a node is out of the format's range.
    #[error("`{path}`: {what} is {value}, but squashfs holds {least} to {most}")]
    OutOfRange {
        /// The node's path.
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
    /// There are more users and groups than the format can number.
    #[error(
        "`{path}` has owner or group {id}, but squashfs holds {most} different ones, and the tree has more"
    )]
    TooManyIds {
        /// The node with the first one too many.
        path: String,
        /// The user's or group's number.
        id: u32,
        /// How many are possible.
        most: usize,
    },
    /// An extended attribute is in no namespace that the format knows.
    #[error(
        "`{path}`: attribute `{name}` is in none of squashfs's namespaces, which are `user`, `trusted` and `security`"
    )]
    XattrNamespace {
        /// The node's path.
        path: String,
        /// The attribute's full name.
        name: String,
    },
    /// A node has an access control list.
    #[error(
        "`{path}` has an access control list (`{name}`), and squashfs cannot hold one\n\
         help: leave such lists out, or take a file system that holds them"
    )]
    Acl {
        /// The node's path.
        path: String,
        /// The attribute's full name.
        name: String,
    },
    /// An extended attribute is larger than Linux reads.
    #[error("`{path}`: {what} of attribute `{name}` has {len} bytes, but Linux takes {most}")]
    XattrTooLarge {
        /// The node's path.
        path: String,
        /// The attribute's full name.
        name: String,
        /// Its name or its value.
        what: &'static str,
        /// How long that is.
        len: usize,
        /// The longest possible.
        most: usize,
    },
    /// Something grew beyond the format.
    #[error("the {what} is {value}, but squashfs holds at most {most}")]
    TooLarge {
        /// What grew.
        what: &'static str,
        /// Its value.
        value: u64,
        /// The largest possible.
        most: u64,
    },
    /// A compressor failed, as it does when memory is short.
    #[error("cannot compress a block with {compressor}")]
    Compress {
        /// The compressor's name.
        compressor: &'static str,
        /// What it says.
        source: io::Error,
    },
    /// The contents of a file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file that holds them.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file system cannot be written to where it is to go.
    #[error("cannot write a squashfs")]
    Write {
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Read { path: path.to_owned(), source }
    }
}

impl From<io::Error> for Error {
    /// An error of the output: those of files and compressors are made where they happen.
    fn from(source: io::Error) -> Self {
        Self::Write { source }
    }
}

/// A path for messages.
pub(crate) fn lossy(path: &[u8]) -> String {
    if path.is_empty() { "/".to_owned() } else { String::from_utf8_lossy(path).into_owned() }
}

/// `value` in a field of the format that may be too small for it.
pub(crate) fn fits<Field: TryFrom<u64>>(what: &'static str, value: u64) -> Result<Field, Error> {
    let most = u64::MAX >> (64 - 8 * size_of::<Field>());
    Field::try_from(value).map_err(|_| Error::TooLarge { what, value, most })
}
