//! Logs of boots that failed at every link of the chain.

use bringup_board_pine64_lts::BOARD;
use bringup_emulator::{Diagnosis, Link, Stage, why_no_boot};
use bringup_spec::{Board, BootRom, Bytes, Guid, PartitionType, Soc, SplHeader};

/// A boot by U-Boot that works, line by line as far as the diagnosis goes.
const U_BOOT: [(Stage, &str); 9] = [
    (Stage::FirstProgram, "U-Boot SPL 2025.01-3+deb13u1 (Jun 24 2026 - 09:07:15 +0000)\r"),
    (Stage::FirstProgram, "Trying to boot from MMC1\r"),
    (Stage::BootLoader, "U-Boot 2025.01-3+deb13u1 (Jun 24 2026 - 09:07:15 +0000) Allwinner Technology\r"),
    (Stage::Menu, "** Booting bootflow 'mmc@1c0f000.bootdev.part_1' with extlinux\r"),
    (Stage::Loading, "Retrieving file: /boot/vmlinuz\r"),
    (Stage::Handover, "Starting kernel ...\r"),
    (Stage::Kernel, "[    0.000000] Linux version 6.12.107+deb13-arm64\r"),
    (Stage::Initramfs, "[    2.654940] Run /init as init process\r"),
    (Stage::Root, "[    4.148170] EXT4-fs (vda1): mounted filesystem 0cae4c30 r/w with ordered data mode.\r"),
];

/// As much of that boot as shows `reached`, then `last`.
fn u_boot(reached: Stage, last: &str) -> String {
    let lines = U_BOOT.iter().take_while(|(stage, _)| *stage <= reached);
    let lines: String = lines.map(|(_, line)| format!("{line}\n")).collect();
    lines + last
}

fn failed(log: &str) -> (Stage, Link, Option<String>) {
    let Diagnosis { reached, failure, .. } = why_no_boot(log, None);
    let failure = failure.unwrap_or_else(|| panic!("the log shows no failure:\n{log}"));
    assert!(!failure.meaning.is_empty() && !failure.advice.is_empty() && failure.hints.is_empty());
    (reached, failure.link, failure.evidence.map(|evidence| evidence.text))
}

