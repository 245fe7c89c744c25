//! SiFive FU540 and FU740, StarFive JH7110: SPL and U-Boot in GPT partitions of their own types.
//!
//! The boot ROMs find the SPL by its partition's type. SiFive's SPL then reads U-Boot at a fixed
//! sector, StarFive's from partition number 2; both also bear a type.

use bringup_spec::{
    Artifact, BootRom, Bytes, FirmwarePartition, Guid, LoadAddresses, NextStage, PartitionContents,
    PartitionType, Soc, SplHeader, StageForm, StagePlace,
};

/// SiFive's type of a partition for its boot ROM.
///
/// U-Boot, doc/board/sifive/unleashed.rst and include/configs/sifive-unleashed.h.
pub const SIFIVE_SPL: PartitionType =
    PartitionType::Custom(Guid::from_u128(0x5B193300_FC78_40CD_8002_E86C45580B47));

/// SiFive's type of a partition for U-Boot; StarFive's boot ROM takes the same GUID for an SPL.
///
/// U-Boot, doc/board/sifive/unleashed.rst and doc/board/starfive/visionfive2.rst.
pub const SECOND_STAGE: PartitionType =
    PartitionType::Custom(Guid::from_u128(0x2E54B353_1271_4842_806F_E436D6AF6985));

/// StarFive's type of a partition for U-Boot.
///
/// U-Boot, doc/board/starfive/visionfive2.rst.
pub const STARFIVE_U_BOOT: PartitionType =
    PartitionType::Custom(Guid::from_u128(0xBC13C2FF_59E6_4262_A352_B275FD6F7172));

/// Right behind a GPT's usual entries: LBA 34.
///
/// U-Boot, doc/board/sifive/unleashed.rst, `sgdisk --new=1:34:2081`.
pub const SIFIVE_SPL_AT: Bytes = Bytes(34 * 512);

/// The sector that SiFive's SPL reads its FIT from: 0x822.
///
/// Debian's u-boot-sifive 2025.01, `CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR`; the same number in
/// U-Boot, doc/board/sifive/unleashed.rst, `sgdisk --new=2:2082:10273`.
pub const SIFIVE_U_BOOT_AT: Bytes = Bytes(0x822 * 512);

/// SiFive FU540.
pub const FU540: Soc = Soc {
    name: "SiFive FU540",
    boot_rom: SIFIVE_ROM,
    source: "SiFive FU540-C000 manual, boot process (MSEL 11); U-Boot, doc/board/sifive/unleashed.rst",
};

/// SiFive FU740.
pub const FU740: Soc = Soc {
    name: "SiFive FU740",
    boot_rom: SIFIVE_ROM,
    source: "SiFive FU740-C000 manual, boot process (MSEL 11); U-Boot, doc/board/sifive/unmatched.rst",
};

const SIFIVE_ROM: BootRom = BootRom::GptPartition {
    kind: SIFIVE_SPL,
    header: SplHeader::None,
    // Debian's u-boot-sifive 2025.01, CONFIG_SPL_MAX_SIZE; the L2 memory it is loaded to has 2 MiB.
    max_len: Bytes::mib(1),
};

/// StarFive JH7110.
pub const JH7110: Soc = Soc {
    name: "StarFive JH7110",
    boot_rom: BootRom::GptPartition {
        kind: SECOND_STAGE,
        header: SplHeader::StarFive,
        // Debian's u-boot-starfive 2025.01, CONFIG_SPL_MAX_SIZE: its variables begin there.
        max_len: Bytes::kib(256),
    },
    source: "U-Boot, doc/board/starfive/visionfive2.rst",
};

/// U-Boot for SiFive's SPL.
pub const SIFIVE_FIT: NextStage = NextStage {
    place: StagePlace::Offset(SIFIVE_U_BOOT_AT),
    form: StageForm::Fit,
    of_one_board: true,
    source: "Debian's u-boot-sifive, CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR=0x822",
};

/// U-Boot for StarFive's SPL, which takes partition number 2 whatever its type.
pub const STARFIVE_FIT: NextStage = NextStage {
    place: StagePlace::Partition(STARFIVE_U_BOOT),
    form: StageForm::Fit,
    of_one_board: true,
    source: "Debian's u-boot-starfive, CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_PARTITION=2",
};

/// Where U-Boot loads to on the HiFive Unleashed, and on QEMU's `virt`.
pub const LOAD_FU540: LoadAddresses = LoadAddresses {
    ram_start: 0x8000_0000,
    kernel: 0x8400_0000,
    device_tree: 0x8C00_0000,
    initramfs: 0x8C30_0000,
    compressed_kernel: Some((0x8800_0000, Bytes::mib(64))),
    source: "U-Boot, include/configs/sifive-unleashed.h; the same in Debian's u-boot-sifive 2025.01",
};

