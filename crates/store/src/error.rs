use std::io;
use std::path::{Path, PathBuf};

use crate::Digest;

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no digest.
    #[error("`{text}` is not a SHA-256 digest: 64 hexadecimal digits are wanted")]
    BadDigest {
        /// The text as given.
        text: String,
    },
    /// The folder cannot be made or written to.
    #[error(
        "the store `{}` cannot be written to\nhelp: make it writable, or choose another folder",
        path.display()
    )]
    NotWritable {
        /// The store's folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The folder holds something else.
    #[error(
        "`{}` holds `{found}` but no store\nhelp: choose an empty or a new folder",
        path.display()
    )]
    NotAStore {
        /// The folder.
        path: PathBuf,
        /// One of the things in it.
        found: String,
    },
    /// A newer program made the store.
    #[error(
        "the store `{}` has format {found}, but this program knows formats up to {known}\n\
         help: use the newer program, or choose another folder",
        path.display()
    )]
    NewerFormat {
        /// The store's folder.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The file that tells the store's format makes no sense.
    #[error(
        "`{}` should tell the store's format, but says `{found}`\nhelp: remove the store's folder",
        path.display()
    )]
    BadFormatFile {
        /// The file.
        path: PathBuf,
        /// What is in it, cut after 40 characters.
        found: String,
    },
    /// The bytes received are not those asked for.
    #[error("received {len} bytes with SHA-256 {found}, but {expected} was wanted")]
    WrongHash {
        /// The digest that was asked for.
        expected: Digest,
        /// The digest of what came.
        found: Digest,
        /// How many bytes that was.
        len: u64,
    },
    /// Too few bytes were received; what came is kept for a later try.
    #[error("object {digest}: {received} of {expected} bytes received")]
    TooShort {
        /// The object.
        digest: Digest,
        /// Bytes wanted.
        expected: u64,
        /// Bytes that came.
        received: u64,
    },
    /// More bytes came than were asked for.
    #[error("object {digest}: {received} bytes received, but it has only {expected}")]
    TooLong {
        /// The object.
        digest: Digest,
        /// Bytes wanted.
        expected: u64,
        /// Bytes that came, as far as they were counted.
        received: u64,
    },
    /// An object is there, and right, but not as long as the caller believes.
    #[error("object {digest} has {stored} bytes, but {asked} were asked for")]
    WrongLength {
        /// The object.
        digest: Digest,
        /// Its length.
        stored: u64,
        /// The length asked for.
        asked: u64,
    },
    /// Somebody else uses the store, so that nothing may be removed from it.
    #[error("the store `{}` is in use\nhelp: wait for running builds to end", path.display())]
    InUse {
        /// The store's folder.
        path: PathBuf,
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

/// Why a result could not be derived.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeriveError<E> {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// The step itself failed.
    #[error(transparent)]
    Step(E),
}

/// Says what was being done when an I/O error came up.
pub(crate) trait During<T> {
    fn during(self, operation: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> During<T> for Result<T, E> {
    fn during(self, operation: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|error| Error::Io { operation, path: path.to_owned(), source: error.into() })
    }
}
