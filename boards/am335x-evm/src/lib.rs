//! TI AM335x evaluation module, TMDXEVM3358 (TI AM3358, 1 x Cortex-A8), booting from SD.

use bringup_platforms::ARMV7_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier, Verbatim,
};
use bringup_u_boot::{am335x, qemu};

/// The board.
pub const BOARD: Board = Board {
    name: "am335x-evm",
    // Linux, arch/arm/boot/dts/ti/omap/am335x-evm.dts: "TI AM335x EVM".
    title: "TI AM335x EVM",
    platform: &ARMV7_LINUX,
    soc: &am335x::AM335X,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim { placements: &am335x::raw("usr/lib/u-boot/am335x_evm") },
        next_stage: Some(am335x::FIT_AT_384K),
    },
    boot: &[BootMethod::Extlinux],
    load: Some(am335x::LOAD),
    kernel_package: "linux-image-armmp",
    // Linux, arch/arm/boot/dts/ti/omap/; Debian's package has 32-bit device trees in one folder.
    device_tree: Some("am335x-evm.dtb"),
    // The device tree's stdout-path: UART0. Debian's 32-bit kernel has the driver omap-serial for it, not
    // 8250_omap (CONFIG_SERIAL_OMAP), hence the name; it takes this speed where none is said.
    console: Console { tty: "ttyO0", baud: 115_200 },
    // The boot ROM's other way, the file `MLO` of an active FAT partition, is for an MBR alone.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: am335x::FIRST_PARTITION,
    // The device tree's memory node: 256 MiB, of the first boards' DDR2; later ones have more.
    ram: Bytes::mib(256),
    // The device tree's mmc0, the SD slot of the base board; mmc3 is for Wi-Fi.
    root_storage: &[RootStorage::DeviceTreeNode(
        "/ocp/interconnect@48000000/segment@0/target-module@60000/mmc@0",
    )],
    twin: qemu::TWIN_ARM,
    disagreements: &[],
};
