//! Boards whose own SPL runs on QEMU's model of their chip: from the boot ROM's first program to a login.
//!
//! QEMU has the processors, the memory, the card slot and the serial line of these chips, and little
//! else. So a copy of the image is booted that lacks one file: the list by which the system finds a
//! driver for each device. With it the A10's crypto engine, which QEMU has not, is waited for without
//! end, and with four processors each driver costs QEMU seconds of flushing translations page by page.
//! Nothing before `/sbin/init` reads that file. Their power switches are not modelled either.

use std::time::Duration;

use bringup_emulator::Error;
use bringup_tests::Image;
use bringup_tests::copy::ImageCopy;
use bringup_tests::machine::Booted;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// For how long a console must stay silent; the SPL's first line comes within two seconds.
const SILENCE: Duration = Duration::from_secs(20);

/// SPL, and where it says that it looks for U-Boot.
const SPL: [&str; 2] = ["U-Boot SPL 20", "Trying to boot from MMC"];
/// What follows the menu.
const LINUX: [&str; 3] = ["Starting kernel ...", "Linux version ", "mounted filesystem"];

/// The board's image, without the list of drivers by device.
fn copy(image: &Image) -> ImageCopy<'_> {
    let copy = ImageCopy::of(BRINGUP, image);
    copy.debugfs(&format!("rm /usr/lib/modules/{}/modules.alias", image.kernel_release()));
    copy
}

fn allwinner(board: &str) {
    let image = Image::of(BRINGUP, board);
    let copy = copy(&image);
    let mut machine = Booted::start(BRINGUP, board, board, &copy.path);
    machine.expect_all(&SPL);
    machine.expect_all(&["U-Boot 20", "extlinux.conf"]);
    machine.expect_all(&LINUX);
    machine.log_in(&image, "armv7l");
}

#[test]
fn h3_boots_by_its_own_spl() {
    allwinner("orangepi-pc-plus");
}

#[test]
fn a10_boots_by_its_own_spl() {
    allwinner("cubieboard");
}

#[test]
fn r40_boots_by_its_own_spl() {
    allwinner("bananapi-m2-ultra");
}

#[test]
fn fu540_boots_by_its_own_spl() {
    let image = Image::of(BRINGUP, "sifive-unleashed");
    let copy = copy(&image);
    let mut machine = Booted::start(BRINGUP, &image.board, "sifive-unleashed", &copy.path);
    machine.expect_all(&SPL);
    machine.expect_all(&["U-Boot 20", "=> "]);
    // U-Boot starts the card anew, which fails every other time on QEMU's; this is the other time.
    machine.console.send_line("run bootcmd_mmc0").unwrap();
    machine.expect_all(&["extlinux.conf"]);
    machine.expect_all(&LINUX);
    machine.log_in(&image, "riscv64");
}

/// A copy of the image whose byte at `at` behind the start of the SPL is another.
fn flipped(image: &Image, at: u64) -> ImageCopy<'_> {
    let copy = ImageCopy::of(BRINGUP, image);
    copy.flip(image.firmware_offset("u-boot-sunxi-with-spl.bin") + at);
    copy
}

#[test]
fn an_spl_whose_first_instruction_is_another_says_nothing() {
    let image = Image::of(BRINGUP, "orangepi-pc-plus");
    let copy = flipped(&image, 0);
    let mut machine = Booted::start(BRINGUP, &image.board, "spl-first-instruction", &copy.path);
    let error = machine.console.expect("U-Boot", SILENCE).unwrap_err();
    assert!(matches!(&error, Error::Timeout { last, .. } if last.is_empty()), "{error}");
    machine.expect_blame("boot-rom");
}

#[test]
fn an_spl_without_the_boot_roms_mark_takes_itself_for_sent_over_usb() {
    let image = Image::of(BRINGUP, "orangepi-pc-plus");
    // QEMU's H3 starts what is there, whatever its mark; the SPL itself looks at it.
    let copy = flipped(&image, 4);
    let mut machine = Booted::start(BRINGUP, &image.board, "spl-without-mark", &copy.path);
    machine.expect_instead("Trying to boot from FEL", &["Trying to boot from MMC"]);
    machine.expect_blame("boot-rom");
}

#[test]
fn behind_a_damaged_u_boot_there_is_silence() {
    let image = Image::of(BRINGUP, "orangepi-pc-plus");
    // U-Boot's own header, whose mark this SPL needs to tell it from bare code.
    let copy = flipped(&image, 32 << 10);
    let mut machine = Booted::start(BRINGUP, &image.board, "damaged-u-boot", &copy.path);
    machine.expect_all(&SPL);
    assert!(matches!(machine.console.expect("U-Boot 20", SILENCE).unwrap_err(), Error::Timeout { .. }));
    machine.expect_blame("next-stage");
}

#[test]
fn an_spl_that_finds_no_fit_runs_into_it() {
    let image = Image::of(BRINGUP, "sifive-unleashed");
    let copy = ImageCopy::of(BRINGUP, &image);
    copy.flip(image.firmware_offset("u-boot.itb"));
    let mut machine = Booted::start(BRINGUP, &image.board, "damaged-fit", &copy.path);
    machine.expect_all(&SPL);
    // Without the mark of a device tree it takes it for bare code.
    machine.expect_instead("Unhandled exception: Illegal instruction", &["U-Boot 20"]);
    machine.expect_blame("next-stage");
}
