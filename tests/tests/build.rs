//! The image by other people's tools, and the same bytes whoever builds it where.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use bringup_tests::{Image, bringup, expect_code};
use serde_json::Value;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// What a tool from the store prints about an image.
fn tool(program: &str, arguments: &[&str]) -> String {
    let (stdout, stderr) =
        expect_code(bringup(BRINGUP).args(["--quiet", "tool", program]).args(arguments), 0);
    stdout + &stderr
}

/// The value behind `key` in a line `key   value`, as dumpe2fs prints.
fn field<'a>(text: &'a str, key: &str) -> &'a str {
    let line =
        text.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("no {key} in {text}"));
    line[key.len()..].trim()
}

fn root_device(image: &Image) -> String {
    format!("{}?offset={}", image.path.display(), image.root_offset())
}

#[test]
fn sfdisk_agrees_with_the_manifest() {
    let image = Image::pine64(BRINGUP);
    let path = image.path.to_str().unwrap();
    let dump: Value = serde_json::from_str(&tool("sfdisk", &["--json", path])).unwrap();
    let table = &dump["partitiontable"];
    assert_eq!(table["label"], "dos");
    assert_eq!(table["id"], image.manifest["disk"]["id"]);
    let found = table["partitions"].as_array().unwrap();
    let planned = image.manifest["partitions"].as_array().unwrap();
    assert_eq!(found.len(), planned.len());
    for (found, planned) in found.iter().zip(planned) {
        let sectors = |key: &str| planned[key].as_u64().unwrap() / 512;
        assert_eq!(found["start"], sectors("start_bytes"));
        assert_eq!(found["size"], sectors("len_bytes"));
        assert_eq!(found["type"], "83");
        assert_eq!(found["bootable"], planned["bootable"]);
    }
    assert!(tool("sfdisk", &["--verify", path]).contains("No errors detected"));
}

#[test]
fn e2fsprogs_find_the_root_clean_and_as_planned() {
    let image = Image::pine64(BRINGUP);
    let device = root_device(&image);
    let check = tool("e2fsck", &["-fn", &device]);
    assert!(check.contains("Pass 5") && !check.contains("Fix?"), "{check}");
    let planned = &image.manifest["partitions"][0]["file_system"];
    // dumpe2fs takes a name with an equals sign for a tag, so it gets the partition by itself.
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("root.ext4");
    let mut partition = File::open(&image.path).unwrap();
    partition.seek(SeekFrom::Start(image.root_offset())).unwrap();
    std::io::copy(&mut partition, &mut File::create(&alone).unwrap()).unwrap();
    let header = tool("dumpe2fs", &["-h", alone.to_str().unwrap()]);
    assert_eq!(field(&header, "Filesystem UUID:"), planned["uuid"]);
    assert_eq!(field(&header, "Filesystem volume name:"), planned["label"]);
    assert_eq!(field(&header, "Filesystem state:"), "clean");
    let blocks: u64 = field(&header, "Block count:").parse().unwrap();
    assert_eq!(blocks * 4096, planned["size_bytes"].as_u64().unwrap());
    // The record asks for 64 MiB.
    let free: u64 = field(&header, "Free blocks:").parse().unwrap();
    assert_eq!(free * 4096, 64 << 20);
    assert!(field(&header, "Filesystem features:").contains("metadata_csum"));
}

#[test]
fn every_claim_and_every_byte_of_the_disk_has_an_owner() {
    let image = Image::pine64(BRINGUP);
    let mut at = 0;
    for claim in image.manifest["claims"].as_array().unwrap() {
        assert_eq!(claim["start_bytes"], at, "{claim}");
        at += claim["len_bytes"].as_u64().unwrap();
    }
    assert_eq!(image.manifest["disk"]["size_bytes"], at);
    assert_eq!(fs::metadata(&image.path).unwrap().len(), at);
    // What nobody owns is zero.
    let file = File::open(&image.path).unwrap();
    for claim in image.manifest["claims"].as_array().unwrap().iter().filter(|claim| claim["owner"] == "gap") {
        let mut bytes = vec![1; claim["len_bytes"].as_u64().unwrap() as usize];
        file.read_exact_at(&mut bytes, claim["start_bytes"].as_u64().unwrap()).unwrap();
        assert!(bytes.iter().all(|byte| *byte == 0), "{claim}");
    }
}

