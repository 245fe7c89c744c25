//! A PC with a 64-bit CPU whose UEFI is of 32 bits: tablets of the Bay Trail generation, early Macs.
//!
//! Debian trixie has no kernel for 32-bit PCs any more (its i386 holds no linux-image package), so the
//! system is amd64's, and its kernel is entered in mixed mode (`CONFIG_EFI_MIXED=y` in
//! linux-image-amd64 6.12). Only the boot loader is of 32 bits: of those, amd64 has GRUB's, while
//! systemd-boot's is in i386's package.

use bringup_pc::{FIRST_PARTITION, ROOT_STORAGE, UEFI_IA32, esp, twin_efi32};
use bringup_platforms::X86_64_LINUX;
use bringup_spec::{Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, Tier};

/// The board.
pub const BOARD: Board = Board {
    name: "i686-efi32",
    title: "PC with 32-bit UEFI",
    platform: &X86_64_LINUX,
    soc: &UEFI_IA32,
    tier: Tier::Twin,
    firmware: Firmware::NONE,
    boot: &[BootMethod::GrubEfi],
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
    twin: twin_efi32(),
    disagreements: &[],
};
