//! The words that show how far a boot got.

use super::Stage;

/// Words of a program, and what follows from them.
pub(super) struct Sign {
    /// What the line contains.
    pub(super) text: &'static str,
    /// How far the boot has then got.
    pub(super) stage: Stage,
    /// Whether a boot shows it once, so that the second one begins another boot.
    pub(super) once: bool,
}

const fn first(text: &'static str, stage: Stage) -> Sign {
    Sign { text, stage, once: true }
}

const fn later(text: &'static str, stage: Stage) -> Sign {
    Sign { text, stage, once: false }
}

/// Every sign, in the order of a boot.
pub(super) const SIGNS: &[Sign] = &[
    // SeaBIOS, src/bootsplash.c, `enable_vga_console`.
    first("SeaBIOS (version ", Stage::Firmware),
    // edk2, ArmPlatformPkg: the banner of UEFI on Arm.
    first("UEFI firmware (version ", Stage::Firmware),
    // edk2, MdeModulePkg/Library/UefiBootManagerLib/BmBoot.c, `EfiBootManagerBoot`.
    later("BdsDxe: loading Boot", Stage::Firmware),
    // What UEFI starts is a boot loader, or Linux as its own.
    later("BdsDxe: starting Boot", Stage::BootLoader),
    // OpenSBI, lib/sbi/sbi_init.c, `sbi_boot_print_banner`; behind SPL it shows nothing new.
    later("OpenSBI v", Stage::Firmware),
    // U-Boot, common/spl/spl.c, `preloader_console_init`.
    first("U-Boot TPL 2", Stage::FirstProgram),
    first("U-Boot SPL 2", Stage::FirstProgram),
    // GRUB, grub-core/boot/i386/pc/boot.S: `notification_string`.
    later("GRUB ", Stage::FirstProgram),
    // U-Boot, lib/display_options.c, `display_options_get_banner`.
    first("U-Boot 2", Stage::BootLoader),
    // GRUB, grub-core/kern/main.c and grub-core/normal/main.c, `grub_normal_init_page`.
    later("Welcome to GRUB!", Stage::BootLoader),
    later("GNU GRUB  version ", Stage::BootLoader),
    // U-Boot, boot/bootflow.c and cmd/bootflow.c: the name of the boot method.
    later("' with extlinux", Stage::Menu),
    later("' with script", Stage::Menu),
    // U-Boot, include/config_distro_bootcmd.h, on boards that boot by scripts in the environment.
    later("Found /boot/extlinux/extlinux.conf", Stage::Menu),
    later("Found /extlinux/extlinux.conf", Stage::Menu),
    later("Found U-Boot script ", Stage::Menu),
    // GRUB, grub-core/normal/menu_text.c; systemd-boot, src/boot/boot.c, `menu_run`.
    later("keys to select which entry is highlighted", Stage::Menu),
    later("  Booting `", Stage::Menu),
    later("Boot in ", Stage::Menu),
    // U-Boot, boot/pxe_utils.c, `get_relfile`; what it looks for on the network has no slash there.
    later("Retrieving file: /", Stage::Loading),
    // U-Boot, arch/*/lib/bootm.c, `announce_and_cleanup`; Linux, drivers/firmware/efi/libstub.
    later("Starting kernel ...", Stage::Handover),
    later("EFI stub: Booting Linux", Stage::Handover),
    later("EFI stub: Loaded initrd", Stage::Handover),
    // Linux, init/version-timestamp.c, `linux_banner`, and arch/arm64/kernel/setup.c.
    first("Linux version ", Stage::Kernel),
    later("Booting Linux on ", Stage::Kernel),
    // GNU Mach, kern/startup.c, `setup_main`.
    first("GNU Mach 1.", Stage::Kernel),
    // Linux, init/main.c, `run_init_process`.
    later("Run /init as init process", Stage::Initramfs),
    later("Run /sbin/init as init process", Stage::Root),
    // Linux, fs/ext4/super.c, `ext4_fill_super`; init/do_mounts.c.
    later(": mounted filesystem ", Stage::Root),
    later("VFS: Mounted root ", Stage::Root),
    // This project's task for GNU Mach, systems/mach/start.c.
    later("bringup: bootstrap task on ", Stage::Initramfs),
    later("bringup: ready, type `help`", Stage::Up),
    // getty and login(1).
    later(" login: ", Stage::Up),
];