#[test]
fn the_boot_rom_finds_its_header_at_8_kib() {
    let image = Image::pine64(BRINGUP);
    let firmware = &image.manifest["firmware"][0];
    assert_eq!(firmware["offset_bytes"], 8192);
    let mut bytes = vec![0; firmware["len_bytes"].as_u64().unwrap() as usize];
    File::open(&image.path).unwrap().read_exact_at(&mut bytes, 8192).unwrap();
    assert_eq!(&bytes[4..12], b"eGON.BT0");
    // U-Boot, include/sunxi_image.h and tools/mksunxiboot.c: the sum of all words, with the field
    // of the sum as 0x5F0A6C39, is in that field.
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let len = word(16) as usize;
    let sum = (0..len)
        .step_by(4)
        .filter(|at| *at != 12)
        .fold(0x5F0A_6C39_u32, |sum, at| sum.wrapping_add(word(at)));
    assert_eq!(sum, word(12));
    // And a FIT where the SPL looks for it, 32 KiB further (magic of a flattened device tree).
    assert_eq!(&bytes[32768..32772], [0xD0, 0x0D, 0xFE, 0xED]);
}

#[test]
fn the_manifest_names_what_is_in_the_image() {
    let image = Image::pine64(BRINGUP);
    let release = image.manifest["kernel_release"].as_str().unwrap();
    let paths: Vec<&str> = image.manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    let wanted = ["config", "initrd.img", "vmlinuz"].map(|name| format!("/boot/{name}-{release}"));
    for path in wanted.iter().map(String::as_str).chain(["/boot/extlinux/extlinux.conf"]) {
        assert!(paths.contains(&path), "{path} is not among {paths:?}");
    }
    let menu = tool("debugfs", &["-R", "cat /boot/extlinux/extlinux.conf", &root_device(&image)]);
    assert!(
        menu.contains(image.manifest["partitions"][0]["file_system"]["uuid"].as_str().unwrap()),
        "{menu}"
    );
    assert!(menu.contains(&format!("fdtdir /usr/lib/linux-image-{release}/")) && !menu.contains("console="));
    let text = fs::read_to_string(image.path.with_extension("json")).unwrap();
    for secret in ["http:", "https:", env!("CARGO_MANIFEST_DIR"), "/tmp/", "/home/"] {
        assert!(!text.contains(secret), "the manifest has `{secret}`");
    }
}

/// Builds elsewhere: another folder, umask, time zone, number of jobs, a store of its own.
fn build_elsewhere(folder: &Path, lock: &Path) -> Image {
    let output = folder.join("another name/disk.img");
    let mut command = std::process::Command::new("/bin/sh");
    command
        .args(["-c", "umask 077; exec \"$@\"", "sh", BRINGUP, "--quiet", "--jobs", "1", "--store"])
        .arg(folder.join("store"))
        .args(["image", "--system", "tiny", "--board", "pine64-lts", "--locked", "--lock"])
        .arg(lock)
        .arg("--output")
        .arg(&output)
        .current_dir(folder)
        .env("TZ", "Pacific/Kiritimati")
        .env("LC_ALL", "tr_TR.UTF-8")
        .env_remove("SOURCE_DATE_EPOCH");
    expect_code(&mut command, 0);
    Image::read(&output)
}

#[test]
fn the_same_lock_gives_the_same_bytes_anywhere() {
    let image = Image::pine64(BRINGUP);
    let folder = tempfile::tempdir().unwrap();
    let other = build_elsewhere(folder.path(), &image.path.with_extension("lock"));
    assert_eq!(image.manifest, other.manifest);
    assert!(fs::read(&image.path).unwrap() == fs::read(&other.path).unwrap(), "the images differ");
}

#[test]
fn a_time_from_outside_goes_into_the_image() {
    let image = Image::pine64(BRINGUP);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dated.img");
    let mut command = bringup(BRINGUP);
    command.args(["--quiet", "image", "--system", "tiny", "--board", "pine64-lts", "--output"]).arg(&path);
    command.arg("--lock").arg(image.path.with_extension("lock")).env("SOURCE_DATE_EPOCH", "1000000000");
    expect_code(&mut command, 0);
    let dated = Image::read(&path);
    assert_eq!(dated.manifest["epoch"], 1_000_000_000);
    let listing = tool("debugfs", &["-R", "stat /etc/hostname", &root_device(&dated)]);
    // 1,000,000,000 s after 1970, in hexadecimal.
    assert!(listing.contains("mtime: 0x3b9aca00"), "{listing}");
}