/// Where U-Boot loads to on the HiFive Unmatched.
pub const LOAD_FU740: LoadAddresses = LoadAddresses {
    kernel: 0x8020_0000,
    source: "U-Boot, board/sifive/unmatched/unmatched.env; the same in Debian's u-boot-sifive 2025.01",
    ..LOAD_FU540
};

/// Where U-Boot loads to on the VisionFive 2.
pub const LOAD_JH7110: LoadAddresses = LoadAddresses {
    ram_start: 0x4000_0000,
    kernel: 0x4020_0000,
    device_tree: 0x4600_0000,
    initramfs: 0x4610_0000,
    compressed_kernel: Some((0x8800_0000, Bytes::mib(64))),
    source: "U-Boot, include/configs/starfive-visionfive2.h; the same in Debian's u-boot-starfive 2025.01",
};

/// SPL and U-Boot of a SiFive board; `folder` is theirs in Debian's `u-boot-sifive`.
pub const fn sifive_partitions(folder: &'static str) -> [FirmwarePartition; 2] {
    let package = "u-boot-sifive";
    let source = "U-Boot, doc/board/sifive/unleashed.rst, \"Flashing\"";
    [
        raw(
            "spl",
            SIFIVE_SPL,
            (SIFIVE_SPL_AT, Bytes::mib(1)),
            Artifact { package, folder, file: "u-boot-spl.bin" },
            source,
        ),
        raw(
            "uboot",
            SECOND_STAGE,
            (SIFIVE_U_BOOT_AT, Bytes::mib(4)),
            Artifact { package, folder, file: "u-boot.itb" },
            source,
        ),
    ]
}

/// SPL and U-Boot of a StarFive board; `folder` is theirs in Debian's `u-boot-starfive`.
pub const fn starfive_partitions(folder: &'static str) -> [FirmwarePartition; 2] {
    let package = "u-boot-starfive";
    let source = "U-Boot, doc/board/starfive/visionfive2.rst, \"Flashing\": sectors 4096 and 8192";
    [
        raw(
            "spl",
            SECOND_STAGE,
            (Bytes::mib(2), Bytes::mib(2)),
            Artifact { package, folder, file: "u-boot-spl.bin.normal.out" },
            source,
        ),
        raw(
            "uboot",
            STARFIVE_U_BOOT,
            (Bytes::mib(4), Bytes::mib(4)),
            Artifact { package, folder, file: "u-boot.itb" },
            source,
        ),
    ]
}

const fn raw(
    name: &'static str,
    kind: PartitionType,
    (offset, size): (Bytes, Bytes),
    artifact: Artifact,
    source: &'static str,
) -> FirmwarePartition {
    let contents = PartitionContents::Raw(artifact);
    FirmwarePartition { name, kind, offset: Some(offset), size, bootable: false, contents, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(partitions: [FirmwarePartition; 2]) -> [(Bytes, Bytes); 2] {
        partitions.map(|one| {
            let start = one.offset.unwrap();
            (start, start + one.size)
        })
    }

    #[test]
    fn sifive_partitions_touch_and_begin_behind_the_entries() {
        let [spl, u_boot] = ends(sifive_partitions("x"));
        assert_eq!(spl, (Bytes(17_408), Bytes(1_065_984)));
        assert_eq!(u_boot, (Bytes(1_065_984), Bytes(5_260_288)));
    }

    #[test]
    fn starfive_partitions_touch() {
        assert_eq!(
            ends(starfive_partitions("x")),
            [(Bytes::mib(2), Bytes::mib(4)), (Bytes::mib(4), Bytes::mib(8))]
        );
    }

    #[test]
    fn the_boot_rom_finds_the_first_partition_by_type() {
        for (soc, partitions) in [
            (FU540, sifive_partitions("x")),
            (FU740, sifive_partitions("x")),
            (JH7110, starfive_partitions("x")),
        ] {
            let BootRom::GptPartition { kind, max_len, .. } = soc.boot_rom else { panic!("{soc:?}") };
            assert_eq!(partitions[0].kind, kind);
            assert!(partitions[0].size >= max_len);
        }
    }

    #[test]
    fn the_spl_finds_the_second_partition() {
        assert_eq!(SIFIVE_FIT.place, StagePlace::Offset(sifive_partitions("x")[1].offset.unwrap()));
        assert_eq!(STARFIVE_FIT.place, StagePlace::Partition(starfive_partitions("x")[1].kind));
    }
}
