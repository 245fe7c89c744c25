//! QEMU's `virt` machines for Arm: boards of their own, and the twins of boards that QEMU has no model of.

use bringup_spec::{BootRom, Bytes, LoadAddresses, Soc, Twin, TwinDisk, TwinFile, TwinFirmware};

/// No chip: QEMU starts U-Boot from its flash.
pub const VIRT: Soc = Soc {
    name: "QEMU virt",
    boot_rom: BootRom::External,
    source: "QEMU, docs/system/arm/virt.rst; U-Boot, doc/board/emulation/qemu-arm.rst",
};

/// Where U-Boot loads to on `virt`, 32-bit and 64-bit alike.
///
/// It sets no `fdt_addr_r`: what it takes for the device tree is QEMU's own, at the first byte of
/// memory. Compressed kernels it cannot read, as it sets no `kernel_comp_addr_r`.
pub const LOAD: LoadAddresses = LoadAddresses {
    ram_start: 0x4000_0000,
    kernel: 0x4040_0000,
    device_tree: 0x4000_0000,
    initramfs: 0x4400_0000,
    compressed_kernel: None,
    source: "U-Boot, board/emulation/qemu-arm/qemu-arm.env",
};

/// The twin of 64-bit boards.
pub const TWIN_ARM64: Twin = Twin {
    machine: "virt",
    cpu: Some("cortex-a53"),
    ram: Bytes::gib(1),
    firmware: TwinFirmware::Bios(TwinFile {
        package: "u-boot-qemu",
        path: "usr/lib/u-boot/qemu_arm64/u-boot.bin",
    }),
    disk: TwinDisk::Virtio,
    // U-Boot on virt finds a disk on PCI, and Linux either there or on the memory-mapped bus.
    modules: &["virtio_blk", "virtio_mmio", "virtio_pci"],
    arguments: &[],
    suite: None,
    source: "U-Boot, doc/board/emulation/qemu-arm.rst",
};

/// The twin of 32-bit boards.
pub const TWIN_ARM: Twin = Twin {
    cpu: Some("cortex-a15"),
    firmware: TwinFirmware::Bios(TwinFile {
        package: "u-boot-qemu",
        path: "usr/lib/u-boot/qemu_arm/u-boot.bin",
    }),
    // Debian's 32-bit kernel is without LPAE and reaches nothing above 4 GiB. It need not: where a
    // 32-bit processor starts firmware, `virt` has PCI's configuration space below.
    source: "U-Boot, doc/board/emulation/qemu-arm.rst; QEMU, hw/arm/virt.c, highmem_ecam",
    ..TWIN_ARM64
};
