//! PCs: UEFI with systemd-boot or GRUB, BIOS with GRUB.

use crate::arm::GPT;
use crate::common::{LINUX, PROGRAMS};
use crate::mutation::{Family, Mutation, broken};

pub(crate) const SYSTEMD_BOOT: Family = Family {
    name: "systemd-boot",
    board: "x86_64-efi",
    arguments: &[],
    mutations: &[GPT, EFI, ENTRIES, LINUX, PROGRAMS],
};

pub(crate) const GRUB_EFI: Family = Family {
    name: "x86_64-efi-grub",
    board: "x86_64-efi",
    arguments: &["--bootloader", "grub-efi"],
    mutations: &[GPT, EFI, EFI_MENU, LINUX],
};

pub(crate) const GRUB_BIOS: Family = Family {
    name: "grub-bios",
    board: "x86_64-bios",
    arguments: &[],
    mutations: &[BIOS, MENU, LINUX, PROGRAMS],
};

pub(crate) const MACH: Family =
    Family { name: "mach", board: "i586-hurd", arguments: &[], mutations: &[BIOS, MULTIBOOT] };

const EFI: &[Mutation] = &[
    broken(
        "the system partition is of another type",
        |p| p.disk_tool("sgdisk", &["--typecode=1:8300"]),
        "efi-partition",
        "no partition is an EFI system partition",
    ),
    broken("the signature of FAT", |p| p.flip("efi-partition", 128 + 510), "efi-partition", ""),
    broken(
        "no fallback program",
        |p| p.mtools("mdel", &["::/EFI/BOOT/BOOTX64.EFI"]),
        "efi-program",
        "there is no `/EFI/BOOT/BOOTX64.EFI`",
    ),
    broken("the program is no PE image", |p| p.flip("efi-program", 0), "efi-program", "PE"),
    broken("the program is for another machine", efi_machine, "efi-program", "Machine is 0xaa64"),
];

/// Microsoft, PE format: the PE header's place is at 0x3C, the machine behind its signature.
fn efi_machine(p: &mut crate::patient::Patient) {
    let at = p.read(p.place("efi-program", 0x3C), 4);
    let at = u32::from_le_bytes([at[0], at[1], at[2], at[3]]);
    p.put("efi-program", u64::from(at) + 4, &0xAA64_u16.to_le_bytes());
}

const ENTRIES: &[Mutation] = &[
    broken("the file system of root", |p| p.flip("root", 128 + 0x38), "root", "names none of"),
    broken("root's super block", |p| p.flip("root", 128 + 0x79), "root", "ext4 superblock: its checksum is"),
    broken(
        "no entry",
        |p| p.mtools("mdel", &["::/loader/entries/tiny.conf"]),
        "boot-menu",
        "there is neither an entry",
    ),
    broken("a kernel that is no PE image", |p| p.flip("kernel", 0), "kernel", ""),
];

const EFI_MENU: &[Mutation] = &[
    broken("the file system of root", |p| p.flip("root", 128 + 0x38), "boot-menu", "is on no partition"),
    broken(
        "no menu",
        |p| p.mtools("mdel", &["::/EFI/debian/grub.cfg"]),
        "boot-menu",
        "no file system has any of",
    ),
    broken("no entry", |p| p.replace("boot-menu", "menuentry", "manuentry"), "boot-menu", ""),
    broken(
        "no kernel in the kernel's file",
        |p| p.put("kernel", 0, &[0; 4096]),
        "kernel",
        "for GRUB to start",
    ),
];

/// The boot sector and the core image; GRUB 2.12, grub-core/boot/i386/pc/.
const BIOS: &[Mutation] = &[
    broken("the boot sector's signature", |p| p.write(510, &[0, 0]), "partition-table", "signature"),
    broken("no boot code", |p| p.write(0, &[0; 440]), "boot-rom", "sector 0 has no boot code"),
    broken("the boot sector names another sector", |p| p.write(0x5C, &[9]), "grub-core", ""),
    broken("the core's list of blocks", |p| p.write(1024 - 12, &[0xFF; 8]), "grub-core", ""),
    broken("a byte of the core", |p| p.flip("grub-core", 100_000), "grub-core", ""),
];

const MENU: &[Mutation] = &[
    broken(
        "no menu",
        |p| p.debugfs(&["rm /boot/grub/grub.cfg"]),
        "boot-menu",
        "there is no `/boot/grub/grub.cfg`",
    ),
    broken("no entry", |p| p.replace("boot-menu", "menuentry", "manuentry"), "boot-menu", ""),
    broken(
        "a menu of another file system",
        |p| {
            let uuid = p.image.root_uuid().to_owned();
            p.replace("boot-menu", &format!("root {uuid}"), &format!("root f{}", &uuid[1..]));
        },
        "boot-menu",
        "is on no partition",
    ),
    broken("a kernel's magic", |p| p.flip("kernel", 0x202), "kernel", ""),
];

const MULTIBOOT: &[Mutation] = &[
    broken(
        "no menu",
        |p| p.debugfs(&["rm /boot/grub/grub.cfg"]),
        "boot-menu",
        "there is no `/boot/grub/grub.cfg`",
    ),
    broken("another kernel", |p| p.replace("boot-menu", "/gnumach", "/gnumarx"), "kernel", "there is no"),
    broken("a byte of the kernel", |p| p.flip("kernel", 100_000), "kernel", ""),
    broken("no module", |p| p.debugfs(&["rm /boot/bootstrap-task"]), "boot-modules", "there is no"),
    broken(
        "another root",
        |p| p.replace("boot-menu", "device:hd0s1", "device:hd0s3"),
        "root",
        "names none of",
    ),
];