#[test]
fn the_last_words_of_each_program_name_their_link() {
    use Link as L;
    use Stage as S;
    for (reached, last, link) in [
        (S::FirstProgram, "mmc_load_image_raw_sector: mmc block read error", L::NextStage),
        (S::FirstProgram, "spl: mmc init failed with error: -110", L::NextStage),
        (S::FirstProgram, "No matching DT out of these options:", L::NextStage),
        (S::FirstProgram, "Could not get FIT buffer of 3735928559 bytes", L::NextStage),
        (S::FirstProgram, "Bad hash value for 'hash-1' hash node in 'uboot' image node", L::NextStage),
        (S::FirstProgram, "spl_load_image_fat: error reading image u-boot.img, err - -2", L::NextStage),
        (S::FirstProgram, "SPL: failed to boot from all boot devices", L::NextStage),
        (S::FirstProgram, "Unhandled exception: Illegal instruction", L::NextStage),
        (S::Handover, "Unhandled exception: Load access fault", L::LoadAddresses),
        (S::FirstProgram, "Timeout initialising DRAM", L::BootRom),
        (S::FirstProgram, "Trying to boot from FEL", L::BootRom),
        (S::BootLoader, "** No partition table - mmc 0 **", L::BootPartition),
        (S::BootLoader, "Couldn't find partition mmc 0:1", L::BootPartition),
        (S::BootLoader, "Filename 'boot.scr.uimg'.", L::BootMenu),
        (S::Loading, "EXTLINUX FAILED: continuing...", L::BootMenu),
        (S::BootLoader, "## Unknown partition table type 0", L::BootPartition),
        (S::BootLoader, "No more bootdevs", L::BootMenu),
        (S::Menu, "No kernel given, skipping tiny", L::BootMenu),
        (S::Loading, "Skipping tiny for failure retrieving kernel", L::Kernel),
        (S::Loading, "Skipping tiny for failure retrieving initrd", L::Initramfs),
        (S::Loading, "Skipping tiny for failure retrieving FDT", L::DeviceTree),
        (S::Loading, "Bad Linux ARM64 Image magic!", L::Kernel),
        (S::Loading, "zimage: Bad magic!", L::Kernel),
        (S::Loading, "Bad Linux RISCV Image magic!", L::Kernel),
        (S::Loading, "Wrong Ramdisk Image Format", L::Initramfs),
        (S::Loading, "ERROR: RD image overlaps OS image (OS=40200000..42a00000)", L::LoadAddresses),
        (S::Loading, "ERROR: Did not find a cmdline Flattened Device Tree", L::DeviceTree),
        (S::Handover, "\"Synchronous Abort\" handler, esr 0x02000000", L::LoadAddresses),
        (S::Handover, "Error: invalid dtb and unrecognized/unsupported machine ID", L::DeviceTree),
        (S::Kernel, "[    1.2] Initramfs unpacking failed: invalid magic at start", L::Initramfs),
        (S::Kernel, "[    2.2] VFS: Cannot open root device \"UUID=0c\": error -6", L::Root),
        (S::Initramfs, "[    2.2] Failed to execute /init (error -8)", L::Initramfs),
        (S::Initramfs, "[   35.9] initramfs: no file system with UUID=0cae4c30 after 30 s", L::Root),
        (S::Initramfs, "[    3.1] initramfs: no root= on the kernel command line", L::Root),
        (S::Initramfs, "[    3.1] initramfs: cannot mount /dev/vda1 (UUID=0cae4c30)", L::Root),
        (S::Initramfs, "ALERT!  UUID=0cae4c30 does not exist.  Dropping to a shell!", L::Root),
        (S::Root, "[    4.2] initramfs: no /sbin/init on /dev/vda1 (UUID=0cae4c30)", L::Init),
        (S::Root, "/sbin/init: error while loading shared libraries: libc.so.6: cannot open", L::Init),
        (S::Root, "switch_root: can't execute '/sbin/init': Exec format error", L::Init),
        (S::Root, "[    4.3] Kernel panic - not syncing: Attempted to kill init! exitcode=0x100", L::Init),
        (S::Root, "You are in emergency mode. After logging in, type \"journalctl -xb\"", L::Init),
        (S::Root, "[    9.9] Kernel panic - not syncing: Fatal exception", L::Kernel),
    ] {
        let evidence = Some(last.to_owned());
        assert_eq!(failed(&u_boot(reached, last)), (reached, link, evidence), "{last}");
    }
}

#[test]
fn the_firmware_and_boot_sectors_of_pcs_have_last_words_too() {
    let no_efi = "BdsDxe: failed to load Boot0001 \"UEFI Misc Device\" from PciRoot(0x0): Not Found\n";
    let no_loader = format!("{no_efi}BdsDxe: No bootable option or device was found.");
    let shell = format!(
        "{no_efi}BdsDxe: loading Boot0002 \"EFI Internal Shell\" from Fv(7CB8)\n\
         BdsDxe: starting Boot0002 \"EFI Internal Shell\" from Fv(7CB8)\nUEFI Interactive Shell v2.2"
    );
    let bios = "SeaBIOS (version 1.16.3-debian-1.16.3-2)\nBooting from Hard Disk...\n";
    for (log, reached, link) in [
        (
            format!("{bios}Boot failed: not a bootable disk\n\nNo bootable device."),
            Stage::Firmware,
            Link::BootRom,
        ),
        (format!("{bios}GRUB Geom Error"), Stage::FirstProgram, Link::NextStage),
        (format!("{bios}GRUB Hard Disk Error"), Stage::FirstProgram, Link::NextStage),
        (format!("{bios}GRUB loading.\nRead Error"), Stage::FirstProgram, Link::NextStage),
        ("CCCCCCCC".to_owned(), Stage::Nothing, Link::BootRom),
        (no_loader, Stage::Nothing, Link::BootRom),
        (shell, Stage::BootLoader, Link::BootRom),
    ] {
        let (found, failed_link, evidence) = failed(&log);
        assert_eq!((found, failed_link, evidence.is_some()), (reached, link, true), "{log}");
    }
}

