//! QEMU's `virt` machine with RISC-V's 64-bit CPU: what every RISC-V board's twin is, on its own.

use bringup_platforms::RISCV64_LINUX;
use bringup_spec::{
    Board, BootMethod, BootRom, Bytes, Console, Firmware, GptEntries, PartitionTable, RootStorage, Soc, Tier,
    Twin, TwinDisk, TwinFile, TwinFirmware,
};
use bringup_u_boot::sifive;

const VIRT: Soc = Soc {
    name: "QEMU virt",
    boot_rom: BootRom::External,
    source: "QEMU, docs/system/riscv/virt.rst: firmware is given on the command line",
};

/// The board.
pub const BOARD: Board = Board {
    name: "qemu-riscv64",
    title: "QEMU virt, 64-bit RISC-V",
    platform: &RISCV64_LINUX,
    soc: &VIRT,
    tier: Tier::Twin,
    firmware: Firmware::NONE,
    boot: &[BootMethod::Extlinux],
    // The same numbers: u-boot-qemu 2025.01, qemu-riscv64_smode.
    load: Some(sifive::LOAD_FU540),
    kernel_package: "linux-image-riscv64",
    // QEMU makes one.
    device_tree: None,
    // QEMU, hw/riscv/virt.c: a 16550, which its device tree's stdout-path names.
    console: Console { tty: "ttyS0", baud: 115_200 },
    table: PartitionTable::Gpt,
    gpt_entries: GptEntries::STANDARD,
    partitions: &[],
    first_partition: Bytes::mib(1),
    // U-Boot's addresses reach to 0x8C30_0000, 195 MiB above the start of memory, and an initramfs follows.
    ram: Bytes::mib(512),
    root_storage: &[RootStorage::Modules(&["virtio_blk", "virtio_mmio", "virtio_pci"])],
    twin: Twin {
        machine: "virt",
        cpu: None,
        ram: Bytes::mib(1024),
        firmware: TwinFirmware::Kernel(TwinFile {
            package: "u-boot-qemu",
            path: "usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin",
        }),
        disk: TwinDisk::Virtio,
        modules: &["virtio_blk", "virtio_mmio", "virtio_pci"],
        arguments: &[],
        suite: None,
        source: "QEMU, docs/system/riscv/virt.rst; U-Boot, doc/board/emulation/qemu-riscv.rst",
    },
    disagreements: &[],
};
