//! QEMU's `virt` machine with a 32-bit Arm processor.

use bringup_platforms::ARMV7_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Tier,
};
use bringup_u_boot::qemu;

/// The board.
pub const BOARD: Board = Board {
    name: "qemu-armv7",
    // QEMU, docs/system/arm/virt.rst: "virt".
    title: "QEMU virt, 32-bit Arm",
    platform: &ARMV7_LINUX,
    soc: &qemu::VIRT,
    tier: Tier::Twin,
    firmware: Firmware::NONE,
    boot: &[BootMethod::Extlinux],
    load: Some(qemu::LOAD),
    kernel_package: "linux-image-armmp",
    // QEMU makes one for each start.
    device_tree: None,
    // QEMU's device tree: stdout-path is its PL011, which keeps no speed.
    console: Console { tty: "ttyAMA0", baud: 115_200 },
    // Nothing lies in front of the partitions, so the table is the usual one of such machines.
    table: PartitionTable::Gpt,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    // What partitioning tools do.
    first_partition: Bytes::mib(1),
    // What the twin gets; more is free to choose.
    ram: Bytes::gib(1),
    // virtio describes itself, on PCI and on the memory-mapped bus.
    root_storage: &[RootStorage::Modules(&["virtio_blk", "virtio_mmio", "virtio_pci"])],
    twin: qemu::TWIN_ARM,
    disagreements: &[],
};
