//! A whole Debian with systemd boots to a login and is as healthy as on a machine that it was
//! installed on by hand: on every architecture, from the image made without running its code.

use std::thread;
use std::time::{Duration, Instant};

use bringup_emulator::Shell;
use bringup_tests::Image;
use bringup_tests::machine::{Booted, PATIENCE};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// The board's image with `barebones`.
fn barebones(board: &str) -> Image {
    Image::variant(BRINGUP, board, &format!("barebones-{board}"), &["--system", "barebones"])
}

/// Runs a command that must succeed.
fn run(shell: &mut Shell<'_>, command: &str) -> String {
    let output = shell.run(command).unwrap_or_else(|error| panic!("{command}: {error}"));
    assert_eq!(output.status, 0, "{command}: {}", output.text);
    output.text
}

/// Boots, logs in, looks around, reboots, logs in again, and switches off.
fn is_healthy(board: &str) {
    let image = barebones(board);
    let mut machine = Booted::start(BRINGUP, board, &format!("barebones-{board}"), &image.path);
    machine.expect_all(&["Linux version"]);
    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();

    // systemd has started everything, and nothing failed.
    let state = shell.run("systemctl is-system-running --wait").unwrap();
    let failed = run(&mut shell, "systemctl --failed --no-legend --plain");
    assert_eq!((state.text.as_str(), failed.as_str()), ("running", ""), "{board}");
    assert_eq!(run(&mut shell, "uname -r"), image.kernel_release());
    assert_eq!(run(&mut shell, "hostname"), "debian");

    // What belongs to one machine was made by this boot.
    let identity = run(&mut shell, "cat /etc/machine-id");
    assert_eq!(identity.len(), 32, "{identity}");

    // The network is up, by DHCP of QEMU's.
    address(&mut shell);
    assert!(run(&mut shell, "cat /etc/resolv.conf").contains("nameserver"));

    // dpkg and apt find records that fit the files.
    assert_eq!(run(&mut shell, "dpkg --audit"), "");
    run(&mut shell, "apt-get check");
    assert_eq!(run(&mut shell, "dpkg --verify"), "");
    assert_eq!(run(&mut shell, "findmnt -n -o FSTYPE /"), "ext4");

    shell.leave("reboot").unwrap();
    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
    assert_eq!(run(&mut shell, "cat /etc/machine-id"), identity, "{board}");
    let state = shell.run("systemctl is-system-running --wait").unwrap();
    assert_eq!(state.text, "running", "{board}");
    shell.leave("poweroff").unwrap();
    machine.console.expect_end(PATIENCE).unwrap();
}

/// Waits for an address of the network that QEMU makes (10.0.2.0/24: its manual, `-netdev user`): its
/// interface may come after the login.
fn address(shell: &mut Shell<'_>) {
    let started = Instant::now();
    loop {
        let addresses = run(shell, "ip -color=never -4 -o address show scope global");
        if addresses.contains(" 10.0.2.") {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "no address by DHCP: {addresses:?}");
        thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn aarch64() {
    is_healthy("qemu-aarch64");
}

#[test]
fn armv7() {
    is_healthy("qemu-armv7");
}

#[test]
fn riscv64() {
    is_healthy("qemu-riscv64");
}

#[test]
fn x86_64() {
    is_healthy("x86_64-efi");
}
