/// Why a repository was refused, or could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A stanza of a `Packages` index is malformed.
    #[error("index `{index}`, stanza {stanza} (package `{package}`): field `{field}` {problem}")]
    Stanza {
        /// Which index, as its repository calls it.
        index: String,
        /// Counted from 1.
        stanza: usize,
        /// The package's name, empty if that is what is missing.
        package: String,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A line of a control file is neither a field nor the continuation of one.
    #[error("`{file}`, line {line}: not a field, and not the continuation of one")]
    Line {
        /// Which file.
        file: String,
        /// Counted from 1.
        line: usize,
    },
    /// A text file is not UTF-8.
    #[error("`{file}`: not UTF-8 at byte {at}")]
    NotUtf8 {
        /// Which file.
        file: String,
        /// How many bytes are valid before.
        at: usize,
    },
    /// A text is larger than this program handles.
    #[error("`{file}`: {bytes} bytes, but at most {limit} are handled")]
    TooLarge {
        /// Which file.
        file: String,
        /// Its size.
        bytes: u64,
        /// The largest size handled.
        limit: u64,
    },
}
