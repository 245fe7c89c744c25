//! A whole Debian with systemd boots to a login and is as healthy as on a machine that it was
//! installed on by hand: on every architecture, from the image made without running its code.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use bringup_emulator::Shell;
use bringup_tests::machine::{Booted, PATIENCE};
use bringup_tests::{Image, bringup, expect_code};

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

/// Waits until systemd has started everything.
fn nothing_failed(shell: &mut Shell<'_>, board: &str) {
    let state = shell.run("systemctl is-system-running --wait").unwrap();
    let failed = run(shell, "systemctl --failed --no-legend --plain | cat");
    assert_eq!((state.text.as_str(), failed.as_str()), ("running", ""), "{board}");
}

/// Boots, logs in, looks around, and switches off; of one board, for it takes minutes, also every file's
/// digest is checked and a second boot is as healthy.
fn is_healthy(board: &str, twice: bool) {
    let image = barebones(board);
    let mut machine = Booted::start(BRINGUP, board, &format!("barebones-{board}"), &image.path);
    machine.expect_all(&["Linux version"]);
    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();

    nothing_failed(&mut shell, board);
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
    assert_eq!(run(&mut shell, "findmnt -n -o FSTYPE /"), "ext4");

    if twice {
        assert_eq!(run(&mut shell, "dpkg --verify"), "");
        shell.leave("reboot").unwrap();
        shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
        assert_eq!(run(&mut shell, "cat /etc/machine-id"), identity, "{board}");
        nothing_failed(&mut shell, board);
    }
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
    is_healthy("qemu-aarch64", true);
}

#[test]
fn armv7() {
    is_healthy("qemu-armv7", false);
}

#[test]
fn riscv64() {
    is_healthy("qemu-riscv64", false);
}

#[test]
fn x86_64() {
    is_healthy("x86_64-efi", false);
}

/// Nothing of its root ever changes, and `/var` grew to the disk's end.
#[test]
fn an_appliance_writes_to_var_alone() {
    const BOARD: &str = "qemu-aarch64";
    let image = Image::variant(BRINGUP, BOARD, "appliance", &["--system", "appliance"]);
    let size = ["--disk-size", "4GiB"];
    let mut machine = Booted::start_with(BRINGUP, BOARD, "appliance", &image.path, &size);
    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
    nothing_failed(&mut shell, BOARD);
    assert_eq!(run(&mut shell, "findmnt -n -o FSTYPE,OPTIONS / | cut -d , -f 1"), "squashfs ro");
    assert_ne!(shell.run("touch /etc/note").unwrap().status, 0);
    assert_eq!(run(&mut shell, "findmnt -n -o FSTYPE /var"), "ext4");
    let mib: u64 = run(&mut shell, "df --output=size -m /var | tail -n 1").trim().parse().unwrap();
    assert!(mib > 3 << 10, "{mib} MiB");
    assert_eq!(run(&mut shell, "test -d /var/log/journal && journalctl --no-pager -n 1 -q | wc -l"), "1");
    address(&mut shell);
    shell.leave("poweroff").unwrap();
    machine.console.expect_end(PATIENCE).unwrap();
}

/// `barebones` with a service that ends in an error.
const FAILING: &str = "inherit = \"barebones\"\n\n[[unit]]\nname = \"failing.service\"\nenable = true\n\
    text = \"\"\"\n[Service]\nType=oneshot\nExecStart=/usr/bin/false\n\n[Install]\nWantedBy=multi-user.target\n\"\"\"\n";

#[test]
fn a_system_with_a_service_that_fails_is_not_healthy() {
    let folder = tempfile::tempdir().unwrap();
    let system = folder.path().join("failing.toml");
    std::fs::write(&system, FAILING).unwrap();
    let system = system.to_str().expect("it is text");
    let image = Image::variant(BRINGUP, "x86_64-efi", "failing", &["--system", system]);
    let mut machine = Booted::start(BRINGUP, "x86_64-efi", "failing", &image.path);
    let mut shell = Shell::log_in(&mut machine.console, "root", PATIENCE).unwrap();
    assert_eq!(shell.run("systemctl is-system-running --wait").unwrap().text, "degraded");
    let failed = run(&mut shell, "systemctl --failed --no-legend --plain | cat");
    assert!(failed.starts_with("failing.service ") && failed.lines().count() == 1, "{failed}");
}

/// What a command prints on the machine behind a port, as root with a key; none if it cannot be reached
/// or does not let the key in, in which case the client may well end as if all were well.
fn over_ssh(key: &Path, port: u16, command: &str) -> Option<String> {
    // Started by its dynamic linker, the client shares this machine's network.
    let mut client = bringup(BRINGUP);
    client.args(["--quiet", "tool", "--way", "loader", "dbclient", "-y", "-y", "-T", "-i"]).arg(key);
    client.args(["-p", &port.to_string(), "root@127.0.0.1", command]).stdin(Stdio::null());
    let output = client.output().expect("the command starts");
    let text = String::from_utf8(output.stdout).expect("it is text");
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// A new key; gives the file and the line of its public half.
fn new_key(folder: &Path, name: &str) -> (PathBuf, String) {
    let path = folder.join(name);
    let mut command = bringup(BRINGUP);
    command.args(["--quiet", "tool", "dropbearkey", "-t", "ed25519", "-f"]).arg(&path);
    let (stdout, _) = expect_code(&mut command, 0);
    let line = stdout.lines().find(|line| line.starts_with("ssh-ed25519 ")).expect("it prints the key");
    (path, line.to_owned())
}

#[test]
fn a_server_is_reached_over_ssh_with_the_key_given_and_no_other() {
    let board = "qemu-aarch64";
    let folder = tempfile::tempdir().unwrap();
    let (key, line) = new_key(folder.path(), "key");
    let (other, _) = new_key(folder.path(), "other");
    let public = folder.path().join("key.pub");
    std::fs::write(&public, format!("{line}\n")).unwrap();
    let public = public.to_str().expect("it is text");
    let image = Image::variant(BRINGUP, board, "server", &["--system", "server", "--ssh-key", public]);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let forward = format!("{port}:22");
    let mut machine = Booted::start_with(BRINGUP, board, "server", &image.path, &["--forward", &forward]);
    machine.expect_all(&["login: "]);
    let started = Instant::now();
    let state = loop {
        if let Some(state) = over_ssh(&key, port, "systemctl is-system-running --wait") {
            break state;
        }
        assert!(started.elapsed() < PATIENCE, "no answer over SSH");
        thread::sleep(Duration::from_secs(2));
    };
    assert_eq!(state, "running\n");
    assert_eq!(over_ssh(&other, port, "hostname"), None, "another key was let in");
    // This boot's, and not the image's.
    assert!(
        over_ssh(&key, port, "cat /etc/ssh/ssh_host_ed25519_key.pub").unwrap().starts_with("ssh-ed25519 ")
    );
    assert_eq!(over_ssh(&key, port, "hostname").unwrap(), "server\n");
}
