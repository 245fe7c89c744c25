use std::io;
use std::path::PathBuf;

use bringup_spec::Bytes;

/// Why a tree cannot become the file system that was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name is not UTF-8.
    #[error("`{path}`: {what} is not UTF-8, which {format} needs")]
    NotUtf8 {
        /// The path, lossily shown.
        path: String,
        /// What is not UTF-8.
        what: &'static str,
        /// The format's name.
        format: &'static str,
    },
    /// The format has no such thing.
    #[error("`{path}` is {kind}, and {format} cannot hold one")]
    NoSuchKind {
        /// The path.
        path: String,
        /// What it is.
        kind: &'static str,
        /// The format's name.
        format: &'static str,
    },
    /// The name has a character or shape that the format cannot hold.
    #[error("`{path}`: {format} cannot hold this name: {reason}")]
    BadName {
        /// The path.
        path: String,
        /// What is wrong with the name.
        reason: &'static str,
        /// The format's name.
        format: &'static str,
    },
    /// Two names of one directory are equal but for upper and lower case.
    #[error("`{path}` and `{other}` are the same name to FAT, which ignores case")]
    SameName {
        /// One path.
        path: String,
        /// The other.
        other: String,
    },
    /// A value is out of the format's range.
    #[error("`{path}`: {what} is {value}, but {format} holds {least} to {most}")]
    OutOfRange {
        /// The path.
        path: String,
        /// Which value.
        what: &'static str,
        /// The value.
        value: i64,
        /// The least possible.
        least: i64,
        /// The largest possible.
        most: i64,
        /// The format's name.
        format: &'static str,
    },
    /// A file is too large for the format.
    #[error("`{path}` is {size}, but {format} holds files of at most {most}")]
    FileTooLarge {
        /// The path.
        path: String,
        /// Its size.
        size: Bytes,
        /// The largest possible.
        most: Bytes,
        /// The format's name.
        format: &'static str,
    },
    /// A directory has too many entries.
    #[error("directory `{path}` needs {entries} entries of 32 bytes, but {format} holds {most} there")]
    DirectoryFull {
        /// The directory's path, `/` for the root.
        path: String,
        /// Entries needed, those of long names included.
        entries: u64,
        /// The most possible.
        most: u64,
        /// The format's name.
        format: &'static str,
    },
    /// The volume label is too long.
    #[error("label `{label}` has {len} bytes, but {format} holds {most}")]
    LabelTooLong {
        /// The label.
        label: String,
        /// Its length in bytes.
        len: usize,
        /// The longest possible.
        most: usize,
        /// The format's name.
        format: &'static str,
    },
    /// The volume label has a character that the format cannot hold.
    #[error("label `{label}`: {format} cannot hold `{character}` in a label")]
    BadLabel {
        /// The label.
        label: String,
        /// The character.
        character: char,
        /// The format's name.
        format: &'static str,
    },
    /// The tree has something else where the format needs its directory for lost files.
    #[error("`lost+found` of the tree is {kind}, but {format} makes {made} of that name")]
    LostFound {
        /// What the tree has there.
        kind: &'static str,
        /// What the format makes there.
        made: &'static str,
        /// The format's name.
        format: &'static str,
    },
    /// An extended attribute is in no namespace that the format knows.
    #[error("`{path}`: attribute `{name}` is in none of {format}'s namespaces")]
    XattrNamespace {
        /// The path.
        path: String,
        /// The attribute's full name.
        name: String,
        /// The format's name.
        format: &'static str,
    },
    /// The extended attributes of a file do not fit.
    #[error("`{path}`: its attributes take {len} bytes, but {format} holds {most}")]
    XattrsTooLarge {
        /// The path.
        path: String,
        /// What they take, with their headers.
        len: usize,
        /// The most possible.
        most: usize,
        /// The format's name.
        format: &'static str,
    },
    /// An access control list is not in Linux's form.
    #[error("`{path}`: attribute `{name}` is not an access control list")]
    BadAcl {
        /// The path.
        path: String,
        /// The attribute's full name.
        name: String,
    },
    /// The tree does not fit into the size that was asked for.
    #[error("{format}: the files need {needed}, but the size is {size}\nhelp: give at least {} bytes", needed.0)]
    TooSmall {
        /// The format's name.
        format: &'static str,
        /// The least size that holds the tree.
        needed: Bytes,
        /// The size asked for.
        size: Bytes,
    },
    /// The size is beyond the format.
    #[error("{format} holds at most {most}, but the size is {size}")]
    TooLarge {
        /// The format's name.
        format: &'static str,
        /// The largest possible.
        most: Bytes,
        /// The size asked for.
        size: Bytes,
    },
    /// The size is not a whole number of sectors.
    #[error("the size is {size}, which is not a multiple of {unit}")]
    Unaligned {
        /// The size asked for.
        size: Bytes,
        /// What it must be a multiple of.
        unit: Bytes,
    },
    /// A FAT of the kind asked for has another number of clusters.
    #[error(
        "{size} make {clusters} clusters, but {format} has {least} to {most}\n\
         help: choose another size, or let the size choose the kind of FAT"
    )]
    ClusterCount {
        /// The format's name.
        format: &'static str,
        /// The size asked for.
        size: Bytes,
        /// How many clusters that makes.
        clusters: u64,
        /// The least for this kind.
        least: u64,
        /// The most for this kind.
        most: u64,
    },
    /// A file system option is out of range.
    #[error("{format}: {option} is {value}, but {least} to {most} are possible")]
    BadOption {
        /// The format's name.
        format: &'static str,
        /// Which option.
        option: &'static str,
        /// Its value.
        value: i64,
        /// The least possible.
        least: i64,
        /// The most possible.
        most: i64,
    },
    /// The ext4 writer refuses the tree for a reason not covered above.
    #[error("the ext4 writer refuses this tree")]
    Ext4 {
        /// Its reason.
        source: mkext4::Error,
    },
    /// Reading contents or writing the output failed.
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

/// A path for messages.
pub(crate) fn lossy(path: &[u8]) -> String {
    if path.is_empty() { "/".to_owned() } else { String::from_utf8_lossy(path).into_owned() }
}