#[test]
fn grub_systemd_boot_and_gnu_mach_have_last_words_too() {
    let welcome = "GRUB loading.\nWelcome to GRUB!\n";
    let menu =
        "GNU GRUB  version 2.12-9+deb13u2\n  use the ^ and v keys to select which entry is highlighted.\n";
    let efi =
        "BdsDxe: starting Boot0001 \"UEFI Misc Device\" from PciRoot(0x0)\n../src/boot/boot.c:2810@run: ";
    let mach = "GNU Mach 1.8+git20250702-up-486\npanic ../kern/bootstrap.c:812: user_bootstrap: ";
    let rescue = "\nEntering rescue mode...\ngrub rescue> ";
    for (before, last, reached, link) in [
        (
            welcome,
            format!("error: no such device: ffffffff.{rescue}"),
            Stage::BootLoader,
            Link::BootPartition,
        ),
        (welcome, format!("error: unknown filesystem.{rescue}"), Stage::BootLoader, Link::BootPartition),
        (
            welcome,
            format!("error: file `/boot/grub/i386-pc/normal.mod' not found.{rescue}"),
            Stage::BootLoader,
            Link::BootPartition,
        ),
        (
            welcome,
            "   Minimal BASH-like line editing is supported.\ngrub> ".to_owned(),
            Stage::BootLoader,
            Link::BootMenu,
        ),
        (menu, "error: file `/boot/vmlinuz' not found.".to_owned(), Stage::Menu, Link::Kernel),
        (menu, "error: file `/boot/initrd.img' not found.".to_owned(), Stage::Menu, Link::Initramfs),
        (menu, "error: file `/boot/bootstrap-task' not found.".to_owned(), Stage::Menu, Link::Initramfs),
        (menu, "error: file `/hurd/ext2fs.static' not found.".to_owned(), Stage::Menu, Link::Initramfs),
        (menu, "error: no such device: ffffffff-0000.".to_owned(), Stage::Menu, Link::BootPartition),
        (menu, "error: invalid magic number.".to_owned(), Stage::Menu, Link::Kernel),
        (efi, "No loader found. Configuration files in".to_owned(), Stage::BootLoader, Link::BootMenu),
        (efi, "x: Error loading \\vmlinuz: Not found".to_owned(), Stage::BootLoader, Link::Kernel),
        (efi, "x: Error preparing initrd: Not found".to_owned(), Stage::BootLoader, Link::Initramfs),
        (mach, "No bootstrap code loaded with the kernel!".to_owned(), Stage::Kernel, Link::Initramfs),
        (
            mach,
            "Cannot load user executable module (error code -1)".to_owned(),
            Stage::Kernel,
            Link::Initramfs,
        ),
    ] {
        let log = format!("{before}{last}");
        let (found, failed_link, evidence) = failed(&log);
        assert_eq!((found, failed_link, evidence.is_some()), (reached, link, true), "{log}");
    }
}

#[test]
fn the_task_of_gnu_mach_is_known() {
    let kernel = "GNU Mach 1.8+git20250702-up-486\n1 multiboot modules\n";
    let no_ports = format!("{kernel}bringup: the boot menu must pass ${{host-port}} ${{device-port}}");
    assert_eq!(failed(&no_ports).1, Link::BootMenu);
    let ready = format!("{kernel}bringup: bootstrap task on GNU Mach\nbringup: ready, type `help`\nmach> ");
    assert_eq!(why_no_boot(&ready, None).failure, None);
}

