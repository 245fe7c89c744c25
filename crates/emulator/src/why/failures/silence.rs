//! What it means when a machine says nothing more.

use super::{Link, Stage};

/// A step after which nothing came, and no complaint.
pub(in super::super) struct Silence {
    pub(in super::super) link: Link,
    pub(in super::super) meaning: &'static str,
    pub(in super::super) advice: &'static str,
}

/// What failed if `reached` was the last thing that showed.
pub(in super::super) fn of(reached: Stage) -> Silence {
    let (link, meaning, advice) = match reached {
        Stage::Nothing => (
            Link::BootRom,
            "no program of the boot chain has said anything: the boot ROM found none it accepts, or \
             the console is another one",
            "check the serial line and its rate; then that the first program is whole and where the \
             boot ROM looks for it",
        ),
        Stage::Firmware => (
            Link::BootRom,
            "the machine's firmware found nothing to start, or what it started says nothing",
            "check the boot sector, or the EFI system partition and its program in EFI/BOOT",
        ),
        Stage::FirstProgram => (
            Link::NextStage,
            "the first program runs, but the one it is to load says nothing",
            "check that the second program is whole and where the first one looks for it, and that \
             both are from the same build for this board",
        ),
        Stage::BootLoader => (
            Link::BootMenu,
            "the boot loader runs, but shows no boot menu",
            "check that the partition with the menu is marked bootable and its file system can be read",
        ),
        Stage::Menu | Stage::Loading => (
            Link::Kernel,
            "the boot menu was found, but the kernel was not started",
            "check that every file the menu names is there and whole",
        ),
        Stage::Handover => (
            Link::LoadAddresses,
            "the kernel was started and says nothing: something overwrote it, its device tree is of \
             another board, or its console is another one",
            "check the load addresses against the sizes, the device tree, and `console=`",
        ),
        Stage::Kernel => (
            Link::DeviceTree,
            "the kernel stops before its first program: a device it waits for does not answer",
            "check the device tree; `earlycon` and `initcall_debug` on the kernel's command line show \
             the driver",
        ),
        Stage::Initramfs => (
            Link::Root,
            "the initramfs runs, but mounts no root file system",
            "check `root=` and that the initramfs has the driver of the disk",
        ),
        Stage::Root | Stage::Up => (
            Link::Init,
            "the root file system is mounted, but nobody can log in",
            "check the first program of the system, what it starts, and that a getty runs on this console",
        ),
    };
    Silence { link, meaning, advice }
}
