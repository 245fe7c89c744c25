//! Files in a finished image: listed, copied out and in, removed, and other people's tools find the
//! file systems clean afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bringup_tests::copy::ImageCopy;
use bringup_tests::every::tool;
use bringup_tests::files::names;
use bringup_tests::{Image, bringup, expect_code};
use serde_json::Value;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// A copy of a board's image, with the tests' own words for places in it.
struct Shop<'a> {
    copy: ImageCopy<'a>,
    image: &'a Image,
}

impl<'a> Shop<'a> {
    fn of(image: &'a Image) -> Self {
        Self { copy: ImageCopy::of(BRINGUP, image), image }
    }

    fn place(&self, rest: &str) -> String {
        format!("{}:{rest}", self.copy.path.display())
    }

    fn file(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.copy.scratch(name);
        fs::write(&path, contents).unwrap();
        path
    }

    fn read(&self, rest: &str) -> String {
        expect_code(command("copy").arg(self.place(rest)).arg("-"), 0).0
    }

    fn put(&self, file: &Path, rest: &str) -> String {
        expect_code(command("copy").arg(file).arg(self.place(rest)), 0).1
    }

    fn rm(&self, rest: &str) {
        expect_code(command("rm").arg("-r").arg(self.place(rest)), 0);
    }

    /// The line of a listing that has this name.
    fn entry(&self, folder: &str, name: &str) -> Option<Value> {
        let (text, _) = expect_code(command("ls").arg("--json").arg(self.place(folder)), 0);
        let list: Value = serde_json::from_str(&text).unwrap();
        list.as_array().unwrap().iter().find(|entry| entry["name"] == name).cloned()
    }

    /// What debugfs(8) reads there.
    fn debugfs(&self, request: &str) -> String {
        let device = format!("{}?offset={}", self.copy.path.display(), self.image.root_offset());
        tool(BRINGUP, "debugfs", &["-R", request, &device])
    }

    fn is_clean(&self) {
        let device = format!("{}?offset={}", self.copy.path.display(), self.image.root_offset());
        tool(BRINGUP, "e2fsck", &["-fn", &device]);
    }
}

fn command(name: &str) -> Command {
    let mut command = bringup(BRINGUP);
    command.arg(name);
    command
}

