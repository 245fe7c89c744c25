//! Olimex A20-OLinuXino-MICRO (Allwinner A20, 2 x Cortex-A7), booting from microSD.

use bringup_platforms::ARMV7_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier, Verbatim,
};
use bringup_u_boot::{allwinner, qemu};

// Erase blocks of SD cards are a power of two of at least 1 MiB, and partitioning tools start
// there; U-Boot ends at 578.6 KiB (u-boot-sunxi 2025.01: 584,332 bytes at 8 KiB).
const FIRST_PARTITION: Bytes = Bytes::mib(1);

/// The board.
pub const BOARD: Board = Board {
    name: "a20-olinuxino-micro",
    // Linux, arch/arm/boot/dts/allwinner/sun7i-a20-olinuxino-micro.dts: "Olimex A20-Olinuxino Micro".
    title: "Olimex A20-OLinuXino-MICRO",
    platform: &ARMV7_LINUX,
    soc: &allwinner::A20,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            placements: &[allwinner::spl_at_8k("usr/lib/u-boot/A20-OLinuXino_MICRO", FIRST_PARTITION)],
        },
        next_stage: Some(allwinner::IMAGE_BEHIND_SPL),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(allwinner::LOAD_32),
    kernel_package: "linux-image-armmp",
    // Linux, arch/arm/boot/dts/allwinner/; Debian's package has 32-bit device trees in one folder.
    device_tree: Some("sun7i-a20-olinuxino-micro.dtb"),
    // The device tree's stdout-path: "serial0:115200n8", which is UART0.
    console: Console { tty: "ttyS0", baud: 115_200 },
    // Not GPT: its entries end at 17 KiB, past the SPL at 8 KiB.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: FIRST_PARTITION,
    // Olimex's specification: 1 GB of DDR3.
    ram: Bytes::gib(1),
    // The device tree's mmc0, the microSD slot, mmc3, the SD slot, and the SATA socket; U-Boot but not
    // the boot ROM starts from the last two. By path, as this device tree gives them no alias
    // (Linux 6.12).
    root_storage: &[
        RootStorage::DeviceTreeNode("/soc/mmc@1c0f000"),
        RootStorage::DeviceTreeNode("/soc/mmc@1c12000"),
        RootStorage::DeviceTreeNode("/soc/sata@1c18000"),
    ],
    twin: qemu::TWIN_ARM,
    disagreements: &[],
};
