//! Sinovoip Banana Pi BPI-M2 Ultra (Allwinner R40, 4 x Cortex-A7), booting from microSD or eMMC.

use bringup_platforms::ARMV7_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier, Twin,
    TwinDisk, TwinFirmware, Verbatim,
};
use bringup_u_boot::allwinner;

// Erase blocks of SD cards are a power of two of at least 1 MiB, and partitioning tools start
// there; U-Boot ends at 550.1 KiB (u-boot-sunxi 2025.01: 555,148 bytes at 8 KiB).
const FIRST_PARTITION: Bytes = Bytes::mib(1);

/// The board.
pub const BOARD: Board = Board {
    name: "bananapi-m2-ultra",
    // Linux, arch/arm/boot/dts/allwinner/sun8i-r40-bananapi-m2-ultra.dts: "Banana Pi BPI-M2-Ultra".
    title: "Banana Pi BPI-M2 Ultra",
    platform: &ARMV7_LINUX,
    soc: &allwinner::R40,
    tier: Tier::RealSpl,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            placements: &[allwinner::spl_at_8k("usr/lib/u-boot/Bananapi_M2_Ultra", FIRST_PARTITION)],
        },
        next_stage: Some(allwinner::IMAGE_BEHIND_SPL),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(allwinner::LOAD_32),
    kernel_package: "linux-image-armmp",
    // Linux, arch/arm/boot/dts/allwinner/; Debian's package has 32-bit device trees in one folder.
    device_tree: Some("sun8i-r40-bananapi-m2-ultra.dtb"),
    // The device tree's stdout-path: "serial0:115200n8", which is UART0.
    console: Console { tty: "ttyS0", baud: 115_200 },
    // Not GPT: its entries end at 17 KiB, past the SPL at 8 KiB.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: FIRST_PARTITION,
    // Sinovoip's specification: 2 GB of DDR3; there is no other version.
    ram: Bytes::gib(2),
    // The device tree's mmc0, the microSD slot, mmc2, the eMMC, and the SATA socket, which U-Boot but
    // not the boot ROM starts from. By path, as this device tree gives them no alias (Linux 6.12).
    root_storage: &[
        RootStorage::DeviceTreeNode("/soc/mmc@1c0f000"),
        RootStorage::DeviceTreeNode("/soc/mmc@1c11000"),
        RootStorage::DeviceTreeNode("/soc/sata@1c18000"),
    ],
    twin: Twin {
        machine: "bpim2u",
        cpu: None,
        ram: Bytes::gib(1),
        // QEMU plays the boot ROM: it copies 32 KiB at 8 KiB of the card to SRAM and starts them.
        firmware: TwinFirmware::Machine,
        disk: TwinDisk::Sd,
        // The disk is the board's own SD slot.
        modules: &[],
        arguments: &[],
        suite: None,
        source: "QEMU, docs/system/arm/bananapi_m2u.rst; with 2 GiB the SPL says nothing (QEMU 10.0)",
    },
    disagreements: &[],
};
