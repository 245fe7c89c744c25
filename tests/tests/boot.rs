//! The image boots, to a login and over a reboot; and each broken link fails for its own reason, which
//! `why-no-boot` reads out of the console's log.
//!
//! Every negative control changes a copy of the finished image, and boots it by `bringup boot`.

use std::fs;

use bringup_emulator::Shell;
use bringup_tests::copy::ImageCopy;
use bringup_tests::machine::{Booted, PATIENCE};
use bringup_tests::{Image, bringup, expect_code};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");
const BOARD: &str = "pine64-lts";

fn boot(name: &str, copy: &ImageCopy<'_>) -> Booted {
    Booted::start(BRINGUP, BOARD, name, &copy.path)
}

#[test]
fn it_boots_logs_in_writes_reboots_and_reads() {
    let image = Image::pine64(BRINGUP);
    let mut machine = Booted::start(BRINGUP, BOARD, "login", &image.path);

    machine.expect_all(&["extlinux.conf"]);
    let mut shell = machine.log_in(&image, "aarch64");
    let mut run = |command: &str| {
        let output = shell.run(command).unwrap();
        assert_eq!(output.status, 0, "{command}: {}", output.text);
        output.text
    };
    assert_eq!(run("cat /proc/device-tree/model").trim_end_matches('\0'), "linux,dummy-virt");
    assert_eq!(run("hostname"), "tiny");
    let root = run("findfs UUID=$(sed -n 's/.*root=UUID=\\([^ ]*\\).*/\\1/p' /proc/cmdline)");
    assert!(root.starts_with("/dev/vd"), "{root}");
    assert!(!run("cat /proc/cmdline").contains("console="));
    // The device tree's stdout-path, as the kernel command line names no console.
    assert_eq!(run("tty"), "/dev/ttyAMA0");
    assert_eq!(run("grep -c . /etc/shadow"), "1");
    run("i=0; until ip -4 addr show eth0 | grep -q inet; do [ $((i = i + 1)) -lt 120 ]; sleep 1; done");
    shell.leave("reboot").unwrap();

    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
    assert_eq!(shell.run("cat /root/note").unwrap().text, "kept");
    shell.leave("poweroff").unwrap();
    machine.console.expect_end(PATIENCE).unwrap();
}

#[test]
fn a_wrong_root_uuid_is_reported_by_the_initramfs() {
    let image = Image::pine64(BRINGUP);
    let copy = ImageCopy::of(BRINGUP, &image);
    copy.wrong_root_uuid();

    let mut machine = boot("wrong-root-uuid", &copy);
    machine.expect_instead("initramfs: no file system with UUID=", &["login: "]);
    machine.expect_blame("root");
}

#[test]
fn without_extlinux_conf_u_boot_finds_nothing_to_boot() {
    let image = Image::pine64(BRINGUP);
    let copy = ImageCopy::of(BRINGUP, &image);
    copy.debugfs("rm /boot/extlinux/extlinux.conf");

    let mut machine = boot("no-extlinux-conf", &copy);
    // The prompt of U-Boot's shell: it has tried everything it knows.
    let found = machine.expect_instead("=> ", &["Starting kernel"]);
    assert!(!found.before.contains("extlinux.conf"), "{}", found.before);
    machine.expect_blame("boot-menu");
}

#[test]
fn a_truncated_kernel_does_not_start() {
    let image = Image::pine64(BRINGUP);
    let copy = ImageCopy::of(BRINGUP, &image);
    // 40 bytes: not even the header of 64 that says it is a kernel.
    copy.debugfs(&format!("set_inode_field /boot/vmlinuz-{} size 40", image.kernel_release()));

    let mut machine = boot("truncated-kernel", &copy);
    machine.expect_all(&["extlinux.conf"]);
    machine.expect_instead("Bad Linux ARM64 Image magic", &["Starting kernel"]);
    machine.expect_blame("kernel");
}

#[test]
fn an_initramfs_without_the_disks_driver_finds_no_root() {
    let image = Image::pine64(BRINGUP);
    let copy = ImageCopy::of(BRINGUP, &image);
    let initrd = format!("/boot/initrd.img-{}", image.kernel_release());
    let dumped = copy.scratch("initrd");
    copy.debugfs(&format!("dump {initrd} {}", dumped.display()));
    // The list that says what to load no longer names the driver; everything else is as it was.
    let mut bytes = fs::read(&dumped).unwrap();
    let name = b"\nvirtio_blk.ko\n";
    let at = bytes.windows(name.len()).position(|window| window == name).expect("the driver is in the list");
    bytes[at + 1..at + name.len() - 1].copy_from_slice(b"no-such-one.k");
    fs::write(&dumped, bytes).unwrap();
    copy.debugfs(&format!("rm {initrd}"));
    copy.debugfs(&format!("write {} {initrd}", dumped.display()));

    let mut machine = boot("no-disk-driver", &copy);
    machine.expect_instead("initramfs: no file system with UUID=", &["login: "]);
    machine.expect_blame("root");
}

#[test]
fn a_log_of_a_good_boot_blames_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("serial.log");
    fs::write(&log, "U-Boot 2025.01\nStarting kernel ...\n[ 0.0] Linux version 6.12\ntiny login: ").unwrap();
    let mut command = bringup(BRINGUP);
    let (stdout, _) = expect_code(command.args(["why-no-boot", "--board", BOARD]).arg(&log), 0);
    assert!(stdout.contains("the system is up") && !stdout.contains("failed"), "{stdout}");
}
