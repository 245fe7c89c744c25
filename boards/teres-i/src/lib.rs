//! Olimex TERES-I (Allwinner A64, 4 x Cortex-A53), a laptop booting from microSD or eMMC.

use bringup_platforms::AARCH64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier, Verbatim,
};
use bringup_u_boot::{allwinner, qemu};

// Erase blocks of SD cards are a power of two of at least 1 MiB, and partitioning tools start
// there; U-Boot ends at 790.2 KiB (u-boot-sunxi 2025.01: 800,941 bytes at 8 KiB).
const FIRST_PARTITION: Bytes = Bytes::mib(1);

/// The board.
pub const BOARD: Board = Board {
    name: "teres-i",
    // Linux, arch/arm64/boot/dts/allwinner/sun50i-a64-teres-i.dts: "Olimex A64 Teres-I".
    title: "Olimex TERES-I",
    platform: &AARCH64_LINUX,
    soc: &allwinner::A64,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            placements: &[allwinner::spl_at_8k("usr/lib/u-boot/teres_i", FIRST_PARTITION)],
        },
        next_stage: Some(allwinner::FIT_BEHIND_SPL),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(allwinner::LOAD_64),
    kernel_package: "linux-image-arm64",
    // Linux, arch/arm64/boot/dts/allwinner/.
    device_tree: Some("allwinner/sun50i-a64-teres-i.dtb"),
    // The device tree's stdout-path: "serial0:115200n8", which is UART0. It shares the headphone jack,
    // and a switch on the mainboard, driven by the device tree, says which of them is on it.
    console: Console { tty: "ttyS0", baud: 115_200 },
    // Not GPT: its entries end at 17 KiB, past the SPL at 8 KiB.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: FIRST_PARTITION,
    // Olimex's specification of the TERES-PCB1 mainboard: 1 GB of DDR3L, on later ones 2 GB.
    ram: Bytes::gib(1),
    // The device tree's mmc0, the microSD slot, and mmc2, the eMMC: the boot
    // ROM starts from either. By path, as this device tree gives them no alias (Linux 6.12).
    root_storage: &[
        RootStorage::DeviceTreeNode("/soc/mmc@1c0f000"),
        RootStorage::DeviceTreeNode("/soc/mmc@1c11000"),
    ],
    twin: qemu::TWIN_ARM64,
    disagreements: &[],
};
