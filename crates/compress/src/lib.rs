//! Compresses a disk image on all cores, makes its block map, and reads both back.
//!
//! [`compress`] cuts the image into blocks that do not depend on each other; holes cost next to
//! nothing. Equal images and options give equal bytes, whatever the number of threads and wherever
//! the image has holes, and every usual tool reads them. [`open`] reads any of it, for whoever
//! writes it to a card, and a [`BlockMap`] tells which bytes need to be written there.

mod block_map;
mod error;
mod format;
mod gzip;
mod image;
mod length;
mod open;
#[cfg(test)]
mod tests;
mod write;
mod xz;
mod zstd;

pub use block_map::{BLOCK_BYTES, BlockMap, Mapped, mapped};
pub use error::Error;
pub use format::Format;
pub use length::plain_len;
pub use open::{Encoding, open};
pub use write::{Options, compress};
