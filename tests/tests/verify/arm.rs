//! Boot ROMs of TI, NXP and Rockchip, and the Raspberry Pi's.

use crate::common::{LINUX, PROGRAMS, U_BOOT};
use crate::mutation::{Family, Mutation, broken, doubtful};
use crate::patient::Patient;

pub(crate) const AM335X: Family =
    Family { name: "am335x", board: "beaglebone-black", arguments: &[], mutations: &[MLO, U_BOOT, LINUX] };

pub(crate) const IMX6: Family =
    Family { name: "imx6", board: "wandboard", arguments: &[], mutations: &[IVT, U_BOOT, LINUX] };

pub(crate) const ROCKCHIP: Family = Family {
    name: "rockchip",
    board: "rockpro64",
    arguments: &[],
    mutations: &[ID_BLOCK, GPT, LINUX, PROGRAMS],
};

pub(crate) const RASPBERRY_PI: Family =
    Family { name: "raspberry-pi", board: "rpi-3", arguments: &[], mutations: &[FIRMWARE, LINUX] };

/// The GPT of a disk, and its copy.
pub(crate) const GPT: &[Mutation] = &[
    broken(
        "a GPT header's checksum",
        |p| p.flip("partition-table", 512 + 56),
        "partition-table",
        "its checksum is",
    ),
    broken("a GPT's entries", |p| p.flip("partition-table", 512 + 92 + 56), "partition-table", "checksum"),
    broken(
        "a GPT's copy",
        |p| p.flip("partition-table-backup", 56),
        "partition-table-backup",
        "the backup cannot be used",
    ),
];

/// TI SPRUH73, 26.1.10: a table of contents, then size and address, then the program.
const MLO: &[Mutation] = &[
    broken("both tables of contents", |p| both(p, 20), "boot-rom", "no `CHSETTINGS` table of contents"),
    broken("both sizes", |p| both(p, 512 + 3), "boot-rom", "at most 109 KiB are loaded"),
    broken("the first table of contents", |p| p.flip("boot-rom", 20), "boot-rom-copy", "at 128 KiB"),
    broken("the copy", |p| p.flip("boot-rom-copy", 20), "boot-rom-copy", "at 256 KiB"),
    doubtful(
        "a byte of the copy",
        |p| p.flip("boot-rom-copy", 0x3000),
        "boot-rom-copy",
        "is not the one at 128 KiB",
    ),
    broken("a FIT's magic", |p| p.flip("next-stage", 0), "next-stage", "at 384 KiB"),
    broken(
        "a byte of the FIT's U-Boot",
        |p| p.flip("next-stage", 100_000),
        "next-stage",
        "that of its bytes is",
    ),
];

fn both(p: &mut Patient, index: u64) {
    p.flip("boot-rom", index);
    p.flip("boot-rom-copy", index);
}

/// NXP IMX6DQRM, 8.7.1: an image vector table, whose first byte is 0xD1.
const IVT: &[Mutation] = &[
    broken("an image vector table's tag", |p| p.flip("boot-rom", 0), "boot-rom", "no image vector table"),
    broken(
        "an image vector table's own address",
        |p| p.flip("boot-rom", 20),
        "boot-rom",
        "must lie behind `self`",
    ),
    broken("a FIT's magic", |p| p.flip("next-stage", 0), "next-stage", "at 69 KiB"),
    broken(
        "a byte of the FIT's U-Boot",
        |p| p.flip("next-stage", 100_000),
        "next-stage",
        "that of its bytes is",
    ),
];

const ID_BLOCK: &[Mutation] = &[
    broken("an ID block", |p| p.flip("boot-rom", 0), "boot-rom", "no ID block at 32 KiB"),
    broken("a FIT's magic", |p| p.flip("next-stage", 0), "next-stage", "at 8 MiB"),
    broken(
        "a byte of the FIT's U-Boot",
        |p| p.flip("next-stage", 100_000),
        "next-stage",
        "that of its bytes is",
    ),
];

const FIRMWARE: &[Mutation] = &[
    broken("no start.elf", |p| p.mtools("mdel", &["::/start.elf"]), "boot-rom", "has no `start.elf`"),
    broken("no config.txt", |p| p.mtools("mdel", &["::/config.txt"]), "boot-rom", "has no `config.txt`"),
    broken(
        "another kernel",
        |p| p.replace("config-txt", "kernel=u", "kernel=v"),
        "next-stage",
        "there is no `/v",
    ),
];
