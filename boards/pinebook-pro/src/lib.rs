//! PINE64 Pinebook Pro (Rockchip RK3399, 2 x Cortex-A72 and 4 x Cortex-A53), booting from microSD or eMMC.

use bringup_platforms::AARCH64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Disagreement, Firmware, GptEntries, PartitionTable, RootStorage, Tier,
    Twin, TwinDisk, TwinFile, TwinFirmware, Verbatim,
};
use bringup_u_boot::rockchip;

/// The board.
pub const BOARD: Board = Board {
    name: "pinebook-pro",
    // Linux, arch/arm64/boot/dts/rockchip/rk3399-pinebook-pro.dts: "Pine64 Pinebook Pro".
    title: "PINE64 Pinebook Pro",
    platform: &AARCH64_LINUX,
    soc: &rockchip::RK3399,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            placements: &rockchip::placements("usr/lib/u-boot/pinebook-pro-rk3399", rockchip::U_BOOT_AT_8M),
        },
        next_stage: Some(rockchip::fit_at(rockchip::U_BOOT_AT_8M)),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(rockchip::LOAD),
    kernel_package: "linux-image-arm64",
    // The target's own `fdtfile` (u-boot-rockchip 2025.01).
    device_tree: Some("rockchip/rk3399-pinebook-pro.dtb"),
    // The device tree's stdout-path: "serial2:1500000n8".
    console: Console { tty: "ttyS2", baud: 1_500_000 },
    // Its entries end at 17 KiB, the ID block begins at 32.
    table: PartitionTable::Gpt,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: rockchip::FIRST_PARTITION,
    // PINE64's specification: 4 GB of LPDDR4.
    ram: Bytes::gib(4),
    // microSD, then eMMC: the device tree's mmc1 and mmc2 (Linux 6.12).
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
        about: "where the first partition starts",
        said: &[
            (
                "U-Boot, include/configs/rockchip-common.h, `partitions`; Guix, image type pinebook-pro-raw",
                "16 MiB",
            ),
            ("Guix manual, on the same image type", "9 MiB"),
        ],
        reason: "u-boot.itb takes 1.1 MiB from 8 MiB on (u-boot-rockchip 2025.01: 1,177,088 bytes) and reaches past 9 MiB",
    }],
};
