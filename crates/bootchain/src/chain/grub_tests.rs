//! A PC's BIOS starts GRUB: each link broken by one change.

use bringup_board_x86_64_bios::BOARD;
use bringup_spec::Board;

use super::tests::only;
use super::*;
use crate::Verdict;
use crate::testing::grub::Grub;

/// Without storage that is found by its modules' names.
const PC: Board = Board { root_storage: &[], ..BOARD };

fn proved(image: &[u8]) -> Proof {
    verify(&Disk::from_bytes(image), Some(&PC), &Options::default())
}

fn grub(change: impl FnOnce(&mut Grub)) -> Proof {
    let mut grub = Grub::default();
    change(&mut grub);
    proved(&grub.image().0)
}

#[test]
fn a_sound_disk_holds_from_sector_0_to_programs() {
    let proof = grub(|_| {});
    assert!(proof.is_whole(), "{proof}");
    assert!(proof.all().iter().all(|link| link.verdict == Verdict::Holds), "{proof}");
    let core = proof.link("grub-core").unwrap();
    assert!(core.what.ends_with("5 modules, prefix `(,msdos1)/boot/grub`"), "{}", core.what);
}

#[test]
fn a_changed_byte_of_the_compressed_part_is_found() {
    let (mut image, stream) = Grub::default().image();
    // The last bytes are the stream's end, which nothing reads.
    for at in stream.clone().take(stream.len() - 8).step_by(7) {
        image[at] ^= 0x10;
        only(&proved(&image), "grub-core", "");
        image[at] ^= 0x10;
    }
}

#[test]
fn the_core_image_has_the_modules_that_it_takes() {
    for (name, what) in [
        ("biosdisk", "it has no module that reads disks, such as `biosdisk`"),
        ("part_msdos", "it has no module `part_msdos`, but the disk has an MBR"),
        ("ext2", "it has no module `ext2`, but partition 1 is ext4"),
        ("normal", "it has no module `normal`, and there is no `/boot/grub/i386-pc/normal.mod`"),
        ("linux", "it has no module `linux`, and there is no `/boot/grub/i386-pc/linux.mod`"),
    ] {
        only(&grub(|grub| grub.modules.retain(|module| *module != name)), "grub-core", what);
    }
    // Beside the menu, modules are found as well.
    let proof = grub(|grub| {
        grub.modules.retain(|module| *module != "linux");
        grub.files.insert("boot/grub/i386-pc/linux.mod".to_owned(), (0o644, b"module".to_vec()));
    });
    assert!(proof.is_whole(), "{proof}");
}

#[test]
fn the_prefix_is_a_folder_that_is_there() {
    let to = |prefix: &str| grub(|grub| grub.prefix = prefix.to_owned());
    only(&to("(,msdos2)/boot/grub"), "grub-core", "on (,msdos2), but the disk has msdos1");
    only(&to("(,gpt1)/boot/grub"), "grub-core", "on (,gpt1), but the disk has msdos1");
    only(&to("(hd1,msdos1)/boot/grub"), "grub-core", "the disk that a BIOS starts is hd0");
    only(&to("(,msdos1)/grub"), "grub-core", "a folder of partition 1: there is no `/grub`");
    assert!(to("(hd0,1)/boot/grub").is_whole());
    // The menu is looked for there and nowhere else.
    only(&to("(,msdos1)/sbin"), "boot-menu", "there is no `/sbin/grub.cfg`");
    let search = |uuid: &str| format!("search.fs_uuid {uuid} root\nset prefix=($root)'/boot/grub'\n");
    assert!(grub(|grub| grub.config = search(crate::testing::ROOT_UUID)).is_whole());
    only(&grub(|grub| grub.config = search("1-2")), "grub-core", "it searches");
    assert_eq!(
        to("(memdisk)/grub").link("boot-menu").unwrap().what,
        "its menu is on (memdisk), which is no disk"
    );
}

#[test]
fn the_menu_starts_a_kernel() {
    only(&grub(|grub| grub.menu = "set timeout=1\n".to_owned()), "boot-menu", "has no entry to start");
    only(&grub(|grub| drop(grub.files.remove("boot/vmlinuz"))), "kernel", "there is no `/boot/vmlinuz`");
    only(&grub(|grub| drop(grub.files.remove("boot/initrd"))), "initramfs", "there is no `/boot/initrd`");
}
