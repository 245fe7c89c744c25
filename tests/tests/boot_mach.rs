//! GNU Mach with the project's own task, under GRUB for BIOS: it answers, and knows its disk.

use std::fs;

use bringup_tests::Image;
use bringup_tests::copy::ImageCopy;
use bringup_tests::machine::{Booted, PATIENCE};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");
const PROMPT: &str = "mach> ";

fn image() -> Image {
    Image::variant(BRINGUP, "i586-hurd", "i586-hurd-mach", &["--system", "mach"])
}

/// What the task answers to a line.
fn ask(machine: &mut Booted, line: &str) -> String {
    machine.console.send_line(line).unwrap();
    machine.console.expect(PROMPT, PATIENCE).unwrap()
}

#[test]
fn gnu_mach_starts_the_task_that_answers() {
    let image = image();
    let mut machine = Booted::start(BRINGUP, &image.board, "mach", &image.path);
    machine.expect_all(&["SeaBIOS (version", "GRUB", "GNU Mach 1.8", "bringup: ready", PROMPT]);

    let help = ask(&mut machine, "help");
    for name in ["version: ", "disk: ", "read: ", "halt: "] {
        assert!(help.contains(name), "{help}");
    }
    assert!(ask(&mut machine, "version").contains("GNU Mach 1.8"));
    let disk = ask(&mut machine, "disk");
    let size = image.manifest["disk"]["size_bytes"].as_u64().unwrap();
    assert!(disk.contains(&format!("hd0 has {} sectors of 512 bytes", size / 512)), "{disk}");
    let first = image.root_offset() / 512;
    assert!(disk.contains(&format!("partition 1 type 0x83, first sector {first}, ")), "{disk}");
    assert!(disk.contains(&format!("ext2 label `root`, uuid {}", image.root_uuid())), "{disk}");
    // The last row of the first sector, which ends in the MBR's signature.
    let sector = ask(&mut machine, "read 0");
    let row = sector.lines().find(|line| line.starts_with("01f0")).unwrap_or_else(|| panic!("{sector}"));
    assert!(row.trim_end().ends_with("55 aa"), "{row}");
    assert!(ask(&mut machine, "no-such-thing").contains("no command `no-such-thing`"));
}

#[test]
fn a_task_that_is_missing_is_said_by_grub() {
    let image = image();
    let copy = ImageCopy::of(BRINGUP, &image);
    copy.debugfs("rm /boot/bootstrap-task");
    let mut machine = Booted::start(BRINGUP, &image.board, "mach-no-task", &copy.path);
    machine.expect_instead("error: file `/boot/bootstrap-task' not found", &[PROMPT]);
    machine.expect_blame("initramfs");
}

#[test]
fn without_modules_gnu_mach_has_nothing_to_start() {
    let image = image();
    let copy = ImageCopy::of(BRINGUP, &image);
    let menu = "/boot/grub/grub.cfg";
    let text = copy.scratch("grub.cfg");
    copy.debugfs(&format!("dump {menu} {}", text.display()));
    let lines = fs::read_to_string(&text).unwrap();
    let without: String =
        lines.lines().filter(|line| !line.contains("module")).map(|line| format!("{line}\n")).collect();
    assert_eq!(without.lines().count() + 1, lines.lines().count());
    fs::write(&text, without).unwrap();
    copy.debugfs(&format!("rm {menu}"));
    copy.debugfs(&format!("write {} {menu}", text.display()));
    let mut machine = Booted::start(BRINGUP, &image.board, "mach-no-module", &copy.path);
    machine.expect_all(&["GNU Mach 1.8"]);
    machine.expect_instead("No bootstrap code loaded with the kernel", &[PROMPT]);
    machine.expect_blame("initramfs");
}
