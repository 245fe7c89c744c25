//! Allwinner: one file holds SPL and U-Boot, and the boot ROM finds the SPL by its offset.
//!
//! `u-boot-sunxi-with-spl.bin` is the SPL, padded to 32 KiB, with the FIT of
//! U-Boot, TF-A and device tree behind it. The SPL loads that FIT from 32 KiB
//! behind its own place, so the file goes onto the disk in one piece.

use bringup_spec::{
    Artifact, BootRom, Bytes, LoadAddresses, NextStage, Placement, Soc, StageForm, StagePlace,
};

/// The slot that every Allwinner boot ROM tries first.
///
/// U-Boot, doc/board/allwinner/sunxi.rst, "Installing on a (micro-) SD card": sector 16.
pub const SLOT_8K: Bytes = Bytes::kib(8);

/// The slot that boot ROMs from the H3 on try next: behind a full GPT.
///
/// U-Boot, doc/board/allwinner/sunxi.rst, "Installing on a (micro-) SD card": sector 256.
pub const SLOT_128K: Bytes = Bytes::kib(128);

/// The most that the boot ROMs of the A64's generation load: their SRAM A1 holds 32 KiB.
///
/// linux-sunxi wiki, A64, memory map; the `sunxi-spl.bin` of its boards is padded to exactly that.
pub const MAX_SPL: Bytes = Bytes::kib(32);

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
    source: "U-Boot, arch/arm/mach-sunxi/board.c, spl_mmc_get_uboot_raw_sector: 32 KiB behind the SPL",
};

/// As [`FIT_BEHIND_SPL`], as the 32-bit builds have it: a legacy image of U-Boot alone.
pub const IMAGE_BEHIND_SPL: NextStage = NextStage { form: StageForm::LegacyImage, ..FIT_BEHIND_SPL };

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

    #[test]
    fn placements_use_slots_of_the_boot_rom() {
        let BootRom::Allwinner { slots, .. } = A64.boot_rom else { panic!("{A64:?}") };
        for placement in [spl_at_8k("x", Bytes::mib(1)), spl_at_128k("x", Bytes::mib(1))] {
            assert!(slots.contains(&placement.offset));
        }
    }
}
