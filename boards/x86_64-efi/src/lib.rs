//! A PC with UEFI and a 64-bit CPU.

use bringup_pc::{FIRST_PARTITION, ROOT_STORAGE, UEFI_X64, esp};
use bringup_platforms::X86_64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, Tier, Twin, TwinDisk, TwinFile,
    TwinFirmware,
};

/// The board.
pub const BOARD: Board = Board {
    name: "x86_64-efi",
    title: "PC with UEFI",
    platform: &X86_64_LINUX,
    soc: &UEFI_X64,
    tier: Tier::Twin,
    firmware: Firmware::NONE,
    boot: &[BootMethod::SystemdBoot, BootMethod::GrubEfi],
    load: None,
    kernel_package: "linux-image-amd64",
    // ACPI tells what is there.
    device_tree: None,
    // The first serial port of a PC; Linux, Documentation/admin-guide/serial-console.rst. Nothing
    // tells the kernel of it but its command line.
    console: Console { tty: "ttyS0", baud: 115_200 },
    table: PartitionTable::Gpt,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[esp()],
    first_partition: FIRST_PARTITION,
    // Debian's installation guide for amd64, 3.4: the least without a desktop.
    ram: Bytes::mib(512),
    root_storage: ROOT_STORAGE,
    twin: Twin {
        machine: "q35",
        cpu: None,
        ram: Bytes::mib(1024),
        // Code and variables in one file, which QEMU's -bios takes.
        firmware: TwinFirmware::Bios(TwinFile { package: "ovmf", path: "usr/share/ovmf/OVMF.fd" }),
        disk: TwinDisk::Virtio,
        modules: &["virtio_blk", "virtio_pci"],
        arguments: &[],
        suite: None,
        source: "EDK II, OvmfPkg/README; QEMU, docs/system/i386/pc.rst",
    },
    disagreements: &[],
};
