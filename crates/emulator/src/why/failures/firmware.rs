//! Boot ROMs that speak, a PC's firmware, and boot sectors.

use super::{Link, Sign, Stage};

const NO_EFI_PROGRAM: &str = "UEFI found no program to start on the disk";
const LOOK_AT_ESP: &str = "the disk needs a GPT with an EFI system partition, FAT, and in it the program for \
                           this machine under its fallback name: EFI/BOOT/BOOTX64.EFI, BOOTIA32.EFI, \
                           BOOTAA64.EFI or BOOTRISCV64.EFI";
const CORE_UNREADABLE: &str = "GRUB's boot sector cannot read the program behind it";
const LOOK_AT_CORE: &str = "its block list must name the sectors that core.img is in; install both again";

/// The table.
pub(super) const SIGNS: &[Sign] = &[
    // AM335x TRM, SPRUH73, 26.1.9.5: the ROM asks for a file by XMODEM once all else has failed.
    Sign {
        text: "CCCC",
        stage: Stage::Nothing,
        link: Link::BootRom,
        meaning: "the boot ROM found no first program on any disk and asks for one over the serial line",
        advice: "write MLO to one of its raw places, or as a file to an active FAT partition, and check \
                 the board's boot switch",
    },
    // edk2, MdeModulePkg/Universal/BdsDxe/BdsEntry.c, `BdsEntry`.
    Sign {
        text: "BdsDxe: No bootable option or device was found",
        stage: Stage::Firmware,
        link: Link::BootRom,
        meaning: NO_EFI_PROGRAM,
        advice: LOOK_AT_ESP,
    },
    // edk2, MdeModulePkg/Library/UefiBootManagerLib/BmBoot.c; the shell is the last resort of the
    // firmware, so that starting it is no progress.
    Sign {
        text: "EFI Internal Shell",
        stage: Stage::BootLoader,
        link: Link::BootRom,
        meaning: NO_EFI_PROGRAM,
        advice: LOOK_AT_ESP,
    },
    Sign {
        text: "UEFI Interactive Shell",
        stage: Stage::BootLoader,
        link: Link::BootRom,
        meaning: NO_EFI_PROGRAM,
        advice: LOOK_AT_ESP,
    },
    Sign {
        text: "BdsDxe: failed to start Boot",
        stage: Stage::BootLoader,
        link: Link::BootRom,
        meaning: "UEFI loaded a program, but it ended or was refused",
        advice: "check that it is for this machine's architecture, and whole",
    },
    Sign {
        text: "BdsDxe: failed to load Boot",
        stage: Stage::Firmware,
        link: Link::BootRom,
        meaning: NO_EFI_PROGRAM,
        advice: LOOK_AT_ESP,
    },
    // SeaBIOS, src/boot.c, `boot_disk` and `do_boot`.
    Sign {
        text: "Boot failed: not a bootable disk",
        stage: Stage::Firmware,
        link: Link::BootRom,
        meaning: "the disk's first sector does not end in 0x55 0xAA",
        advice: "write the boot sector and the table again; a disk for UEFI needs UEFI firmware",
    },
    Sign {
        text: "No bootable device.",
        stage: Stage::Firmware,
        link: Link::BootRom,
        meaning: "the BIOS found no disk that it can start from",
        advice: "check that the disk is attached and its first sector ends in 0x55 0xAA",
    },
    // GRUB, grub-core/boot/i386/pc/boot.S and diskboot.S.
    Sign {
        text: "Geom Error",
        stage: Stage::FirstProgram,
        link: Link::NextStage,
        meaning: "the BIOS cannot reach the sector that GRUB's block list names",
        advice: LOOK_AT_CORE,
    },
    Sign {
        text: "Hard Disk Error",
        stage: Stage::FirstProgram,
        link: Link::NextStage,
        meaning: CORE_UNREADABLE,
        advice: LOOK_AT_CORE,
    },
    Sign {
        text: "Read Error",
        stage: Stage::FirstProgram,
        link: Link::NextStage,
        meaning: CORE_UNREADABLE,
        advice: LOOK_AT_CORE,
    },
];
