use std::io;
use std::path::PathBuf;

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
}

pub(crate) fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
