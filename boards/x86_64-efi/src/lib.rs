//! A PC with UEFI and a 64-bit CPU.

use bringup_pc::{FIRST_PARTITION, ROOT_STORAGE, UEFI_X64, esp, twin_efi64};
use bringup_platforms::X86_64_LINUX;
use bringup_spec::{Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, Tier};

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
    twin: twin_efi64(),
    disagreements: &[],
};
