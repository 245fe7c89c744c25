//! PINE64 PINE A64 (Allwinner A64, 4 x Cortex-A53), the version with 512 MB, booting from microSD.

use bringup_platforms::AARCH64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier, Verbatim,
};
use bringup_u_boot::{allwinner, qemu};

// Erase blocks of SD cards are a power of two of at least 1 MiB, and partitioning tools start
// there; U-Boot ends at 847.7 KiB (u-boot-sunxi 2025.01: 859,809 bytes at 8 KiB).
const FIRST_PARTITION: Bytes = Bytes::mib(1);

/// The board.
pub const BOARD: Board = Board {
    name: "pine64",
    // Linux, arch/arm64/boot/dts/allwinner/sun50i-a64-pine64.dts: "Pine64 PINE A64".
    title: "PINE64 PINE A64",
    platform: &AARCH64_LINUX,
    soc: &allwinner::A64,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            // U-Boot, configs/pine64_plus_defconfig, OF_LIST: one U-Boot for both, which tells them
            // apart by their memory (board/sunxi/board.c, board_fit_config_name_match).
            placements: &[allwinner::spl_at_8k("usr/lib/u-boot/pine64_plus", FIRST_PARTITION)],
        },
        next_stage: Some(allwinner::FIT_BEHIND_SPL),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(allwinner::LOAD_64),
    kernel_package: "linux-image-arm64",
    // Linux, arch/arm64/boot/dts/allwinner/.
    device_tree: Some("allwinner/sun50i-a64-pine64.dtb"),
    // The device tree's stdout-path: "serial0:115200n8", which is UART0.
    console: Console { tty: "ttyS0", baud: 115_200 },
    // Not GPT: its entries end at 17 KiB, past the SPL at 8 KiB.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: FIRST_PARTITION,
    // PINE64's specification: 512 MB of DDR3; those with more are PINE A64+.
    ram: Bytes::mib(512),
    // The device tree's mmc0, the microSD slot. By path, as this device tree gives it no alias
    // (Linux 6.12).
    root_storage: &[RootStorage::DeviceTreeNode("/soc/mmc@1c0f000")],
    twin: qemu::TWIN_ARM64,
    disagreements: &[],
};
