//! U-Boot: where each SoC family wants it, and the extlinux menu.

pub mod allwinner;
mod error;
pub mod extlinux;

pub use error::Error;
