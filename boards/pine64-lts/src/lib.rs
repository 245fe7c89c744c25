//! PINE64 PINE A64-LTS (Allwinner A64, 4 x Cortex-A53), booting from microSD or eMMC.

use bringup_platforms::AARCH64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier, Twin,
    TwinDisk, TwinFile, TwinFirmware, Verbatim,
};
use bringup_u_boot::allwinner;

// Erase blocks of SD cards are a power of two of at least 1 MiB, and partitioning tools start
// there; U-Boot ends at 832.3 KiB (u-boot-sunxi 2025.01: 844,133 bytes at 8 KiB).
const FIRST_PARTITION: Bytes = Bytes::mib(1);

/// The board.
pub const BOARD: Board = Board {
    name: "pine64-lts",
    // Linux, arch/arm64/boot/dts/allwinner/sun50i-a64-pine64-lts.dts: "Pine64 PINE A64 LTS".
    title: "PINE64 PINE A64-LTS",
    platform: &AARCH64_LINUX,
    soc: &allwinner::A64,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            placements: &[allwinner::spl_at_8k("usr/lib/u-boot/pine64-lts", FIRST_PARTITION)],
        },
        next_stage: Some(allwinner::FIT_BEHIND_SPL),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(allwinner::LOAD_64),
    kernel_package: "linux-image-arm64",
    // Linux, arch/arm64/boot/dts/allwinner/.
    device_tree: Some("allwinner/sun50i-a64-pine64-lts.dtb"),
    // The device tree's stdout-path: "serial0:115200n8", which is UART0.
    console: Console { tty: "ttyS0", baud: 115_200 },
    // Not GPT: its entries end at 17 KiB, past the SPL at 8 KiB.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: FIRST_PARTITION,
    // PINE64's specification: 2 GB of LPDDR3; there is no smaller version.
    ram: Bytes::gib(2),
    // The device tree's mmc0, the microSD slot, and mmc2, the socket of the eMMC module: the boot
    // ROM starts from either. By path, as this device tree gives them no alias (Linux 6.12).
    root_storage: &[
        RootStorage::DeviceTreeNode("/soc/mmc@1c0f000"),
        RootStorage::DeviceTreeNode("/soc/mmc@1c11000"),
    ],
    twin: Twin {
        machine: "virt",
        cpu: Some("cortex-a53"),
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
        source: "QEMU has no Allwinner A64; U-Boot, doc/board/emulation/qemu-arm.rst",
    },
    disagreements: &[],
};
