//! The image boots, to a login and over a reboot; and each broken link fails for its own reason.
//!
//! Every test here changes a copy of the finished image, and boots it by `bringup boot`.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bringup_emulator::Shell;
use bringup_tests::machine::{Booted, PATIENCE};
use bringup_tests::{Image, bringup, expect_code};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

fn copy(image: &Image, folder: &Path) -> PathBuf {
    let to = folder.join("broken.img");
    fs::copy(&image.path, &to).unwrap();
    to
}

/// Runs e2fsprogs' `debugfs` on the root file system inside an image.
fn debugfs(image: &Image, broken: &Path, request: &str) {
    let device = format!("{}?offset={}", broken.display(), image.root_offset());
    expect_code(bringup(BRINGUP).args(["tool", "debugfs", "-w", "-R", request, &device]), 0);
}

#[test]
fn it_boots_logs_in_writes_reboots_and_reads() {
    let image = Image::pine64(BRINGUP);
    let mut machine = Booted::start(BRINGUP, "login", &image.path);
    let uuid = image.manifest["partitions"][0]["file_system"]["uuid"].as_str().unwrap().to_owned();

    machine.console.expect("extlinux.conf", PATIENCE).unwrap();
    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
    let mut run = |command: &str| {
        let output = shell.run(command).unwrap();
        assert_eq!(output.status, 0, "{command}: {}", output.text);
        output.text
    };
    assert_eq!(run("uname -m"), "aarch64");
    assert_eq!(run("cat /proc/device-tree/model").trim_end_matches('\0'), "linux,dummy-virt");
    assert_eq!(run("hostname"), "tiny");
    let root = run("findfs UUID=$(sed -n 's/.*root=UUID=\\([^ ]*\\).*/\\1/p' /proc/cmdline)");
    assert!(root.starts_with("/dev/vd"), "{root}");
    assert!(run("cat /proc/cmdline").contains(&uuid));
    assert!(!run("cat /proc/cmdline").contains("console="));
    assert!(run("grep ' / ' /proc/mounts").contains(" / ext4 rw"));
    // `findfs` reads the super block itself.
    assert_eq!(run(&format!("findfs UUID={uuid}")), root);
    // The device tree's stdout-path, as the kernel command line names no console.
    assert_eq!(run("tty"), "/dev/ttyAMA0");
    assert_eq!(run("grep -c . /etc/shadow"), "1");
    run("i=0; until ip -4 addr show eth0 | grep -q inet; do [ $((i = i + 1)) -lt 120 ]; sleep 1; done");
    run("echo kept > /root/note && sync");
    shell.leave("reboot").unwrap();

    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
    assert_eq!(shell.run("cat /root/note").unwrap().text, "kept");
    shell.leave("poweroff").unwrap();
    machine.console.expect_end(PATIENCE).unwrap();
}

#[test]
fn a_wrong_root_uuid_is_reported_by_the_initramfs() {
    let image = Image::pine64(BRINGUP);
    let folder = tempfile::tempdir().unwrap();
    let broken = copy(&image, folder.path());
    // The menu's text stands in the image as it is; one digit of the UUID in it changes.
    let bytes = fs::read(&broken).unwrap();
    let needle = b"root=UUID=";
    let found: Vec<usize> = (0..bytes.len() - needle.len())
        .filter(|at| bytes[*at] == b'r' && bytes[*at..].starts_with(needle))
        .collect();
    let uuid = image.manifest["partitions"][0]["file_system"]["uuid"].as_str().unwrap();
    let at: Vec<&usize> =
        found.iter().filter(|at| bytes[*at + needle.len()..].starts_with(uuid.as_bytes())).collect();
    assert_eq!(at.len(), 1, "the menu is the one place that names root");
    let place = at[0] + needle.len();
    let digit = if bytes[place] == b'0' { b"1" } else { b"0" };
    File::options().write(true).open(&broken).unwrap().write_all_at(digit, place as u64).unwrap();

    let mut machine = Booted::start(BRINGUP, "wrong-root-uuid", &broken);
    machine.console.expect("initramfs: no file system with UUID=", PATIENCE).unwrap();
}

#[test]
fn without_extlinux_conf_u_boot_finds_nothing_to_boot() {
    let image = Image::pine64(BRINGUP);
    let folder = tempfile::tempdir().unwrap();
    let broken = copy(&image, folder.path());
    debugfs(&image, &broken, "rm /boot/extlinux/extlinux.conf");

    let mut machine = Booted::start(BRINGUP, "no-extlinux-conf", &broken);
    // The prompt of U-Boot's shell: it has tried everything it knows.
    let found = machine.console.expect_any(&["Starting kernel", "=> "], PATIENCE).unwrap();
    assert_eq!(found.which, 1, "{}", found.before);
    assert!(!found.before.contains("extlinux.conf"), "{}", found.before);
}

#[test]
fn a_truncated_kernel_does_not_start() {
    let image = Image::pine64(BRINGUP);
    let folder = tempfile::tempdir().unwrap();
    let broken = copy(&image, folder.path());
    let release = image.manifest["kernel_release"].as_str().unwrap();
    // 40 bytes: not even the header of 64 that says it is a kernel.
    debugfs(&image, &broken, &format!("set_inode_field /boot/vmlinuz-{release} size 40"));

    let mut machine = Booted::start(BRINGUP, "truncated-kernel", &broken);
    machine.console.expect("extlinux.conf", PATIENCE).unwrap();
    let found =
        machine.console.expect_any(&["Starting kernel", "Bad Linux ARM64 Image magic"], PATIENCE).unwrap();
    assert_eq!(found.which, 1, "{}", found.before);
}

#[test]
fn an_initramfs_without_the_disks_driver_finds_no_root() {
    let image = Image::pine64(BRINGUP);
    let folder = tempfile::tempdir().unwrap();
    let broken = copy(&image, folder.path());
    let release = image.manifest["kernel_release"].as_str().unwrap();
    let initrd = format!("/boot/initrd.img-{release}");
    let dumped = folder.path().join("initrd");
    debugfs(&image, &broken, &format!("dump {initrd} {}", dumped.display()));
    // The list that says what to load no longer names the driver; everything else is as it was.
    let mut bytes = fs::read(&dumped).unwrap();
    let name = b"\nvirtio_blk.ko\n";
    let at = bytes.windows(name.len()).position(|window| window == name).expect("the driver is in the list");
    bytes[at + 1..at + name.len() - 1].copy_from_slice(b"no-such-one.k");
    fs::write(&dumped, bytes).unwrap();
    debugfs(&image, &broken, &format!("rm {initrd}"));
    debugfs(&image, &broken, &format!("write {} {initrd}", dumped.display()));

    let mut machine = Booted::start(BRINGUP, "no-disk-driver", &broken);
    machine.console.expect("initramfs: no file system with UUID=", PATIENCE).unwrap();
}
