//! A PC with BIOS and a 32-bit CPU, for GNU Mach and the Hurd.

use bringup_grub::bios::Bios;
use bringup_pc::{BIOS, FIRST_PARTITION};
use bringup_platforms::I586_GNU;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier, Twin,
    TwinDisk, TwinFirmware,
};

/// The board.
pub const BOARD: Board = Board {
    name: "i586-hurd",
    title: "PC with BIOS, for the Hurd",
    platform: &I586_GNU,
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
    // For one CPU and without PAE: the least that it asks for. Trixie also has -pae, -smp and xen.
    kernel_package: "gnumach-image-1.8-486-up",
    device_tree: None,
    // GNU Mach's name for the first serial port. It sets 115,200 (seen: 1.8+git20250702 on QEMU's
    // 16550, the last rate written at start).
    console: Console { tty: "com0", baud: 115_200 },
    table: PartitionTable::Mbr,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: FIRST_PARTITION,
    // Seen: GNU Mach 1.8 with one module needs 32 MiB; the Hurd's servers need more.
    ram: Bytes::mib(64),
    // GNU Mach's own drivers, all built in.
    root_storage: &[RootStorage::Modules(&[])],
    twin: Twin {
        machine: "pc",
        cpu: None,
        ram: Bytes::mib(256),
        // QEMU's default is SeaBIOS.
        firmware: TwinFirmware::Machine,
        disk: TwinDisk::Ide,
        modules: &[],
        arguments: &[],
        suite: None,
        source: "QEMU, docs/system/i386/pc.rst",
    },
    disagreements: &[],
};
