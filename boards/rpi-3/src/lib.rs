//! Raspberry Pi 3 Model B, B+ and A+ (Broadcom BCM2837, 4 x Cortex-A53), booting from microSD.

use bringup_platforms::AARCH64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, FirmwareFile, GptEntries, PartitionTable, RootStorage, Tier,
    Twin, TwinDisk, TwinFile, TwinFirmware,
};
use bringup_u_boot::raspberry_pi;

// raspi-firmware 1.20240424 brings them all; the firmware picks the device tree of its model.
const FILES: &[FirmwareFile] = &[
    raspberry_pi::firmware("bootcode.bin"),
    raspberry_pi::firmware("start.elf"),
    raspberry_pi::firmware("fixup.dat"),
    raspberry_pi::device_tree("bcm2837-rpi-3-b.dtb", "broadcom/bcm2837-rpi-3-b.dtb"),
    raspberry_pi::device_tree("bcm2837-rpi-3-b-plus.dtb", "broadcom/bcm2837-rpi-3-b-plus.dtb"),
    raspberry_pi::device_tree("bcm2837-rpi-3-a-plus.dtb", "broadcom/bcm2837-rpi-3-a-plus.dtb"),
    raspberry_pi::config(),
    raspberry_pi::u_boot("usr/lib/u-boot/rpi_3"),
];

/// The board.
pub const BOARD: Board = Board {
    name: "rpi-3",
    // Linux, arch/arm64/boot/dts/broadcom/bcm2837-rpi-3-b.dts: "Raspberry Pi 3 Model B".
    title: "Raspberry Pi 3",
    platform: &AARCH64_LINUX,
    soc: &raspberry_pi::BCM2837,
    tier: Tier::Twin,
    // All of it are files.
    firmware: Firmware { name: "raspi-firmware, u-boot", ..Firmware::NONE },
    boot: &[BootMethod::Extlinux],
    load: Some(raspberry_pi::LOAD),
    kernel_package: "linux-image-arm64",
    // For the storage's drivers. What boots is the one in the firmware partition, as the firmware
    // completes it: a menu must not name another, see raspberry_pi::LOAD.
    device_tree: Some("broadcom/bcm2837-rpi-3-b.dtb"),
    // The device tree's stdout-path: "serial1:115200n8", the mini-UART.
    console: Console { tty: "ttyS1", baud: 115_200 },
    // What every version of the firmware reads.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[raspberry_pi::partition(FILES)],
    first_partition: Bytes::mib(4),
    // Raspberry Pi's specification of B and B+.
    ram: Bytes::gib(1),
    // The microSD slot; the device tree gives it no alias (Linux 6.12).
    root_storage: &[RootStorage::DeviceTreeNode("/soc/mmc@7e202000")],
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
        source: "QEMU's raspi3b has no boot ROM or firmware; U-Boot, doc/board/emulation/qemu-arm.rst",
    },
    disagreements: &[],
};
