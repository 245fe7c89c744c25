//! SiFive HiFive Unmatched (FU740, 4 x U74), booting from microSD.

use bringup_platforms::RISCV64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Disagreement, Firmware, GptEntries, PartitionTable, RootStorage, Tier,
    Twin, TwinDisk, TwinFile, TwinFirmware,
};
use bringup_u_boot::sifive;

/// The board.
pub const BOARD: Board = Board {
    name: "sifive-unmatched",
    // Linux, arch/riscv/boot/dts/sifive/hifive-unmatched-a00.dts: "SiFive HiFive Unmatched A00".
    title: "SiFive HiFive Unmatched",
    platform: &RISCV64_LINUX,
    soc: &sifive::FU740,
    tier: Tier::Twin,
    // SPL and U-Boot are partitions.
    firmware: Firmware { name: "u-boot", next_stage: Some(sifive::SIFIVE_FIT), ..Firmware::NONE },
    boot: &[BootMethod::Extlinux],
    load: Some(sifive::LOAD_FU740),
    kernel_package: "linux-image-riscv64",
    // The target's own `fdtfile` (u-boot-sifive 2025.01).
    device_tree: Some("sifive/hifive-unmatched-a00.dtb"),
    // The device tree's stdout-path: "serial0".
    console: Console { tty: "ttySIF0", baud: 115_200 },
    table: PartitionTable::Gpt,
    gpt_entries: GptEntries::STANDARD,
    partitions: &sifive::sifive_partitions("usr/lib/u-boot/sifive_unmatched"),
    // U-Boot's partition ends at 5,260,288.
    first_partition: Bytes::mib(6),
    // SiFive's specification: 16 GB of DDR4.
    ram: Bytes::gib(16),
    // The microSD slot, on SPI; the device tree gives it no alias (Linux 6.12).
    root_storage: &[RootStorage::DeviceTreeNode("/soc/spi@10050000/mmc@0")],
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
        source: "QEMU has no SiFive FU740; U-Boot, doc/board/emulation/qemu-riscv.rst",
    },
    disagreements: &[Disagreement {
        about: "how the SPL finds U-Boot",
        said: &[
            (
                "Debian's u-boot-sifive, config.sifive_unmatched.gz: CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR",
                "sector 0x822",
            ),
            (
                "U-Boot, doc/board/sifive/unmatched.rst",
                "the partition of type 2E54B353-1271-4842-806F-E436D6AF6985",
            ),
        ],
        reason: "the first is what this SPL was compiled with; a partition of that type at that sector satisfies both",
    }],
};
