//! StarFive VisionFive 2 (JH7110, 4 x U74), booting from microSD.

use bringup_platforms::RISCV64_LINUX;
use bringup_spec::{
    Board, BootMethod, Bytes, Console, Disagreement, Firmware, GptEntries, PartitionTable, RootStorage, Tier,
    Twin, TwinDisk, TwinFile, TwinFirmware,
};
use bringup_u_boot::sifive;

/// The board.
pub const BOARD: Board = Board {
    name: "starfive-visionfive2",
    // Linux, arch/riscv/boot/dts/starfive/jh7110-starfive-visionfive-2-v1.3b.dts: "StarFive VisionFive 2 v1.3B".
    title: "StarFive VisionFive 2",
    platform: &RISCV64_LINUX,
    soc: &sifive::JH7110,
    tier: Tier::Twin,
    // SPL and U-Boot are partitions.
    firmware: Firmware { name: "u-boot", next_stage: Some(sifive::STARFIVE_FIT), ..Firmware::NONE },
    boot: &[BootMethod::Extlinux],
    load: Some(sifive::LOAD_JH7110),
    kernel_package: "linux-image-riscv64",
    // U-Boot reads the revision from an EEPROM and takes v1.2A's or v1.3B's (doc/board/starfive).
    device_tree: Some("starfive/jh7110-starfive-visionfive-2-v1.3b.dtb"),
    // The device tree's stdout-path: "serial0:115200n8".
    console: Console { tty: "ttyS0", baud: 115_200 },
    table: PartitionTable::Gpt,
    gpt_entries: GptEntries::STANDARD,
    partitions: &sifive::starfive_partitions("usr/lib/u-boot/starfive_visionfive2"),
    // Where U-Boot's partition ends.
    first_partition: Bytes::mib(8),
    // StarFive's specification: 2, 4 or 8 GB of LPDDR4.
    ram: Bytes::gib(2),
    // microSD, then the eMMC module: the device tree's mmc1 and mmc0 (Linux 6.12).
    root_storage: &[
        RootStorage::DeviceTreeNode("/soc/mmc@16020000"),
        RootStorage::DeviceTreeNode("/soc/mmc@16010000"),
    ],
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
        source: "QEMU has no StarFive JH7110; U-Boot, doc/board/emulation/qemu-riscv.rst",
    },
    disagreements: &[Disagreement {
        about: "where SPL and U-Boot lie",
        said: &[
            (
                "U-Boot, doc/board/starfive/visionfive2.rst, and `partitions` in Debian's u-boot-starfive 2025.01",
                "SPL at 2 MiB (2 MiB long), U-Boot at 4 MiB (4 MiB long)",
            ),
            (
                "Guix, image type visionfive2-raw",
                "SPL at 17,408 (1 MiB long), U-Boot at 1,065,984 (4 MiB long)",
            ),
        ],
        reason: "the boot ROM goes by type and the SPL by number, so both start; the first is where the SPL's header (offset 4) says its backup is, and aligned to erase blocks",
    }],
};
