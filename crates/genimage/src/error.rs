use std::io;
use std::path::{Path, PathBuf};

use bringup_spec::Bytes;

use crate::{LayoutError, Place, SyntaxError};

/// Why no images were made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text cannot be read.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// Sections or files are nested too deeply.
    #[error("{at}: nested more than {most} deep")]
    TooDeep {
        /// Where.
        at: Place,
        /// How deep they may be.
        most: usize,
    },
    /// There is no such key.
    #[error(
        "{at}: {section} has no key `{key}`{}",
        near.map(|near| format!("\nhelp: did you mean `{near}`?")).unwrap_or_default()
    )]
    UnknownKey {
        /// Where it stands.
        at: Place,
        /// The key.
        key: String,
        /// In which section.
        section: String,
        /// The one that it resembles.
        near: Option<&'static str>,
    },
    /// genimage knows the key, but it cannot be honoured.
    #[error("{at}: `{key}` is not supported: {reason}\nhelp: {help}")]
    Unsupported {
        /// Where it stands.
        at: Place,
        /// The key.
        key: String,
        /// Why not.
        reason: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// An option of a program that genimage runs cannot be honoured.
    #[error(
        "{at}: `extraargs` has `{option}`, which {program} would know, but no program is run here\n\
         help: leave it out if the image may do without, or let genimage make this image"
    )]
    Argument {
        /// Where it stands.
        at: Place,
        /// Whose option it is.
        program: &'static str,
        /// The option.
        option: String,
    },
    /// A file system feature is not as it is written here.
    #[error(
        "{at}: `{feature}` cannot be had\nhelp: the file system always has {}, and nothing else",
        known.join(", ")
    )]
    Feature {
        /// Where it stands.
        at: Place,
        /// What was asked for; with `^` for a feature that should not be.
        feature: String,
        /// What the file system has.
        known: &'static [&'static str],
    },
    /// A value is not one for its key.
    #[error("{at}: `{key}` is `{value}`, but must be {expected}")]
    BadValue {
        /// Where it stands.
        at: Place,
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A key says something that the disk's partition table cannot.
    #[error(
        "{at}: `{key}` is for the partition tables {tables} only\nhelp: leave it out, or choose one of them"
    )]
    Misplaced {
        /// Where it stands.
        at: Place,
        /// The key.
        key: &'static str,
        /// Which tables have it.
        tables: &'static str,
    },
    /// Two sections have the same title.
    #[error(
        "{at}: there is {what} `{name}` already, at {first}\n\
         help: rename one of them: genimage would leave out the first"
    )]
    Twice {
        /// Where the second one stands.
        at: Place,
        /// What they are.
        what: &'static str,
        /// Their title.
        name: String,
        /// Where the first one stands.
        first: Place,
    },
    /// A section has no title.
    #[error("{at}: this `{what}` has no name\nhelp: write it in front of the brace")]
    NoTitle {
        /// Where it stands.
        at: Place,
        /// What it is.
        what: &'static str,
    },
    /// An image has no section that says what it is.
    #[error(
        "{at}: nothing says what image `{image}` is\nhelp: write `ext4 {{ }}`, `vfat {{ }}`, `hdimage {{ }}` or another type"
    )]
    NoType {
        /// Where it stands.
        at: Place,
        /// The image.
        image: String,
    },
    /// An image has two types.
    #[error("{at}: image `{image}` is `{first}` and `{second}` at once")]
    TwoTypes {
        /// Where the second type stands.
        at: Place,
        /// The image.
        image: String,
        /// One type.
        first: String,
        /// The other.
        second: String,
    },
    /// Something that needs an image has none.
    #[error("{at}: {what} `{name}` has no `image`")]
    NoImage {
        /// Where it stands.
        at: Place,
        /// What it is.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// There is no image of a name that was asked for.
    #[error("there is no image `{name}`\nhelp: there are `{}`", known.join("`, `"))]
    NoSuchImage {
        /// The name.
        name: String,
        /// The images that there are.
        known: Vec<String>,
    },
    /// An image is made of itself.
    #[error("{at}: image `{image}` would contain itself")]
    Cycle {
        /// Where it stands.
        at: Place,
        /// The image.
        image: String,
    },
    /// An image's size is needed and not given.
    #[error("{at}: image `{image}` has no size\nhelp: write `size = 64M` in it")]
    SizeNeeded {
        /// Where it stands.
        at: Place,
        /// The image.
        image: String,
    },
    /// An image is larger than it is to be.
    #[error("{at}: image `{image}` is {}, but its `size` is {}", Bytes(*size), Bytes(*most))]
    Larger {
        /// Where it stands.
        at: Place,
        /// The image.
        image: String,
        /// Its size in bytes.
        size: u64,
        /// What it may be.
        most: u64,
    },
    /// A folder of the root path that does not exist.
    #[error("{at}: image `{image}`: the root path has no folder `{path}`")]
    NoMountpoint {
        /// Where the image stands.
        at: Place,
        /// The image.
        image: String,
        /// The folder.
        path: String,
    },
    /// A file is not in the input path.
    #[error("{at}: cannot read `{}`", path.display())]
    NoInput {
        /// Where it is named.
        at: Place,
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Two files go to one place in a FAT file system.
    #[error("{at}: `{path}` is in it already")]
    SamePath {
        /// Where it is named.
        at: Place,
        /// The place.
        path: String,
    },
    /// A file system cannot be made.
    #[error("{at}: image `{image}`")]
    FileSystem {
        /// Where it stands.
        at: Place,
        /// The image.
        image: String,
        /// Why not.
        source: bringup_fsimage::Error,
    },
    /// A disk cannot be laid out.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A squashfs cannot be made.
    #[error("{at}: image `{image}`")]
    Squashfs {
        /// Where it stands.
        at: Place,
        /// The image.
        image: String,
        /// Why not.
        source: bringup_squashfs::Error,
    },
    /// A disk for QEMU cannot be made.
    #[error("{at}: image `{image}`")]
    Qcow2 {
        /// Where it stands.
        at: Place,
        /// The image.
        image: String,
        /// Why not.
        source: bringup_qcow2::Error,
    },
    /// An archive cannot be compressed.
    #[error("image `{image}`")]
    Compress {
        /// The image.
        image: String,
        /// Why not.
        source: bringup_compress::Error,
    },
    /// A line of the table of owners is wrong.
    #[error("{at}: `{line}` is not `PATH TYPE MODE UID GID MAJOR MINOR START STEP COUNT`")]
    BadOwners {
        /// Where it stands.
        at: Place,
        /// The line.
        line: String,
    },
    /// The table of owners names what is not there.
    #[error("{at}: the root path has no `{path}`")]
    NoOwned {
        /// Where it stands.
        at: Place,
        /// The path.
        path: String,
    },
    /// A tree of files cannot be read or written.
    #[error(transparent)]
    Tree(#[from] bringup_tree::Error),
    /// An image cannot be written.
    #[error(transparent)]
    Disk(#[from] bringup_disk::Error),
    /// A file cannot be read or written.
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

impl Error {
    /// For `map_err`.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }
}
