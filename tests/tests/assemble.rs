//! `bringup assemble` beside genimage itself, from the store: the same configurations, the same files.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use bringup_tests::{bringup, expect_code};
use tempfile::TempDir;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// The configurations, what they include, and how many images each makes that are not temporary.
const DISKS: (&str, usize) = ("disks.cfg", 15);
const FILES: (&str, usize) = ("files.cfg", 4);

/// A folder where both programs are run, so that all paths are the same.
struct Shop {
    folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        let shop = Self { folder: tempfile::tempdir().unwrap() };
        let configurations = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/assemble");
        for entry in fs::read_dir(configurations).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, shop.folder.path().join(path.file_name().unwrap())).unwrap();
        }
        let inputs = [
            ("spl.bin", 20_000, 3),
            ("boot.bin", 300 << 10, 5),
            ("boot0.bin", 300 << 10, 7),
            ("root.bin", (1 << 20) + 3, 11),
            ("holed.bin", 100_000, 13),
            ("sub/deep/file.txt", 100, 17),
        ];
        for (name, len, step) in inputs {
            let bytes: Vec<u8> = (0..len).map(|index| (index * step % 251 + 1) as u8).collect();
            shop.file(&format!("input/{name}"), &bytes);
        }
        for name in ["boot/vmlinuz", "etc/hostname", "usr/bin/program", "usr/share/doc/a", "var/lib/x"] {
            shop.file(&format!("root/{name}"), name.repeat(500).as_bytes());
        }
        symlink("vmlinuz", shop.folder.path().join("root/boot/linux")).unwrap();
        shop
    }

    fn file(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command: Command = bringup(BRINGUP);
        command.arg("--quiet").args(arguments).current_dir(self.folder.path());
        expect_code(command.env("SOURCE_DATE_EPOCH", "1700000000"), 0).0
    }

    /// Both programs' images of one configuration: `theirs` and `ours`; their names.
    fn both(&self, (configuration, count): (&str, usize)) -> Vec<String> {
        let common =
            ["--config", configuration, "--rootpath", "root", "--inputpath", "input", "--outputpath"];
        self.run(&[&["tool", "genimage", "--tmppath", "tmp"], &common[..], &["theirs"]].concat());
        self.run(&[&["assemble"], &common[..], &["ours"]].concat());
        let names = |folder: &str| {
            let entries = fs::read_dir(self.folder.path().join(folder)).unwrap();
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        assert_eq!(names("ours"), names("theirs"));
        assert_eq!(names("ours").len(), count);
        names("ours")
    }

    fn image(&self, folder: &str, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(folder).join(name)).unwrap()
    }

    /// What a tool says of both programs' image, without their folders' names, in order.
    fn said(&self, program: &str, name: &str, arguments: &dyn Fn(&str) -> Vec<String>) -> [Vec<String>; 2] {
        ["ours", "theirs"].map(|folder| {
            let arguments = arguments(&format!("{folder}/{name}"));
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let text = self.run(&[&["tool", program], &arguments[..]].concat());
            let mut lines: Vec<String> = text.lines().map(|line| line.replace(folder, "")).collect();
            lines.sort();
            lines
        })
    }
}

#[test]
fn disks_are_genimages_own_to_the_byte() {
    let shop = Shop::new();
    for name in shop.both(DISKS) {
        let (ours, theirs) = (shop.image("ours", &name), shop.image("theirs", &name));
        let differs = ours.iter().zip(&theirs).position(|(one, other)| one != other);
        assert_eq!((ours.len(), differs), (theirs.len(), None), "{name}");
    }
}

#[test]
fn file_systems_are_in_the_same_places_with_the_same_files() {
    let shop = Shop::new();
    shop.both(FILES);
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let [ours, theirs] = shop.said("sfdisk", "disk.img", &|image| words(&["--dump", image]));
    assert_eq!(ours, theirs);
    assert!(ours.iter().any(|line| line.contains("type=83")), "{ours:#?}");
    let [ours, theirs] = shop.said("mdir", "boot.vfat", &|image| words(&["-/", "-b", "-i", image, "::"]));
    assert_eq!(ours, theirs);
    assert!(ours.contains(&"::/EFI/BOOT/bootx64.efi".to_owned()), "{ours:#?}");
    let [ours, theirs] = shop.said("debugfs", "root.ext4", &|image| words(&["-R", "ls -p /", image]));
    let names = |lines: &[String]| {
        let name = |line: &String| line.split('/').nth(5).unwrap_or_default().to_owned();
        let mut names: Vec<String> = lines.iter().map(name).collect();
        names.sort();
        names
    };
    assert_eq!(names(&ours), names(&theirs));
    shop.run(&["tool", "e2fsck", "-fn", "ours/root.ext4"]);
    shop.run(&["tool", "fsck.fat", "-n", "ours/boot.vfat"]);
}
