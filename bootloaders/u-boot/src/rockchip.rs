//! Rockchip RK3328 and RK3399: an ID block with TPL and SPL, and a FIT some megabytes behind it.
//!
//! ```text
//!      0  GPT
//! 32 KiB  idbloader.img: ID block (2 KiB), TPL, SPL         <- boot ROM
//! 3F8000  U-Boot's environment, on boards that keep it here
//!  8 MiB  u-boot.itb: FIT of U-Boot, TF-A, device trees     <- SPL
//! 16 MiB  first partition
//! ```
//!
//! The boot ROM decodes the ID block (RC4 with a known key), loads the TPL into SRAM, and after the
//! TPL has set up the DRAM and returned, loads the SPL into DRAM. Its magic, 0x0FF0AA55, sizes and
//! key: U-Boot, tools/rkcommon.c.

use bringup_spec::{
    Artifact, BootRom, Bytes, LoadAddresses, NextStage, Placement, Soc, StageForm, StagePlace,
};

/// Where the boot ROM looks on SD and eMMC.
///
/// U-Boot, tools/rkcommon.c, `struct header0_info`: block 64.
pub const ID_BLOCK: Bytes = Bytes::kib(32);

/// Where most boards' SPL looks for U-Boot: sector 0x4000.
///
/// U-Boot, arch/arm/mach-rockchip, default of `SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR`, and so the
/// configurations that Debian's u-boot-rockchip 2025.01 carries.
pub const U_BOOT_AT_8M: Bytes = Bytes::mib(8);

/// U-Boot's environment on SD and eMMC, 32 KiB below 4 MiB: what `saveenv` writes.
///
/// Debian's u-boot-rockchip 2025.01, `CONFIG_ENV_OFFSET` of every target here. Nothing may lie here.
pub const ENVIRONMENT: Bytes = Bytes(0x3F_8000);

/// How much the environment takes.
///
/// `CONFIG_ENV_SIZE`, the same source; puma-rk3399 has 0x3000.
pub const ENVIRONMENT_SIZE: Bytes = Bytes(0x8000);

/// Where the first partition starts: 16 MiB.
///
/// U-Boot's own `partitions` (include/configs/rockchip-common.h) gives loader2 4 MiB from 8 MiB on
/// and 4 MiB more to a trusted OS, which TF-A in the FIT made superfluous.
pub const FIRST_PARTITION: Bytes = Bytes::mib(16);

/// Rockchip RK3328.
pub const RK3328: Soc = Soc {
    name: "Rockchip RK3328",
    // SRAM of 32 KiB, of which the ROM keeps 2.
    boot_rom: BootRom::Rockchip { slots: &[ID_BLOCK], max_len: Bytes(0x8000 - 0x800) },
    source: "U-Boot, tools/rkcommon.c, spl_infos",
};

/// Rockchip RK3399.
pub const RK3399: Soc = Soc {
    name: "Rockchip RK3399",
    // SRAM of 192 KiB, of which the ROM keeps 8.
    boot_rom: BootRom::Rockchip { slots: &[ID_BLOCK], max_len: Bytes(0x3_0000 - 0x2000) },
    source: "U-Boot, tools/rkcommon.c, spl_infos",
};

/// Where U-Boot loads to on both chips.
pub const LOAD: LoadAddresses = LoadAddresses {
    ram_start: 0,
    kernel: 0x0208_0000,
    device_tree: 0x01E0_0000,
    initramfs: 0x0600_0000,
    compressed_kernel: Some((0x0800_0000, Bytes::mib(32))),
    source: "U-Boot, include/configs/{rk3328,rk3399}_common.h, ENV_MEM_LAYOUT_SETTINGS; \
             the same in Debian's u-boot-rockchip 2025.01",
};

/// The FIT that the SPL loads, `u_boot` being its place.
pub const fn fit_at(u_boot: Bytes) -> NextStage {
    NextStage {
        place: StagePlace::Offset(u_boot),
        form: StageForm::Fit,
        of_one_board: true,
        source: "Debian's u-boot-rockchip, CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR of the target",
    }
}

/// `idbloader.img` and `u-boot.itb` of Debian's `u-boot-rockchip`.
///
/// `folder` is their folder in the package (`usr/lib/u-boot/rock64-rk3328`), `u_boot` the place where
/// this board's SPL looks ([`U_BOOT_AT_8M`] but for puma-rk3399). A place between the ID block and the
/// environment, or behind it and below [`FIRST_PARTITION`]: in a `const` anything else does not compile.
pub const fn placements(folder: &'static str, u_boot: Bytes) -> [Placement; 2] {
    let environment_end = ENVIRONMENT.0 + ENVIRONMENT_SIZE.0;
    let (id_block_end, u_boot_end) = if u_boot.0 < ENVIRONMENT.0 {
        assert!(u_boot.0 > ID_BLOCK.0, "U-Boot must lie behind the ID block");
        (u_boot.0, ENVIRONMENT.0)
    } else {
        assert!(u_boot.0 >= environment_end, "U-Boot must not lie over its environment");
        assert!(u_boot.0 < FIRST_PARTITION.0, "U-Boot must lie in front of the first partition");
        (ENVIRONMENT.0, FIRST_PARTITION.0)
    };
    [
        Placement {
            name: "idbloader.img",
            artifact: artifact(folder, "idbloader.img"),
            offset: ID_BLOCK,
            room: Bytes(id_block_end - ID_BLOCK.0),
            source: "U-Boot, doc/board/rockchip/rockchip.rst: idbloader.img at sector 64",
        },
        Placement {
            name: "u-boot.itb",
            artifact: artifact(folder, "u-boot.itb"),
            offset: u_boot,
            room: Bytes(u_boot_end - u_boot.0),
            source: "Debian's u-boot-rockchip, CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR of the target",
        },
    ]
}

const fn artifact(folder: &'static str, file: &'static str) -> Artifact {
    Artifact { package: "u-boot-rockchip", folder, file }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u_boot_at_8_mib_leaves_the_environment_free() {
        let [id_block, u_boot] = placements("x", U_BOOT_AT_8M);
        assert_eq!(id_block.offset + id_block.room, ENVIRONMENT);
        assert!(u_boot.offset >= ENVIRONMENT + ENVIRONMENT_SIZE);
        assert_eq!(u_boot.offset + u_boot.room, FIRST_PARTITION);
        assert_eq!(u_boot.artifact.path(), "x/u-boot.itb");
    }

    #[test]
    fn u_boot_below_the_environment_ends_there() {
        let [id_block, u_boot] = placements("x", Bytes::kib(256));
        assert_eq!(id_block.offset + id_block.room, u_boot.offset);
        assert_eq!(u_boot.offset + u_boot.room, ENVIRONMENT);
    }

    #[test]
    fn the_id_block_is_where_the_boot_rom_looks() {
        for soc in [RK3328, RK3399] {
            let BootRom::Rockchip { slots, max_len } = soc.boot_rom else { panic!("{soc:?}") };
            assert_eq!(slots, [placements("x", U_BOOT_AT_8M)[0].offset]);
            assert!(max_len < ENVIRONMENT - ID_BLOCK);
        }
    }

    #[test]
    fn the_next_stage_is_a_placement() {
        for at in [U_BOOT_AT_8M, Bytes::kib(256)] {
            assert_eq!(fit_at(at).place, StagePlace::Offset(placements("x", at)[1].offset));
        }
    }
}
