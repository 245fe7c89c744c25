//! Each link broken by one change gives that link's failure and no other.

use std::sync::OnceLock;

use bringup_board_pine64_lts::BOARD;

use super::*;
use crate::testing::{
    Parts, ROOT_AT, TREE_PATH, arm64_image, board_tree, board_tree_with, cpio, elf_header, elf_program,
    module,
};
use crate::{Proof, Verdict};

fn proved(image: &[u8]) -> Proof {
    verify(&Disk::from_bytes(image), Some(&BOARD), &Options::default())
}

fn sound() -> &'static [u8] {
    static IMAGE: OnceLock<Vec<u8>> = OnceLock::new();
    IMAGE.get_or_init(|| Parts::default().image())
}

/// The one broken link must be `name`, and say `what`.
pub(super) fn only(proof: &Proof, name: &str, what: &str) {
    let broken: Vec<_> = proof.broken().iter().map(|link| (link.name, link.what.clone())).collect();
    let [(found, said)] = &broken[..] else { panic!("{broken:?}\n{proof}") };
    assert_eq!(*found, name, "{said}");
    assert!(said.contains(what), "{said}");
    assert!(!proof.holds());
}

fn parts(change: impl FnOnce(&mut Parts)) -> Proof {
    let mut parts = Parts::default();
    change(&mut parts);
    proved(&parts.image())
}

fn bytes(change: impl FnOnce(&mut Vec<u8>)) -> Proof {
    let mut image = sound().to_vec();
    change(&mut image);
    proved(&image)
}

#[test]
fn a_sound_image_holds_from_rom_to_programs() {
    let proof = proved(sound());
    assert!(proof.holds(), "{proof}");
    let names: Vec<&str> = proof.all().iter().map(|link| link.name).collect();
    let expected = [
        "partition-table",
        "boot-rom",
        "next-stage",
        "boot-partition",
        "boot-menu",
        "kernel",
        "device-tree",
        "initramfs",
        "initramfs-init",
        "initramfs-modules",
        "load-addresses",
        "root",
        "root-init",
        "root-programs",
    ];
    assert_eq!(names, expected);
    assert!(
        proof.all().iter().all(|link| link.verdict == Verdict::Holds && !link.source.is_empty()),
        "{proof}"
    );
    let json = serde_json::to_value(&proof).unwrap();
    assert_eq!(json["links"][0]["name"], "partition-table");
    assert_eq!(json["links"][0]["verdict"], "holds");
}

#[test]
fn without_a_board_the_bytes_say_which() {
    let options = Options { boards: &[&BOARD], ..Options::default() };
    let proof = verify(&Disk::from_bytes(sound()), None, &options);
    assert!(proof.holds(), "{proof}");
    assert_eq!((proof.fits, proof.machine.as_str()), (vec!["pine64-lts".to_owned()], "Allwinner A64"));
    let family = verify(&Disk::from_bytes(sound()), None, &Options::default());
    assert!(family.holds(), "{family}");
    assert_eq!(family.machine, "Allwinner");
}

#[test]
fn the_boot_rom_wants_magic_and_checksum() {
    only(&bytes(|image| image[8196] ^= 1), "boot-rom", "no `eGON.BT0` header at 8 KiB, 128 KiB");
    let proof = bytes(|image| image[8192 + 600] ^= 1);
    only(&proof, "boot-rom", "eGON.BT0: its checksum is");
    assert_eq!(proof.link("kernel").unwrap().verdict, Verdict::NotReached);
}

#[test]
fn a_sound_copy_boots_and_the_damaged_one_is_named() {
    let proof = bytes(|image| {
        let spl = image[8 << 10..64 << 10].to_vec();
        image[128 << 10..][..spl.len()].copy_from_slice(&spl);
        image[8192 + 600] ^= 1;
    });
    only(&proof, "boot-rom-copy", "at 8 KiB: eGON.BT0: its checksum is");
    assert!(proof.link("boot-rom").unwrap().what.ends_with("at 128 KiB"));
    assert_eq!(proof.link("root-programs").unwrap().verdict, Verdict::Holds);
}

