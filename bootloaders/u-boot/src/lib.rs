//! U-Boot: where each SoC family wants it, and the extlinux menu.

pub mod allwinner;
mod error;
pub mod extlinux;
pub mod raspberry_pi;
pub mod rockchip;
pub mod sifive;

pub use error::Error;
