//! Images of other types than the board's own disk boot, by each firmware that they are for; and roots that
//! are never written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bringup_emulator::{Console, Shell};
use bringup_tests::machine::{Booted, PATIENCE};
use bringup_tests::{bringup, expect_code, workspace};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// Builds an image of a type.
fn build(board: &str, image_type: &str, file: &str, system: &str) -> PathBuf {
    let folder = workspace().join("target/images/test/boot-types");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(file);
    let mut command = bringup(BRINGUP);
    command.args(["--quiet", "image", "--board", board, "--image-type", image_type, "--system", system]);
    // Tests run at once, and each has the one lock to itself.
    command.arg("--lock").arg(path.with_extension("lock")).arg("--output").arg(&path);
    expect_code(&mut command, 0);
    path
}

/// Runs `commands`, each of which must succeed, and gives what they print.
fn run(shell: &mut Shell<'_>, commands: &[&str]) -> Vec<String> {
    let run = |command: &&str| {
        let output = shell.run(command).unwrap();
        assert_eq!(output.status, 0, "{command}: {}", output.text);
        output.text
    };
    commands.iter().map(run).collect()
}

/// Boots an image past `steps` to a login, runs `commands`, and stops the machine.
fn boots(board: &str, name: &str, image: &Path, arguments: &[&str], steps: &[&str], commands: &[&str]) {
    let mut machine = Booted::start_with(BRINGUP, board, name, image, arguments);
    machine.expect_all(steps);
    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
    run(&mut shell, commands);
    shell.leave("poweroff").unwrap();
    machine.console.expect_end(PATIENCE).unwrap();
}

const WRITES: &[&str] = &["touch /root/written", "grep ' / ' /proc/mounts"];

#[test]
fn one_disk_starts_by_bios_and_by_uefi() {
    let image = build("x86_64-bios", "mbr-hybrid-raw", "hybrid.img", "tiny");
    let hybrid = ["--image-type", "mbr-hybrid-raw"];
    boots(
        "x86_64-bios",
        "hybrid-bios",
        &image,
        &hybrid,
        &["SeaBIOS (version", "GRUB", "Linux version"],
        WRITES,
    );
    let steps = ["BdsDxe: starting Boot", "GRUB", "Linux version"];
    boots("x86_64-efi", "hybrid-uefi", &image, &[], &steps, WRITES);
}

#[test]
fn a_pc_of_the_other_kind_starts_by_uefi_of_32_bits() {
    let image = build("x86_64-bios", "efi32-raw", "efi32.img", "tiny");
    let steps = ["BdsDxe: starting Boot", "GRUB", "Linux version"];
    boots("x86_64-bios", "efi32", &image, &["--image-type", "efi32-raw"], &steps, WRITES);
}

/// Root is the CD's, and what is written is in memory.
const ON_CD: &[&str] = &[
    "touch /root/written",
    "grep '^overlay / overlay' /proc/mounts",
    "grep ' iso9660 ' /proc/filesystems || grep isofs /proc/modules",
];

#[test]
fn a_cd_starts_by_both_firmwares_as_cd_and_as_disk() {
    let image = build("x86_64-bios", "iso9660", "cd.iso", "tiny");
    let bios = ["--image-type", "iso9660"];
    let bios_steps = ["SeaBIOS (version", "GRUB", "Linux version"];
    boots("x86_64-bios", "cd-bios", &image, &bios, &bios_steps, ON_CD);
    boots("x86_64-bios", "stick-bios", &image, &["--image-type", "iso9660", "--as-disk"], &bios_steps, ON_CD);
    let steps = ["BdsDxe: starting Boot", "GRUB", "Linux version"];
    boots("x86_64-efi", "cd-uefi", &image, &[], &steps, ON_CD);
    boots("x86_64-efi", "stick-uefi", &image, &["--as-disk"], &steps, ON_CD);
}

