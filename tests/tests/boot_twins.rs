//! Every board of tier `Twin` boots to a login on its twin, from the very image that is for the board.

use std::sync::Mutex;
use std::thread;

use bringup_catalog::BOARDS;
use bringup_spec::{Board, Tier, TwinFirmware};
use bringup_tests::every::every_image;
use bringup_tests::machine::{Booted, PATIENCE};
use bringup_tools::set_of;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// How many machines run at once.
const MACHINES: usize = 2;

/// Boards whose boots have tests of their own: `boot.rs`, `boot_pc.rs`, `boot_mach.rs`.
const ELSEWHERE: [&str; 5] = ["pine64-lts", "x86_64-efi", "x86_64-bios", "i686-efi32", "i586-hurd"];

/// What `uname -m` says.
fn machine(board: &Board) -> &'static str {
    match board.platform.name {
        "aarch64-linux" => "aarch64",
        "armv7-linux" => "armv7l",
        "riscv64-linux" => "riscv64",
        "x86_64-linux" => "x86_64",
        name => panic!("no machine is known for `{name}`"),
    }
}

#[test]
fn every_twin_boots() {
    let images = every_image(BRINGUP);
    let is_ours = |board: &&&Board| board.tier == Tier::Twin && !ELSEWHERE.contains(&board.name);
    let boards = Mutex::new(BOARDS.iter().filter(is_ours));
    let next = || boards.lock().unwrap().next();
    let boot = |board: &Board| {
        let image = &images[board.name];
        let mut machine_of = Booted::start(BRINGUP, board.name, board.name, &image.path);
        machine_of.expect_all(&["extlinux.conf", "Linux version"]);
        machine_of.log_in(image, machine(board)).leave("poweroff").unwrap();
        machine_of.console.expect_end(PATIENCE).unwrap();
    };
    thread::scope(|scope| {
        for _ in 0..MACHINES {
            scope.spawn(|| {
                while let Some(board) = next() {
                    boot(board);
                }
            });
        }
    });
}

#[test]
fn every_twins_firmware_is_among_its_tools() {
    for board in BOARDS {
        let set = set_of(board.platform.qemu_system).unwrap();
        if let TwinFirmware::Bios(file) | TwinFirmware::Flash(file) | TwinFirmware::Kernel(file) =
            board.twin.firmware
        {
            assert!(set.packages.contains(&file.package), "{}: `{}`", board.name, file.package);
        }
    }
}
