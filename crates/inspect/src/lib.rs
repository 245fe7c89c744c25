//! What is this blob, and is it for this platform?
//!
//! Everything works on `&[u8]`, does no I/O, and never panics: each module
//! reads one format and says exactly what is wrong with bytes that break its
//! rules. [`identify`] tries them all.

pub mod am335x;
mod blob;
mod bytes;
pub mod compression;
pub mod cpio;
pub mod egon;
pub mod elf;
mod error;
pub mod fdt;
pub mod fit;
pub mod grub;
mod hex;
mod identify;
pub mod imx;
pub mod linux;
pub mod mbr;
pub mod menu;
pub mod multiboot;
pub mod pe;
pub mod rockchip;
pub mod sifive;
pub mod starfive;
pub mod uimage;

pub use blob::Blob;
pub use error::Error;
pub use identify::identify;

#[cfg(test)]
mod hostile;