#[test]
fn a_file_of_root_is_read_replaced_added_and_removed() {
    let image = Image::of(BRINGUP, "qemu-aarch64");
    let shop = Shop::of(&image);
    let (partitions, _) = expect_code(command("ls").arg(&shop.copy.path), 0);
    assert!(
        partitions.lines().any(|line| line.contains(" root ") && line.contains(" ext4 ")),
        "{partitions}"
    );
    let before = shop.read("/etc/hostname");
    assert_eq!(shop.debugfs("cat /etc/hostname").lines().next(), before.lines().next());

    let hostname = shop.file("hostname", b"another\n");
    shop.put(&hostname, "/etc/");
    assert_eq!(shop.read("root:/etc/hostname"), "another\n");
    assert!(shop.debugfs("cat /etc/hostname").contains("another"));
    shop.is_clean();

    // Large enough for several extents, under a name that tools could misread.
    let large: Vec<u8> = (0..3_000_001_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let file = shop.file("large", &large);
    let mut copy = command("copy");
    copy.arg(&file).arg(shop.place("/etc/a \"b\" [c] $d")).args(["--mode", "4750", "--owner", "1000:70000"]);
    expect_code(&mut copy, 0);
    let entry = shop.entry("/etc", "a \"b\" [c] $d").unwrap();
    assert_eq!(
        (&entry["mode"], &entry["owner"], &entry["group"]),
        (&"4750".into(), &1000.into(), &70000.into())
    );
    let out = shop.copy.scratch("out");
    expect_code(command("copy").arg(shop.place("/etc/a \"b\" [c] $d")).arg(&out), 0);
    assert!(fs::read(&out).unwrap() == large);
    shop.rm("/etc/a \"b\" [c] $d");
    assert!(shop.entry("/etc", "a \"b\" [c] $d").is_none());
    shop.is_clean();

    // A directory with all that is in it.
    let (_, error) = expect_code(command("rm").arg(shop.place("/boot")), 2);
    assert!(error.contains("is a directory that is not empty\nhelp: `-r`"), "{error}");
    shop.rm("/boot");
    assert!(shop.entry("/", "boot").is_none());
    shop.is_clean();
}

#[test]
fn the_same_edit_gives_the_same_bytes_and_says_what_no_longer_holds() {
    let image = Image::of(BRINGUP, "qemu-aarch64");
    let shops = [Shop::of(&image), Shop::of(&image)];
    for shop in &shops {
        fs::copy(image.path.with_extension("json"), shop.copy.path.with_extension("json")).unwrap();
        shop.file("copy.img.bmap", b"");
        let motd = shop.file("motd", b"hello\n");
        let time = fs::metadata(&image.path).unwrap().modified().unwrap();
        fs::File::options().write(true).open(&motd).unwrap().set_modified(time).unwrap();
        fs::File::options().write(true).open(&shop.copy.path).unwrap().set_modified(time).unwrap();
        let said = shop.put(&motd, "/etc/motd");
        assert!(said.contains("tell of the image as it was built"), "{said}");
        assert!(said.contains("copy.img.bmap` was of the image as it was, and is removed"), "{said}");
        // Nothing is left beside it.
        assert_eq!(names(shop.copy.path.parent().unwrap()), ["copy.img", "copy.json", "motd"]);
    }
    bringup_tests::files::expect_same_bytes(&shops[0].copy.path, &shops[1].copy.path);
}

#[test]
fn a_file_of_the_efi_partition_is_read_added_and_removed() {
    let image = Image::of(BRINGUP, "x86_64-efi");
    let shop = Shop::of(&image);
    let start = image.partition("esp")["start_bytes"].as_u64().unwrap();
    let device = format!("{}@@{start}", shop.copy.path.display());
    let note = shop.file("note", b"a long name in FAT\n");
    shop.put(&note, "esp:/efi/A note [1].txt");
    assert_eq!(shop.read("esp:/EFI/a NOTE [1].TXT"), "a long name in FAT\n");
    assert!(tool(BRINGUP, "mdir", &["-b", "-i", &device, "::/EFI"]).contains("/A note [1].txt"));
    shop.put(&note, "1:/efi/a note [1].txt");
    let loader = expect_code(command("ls").arg(shop.place("esp:/EFI/BOOT")), 0).0;
    assert!(loader.to_lowercase().contains("bootx64.efi"), "{loader}");
    shop.rm("esp:/EFI/A note [1].txt");
    shop.rm("esp:/loader");
    assert!(shop.entry("esp:/EFI", "A note [1].txt").is_none() && shop.entry("esp:/", "loader").is_none());
    let (_, error) = expect_code(command("rm").arg(shop.place("esp:/loader")), 2);
    assert!(error.contains("there is no `/loader`"), "{error}");
}

#[test]
fn what_does_not_fit_leaves_the_image_as_it_was() {
    let image = Image::of(BRINGUP, "qemu-aarch64");
    let shop = Shop::of(&image);
    let large = shop.copy.scratch("large");
    fs::File::create(&large).unwrap();
    // More than a tiny root has free, and no hole.
    let bytes: Vec<u8> = (0..1 << 20).map(|n: u32| (n | 1) as u8).collect();
    let len = image.partition("root")["len_bytes"].as_u64().unwrap();
    fs::write(&large, bytes.repeat((len >> 20) as usize)).unwrap();
    let (_, error) = expect_code(command("copy").arg(&large).arg(shop.place("/large")), 1);
    assert!(error.contains("`debugfs` did not do it"), "{error}");
    bringup_tests::files::expect_same_bytes(&shop.copy.path, &image.path);
    assert_eq!(names(shop.copy.path.parent().unwrap()), ["copy.img", "large"]);
}

#[test]
fn a_copy_is_into_an_image_or_out_of_one() {
    for (from, to) in [("a", "b"), ("a.img:/x", "b.img:/x")] {
        let (_, error) = expect_code(command("copy").args([from, to]), 2);
        assert!(error.contains("help: a place is `IMAGE:/PATH` or `IMAGE:PARTITION:/PATH`"), "{error}");
    }
}
