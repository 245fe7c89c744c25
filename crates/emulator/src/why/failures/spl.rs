//! U-Boot's first program, SPL or TPL.

use super::{Link, Sign, Stage};

const BAD_NEXT: &str = "what SPL found in the place of U-Boot is damaged or something else";
const WRITE_NEXT: &str =
    "write U-Boot again, from the same build as SPL, to the place that this board's SPL reads";
const NO_CARD: &str = "SPL cannot talk to the card or disk that it is to load U-Boot from";
const CHECK_CARD: &str = "try another card; check that the board is set to boot from this one and that SPL is \
                          built for this board";

const fn next(text: &'static str, meaning: &'static str, advice: &'static str) -> Sign {
    Sign { text, stage: Stage::FirstProgram, link: Link::NextStage, meaning, advice }
}

/// The table. All of it is U-Boot's.
pub(super) const SIGNS: &[Sign] = &[
    // arch/arm/mach-sunxi/dram_helpers.c, `mctl_await_completion`.
    Sign {
        text: "Timeout initialising DRAM",
        stage: Stage::FirstProgram,
        link: Link::BootRom,
        meaning: "SPL runs, but cannot set up this board's memory",
        advice: "use the SPL that is built for this very board",
    },
    // arch/arm/mach-sunxi/board.c, `sunxi_get_boot_device`: without the boot ROM's mark in its own
    // header SPL takes USB for the place it came from.
    Sign {
        text: "Trying to boot from FEL",
        stage: Stage::FirstProgram,
        link: Link::BootRom,
        meaning: "SPL does not find the boot ROM's mark in its own header: it came over USB, or the header is damaged",
        advice: "write SPL again to the place where the boot ROM looks for it",
    },
    // common/spl/spl_mmc.c, `spl_mmc_load`.
    next("spl: mmc init failed with error", NO_CARD, CHECK_CARD),
    next("spl: could not initialize mmc", NO_CARD, CHECK_CARD),
    next("spl: could not find mmc device", NO_CARD, CHECK_CARD),
    next("spl: unsupported mmc boot device", NO_CARD, CHECK_CARD),
    // common/spl/spl_fit.c, `fit_find_config_node` and `spl_load_simple_fit`.
    next(
        "No matching DT out of these options",
        "the FIT with U-Boot has no configuration for the board that SPL believes to run on",
        "write the U-Boot that is built for this board",
    ),
    next("Could not get FIT buffer of", BAD_NEXT, WRITE_NEXT),
    next("can't load image loadables", BAD_NEXT, WRITE_NEXT),
    // boot/image-fit.c, `fit_image_verify_with_data`.
    next("' hash node in '", "a part of the FIT with U-Boot does not match its hash", WRITE_NEXT),
    // common/spl/spl_legacy.c.
    next("SPL: Image overlaps SPL", BAD_NEXT, WRITE_NEXT),
    next("SPL: Image too large", BAD_NEXT, WRITE_NEXT),
    // common/spl/spl_mmc.c, `mmc_load_image_raw_sector`: any failure to load, reading it or not.
    next(
        "mmc_load_image_raw_sector: mmc block read error",
        "nothing that SPL can use is at the sector where it looks for U-Boot",
        WRITE_NEXT,
    ),
    // common/spl/spl_fat.c, `spl_register_fat_device` and `spl_load_image_fat`.
    next(
        ": fat register err",
        "SPL finds no FAT file system on the boot partition",
        "the first partition must be FAT, with U-Boot as a file in it, or U-Boot at its raw place",
    ),
    next(
        ": error reading image ",
        "SPL finds U-Boot's file neither on the boot partition nor at its raw place",
        "put the file that the line names on the FAT partition",
    ),
    // arch/riscv/lib/interrupts.c, `_exit_trap`: SPL has taken what has no header for bare code.
    next("Unhandled exception: ", BAD_NEXT, WRITE_NEXT),
    // common/spl/spl.c, `board_init_r`.
    next("SPL: Unsupported Boot Device!", BAD_NEXT, WRITE_NEXT),
    next("SPL: failed to boot from all boot devices", BAD_NEXT, WRITE_NEXT),
    next("TPL: failed to boot from all boot devices", BAD_NEXT, WRITE_NEXT),
];
