//! Reads genimage's configuration files and makes the same images.
//!
//! No program is run: file systems, archives and disks are written by this workspace's own crates,
//! so nothing of genimage's tools is needed, nor `fakeroot`, and equal configurations and files give
//! equal images. The layout of a disk, to the byte, is genimage's own. A key that cannot be honoured
//! is an error that names it, its line and what to do.

mod arguments;
mod assemble;
mod config;
mod error;
mod ext;
mod hdimage;
mod identity;
mod keys;
mod owners;
mod ready;
mod root;
mod source;
mod stream;
mod syntax;
mod time;
mod types;
mod vfat;

pub use assemble::{Request, assemble};
pub use error::Error;
pub use hdimage::LayoutError;
pub use owners::Owners;
pub use syntax::{Place, SyntaxError};
