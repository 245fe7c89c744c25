//! Files in a finished image: listed, copied out and in, removed.
//!
//! A [`Place`] says which file of which partition of which image. Reading goes through the proof's
//! own readers of tables and file systems. Writing is left to e2fsprogs and mtools, which the caller
//! runs ([`Tools`]); they work on a copy of the image, which takes the image's name only when what
//! was to change has changed and the file system is found clean.

mod check;
mod edit;
mod error;
mod image;
mod list;
mod place;
mod put;
mod read;
mod remove;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tools;
mod walk;
mod working_copy;

pub use edit::Edited;
pub use error::Error;
pub use image::{Image, Partition};
pub use list::{Entry, list};
pub use place::Place;
pub use put::{Attributes, put};
pub use read::{copy_out, read};
pub use remove::remove;
pub use tools::{Ran, Tools};