#[test]
fn a_build_with_nothing_changed_leaves_the_image_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    let inode = |image: &Image| fs::metadata(&image.path).unwrap().ino();
    let first = inode(&Image::build(BRINGUP, "pine64-lts", &path, &[]));
    assert_eq!(inode(&Image::build(BRINGUP, "pine64-lts", &path, &[])), first);
    // Whatever happens to the image afterwards, it is made again.
    File::options().write(true).open(&path).unwrap().write_all_at(b"x", 600).unwrap();
    assert_ne!(inode(&Image::build(BRINGUP, "pine64-lts", &path, &[])), first);
    assert_ne!(inode(&Image::build(BRINGUP, "pine64-lts", &path, &["--force"])), first);
}

#[test]
fn the_image_is_sparse() {
    let image = Image::pine64(BRINGUP);
    let meta = fs::metadata(&image.path).unwrap();
    // At least the 64 MiB that are free.
    assert!(meta.blocks() * 512 + (60 << 20) < meta.len(), "{} of {} bytes", meta.blocks() * 512, meta.len());
}

#[test]
fn a_dry_run_plans_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::pine64(BRINGUP);
    let mut command = bringup(BRINGUP);
    command.current_dir(folder.path()).args([
        "image",
        "--system",
        "tiny",
        "--board",
        "pine64-lts",
        "--dry-run",
        "--lock",
    ]);
    let (plan, _) = expect_code(command.arg(image.path.with_extension("lock")), 0);
    for part in ["busybox-static", "u-boot-sunxi-with-spl.bin", "partition 1"] {
        assert!(plan.contains(part), "{plan}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn gpt_disks_pass_sgdisk() {
    // No board has a GPT yet; the writer is checked on a disk of its own.
    use bringup_disk::ImageWriter;
    use bringup_layout::{Guid, PartitionRequest, PartitionSize, PartitionType, Request, plan};
    use bringup_spec::{Bytes, PartitionTable};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gpt.img");
    let partitions = [PartitionRequest {
        name: "root".to_owned(),
        size: PartitionSize::Exact(Bytes::mib(8)),
        offset: None,
        kind: PartitionType::Linux,
        bootable: false,
        guid: Guid([3; 16]),
    }];
    let plan = plan(&Request {
        table: PartitionTable::Gpt,
        placements: &[],
        boot_slots: &[],
        first_partition: Bytes::mib(1),
        partitions: &partitions,
        size: None,
        sector: Bytes(512),
        alignment: Bytes::mib(1),
        disk_id: 0,
        disk_guid: Guid([4; 16]),
        gpt_entries_at: None,
        gpt_entry_count: 128,
    })
    .unwrap();
    ImageWriter::create(&path, &plan).unwrap().finish().unwrap();
    let verdict = tool("sgdisk", &["--verify", path.to_str().unwrap()]);
    assert!(verdict.contains("No problems found"), "{verdict}");
}

#[test]
fn fat_passes_fsck_and_mtools_read_it() {
    use bringup_fsimage::{FileSystem, RegionSink, fat};
    use bringup_spec::Bytes;
    use bringup_tree::{Content, Kind, Meta, Tree};

    struct Out(File);
    impl RegionSink for Out {
        fn data(&mut self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
            self.0.write_all_at(bytes, offset)
        }
        fn zeros(&mut self, _: u64, _: u64) -> std::io::Result<()> {
            Ok(())
        }
    }

    let dir = Meta::root(0o755, 1_000_000_000);
    let mut tree = Tree::new(dir.clone());
    for path in ["EFI/BOOT/BOOTAA64.EFI", "loader/entries/a long name with blanks.conf", "config.txt"] {
        let kind = Kind::File(Content::bytes(path));
        tree.insert_all(path, dir.clone(), kind, &dir).unwrap();
    }
    for size in [2, 40, 600] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fat.img");
        let file = File::create(&path).unwrap();
        file.set_len(size << 20).unwrap();
        let options = fat::Options {
            size: Bytes::mib(size),
            kind: None,
            label: "BOOT".to_owned(),
            volume_id: 0x1234_5678,
            epoch: 1_000_000_000,
            first_sector: 0,
        };
        let planned = fat::Fat::plan(&tree, &options).unwrap();
        planned.write(&mut Out(file)).unwrap();
        let image = path.to_str().unwrap();
        let verdict = tool("fsck.fat", &["-nv", image]);
        assert!(verdict.contains("7 files") || verdict.contains("8 files"), "{verdict}");
        let listing = tool("mdir", &["-i", image, "-/", "-b", "::"]);
        assert!(listing.contains("a long name with blanks.conf"), "{listing}");
    }
}
