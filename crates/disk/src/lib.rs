//! Writes a planned disk image, once, in place and sparse.
//!
//! The only crate that writes an image. Every byte goes through a claim of the
//! plan: a partition's window, a placement's room, or the table itself.

mod error;
mod file;
mod gpt;
mod mbr;
mod partial;
mod region;
mod sparse;
mod writer;

pub use error::Error;
pub use file::{FileSink, FileWriter};
pub use region::Region;
pub use writer::{ImageWriter, Written};
