use std::path::PathBuf;

use crate::Place;

/// Why a configuration's text cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxError {
    /// The text is not what the format knows.
    #[error("{at}: {found} stands where {expected} should")]
    Syntax {
        /// Where.
        at: Place,
        /// What should be there.
        expected: &'static str,
        /// What is.
        found: String,
    },
    /// Something begins and does not end.
    #[error("{at}: the {what} that begins here does not end")]
    Unclosed {
        /// Where it begins.
        at: Place,
        /// What it is.
        what: &'static str,
    },
    /// A word is not UTF-8.
    #[error("{at}: this is not UTF-8")]
    NotUtf8 {
        /// Where.
        at: Place,
    },
    /// An environment variable is not set.
    #[error(
        "{at}: the environment variable `{name}` is not set\n\
         help: set it, or write `${{{name}:-VALUE}}` for what it is to be then"
    )]
    NoVariable {
        /// Where it is named.
        at: Place,
        /// Its name.
        name: String,
    },
    /// A file to include was not found.
    #[error("{at}: `{name}` is in none of `{}`", paths(searched))]
    NoInclude {
        /// Where it is included.
        at: Place,
        /// Its name.
        name: String,
        /// Where it was looked for.
        searched: Vec<PathBuf>,
    },
}

fn paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("`, `")
}
