//! Images that others' tools made, from the store: genimage, sfdisk and mke2fs, sgdisk and mtools,
//! grub-mkimage, grub-mkrescue. Accepted when they are right; when one thing is wrong, it is named.

#[path = "verify/proof.rs"]
mod proof;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bringup_tests::every::tool;
use bringup_tests::{Image, bringup};
use proof::{Proof, verify};
use tempfile::TempDir;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");
const MIB: u64 = 1 << 20;

/// A folder with what an image of ours has, as plain files.
struct Workshop {
    image: Image,
    folder: TempDir,
}

impl Workshop {
    /// With all files of the root file system in the folder `root`.
    fn with_root_of(board: &str) -> Self {
        let image = Image::of(BRINGUP, board);
        let folder = tempfile::tempdir().unwrap();
        let shop = Self { image, folder };
        fs::create_dir(shop.path("root")).unwrap();
        let request = format!("rdump / {}", shop.name("root"));
        let device = format!("{}?offset={}", shop.image.path.display(), shop.image.root_offset());
        tool(BRINGUP, "debugfs", &["-R", &request, &device]);
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Bytes of our image.
    fn bytes(&self, at: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        File::open(&self.image.path).unwrap().read_exact_at(&mut bytes, at).unwrap();
        bytes
    }

    /// An empty disk with a partition table by sfdisk(8).
    fn sfdisk(&self, size: u64, script: &str) -> PathBuf {
        let disk = self.path("disk.img");
        File::create(&disk).unwrap().set_len(size).unwrap();
        let mut command = bringup(BRINGUP);
        command.args(["--quiet", "tool", "sfdisk", "--quiet"]).arg(&disk);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{script}");
        disk
    }

    /// Makes the root file system at `start` of the disk by mke2fs(8), under the UUID that its menu has.
    fn mke2fs(&self, disk: &Path, start: u64, size: u64) {
        let (offset, size) = (format!("offset={start}"), format!("{}k", size / 1024));
        let disk = disk.display().to_string();
        let uuid = self.image.root_uuid();
        let arguments =
            ["-q", "-t", "ext4", "-d", &self.name("root"), "-U", uuid, "-E", &offset, &disk, &size];
        tool(BRINGUP, "mke2fs", &arguments);
    }

    fn verify(&self, disk: &Path) -> Proof {
        verify(BRINGUP, disk, Some(&self.image.board))
    }
}

/// What dd(1) with `conv=notrunc` does.
fn put(disk: &Path, at: u64, bytes: &[u8]) {
    File::options().write(true).open(disk).unwrap().write_all_at(bytes, at).unwrap();
}

fn holds(proof: &Proof) {
    assert_eq!((proof.code, proof.with("broken")), (0, vec![]), "{:#}", proof.json);
    assert_eq!(proof.link("kernel").verdict, "holds");
}

/// That link is broken for that reason, and no other is.
fn breaks(proof: &Proof, link: &str, says: &str) {
    let broken = proof.with("broken");
    let [(name, what)] = &broken[..] else { panic!("{broken:?}") };
    assert_eq!((name.as_str(), proof.code), (link, 1), "{what}");
    assert!(what.contains(says), "{what}");
}

/// As Buildroot's `board/orangepi/orangepi-pc/genimage.cfg` has it: U-Boot at 8 KiB, then one partition.
#[test]
fn genimage_with_u_boot_at_8_kib() {
    let shop = Workshop::with_root_of("orangepi-pc-plus");
    fs::create_dir(shop.path("in")).unwrap();
    fs::write(shop.path("in/u-boot.bin"), shop.bytes(8 << 10, 700 << 10)).unwrap();
    let configuration = |offset: &str| {
        let uuid = shop.image.root_uuid();
        format!(
            "image rootfs.ext4 {{ ext4 {{ extraargs = \"-U {uuid}\" }} size = 160M }}\n\
             image sdcard.img {{\n\
             hdimage {{ }}\n\
             partition u-boot {{ in-partition-table = \"no\" image = \"u-boot.bin\" offset = {offset} }}\n\
             partition rootfs {{ partition-type = 0x83 bootable = \"true\" image = \"rootfs.ext4\" }}\n\
             }}\n"
        )
    };
    let [root, inputs, outputs, scratch] = ["root", "in", "out", "tmp"].map(|name| shop.name(name));
    let config = shop.name("genimage.cfg");
    let disk = shop.path("out/sdcard.img");
    for (offset, is_right) in [("8K", true), ("16K", false)] {
        fs::write(&config, configuration(offset)).unwrap();
        let folders = ["--rootpath", &root, "--inputpath", &inputs, "--outputpath", &outputs];
        let rest = ["--tmppath", &scratch, "--config", &config];
        tool(BRINGUP, "genimage", &[&folders[..], &rest[..]].concat());
        match is_right {
            true => {
                holds(&shop.verify(&disk));
                let unnamed = verify(BRINGUP, &disk, None);
                assert!(unnamed.fits().contains(&"orangepi-pc-plus"), "{:?}", unnamed.fits());
            }
            false => breaks(&shop.verify(&disk), "boot-rom", "no `eGON.BT0` header at 8 KiB"),
        }
    }
}

/// By hand, as many wikis tell: sfdisk, dd, mke2fs.
#[test]
fn sfdisk_and_dd_with_u_boots_count_and_offset() {
    let shop = Workshop::with_root_of("beaglebone-black");
    let disk = shop.sfdisk(180 * MIB, "label: dos\nstart=8192, type=83, bootable\n");
    shop.mke2fs(&disk, 4 * MIB, 170 * MIB);
    let [mlo, copy, stage] = ["MLO", "MLO (copy)", "u-boot.img"].map(|name| shop.image.firmware_offset(name));
    let mlo = shop.bytes(mlo, 112 << 10);
    let stage_bytes = shop.bytes(stage, 800 << 10);
    put(&disk, 128 << 10, &mlo);
    put(&disk, copy, &mlo);
    // A widely used table has count and offset swapped: 768 sectors at sector 1,024.
    put(&disk, 1024 * 512, &stage_bytes[..768 * 512]);
    breaks(&shop.verify(&disk), "next-stage", "at 384 KiB");
    put(&disk, 768 * 512, &stage_bytes);
    holds(&shop.verify(&disk));
    // And cut after 768 sectors, where it has more.
    put(&disk, (768 + 768) * 512, &vec![0; (800 << 10) - 768 * 512]);
    breaks(&shop.verify(&disk), "next-stage", "at 384 KiB");
}

/// A GPT's entries at their usual place go through an SPL at 8 KiB, which sgdisk(8) has no objection to.
#[test]
fn gpt_entries_through_an_spl() {
    let shop = Workshop::with_root_of("orangepi-pc-plus");
    let disk = shop.path("disk.img");
    File::create(&disk).unwrap().set_len(180 * MIB).unwrap();
    let path = disk.display().to_string();
    put(&disk, 8 << 10, &shop.bytes(8 << 10, 700 << 10));
    let options = ["--clear", "--new=1:2048:+170M", "--typecode=1:8300", "--attributes=1:set:2"];
    tool(BRINGUP, "sgdisk", &[&options[..], &[&path]].concat());
    shop.mke2fs(&disk, MIB, 170 * MIB);
    assert!(tool(BRINGUP, "sgdisk", &["--verify", &path]).contains("No problems found"));
    breaks(&shop.verify(&disk), "boot-rom", "eGON.BT0");
    // Whoever writes the SPL last spoils the table instead: sgdisk would see it, and so do we.
    put(&disk, 8 << 10, &shop.bytes(8 << 10, 700 << 10));
    breaks(&shop.verify(&disk), "partition-table", "checksum");
}

/// An EFI system partition by mtools, its files copied out of ours.
#[test]
fn an_esp_by_mtools() {
    let shop = Workshop::with_root_of("x86_64-efi");
    let disk = shop.path("disk.img");
    File::create(&disk).unwrap().set_len(320 * MIB).unwrap();
    let path = disk.display().to_string();
    let options =
        ["--clear", "--new=1:2048:+64M", "--typecode=1:EF00", "--new=2:0:+250M", "--typecode=2:8304"];
    tool(BRINGUP, "sgdisk", &[&options[..], &[&path]].concat());
    shop.mke2fs(&disk, 65 * MIB, 250 * MIB);
    let esp = format!("{path}@@{MIB}");
    tool(BRINGUP, "mformat", &["-i", &esp, "-F", "-T", "131072", "-h", "64", "-s", "32", "::"]);
    let ours = format!("{}@@{}", shop.image.path.display(), shop.image.partition("esp")["start_bytes"]);
    let files = shop.name("files");
    fs::create_dir(&files).unwrap();
    tool(BRINGUP, "mcopy", &["-s", "-i", &ours, "::/", &files]);
    let copy = |name: &str| tool(BRINGUP, "mcopy", &["-s", "-i", &esp, &format!("{files}/{name}"), "::/"]);
    copy("loader");
    copy("tiny");
    breaks(&shop.verify(&disk), "efi-program", "there is no `/EFI/BOOT/BOOTX64.EFI`");
    copy("EFI");
    holds(&shop.verify(&disk));
    tool(BRINGUP, "sgdisk", &["--typecode=1:0700", &path]);
    breaks(&shop.verify(&disk), "efi-partition", "no partition is an EFI system partition");
}

/// grub-mkimage's core behind GRUB's boot sector.
#[test]
fn grub_mkimage_on_a_bios() {
    let shop = Workshop::with_root_of("x86_64-bios");
    let disk = shop.sfdisk(260 * MIB, "label: dos\nstart=2048, type=83, bootable\n");
    shop.mke2fs(&disk, MIB, 250 * MIB);
    put(&disk, 0, &shop.bytes(0, 440));
    let core = shop.name("core.img");
    let mkimage = |prefix: &str, modules: &[&str]| {
        let options = ["-O", "i386-pc", "-o", &core, "-p", prefix, "biosdisk", "part_msdos", "normal"];
        tool(BRINGUP, "grub-mkimage", &[&options[..], modules].concat());
        put(&disk, 512, &fs::read(&core).unwrap());
    };
    let modules = ["ext2", "linux", "search_fs_uuid", "test", "serial", "terminal"];
    mkimage("(hd0,msdos1)/boot/grub", &modules);
    holds(&shop.verify(&disk));
    assert!(verify(BRINGUP, &disk, None).fits().contains(&"x86_64-bios"));
    mkimage("(hd0,msdos2)/boot/grub", &modules);
    breaks(&shop.verify(&disk), "grub-core", "but the disk has msdos1");
    mkimage("(hd0,msdos1)/boot/grub", &modules[1..]);
    breaks(&shop.verify(&disk), "grub-core", "no module `ext2`");
}

/// A CD that is a disk, too: what is on its own file system is not read, but nothing is called broken.
#[test]
fn grub_mkrescues_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::create_dir_all(path("files/boot/grub")).unwrap();
    fs::write(path("files/boot/grub/grub.cfg"), "menuentry x { linux /vmlinuz }\n").unwrap();
    tool(BRINGUP, "grub-mkrescue", &["-o", &path("rescue.iso"), &path("files")]);
    let disk = folder.path().join("rescue.iso");
    let proof = verify(BRINGUP, &disk, Some("x86_64-bios"));
    assert_eq!(proof.with("broken"), [], "{:#}", proof.json);
    let [rom, core] = ["boot-rom", "grub-core"].map(|name| proof.link(name));
    assert_eq!([rom.verdict, core.verdict.clone()], ["holds", "holds"]);
    put(&disk, core.bytes[1].0 + 8000, &[0x5A; 64]);
    breaks(&verify(BRINGUP, &disk, Some("x86_64-bios")), "grub-core", "");
}
