//! Every type of image, by its own bytes: read by others' tools, refused where it cannot work.
//!
//! What boots of them is in `boot_types.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bringup_tests::every::tool;
use bringup_tests::{bringup, expect_code, workspace};
use serde_json::Value;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

const BOARD: &str = "qemu-aarch64";

/// The image of a type, and its manifest.
fn of_type(board: &str, image_type: &str, more: &[&str]) -> (PathBuf, Value) {
    static BUILDING: Mutex<()> = Mutex::new(());
    let _alone = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = workspace().join("target/images/test/types");
    fs::create_dir_all(&folder).unwrap();
    // Tests run at once, and what is asked for in another way is another file.
    let path = folder.join(format!("{board}-{image_type}{}{}", more.concat(), suffix(image_type)));
    let mut command = bringup(BRINGUP);
    command.args(["--quiet", "image", "--system", "tiny", "--board", board, "--image-type", image_type]);
    command.arg("--lock").arg(folder.join("bringup.lock")).arg("--output").arg(&path).args(more);
    expect_code(&mut command, 0);
    let text = fs::read(manifest(&path)).unwrap();
    (path, serde_json::from_slice(&text).unwrap())
}

fn manifest(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    path.with_file_name(match name.strip_suffix(".img") {
        Some(stem) => format!("{stem}.json"),
        None => format!("{name}.json"),
    })
}

fn suffix(image_type: &str) -> String {
    let (stdout, _) = expect_code(bringup(BRINGUP).args(["image-types", "--json"]), 0);
    let types: Value = serde_json::from_str(&stdout).unwrap();
    let found = types.as_array().unwrap().iter().find(|kind| kind["name"] == image_type).unwrap();
    found["suffix"].as_str().unwrap().to_owned()
}

