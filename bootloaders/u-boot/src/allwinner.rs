//! Allwinner: one file holds SPL and U-Boot, and the boot ROM finds the SPL by its offset.
//!
//! `u-boot-sunxi-with-spl.bin` is the SPL, padded to 32 KiB, with U-Boot behind
//! it: a FIT of U-Boot, TF-A and device tree on 64-bit chips, a legacy image on
//! 32-bit ones. The SPL loads that from 32 KiB behind its own place, so the file
//! goes onto the disk in one piece.

use bringup_spec::{
    Artifact, BootRom, Bytes, LoadAddresses, NextStage, Placement, Soc, StageForm, StagePlace,
};

/// The slot that every Allwinner boot ROM tries first.
///
/// U-Boot, doc/board/allwinner/sunxi.rst, "Installing on a (micro-) SD card": sector 16.
pub const SLOT_8K: Bytes = Bytes::kib(8);

/// The slot that boot ROMs from the H3 on try next: behind a full GPT.
///
/// U-Boot, doc/board/allwinner/sunxi.rst, "Installing on a (micro-) SD card": sector 256. Found by
/// trial on H2+, A64, H5 and H6, and not to work on the A20 (linux-sunxi wiki, BROM).
pub const SLOT_128K: Bytes = Bytes::kib(128);

/// The most that the boot ROMs of the A64's generation load: their SRAM A1 holds 32 KiB.
///
/// linux-sunxi wiki, A64, memory map; the `sunxi-spl.bin` of its boards is padded to exactly that.
pub const MAX_SPL: Bytes = Bytes::kib(32);

/// The most that the boot ROMs of the first generation load, whatever their SRAM holds.
///
/// linux-sunxi wiki, BROM, "U-Boot SPL limitations"; U-Boot keeps to 0x5FA0 bytes there
/// (common/spl/Kconfig, `SPL_MAX_SIZE`), on the H3 and R40 too.
pub const MAX_SPL_A10: Bytes = Bytes::kib(24);

/// Allwinner A10.
pub const A10: Soc = Soc {
    name: "Allwinner A10",
    boot_rom: BootRom::Allwinner { slots: &[SLOT_8K], max_len: MAX_SPL_A10 },
    source: "U-Boot, doc/board/allwinner/sunxi.rst; linux-sunxi wiki, BROM and A10",
};

/// Allwinner A20.
pub const A20: Soc = Soc {
    name: "Allwinner A20",
    source: "U-Boot, doc/board/allwinner/sunxi.rst; linux-sunxi wiki, BROM and A20",
    ..A10
};

/// Allwinner H3.
pub const H3: Soc = Soc {
    name: "Allwinner H3",
    boot_rom: BootRom::Allwinner { slots: &[SLOT_8K, SLOT_128K], max_len: MAX_SPL },
    source: "U-Boot, doc/board/allwinner/sunxi.rst; linux-sunxi wiki, BROM and H3",
};

/// Allwinner R40, also sold as A40i, T3 and V40.
///
/// Its second slot is from U-Boot's rule for everything since the H3; nobody has reported a trial.
pub const R40: Soc = Soc {
    name: "Allwinner R40",
    source: "U-Boot, doc/board/allwinner/sunxi.rst; QEMU, hw/arm/allwinner-r40.c: 32 KiB at 8 KiB",
    ..H3
};

/// Allwinner A64, also sold as R18.
pub const A64: Soc = Soc {
    name: "Allwinner A64",
    boot_rom: BootRom::Allwinner { slots: &[SLOT_8K, SLOT_128K], max_len: MAX_SPL },
    source: "U-Boot, doc/board/allwinner/sunxi.rst; linux-sunxi wiki, BROM and A64",
};

/// U-Boot behind the SPL, as Debian's 64-bit builds have it: a FIT of U-Boot, TF-A and device tree.
pub const FIT_BEHIND_SPL: NextStage = NextStage {
    place: StagePlace::BehindSpl(MAX_SPL),
    form: StageForm::Fit,
    of_one_board: true,
    source: "U-Boot, arch/arm/mach-sunxi/board.c, spl_mmc_get_uboot_raw_sector: 32 KiB behind the SPL",
};

/// As [`FIT_BEHIND_SPL`], as the 32-bit builds have it: a legacy image of U-Boot alone.
pub const IMAGE_BEHIND_SPL: NextStage = NextStage { form: StageForm::LegacyImage, ..FIT_BEHIND_SPL };

