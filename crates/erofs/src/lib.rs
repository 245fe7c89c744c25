//! Writes a file tree as EROFS, plain or compressed on all cores.
//!
//! Written after Linux, fs/erofs/erofs_fs.h, whose field names the modules keep. All numbers are
//! little-endian, all blocks have 4 KiB.
//!
//! ```text
//! | superblock, root | data, inodes, data, inodes, ... | directories' inodes | directories |
//! ```
//!
//! An inode is known by where it is, so it can stand anywhere: those of files follow as soon as
//! their contents are written, those of directories stand at the end, when all others have their
//! places. The root's has its number in 16 bits, so it stands in the first block. Nothing is held
//! in memory but names, places and a few blocks that are being filled.

mod collect;
mod compress;
mod data;
mod directory;
mod error;
mod folders;
mod index;
mod inode;
mod metadata;
mod options;
mod superblock;
mod write;
mod xattr;

pub use error::Error;
pub use options::{Algorithm, Compression, Options};
pub use write::{Written, write};

/// Bytes in a block, the only size that every Linux reads (its page must not be smaller).
pub const BLOCK_BYTES: u64 = 4096;
/// [`BLOCK_BYTES`] as the length of a buffer.
const BLOCK: usize = BLOCK_BYTES as usize;
