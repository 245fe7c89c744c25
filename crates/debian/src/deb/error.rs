use std::io;
use std::path::{Path, PathBuf};

use bringup_spec::Bytes;

use crate::decompress::DecompressError;

/// Why a package could not be opened or unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DebError {
    /// The file is something else.
    #[error("`{}` is no Debian package: {problem}", path.display())]
    NotADeb {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        problem: &'static str,
    },
    /// The package has another major format version.
    #[error("`{}`: package format `{found}` is not supported, only `2.0` is", path.display())]
    Version {
        /// The package.
        path: PathBuf,
        /// The first line of `debian-binary`.
        found: String,
    },
    /// The file ends too early.
    #[error("`{}`: {what} ends at byte {end}, but the file has {len} bytes", path.display())]
    Truncated {
        /// The package.
        path: PathBuf,
        /// What ends early.
        what: String,
        /// Where it should end.
        end: u64,
        /// The file's length.
        len: u64,
    },
    /// A header of the `ar` archive makes no sense.
    #[error("`{}`, member header at byte {offset} (0x{offset:x}): {problem}", path.display())]
    BadHeader {
        /// The package.
        path: PathBuf,
        /// Of the header.
        offset: u64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A required member is not there.
    #[error("`{}` has no member `{wanted}`", path.display())]
    NoMember {
        /// The package.
        path: PathBuf,
        /// Its name, without a compression's ending.
        wanted: &'static str,
    },
    /// Another member is where a required one should be.
    #[error("`{}`: member `{found}` is where `{wanted}` should be", path.display())]
    WrongMember {
        /// The package.
        path: PathBuf,
        /// The required one, without a compression's ending.
        wanted: &'static str,
        /// The one there.
        found: String,
    },
    /// The member's compression is not known here.
    #[error("`{}`: the compression of `{member}` is not supported; `.gz`, `.xz` and `.zst` are", path.display())]
    Compression {
        /// The package.
        path: PathBuf,
        /// The member.
        member: String,
    },
    /// Compressed data ends too early.
    #[error("`{}`: the compressed data of `{member}` ends too early", path.display())]
    Incomplete {
        /// The package.
        path: PathBuf,
        /// The member.
        member: String,
    },
    /// Compressed data is damaged.
    #[error("`{}`: the compressed data of `{member}` is damaged", path.display())]
    Damaged {
        /// The package.
        path: PathBuf,
        /// The member.
        member: String,
        /// What the decoder says.
        source: io::Error,
    },
    /// There is more in a member than its compressed data.
    #[error("`{}`: something follows the compressed data of `{member}`", path.display())]
    Junk {
        /// The package.
        path: PathBuf,
        /// The member.
        member: String,
    },
    /// A member holds more than is believable.
    #[error("`{}`: `{member}` unpacks to {found} or more, but {limit} are allowed", path.display())]
    TooLarge {
        /// The package.
        path: PathBuf,
        /// The member.
        member: String,
        /// How much came until it was stopped.
        found: Bytes,
        /// How much may come.
        limit: Bytes,
    },
    /// The control information makes no sense.
    #[error("`{}`: control file `{file}` {problem}", path.display())]
    Control {
        /// The package.
        path: PathBuf,
        /// The file in `control.tar`.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The archive of a member is refused.
    #[error("`{}`: `{member}`", path.display())]
    Tree {
        /// The package.
        path: PathBuf,
        /// The member.
        member: String,
        /// Why.
        source: bringup_tree::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(Box<bringup_store::DeriveError<DebError>>),
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
}

impl DebError {
    /// The package that is wrong, or the file of the store that could not be read or written.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::NotADeb { path, .. }
            | Self::Version { path, .. }
            | Self::Truncated { path, .. }
            | Self::BadHeader { path, .. }
            | Self::NoMember { path, .. }
            | Self::WrongMember { path, .. }
            | Self::Compression { path, .. }
            | Self::Incomplete { path, .. }
            | Self::Damaged { path, .. }
            | Self::Junk { path, .. }
            | Self::TooLarge { path, .. }
            | Self::Control { path, .. }
            | Self::Tree { path, .. }
            | Self::Io { path, .. } => Some(path),
            Self::Store(_) => None,
        }
    }

    /// Turns an I/O error into one that says what was done to which file.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }

    /// Says in which package and member decompressing failed.
    pub(crate) fn in_member(path: &Path, member: &str, error: DecompressError, limit: u64) -> Self {
        let (path, member) = (path.to_owned(), member.to_owned());
        match error {
            DecompressError::Incomplete => Self::Incomplete { path, member },
            DecompressError::Damaged(source) => Self::Damaged { path, member, source },
            DecompressError::Junk => Self::Junk { path, member },
            DecompressError::TooLarge { found } => {
                Self::TooLarge { path, member, found: Bytes(found), limit: Bytes(limit) }
            }
            DecompressError::Read(source) => Self::Io { operation: "read", path, source },
            DecompressError::Write(source) => Self::Io { operation: "unpack", path, source },
        }
    }
}
