//! A kernel, its initramfs and its command line in one program: each part broken by one change.

use bringup_board_pine64_lts::BOARD;
use bringup_spec::{Board, BootRom, Firmware, PartitionType, Soc};

use super::tests::only;
use super::*;
use crate::Verdict;
use crate::testing::{self, Parts, ROOT_UUID, RootFiles, cpio, put_gpt, uki};

static SOC: Soc = Soc { name: "UEFI", boot_rom: BootRom::Uefi { suffix: "AA64" }, source: "a test" };
const UEFI: Board =
    Board { soc: &SOC, firmware: Firmware::NONE, load: None, device_tree: None, root_storage: &[], ..BOARD };

const FALLBACK: &str = "EFI/BOOT/BOOTAA64.EFI";

fn proved(files: &RootFiles) -> Proof {
    let mut disk = vec![0; 22 << 20];
    disk[1 << 20..5 << 20].copy_from_slice(&testing::fat(files));
    disk[5 << 20..21 << 20].copy_from_slice(&testing::ext4(&Parts::default().files));
    let [esp, linux] = [PartitionType::Esp, PartitionType::Linux].map(PartitionType::gpt_guid);
    put_gpt(&mut disk, &[(esp, 1 << 20, 4 << 20), (linux, 5 << 20, 16 << 20)]);
    verify(&Disk::from_bytes(&disk), Some(&UEFI), &Options::default())
}

fn initramfs() -> Vec<u8> {
    let parts = Parts::default();
    let files: Vec<(&str, u32, &[u8])> =
        parts.initramfs.iter().map(|(path, (mode, bytes))| (path.as_str(), *mode, &bytes[..])).collect();
    cpio(&files)
}

fn started(image: Vec<u8>) -> Proof {
    proved(&RootFiles::from([(FALLBACK.to_owned(), (0o644, image))]))
}

fn sound() -> (Vec<u8>, usize, usize) {
    uki::image(&initramfs(), Some(&format!("root=UUID={ROOT_UUID} rw")))
}

#[test]
fn firmware_starts_it_and_its_sections_are_the_chain() {
    let proof = started(sound().0);
    assert!(proof.is_whole(), "{proof}");
    let names: Vec<&str> = proof.all().iter().map(|link| link.name).skip(2).collect();
    let expected = [
        "efi-partition",
        "efi-program",
        "kernel",
        "initramfs",
        "initramfs-init",
        "initramfs-modules",
        "root",
        "root-init",
        "root-programs",
    ];
    assert_eq!(names, expected);
    assert!(proof.link("kernel").unwrap().what.starts_with("`.linux` of /EFI/BOOT/BOOTAA64.EFI"), "{proof}");
}

#[test]
fn each_section_breaks_alone() {
    let change = |change: fn(&mut (Vec<u8>, usize, usize))| {
        let mut image = sound();
        change(&mut image);
        started(image.0)
    };
    only(&change(|(image, linux, _)| image[*linux] = 0), "kernel", "be `MZ`");
    only(&change(|(image, linux, _)| image[*linux + 0x44] = 0), "kernel", "Machine is 0xaa00");
    only(&change(|(image, _, initrd)| image[*initrd] = 1), "initramfs", "cpio archive at byte 0");
    only(&change(|(image, ..)| image[0x44] = 0), "efi-program", "Machine is");
    let proof = started(uki::image(&initramfs(), None).0);
    only(&proof, "root", "has no root=");
    let proof = started(uki::image(&initramfs(), Some("root=UUID=0")).0);
    only(&proof, "root", "root=UUID=0 names none of");
    let proof = started(uki::image(&cpio(&[("bin", 0o40_755, b"")]), Some("root=/dev/sda2")).0);
    assert_eq!(proof.broken()[0].name, "initramfs-init", "{proof}");
}

#[test]
fn systemd_boot_starts_the_newest() {
    let mut loader = testing::pe(0xAA64);
    loader.extend(b"#### LoaderInfo: systemd-boot 257 ####");
    let files = |name: &str, image: Vec<u8>| {
        let others =
            [(FALLBACK, loader.clone()), ("EFI/Linux/linux-6.0.efi", b"old".to_vec()), (name, image)];
        others.into_iter().map(|(path, bytes)| (path.to_owned(), (0o644, bytes))).collect::<RootFiles>()
    };
    let proof = proved(&files("EFI/Linux/linux-6.1.efi", sound().0));
    assert!(proof.is_whole(), "{proof}");
    let menu = proof.link("boot-menu").unwrap();
    assert_eq!(menu.what, "starts `/EFI/Linux/linux-6.1.efi`, a unified kernel image");
    let proof = proved(&files("EFI/Linux/linux-6.1.efi", b"no program".to_vec()));
    only(&proof, "boot-menu", "/EFI/Linux/linux-6.1.efi");
    assert_eq!(proof.link("kernel").unwrap().verdict, Verdict::NotReached);
}
