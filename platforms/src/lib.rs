//! What code runs on: one file a platform.
//!
//! Every field follows from an instruction set and a kernel. Sources that hold
//! for all files: `e_machine` values are those of the ELF gABI's registry; GNU
//! triplets and multiarch names are what `dpkg-architecture -a ARCH` prints;
//! UEFI short names are of the UEFI specification 2.10, table 3.5; QEMU's
//! packages are those of Debian trixie (QEMU 10.0).

mod aarch64_linux;
mod armv7_linux;
mod i586_gnu;
mod i686_linux;
mod riscv64_linux;
mod x86_64_linux;

use bringup_spec::Platform;

pub use aarch64_linux::AARCH64_LINUX;
pub use armv7_linux::ARMV7_LINUX;
pub use i586_gnu::I586_GNU;
pub use i686_linux::I686_LINUX;
pub use riscv64_linux::RISCV64_LINUX;
pub use x86_64_linux::X86_64_LINUX;

/// Every platform, by name.
pub const ALL: &[&Platform] =
    &[&AARCH64_LINUX, &ARMV7_LINUX, &I586_GNU, &I686_LINUX, &RISCV64_LINUX, &X86_64_LINUX];