#[test]
fn the_fit_is_where_the_spl_looks_and_hashed() {
    only(&bytes(|image| image[40 << 10] ^= 1), "next-stage", "bytes at 0x0");
    let at = sound().windows(14).position(|window| window == b"this is U-Boot").unwrap();
    only(&bytes(|image| image[at] ^= 1), "next-stage", "");
}

#[test]
fn the_table_has_its_signature_and_ends_on_the_disk() {
    let proof = bytes(|image| image[511] = 0);
    only(&proof, "partition-table", "signature is 0x55");
    // The boot ROM of this chip does not look at it.
    assert_eq!(proof.link("next-stage").unwrap().verdict, Verdict::Holds);
    assert_eq!(proof.link("boot-partition").unwrap().verdict, Verdict::NotReached);
    only(&bytes(|image| image[461] = 1), "partition-table", "but the disk ends at 0x1100000");
}

#[test]
fn u_boot_takes_the_bootable_partition_or_the_first() {
    let proof = bytes(|image| image[446] = 0);
    assert!(proof.holds(), "{proof}");
    assert!(proof.link("boot-partition").unwrap().what.contains("none is marked bootable"));
    only(&bytes(|image| image[ROOT_AT + 0x438] ^= 1), "boot-partition", "not 0xef53");
    only(
        &bytes(|image| image[ROOT_AT + 1024 + 0x78] ^= 1),
        "boot-partition",
        "ext4 superblock: its checksum is",
    );
}

#[test]
fn the_menu_has_an_entry() {
    let path = || "boot/extlinux/extlinux.conf".to_owned();
    only(
        &parts(|parts| drop(parts.files.insert(path(), (0o644, b"# nothing\n".to_vec())))),
        "boot-menu",
        "no entry to start",
    );
}

#[test]
fn the_kernel_is_there_and_for_this_processor() {
    let path = "boot/vmlinuz-6.1-test";
    let proof = parts(|parts| drop(parts.files.remove(path)));
    only(&proof, "kernel", "there is no `/boot/vmlinuz-6.1-test`");
    assert_eq!(proof.link("load-addresses").unwrap().verdict, Verdict::NotReached);
    only(
        &parts(|parts| parts.files.get_mut(path).unwrap().1[56..60].copy_from_slice(b"RSC\x05")),
        "kernel",
        "RISC-V Image is for Linux `riscv`, but `aarch64-linux` needs Linux `arm64`",
    );
}

#[test]
fn the_device_tree_is_the_boards() {
    only(&parts(|parts| drop(parts.files.remove(TREE_PATH))), "device-tree", "there is no `/dtbs/allwinner/");
    let other = board_tree("other,board");
    only(
        &parts(|parts| drop(parts.files.insert(TREE_PATH.to_owned(), (0o644, other)))),
        "device-tree",
        "it is for `other,board`, `allwinner,sun50i-a64`, but the boot loader's own is for `pine64,pine64-lts`",
    );
}

#[test]
fn the_initramfs_is_an_archive_with_an_init() {
    let broken = |bytes: &[u8]| (0o644, bytes.to_vec());
    only(
        &parts(|parts| drop(parts.files.insert("boot/initrd".to_owned(), broken(&[b'0'; 120])))),
        "initramfs",
        "cpio archive at byte 0",
    );
    let cut = cpio(&[("init", 0o100_755, &[1; 64])]);
    only(
        &parts(|parts| drop(parts.files.insert("boot/initrd".to_owned(), broken(&cut[..150])))),
        "initramfs",
        "/boot/initrd",
    );
    only(&parts(|parts| drop(parts.initramfs.remove("init"))), "initramfs-init", "there is no `/init` in it");
    let foreign = (0o100_755, elf_program(40, None, &[]));
    only(
        &parts(|parts| drop(parts.initramfs.insert("init".to_owned(), foreign))),
        "initramfs-init",
        "`init` is for machine 40, not AArch64 (machine 183)"
            .replace("machine 40,", "ARM (machine 40),")
            .as_str(),
    );
    only(
        &parts(|parts| parts.initramfs.get_mut("init").unwrap().0 = 0o100_644),
        "initramfs-init",
        "`init` has mode 644: nobody may execute it",
    );
}

