//! SiFive HiFive Unleashed (FU540, 4 x U54), booting from microSD.

use bringup_platforms::RISCV64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Disagreement, Firmware, GptEntries, PartitionTable, RootStorage, Tier,
    Twin, TwinDisk, TwinFirmware,
};
use bringup_u_boot::sifive;

/// The board.
pub const BOARD: Board = Board {
    name: "sifive-unleashed",
    // Linux, arch/riscv/boot/dts/sifive/hifive-unleashed-a00.dts: "SiFive HiFive Unleashed A00".
    title: "SiFive HiFive Unleashed",
    platform: &RISCV64_LINUX,
    soc: &sifive::FU540,
    tier: Tier::RealSpl,
    // SPL and U-Boot are partitions.
    firmware: Firmware { name: "u-boot", next_stage: Some(sifive::SIFIVE_FIT), ..Firmware::NONE },
    boot: &[BootMethod::Extlinux],
    load: Some(sifive::LOAD_FU540),
    kernel_package: "linux-image-riscv64",
    // The target's own `fdtfile` (u-boot-sifive 2025.01).
    device_tree: Some("sifive/hifive-unleashed-a00.dtb"),
    // The device tree's stdout-path: "serial0".
    console: Console { tty: "ttySIF0", baud: 115_200 },
    table: PartitionTable::Gpt,
    gpt_entries: GptEntries::STANDARD,
    partitions: &sifive::sifive_partitions("usr/lib/u-boot/sifive_unleashed"),
    // U-Boot's partition ends at 5,260,288.
    first_partition: Bytes::mib(6),
    // SiFive's specification: 8 GB of DDR4.
    ram: Bytes::gib(8),
    // The microSD slot, on SPI; the device tree gives it no alias (Linux 6.12).
    root_storage: &[RootStorage::DeviceTreeNode("/soc/spi@10050000/mmc@0")],
    twin: Twin {
        machine: "sifive_u,msel=11",
        cpu: None,
        // What SPL and U-Boot take for granted: their device tree says so.
        ram: Bytes::gib(8),
        // MSEL 11 stands for a start from SD, which QEMU leaves to whoever gives it the SPL.
        firmware: TwinFirmware::Partition(sifive::SIFIVE_SPL),
        disk: TwinDisk::Sd,
        // The slot is the board's own.
        modules: &[],
        arguments: &[],
        // With QEMU 10.0 this SPL ends in "spl: mmc init failed with error: -110". With 7.2 it runs, but
        // U-Boot's first `mmc dev 0` fails: the test has to type `run bootcmd_mmc0` at the prompt.
        suite: Some("bookworm"),
        source: "QEMU, docs/system/riscv/sifive_u.rst",
    },
    disagreements: &[Disagreement {
        about: "how the SPL finds U-Boot",
        said: &[
            (
                "Debian's u-boot-sifive, config.sifive_unleashed.gz: CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR",
                "sector 0x822",
            ),
            (
                "U-Boot, doc/board/sifive/unleashed.rst",
                "the partition of type 2E54B353-1271-4842-806F-E436D6AF6985",
            ),
        ],
        reason: "the first is what this SPL was compiled with; a partition of that type at that sector satisfies both",
    }],
};