fn show(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_board_says_which_types_it_cannot_have_and_why() {
    let (stdout, _) =
        expect_code(bringup(BRINGUP).args(["image-types", "--json", "--board", "sifive-unleashed"]), 0);
    let types: Value = serde_json::from_str(&stdout).unwrap();
    let refused = |name: &str| {
        let found = types.as_array().unwrap().iter().find(|kind| kind["name"] == name).unwrap();
        found["refused"].as_str().map(str::to_owned)
    };
    assert_eq!(refused("raw"), None);
    assert_eq!(refused("qcow2"), None);
    let wrong = "its boot ROM finds its first program by the type of a GPT's partition";
    assert_eq!(refused("mbr-raw").as_deref(), Some(wrong));
    assert_eq!(refused("iso9660").as_deref(), Some("it is no PC, and starts no CD"));

    let mut command = bringup(BRINGUP);
    command.args(["image", "--system", "tiny", "--board", "pine64-lts", "--image-type"]);
    let (_, stderr) = expect_code(command.arg("efi-raw"), 1);
    assert!(
        stderr.contains("board `pine64-lts` cannot have an image of type `efi-raw`: it is no PC"),
        "{stderr}"
    );
}

#[test]
fn a_boards_own_name_stands_for_its_disk() {
    let folder = tempfile::tempdir().unwrap();
    let image = |image_type: &str, code| {
        let mut command = bringup(BRINGUP);
        command.args(["--quiet", "image", "--system", "tiny", "--board", BOARD, "--image-type", image_type]);
        command.arg("--lock").arg(folder.path().join("bringup.lock"));
        expect_code(command.arg("--output").arg(folder.path().join("x.img")), code)
    };
    image("qemu-aarch64-raw", 0);
    let (_, stderr) = image("pine64-lts-raw", 1);
    assert!(stderr.contains("board `qemu-aarch64` has no image type `pine64-lts-raw`"), "{stderr}");
}

#[test]
fn every_disks_format_holds_the_same_disk() {
    let (raw, _) = of_type(BOARD, "raw", &[]);
    for (image_type, format) in [("qcow2", "qcow2"), ("vmdk", "vmdk"), ("vdi", "vdi"), ("vhd", "vpc")] {
        let (path, manifest) = of_type(BOARD, image_type, &[]);
        assert_eq!(manifest["type"], image_type);
        // A VHD's size is one of cylinders, and it ends in zeros.
        let said =
            tool(BRINGUP, "qemu-img", &["compare", "-f", "raw", "-F", format, show(&raw), show(&path)]);
        assert!(said.contains("Images are identical."), "{image_type}: {said}");
        if image_type != "vhd" {
            let said = tool(BRINGUP, "qemu-img", &["check", "-f", format, show(&path)]);
            assert!(said.contains("No errors were found on the image."), "{image_type}: {said}");
        }
    }
}

#[test]
fn a_table_of_the_other_kind_is_what_sfdisk_reads() {
    let (path, manifest) = of_type(BOARD, "mbr-raw", &[]);
    assert_eq!(manifest["disk"]["table"], "mbr");
    let dump = tool(BRINGUP, "sfdisk", &["--dump", show(&path)]);
    assert!(dump.contains("label: dos"), "{dump}");

    let (path, _) = of_type(BOARD, "raw-with-offset", &["--root-offset", "48MiB"]);
    let dump = tool(BRINGUP, "sfdisk", &["--dump", show(&path)]);
    assert!(dump.contains("start=       98304"), "{dump}");
}

#[test]
fn a_disk_is_as_large_as_it_is_asked_to_be_or_says_what_takes_the_room() {
    let (path, manifest) = of_type(BOARD, "raw", &["--size", "1GiB"]);
    assert_eq!(fs::metadata(&path).unwrap().len(), 1 << 30);
    let partitions = manifest["partitions"].as_array().unwrap();
    let root = partitions.last().unwrap();
    // All but the tables and what is left of a MiB.
    assert!(root["len_bytes"].as_u64().unwrap() > (1 << 30) - (20 << 20), "{root}");
    tool(BRINGUP, "e2fsck", &["-fn", &format!("{}?offset={}", show(&path), root["start_bytes"])]);

    let folder = tempfile::tempdir().unwrap();
    let mut command = bringup(BRINGUP);
    command.args(["--quiet", "image", "--system", "tiny", "--board", BOARD, "--fit", "64MiB"]);
    command.arg("--lock").arg(folder.path().join("bringup.lock"));
    let (_, stderr) = expect_code(command.arg("--output").arg(folder.path().join("x.img")), 1);
    assert!(
        stderr.contains("and may take 64 MiB") && stderr.contains("the most is taken by linux-image-"),
        "{stderr}"
    );
    assert!(!folder.path().join("x.img").exists());
}

#[test]
fn a_compressed_disk_is_the_disk_and_its_map_names_what_must_be_written() {
    let (raw, _) = of_type(BOARD, "raw", &[]);
    let folder = tempfile::tempdir().unwrap();
    for (format, program) in [("zstd", "zstd"), ("xz:0", "xz"), ("gz:1", "gzip")] {
        let path = folder.path().join(format!("disk.img.{program}"));
        let mut command = bringup(BRINGUP);
        command.args(["--quiet", "image", "--system", "tiny", "--board", BOARD, "--compress", format]);
        command.arg("--block-map").arg("--output").arg(&path);
        command.arg("--lock").arg(workspace().join("target/images/test/types/bringup.lock"));
        expect_code(&mut command, 0);
        let back = bringup(BRINGUP).args(["--quiet", "tool", program, "-dc"]).arg(&path).output().unwrap();
        assert!(back.status.success(), "{program}: {}", String::from_utf8_lossy(&back.stderr));
        assert!(back.stdout == fs::read(&raw).unwrap(), "{program}");
    }
}

/// What tar lists of an archive compressed by gzip.
fn list_of(archive: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("x.tar");
    let unpacked = bringup(BRINGUP).args(["--quiet", "tool", "gzip", "-dc"]).arg(archive).output().unwrap();
    assert!(unpacked.status.success(), "{}", String::from_utf8_lossy(&unpacked.stderr));
    fs::write(&plain, unpacked.stdout).unwrap();
    tool(BRINGUP, "tar", &["-tf", show(&plain)])
}

#[test]
fn a_root_without_a_disk_is_what_tar_reads() {
    let (tarball, manifest) = of_type(BOARD, "tarball", &[]);
    assert!(manifest["disk"].is_null());
    let list = list_of(&tarball);
    assert!(list.lines().any(|line| line == "./usr/bin/busybox"), "{list}");
    assert!(!list.contains("vmlinuz"), "a container has no kernel");
    let (wsl, _) = of_type(BOARD, "wsl2", &[]);
    let list = list_of(&wsl);
    assert!(list.lines().any(|line| line == "./etc/wsl.conf"), "{list}");
    let (folder, _) = of_type(BOARD, "directory", &[]);
    assert!(folder.join("usr/bin/busybox").is_file());
}
