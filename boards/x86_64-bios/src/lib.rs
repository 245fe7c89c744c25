//! A PC with BIOS and a 64-bit CPU.

use bringup_grub::bios::Bios;
use bringup_pc::{BIOS, FIRST_PARTITION, ROOT_STORAGE, twin_bios};
use bringup_platforms::X86_64_LINUX;
use bringup_spec::{Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, Tier};

/// The board.
pub const BOARD: Board = Board {
    name: "x86_64-bios",
    title: "PC with BIOS",
    platform: &X86_64_LINUX,
    soc: &BIOS,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "grub",
        // Root is the first partition.
        installer: &Bios::in_front_of(FIRST_PARTITION, "(,msdos1)/boot/grub"),
        next_stage: None,
    },
    boot: &[BootMethod::GrubBios],
    load: None,
    kernel_package: "linux-image-amd64",
    // ACPI tells what is there.
    device_tree: None,
    // The first serial port of a PC; Linux, Documentation/admin-guide/serial-console.rst. Nothing
    // tells the kernel of it but its command line.
    console: Console { tty: "ttyS0", baud: 115_200 },
    // Some BIOSes start no disk without an MBR whose entry is active.
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: FIRST_PARTITION,
    // Debian's installation guide for amd64, 3.4: the least without a desktop.
    ram: Bytes::mib(512),
    root_storage: ROOT_STORAGE,
    twin: twin_bios(),
    disagreements: &[],
};
