//! Changes that mean the same on every board with Linux: menu, kernel, initramfs, root.

use crate::elf;
use crate::mutation::{Mutation, broken};
use crate::patient::Patient;

/// The header of a file of a cpio archive ends in the length of its name and a checksum that nobody
/// fills in (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
const INIT: &str = "0000000500000000init\0";

/// What U-Boot does from its menu on.
pub(crate) const U_BOOT: &[Mutation] = &[
    broken("the MBR's signature", |p| p.write(510, &[0, 0]), "partition-table", "signature"),
    broken(
        "the file system of the menu",
        |p| p.flip("root", 16 + 0x38),
        "boot-partition",
        "no file system is found",
    ),
    broken(
        "its super block's checksum",
        |p| p.flip("root", 16 + 0x78),
        "boot-partition",
        "ext4 superblock: its checksum is",
    ),
    broken(
        "no menu",
        |p| p.debugfs(&["rm /boot/extlinux/extlinux.conf"]),
        "boot-menu",
        "none of `/extlinux/extlinux.conf` and `/boot/extlinux/extlinux.conf` is there",
    ),
    broken("an empty menu", |p| p.replace("boot-menu", "\nlabel ", "\n#abel "), "boot-menu", "has no entry"),
    broken("another initrd", |p| p.replace("boot-menu", "/initrd.", "/initrd-"), "initramfs", "there is no"),
    broken(
        "no device tree",
        |p| p.replace("boot-menu", "fdtdir /usr/lib/linux-", "fdtdir /usr/lib/lunix-"),
        "device-tree",
        "there is no `/usr/lib/lunix-image-",
    ),
    broken("a device tree's magic", |p| p.flip("device-tree", 0), "device-tree", "not d0 0d fe ed"),
];

/// What Linux does, whoever loads it.
pub(crate) const LINUX: &[Mutation] = &[
    broken("another kernel", |p| p.replace("boot-menu", "/vmlinu", "/vmlunu"), "kernel", "there is no `/"),
    broken("no magic number of cpio", |p| p.flip("initramfs", 0), "initramfs", "cpio"),
    broken("an initramfs that was cut", cut_initramfs, "initramfs", "initrd.img-"),
    broken(
        "an initramfs without /init",
        |p| p.replace("initramfs", INIT, "0000000500000000unit\0"),
        "initramfs-init",
        "there is no `/init` in it",
    ),
    broken(
        "no driver of root's file system",
        |p| p.replace("initramfs", "ext4.ko", "ext9.ko"),
        "initramfs-modules",
        "the driver of ext4, which root is",
    ),
    broken("another root", |p| p.replace("boot-menu", "root=UUID=", "root=UVID="), "root", "names none of"),
    broken("no root", |p| p.replace("boot-menu", "root=U", "boot=U"), "root", "has no root="),
    broken(
        "no init",
        |p| p.debugfs(&["rm /usr/bin/busybox"]),
        "root-init",
        "none of `/sbin/init`, `/etc/init`, `/bin/init`, `/bin/sh` is there",
    ),
    broken(
        "an init that nobody may execute",
        |p| p.debugfs(&["set_inode_field /usr/bin/busybox mode 0100644"]),
        "root-init",
        "mode 644",
    ),
    // Machine 2 is SPARC, which nothing here is.
    broken("init of another machine", |p| p.put("root-init", 18, &[2, 0]), "root-init", "machine 2"),
    broken("init is no program", |p| p.flip("root-init", 1), "root-init", "neither an ELF program nor"),
];

/// What a program of the root needs, where it has 64 bits.
pub(crate) const PROGRAMS: &[Mutation] = &[
    broken(
        "a program's interpreter",
        |p| put_program(p, &[], 0),
        "root-programs",
        "`/usr/bin/tried` needs `/lib/ld-none.so.1`, which is not there",
    ),
    broken(
        "a program's library",
        |p| {
            p.put_file("/usr/lib/ld-none.so.1", &elf::library(machine(p)));
            put_program(p, &["libnone.so.7"], 0);
        },
        "root-programs",
        "`/usr/bin/tried` needs `libnone.so.7`, which is in no folder",
    ),
    broken(
        "a program of another machine",
        |p| {
            p.put_file("/usr/lib/ld-none.so.1", &elf::library(machine(p)));
            put_program(p, &[], 1);
        },
        "root-programs",
        "`/usr/bin/tried` is for ",
    ),
];

fn machine(patient: &Patient) -> u16 {
    let bytes = patient.read(patient.place("root-init", 18), 2);
    u16::from_le_bytes([bytes[0], bytes[1]])
}

fn put_program(patient: &mut Patient, needed: &[&str], other: u16) {
    let machine = machine(patient) + other;
    patient.put_file("/usr/bin/tried", &elf::program(machine, "/lib/ld-none.so.1", needed));
}

fn cut_initramfs(patient: &mut Patient) {
    let len = patient.contents("initramfs").len();
    resize(patient, "initramfs", len / 2);
}

/// Puts a file that is shorter, or has zeros behind it, in place of the one that a link rests on.
pub(crate) fn resize(patient: &mut Patient, link: &str, len: usize) {
    let mut bytes = patient.contents(link);
    bytes.resize(len, 0);
    let what = patient.sound.link(link).what;
    // Kernels and device trees are called by their names; an initramfs goes by the kernel's.
    let path = match link {
        "initramfs" => {
            let kernel = patient.sound.link("kernel").what;
            let path = kernel.split(": ").next().unwrap();
            let (folder, name) = path.rsplit_once('/').unwrap();
            format!("{folder}/initrd.img-{}", name.split_once('-').unwrap().1)
        }
        _ => what.split(": ").next().unwrap().to_owned(),
    };
    patient.replace_file(&path, &bytes);
}