#[test]
fn the_initramfs_has_the_libraries_of_its_init() {
    let with = |libraries: &[(&str, &[&str])]| {
        parts(|parts| {
            let init = elf_program(183, Some("/lib/ld.so"), &["libone.so.1"]);
            drop(parts.initramfs.insert("init".to_owned(), (0o100_755, init)));
            for (path, needed) in [("lib/ld.so", &[][..])].iter().chain(libraries) {
                let library = (0o100_644, elf_program(183, None, needed));
                drop(parts.initramfs.insert((*path).to_owned(), library));
            }
        })
    };
    let what = "`init` needs `libone.so.1`, which is not in it";
    only(&with(&[]), "initramfs-init", what);
    let one: (&str, &[&str]) = ("lib/libone.so.1", &["libtwo.so.2"]);
    only(&with(&[one]), "initramfs-init", "`init` needs `libtwo.so.2`, which is not in it");
    let proof = with(&[one, ("usr/lib/libtwo.so.2", &["libone.so.1"])]);
    assert!(proof.is_whole(), "{proof}");
}

#[test]
fn the_initramfs_has_what_root_needs() {
    let proof = parts(|parts| {
        parts.initramfs.remove("modules/ext4.ko");
        parts.initramfs.insert("modules/order".to_owned(), (0o100_644, b"test-mmc.ko\n".to_vec()));
    });
    only(
        &proof,
        "initramfs-modules",
        "neither among 1 modules nor built in: the driver of ext4, which root is",
    );
    let proof = parts(|parts| {
        let order = (0o100_644, b"ext4.ko\ntest-mmc.ko\n".to_vec());
        drop(parts.initramfs.insert("modules/order".to_owned(), order));
    });
    only(
        &proof,
        "initramfs-modules",
        "`modules/ext4.ko` needs `test_mmc`, which its list does not have in front of it",
    );
    let proof = parts(|parts| {
        let foreign = (0o100_644, module(183, "crc16"));
        drop(parts.initramfs.insert("modules/test-mmc.ko".to_owned(), foreign));
    });
    only(&proof, "initramfs-modules", "`modules/test-mmc.ko` needs `crc16`");
    let proof = parts(|parts| drop(parts.initramfs.remove("modules/test-mmc.ko")));
    only(&proof, "initramfs-modules", "its list names `modules/test-mmc.ko`, which is not in it");
    let proof = parts(|parts| {
        parts.initramfs.remove("modules/test-mmc.ko");
        parts.initramfs.insert("modules/order".to_owned(), (0o100_644, b"ext4.ko\n".to_vec()));
        parts.initramfs.insert("modules/ext4.ko".to_owned(), (0o100_644, module(183, "")));
    });
    only(&proof, "initramfs-modules", "a driver of `/soc/mmc@1c0f000` (test,mmc), such as test_mmc");
    let proof = parts(|parts| {
        drop(parts.initramfs.insert("modules/ext4.ko".to_owned(), (0o100_644, elf_header(62, 1))))
    });
    only(
        &proof,
        "initramfs-modules",
        "`modules/ext4.ko` is for x86-64 (machine 62), not AArch64 (machine 183)",
    );
}

#[test]
fn the_initramfs_has_what_storage_needs() {
    let with = |property: &str, list: &str| {
        parts(|parts| {
            let tree = board_tree_with(crate::testing::COMPATIBLE, property);
            drop(parts.files.insert(TREE_PATH.to_owned(), (0o644, tree)));
            let aliases = &mut parts.files.get_mut("lib/modules/6.1-test/modules.alias").unwrap().1;
            aliases.extend(b"alias of:N*T*Ctest,pmic test_pmic\n");
            let builtin = &mut parts.files.get_mut("lib/modules/6.1-test/modules.builtin").unwrap().1;
            builtin.extend(list.as_bytes());
        })
    };
    let what = "test_pmic for `/soc/pmic@3`, which `/soc/mmc@1c0f000` needs";
    for property in ["vmmc-supply", "clocks", "power-domains", "pinctrl-0"] {
        only(&with(property, ""), "initramfs-modules", what);
    }
    assert!(with("vmmc-supply", "kernel/drivers/mfd/test-pmic.ko\n").is_whole());
    assert!(with("something-else", "").is_whole());
}

