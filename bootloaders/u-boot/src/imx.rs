//! NXP i.MX6: the boot ROM finds the SPL by an image vector table at 1 KiB, and the SPL finds `u-boot.img` at 69 KiB.

use bringup_spec::{
    Artifact, BootRom, Bytes, LoadAddresses, NextStage, Placement, Soc, StageForm, StagePlace,
};

/// Where the boot ROM looks on SD cards and eMMC: sector 2.
///
/// NXP, i.MX 6Dual/6Quad Applications Processor Reference Manual (IMX6DQRM), "Image Vector Table
/// Offset and Initial Load Region Size": 1 KiB for SD, MMC and SATA.
const SPL: Bytes = Bytes::kib(1);

/// Where the SPL looks for `u-boot.img`: sector 138.
///
/// U-Boot, common/spl/Kconfig, `SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR` for ARCH_MX6: 0x8A; Debian,
/// u-boot-imx, README.Debian: `bs=1k seek=69`.
const IMAGE: Bytes = Bytes::kib(69);

/// The most that the boot ROM loads, from the disk's first byte on: the SPL and the KiB in front of it.
///
/// It goes to 0x907000, and the ROM's page tables are at 0x918000 (i.MX6 Solo and DualLite; Dual and
/// Quad have more). U-Boot, include/configs/imx6_spl.h; IMX6SDLRM, figure "Internal ROM and RAM
/// memory map".
pub const MAX_LOADED: Bytes = Bytes::kib(68);

/// NXP i.MX6 Solo, DualLite, Dual and Quad; U-Boot's SPL tells them apart.
pub const IMX6: Soc = Soc {
    name: "NXP i.MX6",
    boot_rom: BootRom::Imx { offset: SPL, max_len: MAX_LOADED },
    source: "NXP, IMX6DQRM and IMX6SDLRM, chapter System Boot",
};

/// U-Boot as a legacy image.
pub const IMAGE_AT_69K: NextStage = NextStage {
    place: StagePlace::Offset(IMAGE),
    form: StageForm::LegacyImage,
    // board/solidrun/mx6cuboxi and board/wandboard: `board_late_init` sets `fdtfile`.
    of_one_board: false,
    source: "U-Boot, common/spl/Kconfig: sector 0x8A for ARCH_MX6",
};

/// As [`IMAGE_AT_69K`], in builds for boards with several device trees: a FIT.
pub const FIT_AT_69K: NextStage = NextStage { form: StageForm::Fit, ..IMAGE_AT_69K };

/// Where U-Boot loads to on most boards.
pub const LOAD: LoadAddresses = LoadAddresses {
    ram_start: 0x1000_0000,
    kernel: 0x1200_0000,
    device_tree: 0x1800_0000,
    initramfs: 0x1300_0000,
    // `booti` alone reads compressed kernels; a zImage unpacks itself.
    compressed_kernel: None,
    source: "U-Boot, include/configs/mx6cuboxi.h and wandboard.h",
};

/// `SPL` from `folder` of Debian's `u-boot-imx` (`usr/lib/u-boot/wandboard`).
pub const fn spl(folder: &'static str) -> Placement {
    Placement {
        name: "SPL",
        artifact: Artifact { package: "u-boot-imx", folder, file: "SPL" },
        offset: SPL,
        room: Bytes(IMAGE.0 - SPL.0),
        source: "NXP, IMX6DQRM, chapter System Boot: image vector table at 1 KiB",
    }
}

/// `u-boot.img` from `folder` of Debian's `u-boot-imx`.
///
/// Its room ends at `end`: where this board's U-Boot saves its environment, or the first partition.
pub const fn image(folder: &'static str, end: Bytes) -> Placement {
    assert!(end.0 > IMAGE.0, "the room of `u-boot.img` must end behind its start");
    Placement {
        name: "u-boot.img",
        artifact: Artifact { package: "u-boot-imx", folder, file: "u-boot.img" },
        offset: IMAGE,
        room: Bytes(end.0 - IMAGE.0),
        source: "U-Boot, SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR for ARCH_MX6: sector 0x8A",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spl_is_where_the_boot_rom_looks() {
        let BootRom::Imx { offset, max_len } = IMX6.boot_rom else { panic!("{IMX6:?}") };
        assert_eq!(spl("x").offset, offset);
        assert!(spl("x").offset + spl("x").room >= max_len);
    }

    #[test]
    fn the_image_is_behind_the_spl_where_that_looks() {
        let image = image("x", Bytes::mib(1));
        assert_eq!(image.offset, Bytes(0x8A * 512));
        assert_eq!(spl("x").offset + spl("x").room, image.offset);
        assert_eq!(image.offset + image.room, Bytes::mib(1));
        for stage in [IMAGE_AT_69K, FIT_AT_69K] {
            assert_eq!(stage.place, StagePlace::Offset(image.offset));
        }
    }
}
