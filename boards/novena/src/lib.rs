//! Kosagi Novena (NXP i.MX6 Quad, 4 x Cortex-A9), booting from its internal microSD slot.

use bringup_platforms::ARMV7_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Disagreement, Firmware, GptEntries, LoadAddresses, PartitionTable,
    RootStorage, Tier, Verbatim,
};
use bringup_u_boot::{imx, qemu};

// Its U-Boot has the initramfs elsewhere than other boards with this chip.
const LOAD: LoadAddresses =
    LoadAddresses { initramfs: 0x2800_0000, source: "U-Boot, include/configs/novena.h", ..imx::LOAD };

/// The board.
pub const BOARD: Board = Board {
    name: "novena",
    // Linux, arch/arm/boot/dts/nxp/imx/imx6q-novena.dts: "Kosagi Novena Dual/Quad".
    title: "Kosagi Novena",
    platform: &ARMV7_LINUX,
    soc: &imx::IMX6,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            placements: &[
                // Debian's target whose SPL reads u-boot.img from a place; its u-boot.img is a link to this.
                imx::spl("usr/lib/u-boot/novena-rawsd"),
                imx::image("usr/lib/u-boot/novena", Bytes::mib(1)),
            ],
        },
        next_stage: Some(imx::IMAGE_AT_69K),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(LOAD),
    kernel_package: "linux-image-armmp",
    // Linux, arch/arm/boot/dts/nxp/imx/; Debian's package has 32-bit device trees in one folder.
    device_tree: Some("imx6q-novena.dtb"),
    // The device tree's stdout-path: UART2, whose speed Linux keeps as U-Boot set it.
    console: Console { tty: "ttymxc1", baud: 115_200 },
    // Not GPT: its entries lie over the SPL at 1 KiB.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    // Erase blocks of SD cards are a power of two of at least 1 MiB; U-Boot ends at 628 KiB.
    first_partition: Bytes::mib(1),
    // Kosagi's specification: a module of 4 GB of DDR3, in a socket.
    ram: Bytes::gib(4),
    // The device tree's usdhc3, the internal microSD slot, where the boot ROM starts from; usdhc2, the
    // outer SD slot; and the SATA socket.
    root_storage: &[
        RootStorage::DeviceTreeNode("/soc/bus@2100000/mmc@2198000"),
        RootStorage::DeviceTreeNode("/soc/bus@2100000/mmc@2194000"),
        RootStorage::DeviceTreeNode("/soc/sata@2200000"),
    ],
    twin: qemu::TWIN_ARM,
    disagreements: &[
        Disagreement {
            about: "where the SPL finds `u-boot.img`",
            said: &[
                (
                    "Debian, target novena-rawsd; GNU Guix, with SPL_FS_FAT switched off",
                    "69 KiB (sector 138)",
                ),
                (
                    "U-Boot, configs/novena_defconfig; Debian, target novena",
                    "a file of the first partition, FAT",
                ),
            ],
            reason: "no partition more; with SPL_FS_FAT the SPL never looks at 69 KiB (arch/arm/mach-imx/spl.c)",
        },
        Disagreement {
            about: "what lies at 512 KiB",
            said: &[
                ("u-boot-imx 2025.01: `u-boot.img` of 572,364 bytes at 69 KiB", "U-Boot, up to 628.0 KiB"),
                ("U-Boot, configs/novena_defconfig, ENV_OFFSET", "U-Boot's environment"),
            ],
            reason: "U-Boot must be whole, and takes its built-in environment if there is none; `saveenv` breaks it",
        },
    ],
};