#[test]
fn silence_blames_the_next_step() {
    for (reached, link) in [
        (Stage::FirstProgram, Link::NextStage),
        (Stage::BootLoader, Link::BootMenu),
        (Stage::Menu, Link::Kernel),
        (Stage::Loading, Link::Kernel),
        (Stage::Handover, Link::LoadAddresses),
        (Stage::Kernel, Link::DeviceTree),
        (Stage::Initramfs, Link::Root),
        (Stage::Root, Link::Init),
    ] {
        assert_eq!(failed(&u_boot(reached, "")), (reached, link, None));
    }
    for empty in ["", "\r\n\r\n", "\u{fffd}\u{fffd}garbage at the wrong rate\n"] {
        assert_eq!(failed(empty), (Stage::Nothing, Link::BootRom, None));
    }
}

#[test]
fn complaints_that_a_boot_got_over_are_no_failure() {
    let other_card = "spl: mmc init failed with error: -110\nTrying to boot from MMC2\n";
    let boot = u_boot(Stage::Loading, "Bad Linux ARM64 Image magic!\nNo more bootdevs");
    let log = boot.replace("Trying to boot from MMC1\r\n", other_card);
    assert!(log.contains("-110"));
    assert_eq!(failed(&log), (Stage::Loading, Link::Kernel, Some("Bad Linux ARM64 Image magic!".to_owned())));
    let up = why_no_boot(&u_boot(Stage::Root, "tiny login: "), None);
    assert_eq!((up.reached, up.failure, up.boots), (Stage::Up, None, 1));
}

#[test]
fn what_is_looked_for_on_the_network_is_no_progress() {
    let log = u_boot(Stage::BootLoader, "Retrieving file: pxelinux.cfg/01-52-54-00\nNo more bootdevs");
    assert_eq!(failed(&log), (Stage::BootLoader, Link::BootMenu, Some("No more bootdevs".to_owned())));
}

#[test]
fn of_several_boots_the_last_one_that_says_something_counts() {
    let panics = u_boot(Stage::Root, "[ 4.3] Kernel panic - not syncing: Attempted to kill init!\n");
    let cut_off = u_boot(Stage::FirstProgram, "");
    let diagnosis = why_no_boot(&format!("{panics}{panics}{cut_off}"), None);
    assert_eq!((diagnosis.boots, diagnosis.reached), (3, Stage::Root));
    assert_eq!(diagnosis.failure.unwrap().link, Link::Init);
    let up = u_boot(Stage::Root, "tiny login: \n");
    assert_eq!(why_no_boot(&format!("{panics}{up}"), None).failure, None);
    let broken = u_boot(Stage::BootLoader, "No more bootdevs");
    let diagnosis = why_no_boot(&format!("{up}{broken}"), None);
    assert_eq!(diagnosis.failure.unwrap().link, Link::BootMenu);
}

#[test]
fn what_uefi_starts_is_the_boot_loader() {
    let started = "BdsDxe: starting Boot0001 \"UEFI Misc Device\" from PciRoot(0x0)\n";
    assert_eq!(failed(started), (Stage::BootLoader, Link::BootMenu, None));
    let shell = "BdsDxe: starting Boot0002 \"EFI Internal Shell\" from Fv(7CB8)\n";
    let loader_later = format!("{shell}{started}Boot in 1 s.\n");
    assert_eq!(failed(&loader_later), (Stage::Menu, Link::Kernel, None));
}

