//! Writes an image to a card or a stick, and reads it back.
//!
//! [`Device::find`] says what a device is and what uses it, [`Device::judge`] whether it may be
//! overwritten, [`OpenDevice::open`] takes it for itself alone, and [`flash()`] writes and compares:
//!
//! ```text
//!  0            4 MiB                                        the image's end
//!  | zeros first | written second, read back third ........ |
//!  | the image's own bytes, last of all
//! ```
//!
//! So a device on which anything failed, or whose flashing was interrupted, has no partition table
//! and no boot program in front of it: it never looks as if it could boot.

// Lists of byte ranges are what this crate is about, and some have one.
#![allow(clippy::single_range_in_vec_init)]

mod buffer;
mod device;
mod error;
mod flash;
mod host;
mod open_device;
mod plan;
mod progress;
mod reread;
mod source;
mod target;
#[cfg(test)]
mod testing;
mod verify;

pub use device::{Device, Kind};
pub use error::Error;
pub use flash::{Flashed, flash};
pub use host::{Host, Use};
pub use open_device::OpenDevice;
pub use plan::HEAD;
pub use progress::{Phase, Progress};
pub use source::Image;
pub use target::Target;
