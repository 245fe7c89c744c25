//! TI AM335x: the boot ROM finds the SPL, `MLO`, at one of four places, and the SPL finds `u-boot.img` at a fixed one.
//!
//! ```text
//! 0        MBR                      (a place of the boot ROM too; no table of contents is there)
//! 0x020000 MLO
//! 0x040000 MLO, second copy
//! 0x060000 u-boot.img               (the fourth place; a FIT is no table of contents either)
//! 0x2A0000 what an SPL in falcon mode takes for a kernel's arguments, 0x2E0000 for a kernel
//! 0x400000 first partition
//! ```

use bringup_spec::{
    Artifact, BootRom, Bytes, LoadAddresses, NextStage, Placement, Soc, StageForm, StagePlace,
};

/// The places that the boot ROM tries: every 128 KiB.
///
/// TI, AM335x Technical Reference Manual (SPRUH73), "MMC/SD Read Sector Procedure in Raw Mode":
/// sectors 0, 256, 512 and 768 are read and looked at for a table of contents.
pub const SLOTS: &[Bytes] = &[Bytes(0), MLO, MLO_COPY, IMAGE];

const MLO: Bytes = Bytes::kib(128);
const MLO_COPY: Bytes = Bytes::kib(256);

/// Where the SPL looks for `u-boot.img`: sector 0x300.
///
/// U-Boot, common/spl/Kconfig, `SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR` for AM33XX, and
/// doc/board/ti/am335x_evm.rst, "Falcon Mode: eMMC"; Debian, u-boot-omap, README.Debian: `seek=768`.
const IMAGE: Bytes = Bytes::kib(384);

/// Where a falcon-mode SPL looks for a kernel's arguments: sector 0x1500; a kernel is at 0x1700.
///
/// U-Boot, configs/am335x_evm_defconfig, `SYS_MMCSD_RAW_MODE_ARGS_SECTOR` and
/// `SYS_MMCSD_RAW_MODE_KERNEL_SECTOR`. Debian's SPL looks there only with `boot_os` set in its
/// environment; nothing that could be taken for a kernel is put there all the same.
const FALCON_ARGUMENTS: Bytes = Bytes(0x1500 * 512);

/// Where the first partition of these boards starts: behind all that a SPL looks at.
///
/// 4 MiB, as Debian's README asks for (u-boot-omap, README.Debian).
pub const FIRST_PARTITION: Bytes = Bytes::mib(4);

/// The most that the boot ROM loads: internal memory from 0x402F0400 up to its own data at 0x4030B800.
///
/// TI, AM335x Technical Reference Manual (SPRUH73), "Public RAM Memory Map": 109 KiB.
pub const MAX_SPL: Bytes = Bytes::kib(109);

/// TI AM3351 to AM3359, also inside Octavo's OSD335x.
pub const AM335X: Soc = Soc {
    name: "TI AM335x",
    boot_rom: BootRom::Am335x { slots: SLOTS, max_len: MAX_SPL },
    source: "TI, AM335x Technical Reference Manual (SPRUH73), chapter Initialization",
};

/// U-Boot, as Debian's builds have it: a FIT of U-Boot and the device trees of all boards it serves.
pub const FIT_AT_384K: NextStage = NextStage {
    place: StagePlace::Offset(IMAGE),
    form: StageForm::Fit,
    of_one_board: true,
    source: "U-Boot, configs/am335x_evm_defconfig, SPL_LOAD_FIT; common/spl/Kconfig: sector 0x300",
};

/// Where U-Boot loads to.
pub const LOAD: LoadAddresses = LoadAddresses {
    ram_start: 0x8000_0000,
    kernel: 0x8200_0000,
    device_tree: 0x8800_0000,
    initramfs: 0x8808_0000,
    // `booti` alone reads compressed kernels; a zImage unpacks itself.
    compressed_kernel: None,
    source: "U-Boot, include/env/ti/default_env.h and ti_armv7_common.h",
};

/// Two copies of `MLO`, then `u-boot.img`, from `folder` of Debian's `u-boot-omap`
/// (`usr/lib/u-boot/am335x_boneblack`).
pub const fn raw(folder: &'static str) -> [Placement; 3] {
    let mlo = Artifact { package: "u-boot-omap", folder, file: "MLO" };
    let image = Artifact { package: "u-boot-omap", folder, file: "u-boot.img" };
    [
        Placement {
            name: "MLO",
            artifact: mlo,
            offset: MLO,
            room: Bytes(MLO_COPY.0 - MLO.0),
            source: "TI, SPRUH73: boot ROM reads sector 256",
        },
        Placement {
            name: "MLO (copy)",
            artifact: mlo,
            offset: MLO_COPY,
            room: Bytes(IMAGE.0 - MLO_COPY.0),
            source: "TI, SPRUH73: boot ROM reads sector 512",
        },
        Placement {
            name: "u-boot.img",
            artifact: image,
            offset: IMAGE,
            room: Bytes(FALCON_ARGUMENTS.0 - IMAGE.0),
            source: "U-Boot, SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR for AM33XX: sector 0x300",
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_copies_of_mlo_are_where_the_boot_rom_looks() {
        let [mlo, copy, _] = raw("x");
        assert_eq!(mlo.artifact, copy.artifact);
        assert_ne!(mlo.name, copy.name);
        for placement in [mlo, copy] {
            assert!(SLOTS.contains(&placement.offset), "{}", placement.name);
            assert!(placement.room >= MAX_SPL, "{}", placement.name);
        }
    }

    #[test]
    fn the_image_is_where_the_spl_looks() {
        let [.., image] = raw("x");
        assert_eq!(image.offset, Bytes(0x60000));
        assert_eq!(FIT_AT_384K.place, StagePlace::Offset(image.offset));
        assert_eq!(image.artifact.path(), "x/u-boot.img");
    }

    #[test]
    fn nothing_overlaps_nor_reaches_what_falcon_mode_reads() {
        let mut free_from = Bytes(512);
        for placement in raw("x") {
            assert!(placement.offset >= free_from, "{}", placement.name);
            free_from = placement.offset + placement.room;
        }
        assert_eq!(free_from, Bytes(0x2A_0000));
        assert!(free_from < FIRST_PARTITION);
    }
}