#[test]
fn time_stamps_and_escape_sequences_do_not_hide_a_line() {
    let log = u_boot(Stage::Menu, "\u{1b}[2J\u{1b}[01;01HBad Linux ARM64 Image magic!\u{1b}[0m\r");
    let stamped: Vec<String> = log.lines().map(|line| format!("[    4.662] {line}")).collect();
    let diagnosis = why_no_boot(&stamped.join("\n"), None);
    let evidence = diagnosis.failure.unwrap().evidence.unwrap();
    assert_eq!((evidence.line, evidence.text.as_str()), (5, "[    4.662] Bad Linux ARM64 Image magic!"));
    assert_eq!(diagnosis.evidence.unwrap().line, 4);
}

#[test]
fn a_board_adds_where_it_looks() {
    let hints = |log: &str| why_no_boot(log, Some(&BOARD)).failure.unwrap().hints.join("\n");
    let silent = hints("");
    assert!(silent.contains("belongs at 8 KiB (0x2000)"), "{silent}");
    assert!(silent.contains("its console is ttyS0 at 115200 baud"), "{silent}");
    for (reached, hint) in [
        (Stage::FirstProgram, "the first program looks for the second one"),
        (Stage::BootLoader, "this board boots with extlinux"),
        (Stage::Loading, "linux-image-arm64"),
        (Stage::Handover, "initramfs at 0x"),
        (Stage::Kernel, "allwinner/sun50i-a64-pine64-lts.dtb"),
        (Stage::Initramfs, "root may be on the controller `/soc/mmc@1c0f000`"),
        (Stage::Root, "aarch64-linux"),
    ] {
        let found = hints(&u_boot(reached, ""));
        assert!(found.contains(hint), "{found}");
    }
}

#[test]
fn a_boot_rom_without_fixed_places_says_what_it_starts() {
    let kind = PartitionType::Custom(Guid::from_u128(0x5B193300_FC78_40CD_8002_E86C45580B47));
    let max_len = Bytes::mib(1);
    for (boot_rom, hint) in [
        (BootRom::Uefi { suffix: "X64" }, "UEFI starts EFI/BOOT/BOOTX64.EFI"),
        (
            BootRom::GptPartition { kind, header: SplHeader::None, max_len },
            "Allwinner A64 starts the partition of type 5B193300-FC78-40CD-8002-E86C45580B47",
        ),
        (
            BootRom::RaspberryPi { files: &["bootcode.bin", "start.elf"] },
            "Allwinner A64 starts from the first FAT partition: bootcode.bin, start.elf",
        ),
    ] {
        let soc = Soc { boot_rom, ..*BOARD.soc };
        // A board's chip is static data.
        let board = Board { soc: Box::leak(Box::new(soc)), ..BOARD };
        let hints = why_no_boot("", Some(&board)).failure.unwrap().hints;
        assert_eq!(hints[0], hint);
    }
}

#[test]
fn a_diagnosis_is_a_few_lines_for_people() {
    let log = u_boot(Stage::BootLoader, "No more bootdevs");
    assert_eq!(
        why_no_boot(&log, Some(&BOARD)).to_string(),
        "reached: the boot loader runs \
         (line 3: `U-Boot 2025.01-3+deb13u1 (Jun 24 2026 - 09:07:15 +0000) Allwinner Technology`)\n\
         failed: boot-menu (line 4: `No more bootdevs`)\n  \
         the boot loader runs, but found no boot menu on any disk\n  \
         help: the partition marked bootable needs /boot/extlinux/extlinux.conf or /extlinux/extlinux.conf\n  \
         this board boots with extlinux"
    );
    let up = u_boot(Stage::Root, "tiny login: \n");
    assert_eq!(
        why_no_boot(&format!("{up}{up}"), None).to_string(),
        "the log shows 2 boots; this is the last one that came to an end\n\
         reached: the system is up (line 20: `tiny login:`)"
    );
}

/// The names are the ones that the proof of an image uses.
#[test]
fn links_have_names_in_kebab_case() {
    assert_eq!(Link::BootRom.to_string(), "boot-rom");
    assert_eq!(Link::LoadAddresses.to_string(), "load-addresses");
}
