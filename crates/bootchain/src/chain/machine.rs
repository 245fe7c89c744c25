//! What is known of the machine: a board's facts, or those of a whole family.

use bringup_spec::{
    Board, BootMethod, BootRom, Bytes, LoadAddresses, NextStage, PartitionType, Placement, Platform,
    RootStorage, SplHeader, StageForm, StagePlace,
};

/// The facts that a chain is proved with.
#[derive(Clone, Debug)]
pub(crate) struct Machine<'a> {
    pub(crate) board: Option<&'static str>,
    pub(crate) name: &'static str,
    pub(crate) boot_rom: BootRom,
    pub(crate) source: &'static str,
    pub(crate) next_stage: Option<NextStage>,
    /// Whether the form of the next stage is known, or is whatever is there.
    pub(crate) form_known: bool,
    pub(crate) placements: &'a [Placement],
    pub(crate) platform: Option<&'static Platform>,
    pub(crate) boot: &'static [BootMethod],
    pub(crate) load: Option<LoadAddresses>,
    pub(crate) ram: Option<Bytes>,
    pub(crate) device_tree: Option<&'static str>,
    pub(crate) root_storage: &'static [RootStorage],
}

/// A family of machines, for images of which no board is known.
#[derive(Debug)]
pub(crate) struct Family {
    name: &'static str,
    boot_rom: BootRom,
    source: &'static str,
    next: Option<(StagePlace, &'static str)>,
}

impl<'a> Machine<'a> {
    pub(crate) fn of(board: &'a Board) -> Self {
        Self {
            board: Some(board.name),
            name: board.soc.name,
            boot_rom: board.soc.boot_rom,
            source: board.soc.source,
            next_stage: board.firmware.next_stage,
            form_known: true,
            placements: board.firmware.installer.placements(),
            platform: Some(board.platform),
            boot: board.boot,
            load: board.load,
            ram: Some(board.ram),
            device_tree: board.device_tree,
            root_storage: board.root_storage,
        }
    }

    pub(crate) fn family(family: &'static Family) -> Self {
        let stage = |(place, source)| NextStage { place, form: StageForm::Raw, of_one_board: true, source };
        Self {
            board: None,
            name: family.name,
            boot_rom: family.boot_rom,
            source: family.source,
            next_stage: family.next.map(stage),
            form_known: false,
            placements: &[],
            platform: None,
            boot: &[],
            load: None,
            ram: None,
            device_tree: None,
            root_storage: &[],
        }
    }

    /// UEFI's short name of the processor, as far as it is known.
    pub(crate) fn suffix(&self) -> Option<&'static str> {
        match self.boot_rom {
            BootRom::Uefi { suffix } => Some(suffix),
            _ => self.platform.and_then(|platform| platform.efi_suffix),
        }
    }
}

const fn uefi(name: &'static str, suffix: &'static str) -> Family {
    Family { name, boot_rom: BootRom::Uefi { suffix }, source: "UEFI 2.10, 3.5.1.1", next: None }
}

/// Every family, those with the most particular marks first.
pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "Allwinner",
        boot_rom: BootRom::Allwinner { slots: &[Bytes::kib(8), Bytes::kib(128)], max_len: Bytes::kib(32) },
        source: "U-Boot, doc/board/allwinner/sunxi.rst; linux-sunxi wiki, BROM",
        next: Some((
            StagePlace::BehindSpl(Bytes::kib(32)),
            "U-Boot, arch/arm/mach-sunxi/board.c, spl_mmc_get_uboot_raw_sector",
        )),
    },
    Family {
        name: "Rockchip",
        boot_rom: BootRom::Rockchip { slots: &[Bytes::kib(32)], max_len: Bytes::mib(1) },
        source: "Rockchip open source wiki, Boot option: ID block at sector 64",
        next: Some((
            StagePlace::Offset(Bytes::mib(8)),
            "Rockchip open source wiki, Partitions: sector 0x4000",
        )),
    },
    Family {
        name: "TI AM335x",
        boot_rom: BootRom::Am335x {
            slots: &[Bytes(0), Bytes::kib(128), Bytes::kib(256), Bytes::kib(384)],
            max_len: Bytes::kib(109),
        },
        source: "TI SPRUH73, 26.1.8.5.5",
        next: Some((
            StagePlace::Offset(Bytes::kib(384)),
            "U-Boot, configs/am335x_evm_defconfig: sector 0x300",
        )),
    },
    Family {
        name: "NXP i.MX6",
        boot_rom: BootRom::Imx { offset: Bytes::kib(1), max_len: Bytes::mib(1) },
        source: "NXP IMX6DQRM, 8.7.1",
        next: Some((StagePlace::Offset(Bytes::kib(69)), "U-Boot, SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR 0x8a")),
    },
    Family {
        name: "SiFive",
        boot_rom: BootRom::GptPartition {
            kind: PartitionType::Custom(bringup_spec::Guid::from_u128(
                0x5B193300_FC78_40CD_8002_E86C45580B47,
            )),
            header: SplHeader::None,
            max_len: Bytes::mib(2),
        },
        source: "U-Boot, doc/board/sifive/unleashed.rst and unmatched.rst",
        next: Some((
            StagePlace::Partition(PartitionType::Custom(bringup_spec::Guid::from_u128(
                0x2E54B353_1271_4842_806F_E436D6AF6985,
            ))),
            "U-Boot, doc/board/sifive/unmatched.rst",
        )),
    },
    Family {
        name: "StarFive JH7110",
        boot_rom: BootRom::GptPartition {
            kind: PartitionType::Custom(bringup_spec::Guid::from_u128(
                0x2E54B353_1271_4842_806F_E436D6AF6985,
            )),
            header: SplHeader::StarFive,
            max_len: Bytes::mib(2),
        },
        source: "U-Boot, doc/board/starfive/visionfive2.rst",
        next: Some((
            StagePlace::Partition(PartitionType::Custom(bringup_spec::Guid::from_u128(
                0xBC13C2FF_59E6_4262_A352_B275FD6F7172,
            ))),
            "U-Boot, doc/board/starfive/visionfive2.rst",
        )),
    },
    Family {
        name: "Raspberry Pi",
        boot_rom: BootRom::RaspberryPi { files: &["start4.elf", "fixup4.dat"] },
        source: "Raspberry Pi documentation, boot folder contents",
        next: None,
    },
    uefi("UEFI X64", "X64"),
    uefi("UEFI AA64", "AA64"),
    uefi("UEFI RISCV64", "RISCV64"),
    uefi("UEFI ARM", "ARM"),
    uefi("UEFI IA32", "IA32"),
    Family {
        name: "a PC's BIOS",
        boot_rom: BootRom::Bios,
        source: "BIOS Boot Specification 1.01, 6.5.1",
        next: None,
    },
    Family {
        name: "a machine with U-Boot",
        boot_rom: BootRom::External,
        source: "the machine's own firmware",
        next: None,
    },
];
