//! Writes a raw disk image as qcow2, version 3, its clusters compressed on all cores.
//!
//! Clusters of zeros are left out. Equal images and options give equal bytes, whatever the number
//! of threads and wherever the image has holes.
//!
//! Source of every number: QEMU, docs/interop/qcow2.txt.

mod cluster;
mod codec;
mod error;
mod file;
mod header;
mod write;

#[cfg(test)]
mod tests;

pub use codec::Compression;
pub use error::Error;
pub use write::{Options, write};
