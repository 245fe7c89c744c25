//! PCs: UEFI of 64 and of 32 bits, BIOS; each link broken fails for its own reason.

use bringup_tests::Image;
use bringup_tests::copy::ImageCopy;
use bringup_tests::machine::{Booted, PATIENCE};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// Boots the image past `steps` to a login, and stops the machine.
fn boots(image: &Image, name: &str, steps: &[&str]) {
    let mut machine = Booted::start(BRINGUP, &image.board, name, &image.path);
    machine.expect_all(steps);
    machine.log_in(image, "x86_64").leave("poweroff").unwrap();
    machine.console.expect_end(PATIENCE).unwrap();
}

#[test]
fn uefi_starts_systemd_boot() {
    let image = Image::of(BRINGUP, "x86_64-efi");
    boots(&image, "x86_64-efi", &["BdsDxe: starting Boot", "EFI stub: Loaded initrd", "Linux version"]);
}

#[test]
fn uefi_starts_grub() {
    let arguments = ["--bootloader", "grub-efi"];
    let image = Image::variant(BRINGUP, "x86_64-efi", "x86_64-efi-grub", &arguments);
    boots(&image, "x86_64-efi-grub", &["BdsDxe: starting Boot", "GRUB", "Linux version"]);
}

#[test]
fn uefi_of_32_bits_starts_a_kernel_of_64() {
    let image = Image::of(BRINGUP, "i686-efi32");
    boots(&image, "i686-efi32", &["BdsDxe: starting Boot", "GRUB", "Linux version"]);
}

#[test]
fn bios_starts_grub() {
    let image = Image::of(BRINGUP, "x86_64-bios");
    boots(&image, "x86_64-bios", &["SeaBIOS (version", "GRUB", "Linux version"]);
}

#[test]
fn without_the_fallback_program_uefi_finds_nothing() {
    let image = Image::of(BRINGUP, "x86_64-efi");
    let copy = ImageCopy::of(BRINGUP, &image);
    copy.mtool("mdel", &["::/EFI/BOOT/BOOTX64.EFI"]);

    let mut machine = Booted::start(BRINGUP, &image.board, "no-fallback-program", &copy.path);
    // The last resort of this firmware.
    machine.expect_instead("EFI Internal Shell", &["Linux version"]);
    machine.expect_blame("boot-rom");
}

#[test]
fn a_menu_entry_with_a_missing_kernel_is_left_out_by_systemd_boot() {
    let image = Image::of(BRINGUP, "x86_64-efi");
    let copy = ImageCopy::of(BRINGUP, &image);
    copy.mtool("mdel", &[&format!("::/tiny/vmlinuz-{}", image.kernel_release())]);

    let mut machine = Booted::start(BRINGUP, &image.board, "no-kernel-in-esp", &copy.path);
    machine.expect_all(&["BdsDxe: starting Boot"]);
    // It leaves out what is not whole, and the firmware's own setup is all that is left.
    machine.expect_instead("\"UiApp\" from", &["Linux version"]);
    machine.expect_blame("kernel");
}

#[test]
fn a_wrong_block_list_ends_in_grubs_boot_sector() {
    let image = Image::of(BRINGUP, "x86_64-bios");
    let copy = ImageCopy::of(BRINGUP, &image);
    // GRUB 2.12, include/grub/i386/pc/boot.h, GRUB_BOOT_MACHINE_KERNEL_SECTOR: 0x5C, the first sector of
    // core.img, 64 bits; this one is past the end of the disk.
    copy.write(image.firmware_offset("boot.img") + 0x5C, &0x1000_0000_u64.to_le_bytes());

    let mut machine = Booted::start(BRINGUP, &image.board, "wrong-block-list", &copy.path);
    machine.expect_all(&["Booting from Hard Disk"]);
    machine.expect_instead("GRUB Geom Error", &["Welcome to GRUB!", "Linux version"]);
    machine.expect_blame("next-stage");
}

#[test]
fn without_its_menu_grub_shows_its_prompt() {
    let image = Image::of(BRINGUP, "x86_64-bios");
    let copy = ImageCopy::of(BRINGUP, &image);
    copy.debugfs("rm /boot/grub/grub.cfg");

    let mut machine = Booted::start(BRINGUP, &image.board, "no-grub-cfg", &copy.path);
    machine.expect_instead("grub> ", &["Linux version"]);
    machine.expect_blame("boot-menu");
}

#[test]
fn a_wrong_root_uuid_is_reported_by_a_pcs_initramfs() {
    let image = Image::of(BRINGUP, "x86_64-bios");
    let copy = ImageCopy::of(BRINGUP, &image);
    copy.wrong_root_uuid();

    let mut machine = Booted::start(BRINGUP, &image.board, "pc-wrong-root-uuid", &copy.path);
    machine.expect_all(&["Linux version"]);
    machine.expect_instead("initramfs: no file system with UUID=", &["login: "]);
    machine.expect_blame("root");
}