#[test]
fn a_cd_whose_files_are_the_root_starts() {
    let image = build("x86_64-bios", "uncompressed-iso9660", "plain.iso", "tiny");
    let bios = ["--image-type", "uncompressed-iso9660"];
    boots("x86_64-bios", "plain-cd", &image, &bios, &["SeaBIOS (version", "Linux version"], ON_CD);
}

#[test]
fn qemus_own_format_starts() {
    let image = build("qemu-aarch64", "qcow2", "disk.qcow2", "tiny");
    boots("qemu-aarch64", "qcow2", &image, &[], &["U-Boot 20", "Linux version"], WRITES);
}

#[test]
fn a_whole_system_runs_from_one_program_for_uefi() {
    let image = build("x86_64-efi", "uki", "system.efi", "tiny");
    let mut command = bringup(BRINGUP);
    command.args(["--quiet", "tool", "qemu-system-x86_64", "-M", "q35", "-m", "2048", "-accel", "tcg"]);
    command.args(["-display", "none", "-nodefaults", "-no-reboot", "-serial", "stdio"]);
    command.args(["-bios", "/usr/share/ovmf/OVMF.fd", "-kernel"]).arg(&image);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut console = Console::new(child.stdout.take().unwrap(), child.stdin.take().unwrap());
    let mut shell = Shell::log_in(&mut console, "root", PATIENCE).unwrap();
    run(&mut shell, &["grep '^rootfs / ' /proc/mounts", "touch /root/written"]);
    shell.leave("poweroff").unwrap();
    console.expect_end(PATIENCE).unwrap();
    assert!(child.wait().unwrap().success());
}

/// A record that inherits `tiny`, with another root.
fn record(name: &str, root: &str) -> String {
    let folder = workspace().join("target/images/test/boot-types");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}.toml"));
    let text = format!("inherit = 'tiny'\nsummary = 'a test'\nhostname = '{name}'\n\n[root]\n{root}\n");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Logs in twice with a reboot between, and runs commands each time.
fn twice(name: &str, image: &Path, first: &[&str], second: &[&str]) {
    let mut machine = Booted::start(BRINGUP, "qemu-aarch64", name, image);
    machine.expect_all(&["U-Boot 20", "Linux version"]);
    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
    run(&mut shell, first);
    shell.leave("reboot").unwrap();
    machine.expect_all(&["U-Boot 20", "Linux version"]);
    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
    run(&mut shell, second);
    shell.leave("poweroff").unwrap();
    machine.console.expect_end(PATIENCE).unwrap();
}

#[test]
fn a_volatile_root_forgets() {
    let system = record("volatile", "file-system = 'squashfs'\nvolatile = true");
    let image = build("qemu-aarch64", "raw", "volatile.img", &system);
    let first = ["grep '^overlay / overlay rw' /proc/mounts", "touch /etc/note /var/note && sync"];
    twice("volatile", &image, &first, &["test ! -e /etc/note && test ! -e /var/note"]);
}

#[test]
fn a_read_only_root_keeps_what_is_in_var_alone() {
    let system = record("fixed", "file-system = 'erofs'\ncompression = 'zstd'");
    let image = build("qemu-aarch64", "raw", "fixed.img", &system);
    let first = [
        "grep ' / erofs ro' /proc/mounts",
        "! touch /etc/note 2>/dev/null",
        "grep ' /var ext4 rw' /proc/mounts",
        "echo kept > /var/note && sync",
    ];
    twice("fixed", &image, &first, &["grep kept /var/note"]);
}

#[test]
fn a_read_only_ext4_is_mounted_so() {
    let system = record("fixed-ext4", "read-only = true");
    let image = build("qemu-aarch64", "raw", "fixed-ext4.img", &system);
    let commands = ["grep ' / ext4 ro' /proc/mounts", "! touch /etc/note 2>/dev/null", "touch /var/note"];
    boots("qemu-aarch64", "fixed-ext4", &image, &[], &["Linux version"], &commands);
}
