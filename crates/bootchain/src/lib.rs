//! The proof that an image boots, from its bytes alone.
//!
//! [`verify`] reads a finished image, whoever made it, as the machine would:
//! boot ROM, first program, second program, boot loader, menu, kernel, device
//! tree, initramfs, root file system and every program in it. Each step is a
//! [`Link`] with a [`Verdict`], the bytes that it rests on and the source of
//! its rule. [`map`], [`explain`] and [`diff`] speak of disks in the same terms.
//!
//! Nothing here knows how images are built, and nothing is written.

// A list of byte ranges is what most of this crate is about, and some have one.
#![allow(clippy::single_range_in_vec_init)]

mod archive;
mod chain;
mod diff;
mod disk;
mod elf;
mod error;
mod explain;
mod files;
mod link;
mod map;
mod modinfo;
mod proof;
pub mod table;
#[cfg(test)]
mod testing;
mod unpack;
pub mod volume;

pub use chain::{Options, verify};
pub use diff::{Change, Difference, diff};
pub use disk::Disk;
pub use error::Error;
pub use explain::{Explanation, explain};
pub use link::{Link, Verdict};
pub use map::{Area, AreaKind, DiskMap, map};
pub use proof::Proof;
