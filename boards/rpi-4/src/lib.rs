//! Raspberry Pi 4 Model B and 400 (Broadcom BCM2711, 4 x Cortex-A72), booting from microSD.

use bringup_platforms::AARCH64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, FirmwareFile, GptEntries, PartitionTable, RootStorage, Tier,
    Twin, TwinDisk, TwinFile, TwinFirmware,
};
use bringup_u_boot::raspberry_pi;

// raspi-firmware 1.20240424 brings them; bootcode.bin is in the board's EEPROM.
const FILES: &[FirmwareFile] = &[
    raspberry_pi::firmware("start4.elf"),
    raspberry_pi::firmware("fixup4.dat"),
    raspberry_pi::device_tree("bcm2711-rpi-4-b.dtb", "broadcom/bcm2711-rpi-4-b.dtb"),
    raspberry_pi::device_tree("bcm2711-rpi-400.dtb", "broadcom/bcm2711-rpi-400.dtb"),
    raspberry_pi::config(),
    raspberry_pi::u_boot("usr/lib/u-boot/rpi_4"),
];

/// The board.
pub const BOARD: Board = Board {
    name: "rpi-4",
    // Linux, arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dts: "Raspberry Pi 4 Model B".
    title: "Raspberry Pi 4",
    platform: &AARCH64_LINUX,
    soc: &raspberry_pi::BCM2711,
    tier: Tier::Twin,
    // All of it are files.
    firmware: Firmware { name: "raspi-firmware, u-boot", ..Firmware::NONE },
    boot: &[BootMethod::Extlinux],
    load: Some(raspberry_pi::LOAD),
    kernel_package: "linux-image-arm64",
    // For the storage's drivers. What boots is the one in the firmware partition, as the firmware
    // completes it: a menu must not name another, see raspberry_pi::LOAD.
    device_tree: Some("broadcom/bcm2711-rpi-4-b.dtb"),
    // The device tree's stdout-path: "serial1:115200n8", the mini-UART.
    console: Console { tty: "ttyS1", baud: 115_200 },
    // What every version of the firmware reads.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[raspberry_pi::partition(FILES)],
    first_partition: Bytes::mib(4),
    // Raspberry Pi's specification: 1, 2, 4 or 8 GB of LPDDR4.
    ram: Bytes::gib(1),
    // The microSD slot; the device tree gives it no alias (Linux 6.12).
    root_storage: &[RootStorage::DeviceTreeNode("/emmc2bus/mmc@7e340000")],
    twin: Twin {
        machine: "virt",
        cpu: Some("cortex-a72"),
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
        source: "QEMU's raspi4b has no boot ROM or firmware; U-Boot, doc/board/emulation/qemu-arm.rst",
    },
    disagreements: &[],
};