#[test]
fn what_is_loaded_does_not_overlap() {
    let kernel = (0o644, arm64_image(256 << 20));
    let proof = parts(|parts| drop(parts.files.insert("boot/vmlinuz-6.1-test".to_owned(), kernel)));
    only(&proof, "load-addresses", "overlaps the kernel at 0x40200000-0x501fffff");
}

#[test]
fn root_is_found() {
    let proof = parts(|parts| parts.arguments = "root=UUID=0 rw".to_owned());
    only(&proof, "root", "root=UUID=0 names none of partition 1 (ext4, UUID=00112233-");
    let proof = parts(|parts| parts.arguments = "rw".to_owned());
    only(&proof, "root", "the command line `rw` has no root=");
    for root in ["LABEL=root", "PARTUUID=12345678-01", "/dev/mmcblk0p1"] {
        let proof = parts(|parts| parts.arguments = format!("root={root}"));
        assert!(proof.holds(), "{proof}");
    }
}

#[test]
fn root_has_an_init_with_all_it_needs() {
    only(
        &parts(|parts| drop(parts.files.remove("sbin/init"))),
        "root-init",
        "none of `/sbin/init`, `/etc/init`",
    );
    only(
        &parts(|parts| drop(parts.files.remove("lib/libc.so.6"))),
        "root-programs",
        "`/sbin/init` needs `libc.so.6`",
    );
    only(&parts(|parts| parts.files.get_mut("sbin/init").unwrap().1[18] = 62), "root-init", "is for x86-64");
    let foreign = (0o755, elf_program(243, None, &[]));
    only(
        &parts(|parts| drop(parts.files.insert("usr/bin/foreign".to_owned(), foreign))),
        "root-programs",
        "`/usr/bin/foreign` is for RISC-V 64",
    );
}

#[test]
fn map_explain_and_diff_speak_of_the_same_disk() {
    let disk = Disk::from_bytes(sound());
    let map = crate::map(&disk, Some(&BOARD));
    assert_eq!(map.areas[0].bytes, 0..512);
    assert!(map.areas.windows(2).all(|pair| pair[0].bytes.end == pair[1].bytes.start), "{map}");
    assert_eq!(map.areas.last().unwrap().bytes.end, disk.len());
    assert_eq!(map.at(8192).unwrap().owner, "boot-rom");

    let kernel = proved(sound()).link("kernel").unwrap().bytes[0].start;
    let found = crate::explain(&disk, Some(&BOARD), kernel + 5);
    assert_eq!(found.file, Some(("/boot/vmlinuz-6.1-test".to_owned(), 5)));
    assert!(found.links.iter().any(|(name, ..)| name == "kernel"));
    assert_eq!(crate::explain(&disk, Some(&BOARD), 446).what, "entry 1, byte 0 of 16");

    assert!(crate::diff(&disk, &disk, Some(&BOARD)).unwrap().is_empty());
    let mut other = Parts::default();
    other.files.remove("lib/ld.so");
    other.files.insert("etc/new".to_owned(), (0o600, b"x".to_vec()));
    let other = other.image();
    let difference = crate::diff(&disk, &Disk::from_bytes(&other), Some(&BOARD)).unwrap();
    let about: Vec<&str> = difference.changes.iter().map(|change| change.about.as_str()).collect();
    assert_eq!(about, ["partition 1: /lib/ld.so", "partition 1: /etc", "partition 1: /etc/new"]);
}

