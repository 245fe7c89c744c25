//! U-Boot: where each SoC family wants it, and the extlinux menu.

pub mod allwinner;
pub mod am335x;
mod error;
pub mod extlinux;
pub mod imx;
pub mod qemu;
pub mod raspberry_pi;
pub mod rockchip;
pub mod sifive;

pub use error::Error;
