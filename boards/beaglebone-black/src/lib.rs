//! BeagleBone Black (TI AM3358, 1 x Cortex-A8), booting from microSD or eMMC.

use bringup_platforms::ARMV7_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Disagreement, Firmware, GptEntries, PartitionTable, RootStorage, Tier,
    Verbatim,
};
use bringup_u_boot::{am335x, qemu};

/// The board.
pub const BOARD: Board = Board {
    name: "beaglebone-black",
    // Linux, arch/arm/boot/dts/ti/omap/am335x-boneblack.dts: "TI AM335x BeagleBone Black".
    title: "BeagleBone Black",
    platform: &ARMV7_LINUX,
    soc: &am335x::AM335X,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim { placements: &am335x::raw("usr/lib/u-boot/am335x_boneblack") },
        next_stage: Some(am335x::FIT_AT_384K),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(am335x::LOAD),
    kernel_package: "linux-image-armmp",
    // Linux, arch/arm/boot/dts/ti/omap/; Debian's package has 32-bit device trees in one folder.
    device_tree: Some("am335x-boneblack.dtb"),
    // The device tree's stdout-path: UART0. Debian's 32-bit kernel has the driver omap-serial for it, not
    // 8250_omap (CONFIG_SERIAL_OMAP), hence the name; it takes this speed where none is said.
    console: Console { tty: "ttyO0", baud: 115_200 },
    // The boot ROM's other way, the file `MLO` of an active FAT partition, is for an MBR alone.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: am335x::FIRST_PARTITION,
    // BeagleBoard.org's reference manual, and the device tree: 512 MB of DDR3.
    ram: Bytes::mib(512),
    // The device tree's mmc0, the microSD slot, and mmc1, the eMMC: the boot ROM starts from either.
    root_storage: &[
        RootStorage::DeviceTreeNode("/ocp/interconnect@48000000/segment@0/target-module@60000/mmc@0"),
        RootStorage::DeviceTreeNode("/ocp/interconnect@48000000/segment@100000/target-module@d8000/mmc@0"),
    ],
    twin: qemu::TWIN_ARM,
    disagreements: &[
        Disagreement {
            about: "`u-boot.img`'s offset",
            said: &[
                ("U-Boot, SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR; Debian's README", "sector 768 (0x60000)"),
                (
                    "GNU Guix, gnu/bootloader/u-boot.scm, for the BeagleBone Black",
                    "sector 1,024 (0x80000), and 768 sectors of it",
                ),
            ],
            reason: "the SPL reads sector 768; that table has count and offset swapped, and cuts what is longer",
        },
        Disagreement {
            about: "the first partition's offset",
            said: &[
                ("GNU Guix, gnu/system/images/am335x.scm, and Debian's README for am335x_evm", "4 MiB"),
                ("Debian, u-boot-omap, README.Debian, for am335x_boneblack", "1 MiB"),
                ("U-Boot, doc/board/ti/am335x_evm.rst: U-Boot's region", "ends at 896 KiB (0xE0000)"),
            ],
            reason: "u-boot.img ends at 1.12 MiB (u-boot-omap 2025.01: 782,756 bytes at 384 KiB)",
        },
    ],
};