#[test]
fn no_flip_panics_anywhere_in_the_chain() {
    let mut image = sound().to_vec();
    let ranges: Vec<_> = proved(&image).all().iter().flat_map(|link| link.bytes.clone()).collect();
    for range in ranges {
        let len = range.end - range.start;
        for at in [range.start, range.start + 4, range.start + len / 2, range.end - 1] {
            let at = at as usize;
            image[at] ^= 0xFF;
            let disk = Disk::from_bytes(&image);
            let _ = verify(&disk, Some(&BOARD), &Options::default()).to_string();
            image[at] ^= 0xFF;
        }
    }
}

mod uefi {
    //! The same files, started by UEFI.

    use bringup_spec::{Board, BootRom, Firmware, PartitionType, Soc};

    use super::*;
    use crate::testing::{self, ROOT_UUID, RootFiles, put_gpt};

    static SOC: Soc = Soc { name: "UEFI", boot_rom: BootRom::Uefi { suffix: "AA64" }, source: "a test" };
    const UEFI: Board = Board {
        soc: &SOC,
        firmware: Firmware::NONE,
        load: None,
        device_tree: None,
        root_storage: &[],
        ..BOARD
    };

    fn program() -> Vec<u8> {
        let mut bytes = testing::pe(0xAA64);
        bytes.extend(b"#### LoaderInfo: systemd-boot 257 ####");
        bytes
    }

    fn esp() -> RootFiles {
        let parts = Parts::default();
        let packed: Vec<(&str, u32, &[u8])> = parts
            .initramfs
            .iter()
            .map(|(path, (mode, bytes))| (path.as_str(), *mode, bytes.as_slice()))
            .collect();
        let mut kernel = arm64_image(16 << 20);
        let pe = testing::pe(0xAA64);
        kernel[..8].copy_from_slice(&pe[..8]);
        kernel[0x3C..pe.len()].copy_from_slice(&pe[0x3C..]);
        let entry =
            format!("title test\nlinux /vmlinuz-6.1-test\ninitrd /initrd\noptions root=UUID={ROOT_UUID}\n");
        [
            ("EFI/BOOT/BOOTAA64.EFI", program()),
            ("loader/loader.conf", b"timeout 3\n".to_vec()),
            ("loader/entries/test.conf", entry.into_bytes()),
            ("vmlinuz-6.1-test", kernel),
            ("initrd", cpio(&packed)),
        ]
        .into_iter()
        .map(|(path, bytes)| (path.to_owned(), (0o644, bytes)))
        .collect()
    }

    fn image(change: impl FnOnce(&mut RootFiles)) -> Vec<u8> {
        let mut files = esp();
        change(&mut files);
        let mut disk = vec![0; 22 << 20];
        disk[1 << 20..5 << 20].copy_from_slice(&testing::fat(&files));
        disk[5 << 20..21 << 20].copy_from_slice(&testing::ext4(&Parts::default().files));
        let [esp, linux] = [PartitionType::Esp, PartitionType::Linux].map(PartitionType::gpt_guid);
        put_gpt(&mut disk, &[(esp, 1 << 20, 4 << 20), (linux, 5 << 20, 16 << 20)]);
        disk
    }

    fn proved(image: &[u8]) -> Proof {
        verify(&Disk::from_bytes(image), Some(&UEFI), &Options::default())
    }

    #[test]
    fn the_fallback_program_reads_an_entry() {
        let image = image(|_| {});
        let proof = proved(&image);
        assert!(proof.is_whole(), "{proof}");
        let names: Vec<&str> = proof.all().iter().map(|link| link.name).take(6).collect();
        let expected = [
            "partition-table",
            "partition-table-backup",
            "efi-partition",
            "efi-program",
            "boot-menu",
            "kernel",
        ];
        assert_eq!(names, expected);
        let found = verify(&Disk::from_bytes(&image), None, &Options::default());
        assert_eq!((found.machine.as_str(), found.is_whole()), ("UEFI AA64", true), "{found}");
    }

