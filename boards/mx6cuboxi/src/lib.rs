//! SolidRun CuBox-i and HummingBoard (NXP i.MX6 Solo to Quad, 1 to 4 x Cortex-A9), booting from microSD.

use bringup_platforms::ARMV7_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier, Verbatim,
};
use bringup_u_boot::{imx, qemu};

/// The board.
pub const BOARD: Board = Board {
    name: "mx6cuboxi",
    // Linux, arch/arm/boot/dts/nxp/imx/imx6q-cubox-i.dts and imx6q-hummingboard.dts; one U-Boot serves both.
    title: "SolidRun CuBox-i and HummingBoard",
    platform: &ARMV7_LINUX,
    soc: &imx::IMX6,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            placements: &[
                imx::spl("usr/lib/u-boot/mx6cuboxi"),
                // U-Boot, configs/mx6cuboxi_defconfig, ENV_OFFSET: what `saveenv` writes.
                imx::image("usr/lib/u-boot/mx6cuboxi", Bytes(0xFE000)),
            ],
        },
        next_stage: Some(imx::IMAGE_AT_69K),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(imx::LOAD),
    kernel_package: "linux-image-armmp",
    // Linux, arch/arm/boot/dts/nxp/imx/; Debian's package has 32-bit device trees in one folder.
    device_tree: Some("imx6q-cubox-i.dtb"),
    // SolidRun's schematics: UART1. The device tree has no stdout-path.
    console: Console { tty: "ttymxc0", baud: 115_200 },
    // Not GPT: its entries lie over the SPL at 1 KiB.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    // Erase blocks of SD cards are a power of two of at least 1 MiB; U-Boot's environment ends there.
    first_partition: Bytes::mib(1),
    // SolidRun's specification: 512 MB on the CuBox-i1, up to 4 GB.
    ram: Bytes::mib(512),
    // The device tree's usdhc2, the microSD slot, and the SATA socket of Dual and Quad. U-Boot chooses
    // the device tree by board; usdhc2 is the slot on all of them.
    root_storage: &[
        RootStorage::DeviceTreeNode("/soc/bus@2100000/mmc@2194000"),
        RootStorage::DeviceTreeNode("/soc/sata@2200000"),
    ],
    twin: qemu::TWIN_ARM,
    disagreements: &[],
};
