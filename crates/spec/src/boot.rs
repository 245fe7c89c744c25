//! How a kernel gets started.

use std::fmt;

use crate::Bytes;

/// A boot loader with a menu of kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootMethod {
    /// U-Boot reads `extlinux.conf` from the root file system.
    Extlinux,
    /// UEFI starts systemd-boot, which reads its entries and the kernel from the EFI system partition.
    SystemdBoot,
    /// UEFI starts GRUB, which reads the root file system.
    GrubEfi,
    /// A PC's BIOS starts GRUB from the disk's first sectors; it reads the root file system.
    GrubBios,
}

impl BootMethod {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Extlinux, Self::SystemdBoot, Self::GrubEfi, Self::GrubBios];

    /// Its name on the command line and in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Extlinux => "extlinux",
            Self::SystemdBoot => "systemd-boot",
            Self::GrubEfi => "grub-efi",
            Self::GrubBios => "grub-bios",
        }
    }
}

impl fmt::Display for BootMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where U-Boot loads what an extlinux menu names: the default environment of a board.
///
/// Addresses are physical. What lies there must not overlap once it is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadAddresses {
    /// The first byte of memory.
    pub ram_start: u64,
    /// `kernel_addr_r`.
    pub kernel: u64,
    /// `fdt_addr_r`.
    pub device_tree: u64,
    /// `ramdisk_addr_r`.
    pub initramfs: u64,
    /// `kernel_comp_addr_r` and `kernel_comp_size`, where compressed kernels are read to first.
    pub compressed_kernel: Option<(u64, Bytes)>,
    /// The document or source tree that says so.
    pub source: &'static str,
}