    #[test]
    fn each_link_breaks_alone() {
        let path = "EFI/BOOT/BOOTAA64.EFI";
        only(
            &proved(&image(|files| drop(files.remove(path)))),
            "efi-program",
            "there is no `/EFI/BOOT/BOOTAA64.EFI`",
        );
        let foreign = (0o644, testing::pe(0x8664));
        let proof = proved(&image(|files| drop(files.insert(path.to_owned(), foreign))));
        only(&proof, "efi-program", "Machine is 0x8664, but it must be the firmware's own");
        let proof = proved(&image(|files| drop(files.remove("loader/entries/test.conf"))));
        only(&proof, "boot-menu", "there is neither an entry");
        let kernel = (0o644, arm64_image(16 << 20));
        let proof = proved(&image(|files| drop(files.insert("vmlinuz-6.1-test".to_owned(), kernel))));
        only(&proof, "kernel", "be `MZ`");
        let mut disk = image(|_| {});
        disk[(1 << 20) + 510] = 0;
        only(&proved(&disk), "efi-partition", "no file system is found");
        let mut disk = image(|_| {});
        let end = disk.len();
        disk[end - 512 + 56] ^= 1;
        only(
            &proved(&disk),
            "partition-table-backup",
            "the backup cannot be used: GPT header: its checksum is",
        );
    }
}

mod raspberry {
    //! The same root, behind a FAT partition with firmware.

    use bringup_spec::{Board, BootRom, Firmware, Soc};

    use super::*;
    use crate::testing::{self, COMPATIBLE, ROOT_UUID, RootFiles, put_mbr};

    static SOC: Soc =
        Soc { name: "BCM2711", boot_rom: BootRom::RaspberryPi { files: &["start4.elf"] }, source: "a test" };
    const PI: Board = Board { soc: &SOC, firmware: Firmware::NONE, ..BOARD };

    fn proved(change: impl FnOnce(&mut RootFiles)) -> Proof {
        let files = [
            ("start4.elf", b"firmware".to_vec()),
            ("config.txt", b"arm_64bit=1\nkernel=u-boot.bin\n".to_vec()),
            ("u-boot.bin", b"code, U-Boot 2025.01, and more code".to_vec()),
            ("sun50i-a64-pine64-lts.dtb", board_tree(COMPATIBLE)),
        ];
        let mut files = files.into_iter().map(|(path, bytes)| (path.to_owned(), (0o644, bytes))).collect();
        change(&mut files);
        let mut parts = Parts::default();
        let menu = format!(
            "label l\nkernel /boot/vmlinuz-6.1-test\ninitrd /boot/initrd\nappend root=UUID={ROOT_UUID}\n"
        );
        parts.files.insert("boot/extlinux/extlinux.conf".to_owned(), (0o644, menu.into_bytes()));
        let mut disk = vec![0; 1 << 20];
        disk.extend(testing::fat(&files));
        disk.extend(&parts.image()[ROOT_AT..]);
        put_mbr(&mut disk, &[(0, 0x0C, 1 << 20, 4 << 20), (0x80, 0x83, 5 << 20, 16 << 20)]);
        verify(&Disk::from_bytes(&disk), Some(&PI), &Options::default())
    }

    #[test]
    fn firmware_starts_u_boot_and_hands_on_its_device_tree() {
        let proof = proved(|_| {});
        assert!(proof.is_whole(), "{proof}");
        let tree = proof.link("device-tree").unwrap();
        assert!(
            tree.what.starts_with("the firmware's own, /sun50i-a64-pine64-lts.dtb: Test Board"),
            "{}",
            tree.what
        );
        assert_eq!(proof.link("initramfs-modules").unwrap().verdict, Verdict::Holds);
    }

    #[test]
    fn each_link_breaks_alone() {
        only(
            &proved(|files| drop(files.remove("start4.elf"))),
            "boot-rom",
            "partition 1 has no `start4.elf`",
        );
        only(&proved(|files| drop(files.remove("config.txt"))), "config-txt", "there is no `/config.txt`");
        only(&proved(|files| drop(files.remove("u-boot.bin"))), "next-stage", "there is no `/u-boot.bin`");
    }
}
