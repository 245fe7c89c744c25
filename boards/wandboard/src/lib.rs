//! Wandboard (NXP i.MX6 Solo to QuadPlus, 1 to 4 x Cortex-A9), booting from the microSD slot of its module.

use bringup_platforms::ARMV7_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier, Verbatim,
};
use bringup_u_boot::{imx, qemu};

/// The board.
pub const BOARD: Board = Board {
    name: "wandboard",
    // Linux, arch/arm/boot/dts/nxp/imx/imx6qdl-wandboard.dtsi; one U-Boot serves all versions.
    title: "Wandboard",
    platform: &ARMV7_LINUX,
    soc: &imx::IMX6,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            placements: &[
                imx::spl("usr/lib/u-boot/wandboard"),
                // U-Boot, configs/wandboard_defconfig, ENV_OFFSET: what `saveenv` writes.
                imx::image("usr/lib/u-boot/wandboard", Bytes(0xC0000)),
            ],
        },
        next_stage: Some(imx::FIT_AT_69K),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(imx::LOAD),
    kernel_package: "linux-image-armmp",
    // Linux, arch/arm/boot/dts/nxp/imx/; Debian's package has 32-bit device trees in one folder.
    device_tree: Some("imx6q-wandboard-revd1.dtb"),
    // The device tree's stdout-path: UART1, whose speed Linux keeps as U-Boot set it.
    console: Console { tty: "ttymxc0", baud: 115_200 },
    // Not GPT: its entries lie over the SPL at 1 KiB.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    // Erase blocks of SD cards are a power of two of at least 1 MiB; U-Boot's environment ends at 776 KiB.
    first_partition: Bytes::mib(1),
    // Wandboard's specification: 512 MB on the Solo, 1 GB on the Dual, 2 GB on the Quad.
    ram: Bytes::mib(512),
    // The device tree's usdhc3, the microSD slot of the module, where the boot ROM starts from; usdhc1,
    // the one of the base board; and the SATA socket of the Quad. U-Boot chooses the device tree by
    // board.
    root_storage: &[
        RootStorage::DeviceTreeNode("/soc/bus@2100000/mmc@2198000"),
        RootStorage::DeviceTreeNode("/soc/bus@2100000/mmc@2190000"),
        RootStorage::DeviceTreeNode("/soc/sata@2200000"),
    ],
    twin: qemu::TWIN_ARM,
    disagreements: &[],
};
