//! Writes a file tree as squashfs 4.0, compressed on all cores.
//!
//! ```text
//! superblock | compressor's options | data and fragment blocks | inodes | directories
//!            | fragment table | export table | id table | extended attributes | zeros to 4 KiB
//! ```
//!
//! [`Squashfs::plan`] finds whatever the format cannot hold, [`Squashfs::write`] streams. How large
//! the result is shows only then, so it goes to a file first and from there to its place.
//!
//! The format is Linux's, fs/squashfs/squashfs_fs.h and Documentation/filesystems/squashfs.rst; all
//! of its numbers are little-endian.

mod acl;
mod collect;
mod compress;
mod data;
mod directory;
mod duplicate;
mod error;
mod inode;
mod metadata;
mod options;
mod superblock;
mod units;
mod write;
mod xattr;

pub use error::Error;
pub use options::{Acls, Compression, Options};
pub use write::{Squashfs, Written};
