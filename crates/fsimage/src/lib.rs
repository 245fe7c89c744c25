//! Writes a file tree as ext4, FAT or cpio.
//!
//! A file system is planned first, so that its exact size is known before
//! anything is written, and then streamed into a [`RegionSink`].

mod sink;

pub use sink::{FileSystem, RegionSink};