/// Where U-Boot loads to on 32-bit chips with their memory at 0x40000000: all but the A80.
pub const LOAD_32: LoadAddresses = LoadAddresses {
    ram_start: 0x4000_0000,
    kernel: 0x4200_0000,
    device_tree: 0x4300_0000,
    initramfs: 0x4340_0000,
    // `booti` alone reads compressed kernels; a zImage unpacks itself.
    compressed_kernel: None,
    source: "U-Boot, include/configs/sunxi-common.h, MEM_LAYOUT_ENV_SETTINGS",
};

/// Where U-Boot loads to on 64-bit chips.
pub const LOAD_64: LoadAddresses = LoadAddresses {
    ram_start: 0x4000_0000,
    kernel: 0x4008_0000,
    device_tree: 0x4FA0_0000,
    initramfs: 0x4FF0_0000,
    compressed_kernel: Some((0x4400_0000, Bytes::mib(176))),
    source: "U-Boot, include/configs/sunxi-common.h, MEM_LAYOUT_ENV_SETTINGS for ARM64",
};

/// `u-boot-sunxi-with-spl.bin` of Debian's `u-boot-sunxi`, at the 8 KiB slot.
///
/// `folder` is its folder in the package (`usr/lib/u-boot/pine64-lts`); its room ends at
/// `first_partition`, which must lie behind the slot: in a `const` anything else does not compile.
pub const fn spl_at_8k(folder: &'static str, first_partition: Bytes) -> Placement {
    with_spl(
        folder,
        SLOT_8K,
        first_partition,
        "U-Boot, doc/board/allwinner/sunxi.rst: boot ROM slot at sector 16",
    )
}

/// As [`spl_at_8k`], at the 128 KiB slot, for the H3 and later chips with a GPT.
pub const fn spl_at_128k(folder: &'static str, first_partition: Bytes) -> Placement {
    with_spl(
        folder,
        SLOT_128K,
        first_partition,
        "U-Boot, doc/board/allwinner/sunxi.rst: boot ROM slot at sector 256",
    )
}

const fn with_spl(
    folder: &'static str,
    slot: Bytes,
    first_partition: Bytes,
    source: &'static str,
) -> Placement {
    assert!(first_partition.0 > slot.0, "the first partition must lie behind the boot ROM's slot");
    let file = "u-boot-sunxi-with-spl.bin";
    Placement {
        name: file,
        artifact: Artifact { package: "u-boot-sunxi", folder, file },
        offset: slot,
        room: Bytes(first_partition.0 - slot.0),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_ends_at_the_first_partition() {
        let placement = spl_at_8k("usr/lib/u-boot/pine64-lts", Bytes::mib(1));
        assert_eq!(placement.offset, Bytes(8192));
        assert_eq!(placement.room, Bytes::kib(1016));
        assert_eq!(placement.artifact.path(), "usr/lib/u-boot/pine64-lts/u-boot-sunxi-with-spl.bin");
        assert_eq!(spl_at_128k("x", Bytes::mib(1)).room, Bytes::kib(896));
    }

    fn slots(soc: &Soc) -> &'static [Bytes] {
        let BootRom::Allwinner { slots, .. } = soc.boot_rom else { panic!("{soc:?}") };
        slots
    }

    #[test]
    fn every_boot_rom_tries_8k_first() {
        for soc in [&A10, &A20, &H3, &R40, &A64] {
            assert_eq!(slots(soc)[0], spl_at_8k("x", Bytes::mib(1)).offset, "{}", soc.name);
        }
    }

    #[test]
    fn the_128k_slot_is_for_the_h3_and_later() {
        let offset = spl_at_128k("x", Bytes::mib(1)).offset;
        for (soc, tried) in [(&A10, false), (&A20, false), (&H3, true), (&R40, true), (&A64, true)] {
            assert_eq!(slots(soc).contains(&offset), tried, "{}", soc.name);
        }
    }

    #[test]
    fn the_next_stage_lies_behind_the_largest_spl() {
        for soc in [&A10, &A20, &H3, &R40, &A64] {
            let BootRom::Allwinner { max_len, .. } = soc.boot_rom else { panic!("{soc:?}") };
            for stage in [FIT_BEHIND_SPL, IMAGE_BEHIND_SPL] {
                assert!(matches!(stage.place, StagePlace::BehindSpl(behind) if behind >= max_len));
            }
        }
    }
}
