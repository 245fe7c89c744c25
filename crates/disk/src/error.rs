use std::io;
use std::path::PathBuf;

use bringup_spec::Bytes;

/// Why an image was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes do not fit where the plan puts them.
    #[error(
        "artifact `{name}` is {len}, but {room} are reserved for it at {offset} ({:#x})",
        offset.0
    )]
    TooLarge {
        /// The placement.
        name: String,
        /// How many bytes there are.
        len: Bytes,
        /// How many there may be.
        room: Bytes,
        /// Where they would go.
        offset: Bytes,
    },
    /// The plan has no placement of that name.
    #[error("the disk plan has no place for `{name}`")]
    NoPlacement {
        /// The name.
        name: String,
    },
    /// The same place was filled twice.
    #[error("`{name}` has been written before")]
    PlacedTwice {
        /// The placement.
        name: String,
    },
    /// Nothing was put where the plan has a boot program.
    #[error("the disk plan has a place for `{name}`, but nothing was put there")]
    NotPlaced {
        /// The placement.
        name: String,
    },
    /// The plan has no partition of that number.
    #[error("the disk plan has {count} partitions, but no partition {number}")]
    NoPartition {
        /// The number.
        number: u32,
        /// How many there are.
        count: usize,
    },
    /// A write would leave its file.
    #[error("{len} at {offset:#x} leave the file, which has {size}")]
    OutsideFile {
        /// Where the write starts.
        offset: u64,
        /// How many bytes it has.
        len: Bytes,
        /// How many the file has.
        size: Bytes,
    },
    /// A write would leave its partition.
    #[error("{len} at {offset:#x} leave partition {number}, which has {room}")]
    OutsidePartition {
        /// The partition.
        number: u32,
        /// Where the write starts, from the partition's first byte.
        offset: u64,
        /// How many bytes it has.
        len: Bytes,
        /// How many the partition has.
        room: Bytes,
    },
    /// The file system that the image goes to is full.
    #[error(
        "`{}`: no space left; the image may take up to {needed}, and {free} are free\n\
         help: make room, or choose another place",
        path.display()
    )]
    NoSpace {
        /// The image.
        path: PathBuf,
        /// Its full size; a sparse image takes less.
        needed: Bytes,
        /// What an ordinary user may still take there.
        free: Bytes,
    },
    /// The image's folder does not take files.
    #[error(
        "cannot write to folder `{}`\n\
         help: change its permissions, or choose another place",
        folder.display()
    )]
    NotWritable {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The image's path names no file, but a folder, a device or nothing.
    #[error("`{}` does not name a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The image's name leaves no room for that of its unfinished file.
    #[error("the file name of `{}` has {len} bytes, but {max} is the most", path.display())]
    NameTooLong {
        /// The image.
        path: PathBuf,
        /// How long its name is.
        len: usize,
        /// How long it may be.
        max: usize,
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
