//! Writes a file tree as ext2, ext4, FAT or cpio.
//!
//! A file system is planned first, so that its exact size is known before
//! anything is written, and then streamed into a [`RegionSink`].

mod acl;
mod coalesce;
pub mod cpio;
mod error;
pub mod ext2;
pub mod ext4;
pub mod fat;
mod path;
mod sink;

pub use cpio::write_cpio;
pub use error::Error;
pub use ext2::Ext2;
pub use ext4::Ext4;
pub use fat::Fat;
pub use sink::{FileSystem, RegionSink};
