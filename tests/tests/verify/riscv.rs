//! SiFive's and StarFive's chips: partitions of a GPT, found by their types.

use crate::arm::GPT;
use crate::common::{LINUX, PROGRAMS};
use crate::mutation::{Family, Mutation, broken, harmless};

pub(crate) const SIFIVE: Family = Family {
    name: "sifive",
    board: "sifive-unmatched",
    arguments: &[],
    mutations: &[SIFIVE_SPL, FIT, GPT, KERNEL, LINUX, PROGRAMS],
};

pub(crate) const STARFIVE: Family = Family {
    name: "starfive",
    board: "starfive-visionfive2",
    arguments: &[],
    mutations: &[STARFIVE_SPL, FIT, GPT, KERNEL, LINUX],
};

const SIFIVE_SPL: &[Mutation] = &[
    broken("nothing in the SPL's partition", |p| p.put("boot-rom", 0, &[0; 4096]), "boot-rom", ""),
    broken(
        "the SPL's partition is of another type",
        |p| p.disk_tool("sgdisk", &["--typecode=1:8300"]),
        "boot-rom",
        "no partition is of type 5B193300-",
    ),
    // This SPL reads a sector, whatever the table says of it.
    harmless(
        "U-Boot's partition is of another type",
        |p| p.disk_tool("sgdisk", &["--typecode=2:8300"]),
        "next-stage",
        "at 1.0 MiB (1065984 B)",
    ),
];

const STARFIVE_SPL: &[Mutation] = &[
    broken("a byte of the SPL", |p| p.flip("boot-rom", 0x1000), "boot-rom", "checksum"),
    broken(
        "the SPL's partition is of another type",
        |p| p.disk_tool("sgdisk", &["--typecode=1:8300"]),
        "boot-rom",
        "no partition is of type 2E54B353-",
    ),
    broken(
        "U-Boot's partition is of another type",
        |p| p.disk_tool("sgdisk", &["--typecode=2:8300"]),
        "next-stage",
        "no partition is of type BC13C2FF-",
    ),
];

/// Debian's have no hashes: only their structure can be wrong.
const FIT: &[Mutation] = &[
    broken("a FIT's magic", |p| p.flip("next-stage", 0), "next-stage", ""),
    broken("a FIT's size", |p| p.put("next-stage", 4, &[0x7F]), "next-stage", ""),
    broken(
        "no default configuration",
        |p| p.replace("next-stage", "\u{1}conf-1\0", "\u{1}conf-7\0"),
        "next-stage",
        "",
    ),
];

const KERNEL: &[Mutation] = &[
    broken("no magic number of a kernel", |p| p.flip("kernel", 56), "kernel", ""),
    broken("a kernel for arm64", |p| p.put("kernel", 56, b"ARM\x64"), "kernel", "arm64"),
    broken(
        "a kernel of 1 GiB",
        // `image_size` (Linux, Documentation/arch/riscv/boot-image-header.rst).
        |p| p.put("kernel", 16, &(1_u64 << 30).to_le_bytes()),
        "load-addresses",
        "overlaps",
    ),
];
