//! Theobroma Systems RK3399-Q7 (Puma) on its Haikou carrier (Rockchip RK3399), booting from SD or eMMC.

use bringup_platforms::AARCH64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Disagreement, Firmware, GptEntries, PartitionTable, RootStorage, Tier,
    Twin, TwinDisk, TwinFile, TwinFirmware, Verbatim,
};
use bringup_u_boot::rockchip;

/// Where this board's SPL looks for U-Boot: sector 0x200, unlike every other Rockchip board here.
///
/// Debian's u-boot-rockchip 2025.01, `CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR` of `puma-rk3399`.
const U_BOOT_AT: Bytes = Bytes::kib(256);

/// The board.
pub const BOARD: Board = Board {
    name: "puma-rk3399",
    // Linux, arch/arm64/boot/dts/rockchip/rk3399-puma-haikou.dts: "Theobroma Systems RK3399-Q7 SoM".
    title: "Theobroma Systems RK3399-Q7 SoM",
    platform: &AARCH64_LINUX,
    soc: &rockchip::RK3399,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim { placements: &rockchip::placements("usr/lib/u-boot/puma-rk3399", U_BOOT_AT) },
        next_stage: Some(rockchip::fit_at(U_BOOT_AT)),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(rockchip::LOAD),
    kernel_package: "linux-image-arm64",
    // The target's own `fdtfile` (u-boot-rockchip 2025.01).
    device_tree: Some("rockchip/rk3399-puma-haikou.dtb"),
    // The device tree's stdout-path: "serial0:115200n8".
    console: Console { tty: "ttyS0", baud: 115_200 },
    // Its entries end at 17 KiB, the ID block begins at 32.
    table: PartitionTable::Gpt,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: rockchip::FIRST_PARTITION,
    // The maker's data sheet says only "up to 4 GB"; this is less than any that is sold.
    ram: Bytes::gib(1),
    // The carrier's SD slot, then eMMC: the device tree's mmc1 and mmc0 (Linux 6.12).
    root_storage: &[
        RootStorage::DeviceTreeNode("/mmc@fe320000"),
        RootStorage::DeviceTreeNode("/mmc@fe330000"),
    ],
    twin: Twin {
        machine: "virt",
        cpu: Some("cortex-a72"),
        ram: Bytes::mib(1024),
        firmware: TwinFirmware::Bios(TwinFile {
            package: "u-boot-qemu",
            path: "usr/lib/u-boot/qemu_arm64/u-boot.bin",
        }),
        disk: TwinDisk::Virtio,
        // U-Boot on virt finds a disk on PCI, and Linux either there or on the memory-mapped bus.
        modules: &["virtio_blk", "virtio_mmio", "virtio_pci"],
        arguments: &[],
        suite: None,
        source: "QEMU has no Rockchip RK3399; U-Boot, doc/board/emulation/qemu-arm.rst",
    },
    disagreements: &[Disagreement {
        about: "u-boot.itb's offset",
        said: &[
            (
                "Debian's u-boot-rockchip, config.puma-rk3399.gz: sector 0x200, SPL padded to 0x38000",
                "256 KiB",
            ),
            ("U-Boot, doc/board/rockchip/rockchip.rst, for Rockchip boards in general: seek=16384", "8 MiB"),
        ],
        reason: "the first is what this SPL was compiled with",
    }],
};
