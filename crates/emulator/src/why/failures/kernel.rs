//! Kernels, the initramfs and the first programs of a system.

use super::{Link, Sign, Stage, sign};

const BAD_INITRAMFS: &str = "the kernel runs, but cannot use its initramfs";
const MAKE_INITRAMFS: &str = "check that the initramfs is whole, in a format that the kernel unpacks, and that \
                              its /init is for this architecture";
const NO_ROOT: &str = "no disk or partition answers to what `root=` names";
const CHECK_ROOT: &str = "compare `root=` with the file system's UUID; if the disk itself is missing, the \
                          initramfs lacks its driver or the device tree lacks its controller";
const BAD_ROOT: &str = "the root file system is there, but cannot be mounted";
const WRITE_ROOT: &str = "check the file system; the kernel or the initramfs may lack its driver";
const NO_INIT: &str = "the root file system is mounted, but its first program cannot run";
const CHECK_INIT: &str = "check that /sbin/init is there, is for this architecture, and has its interpreter and \
                          libraries";
const NO_MODULES: &str = "GNU Mach runs, but cannot start the programs it was given as modules";
const CHECK_MODULES: &str = "check the `module` lines of the boot menu and the files they name";
const NO_CONSOLE: &str = "the bootstrap task runs, but cannot open the console";
const NAME_CONSOLE: &str = "check `console=` on the kernel's line of the boot menu";

/// The table.
pub(super) const SIGNS: &[Sign] = &[
    // Linux, drivers/firmware/efi/libstub.
    sign(
        "EFI stub: ERROR: Failed to load initrd",
        Stage::Handover,
        Link::Initramfs,
        BAD_INITRAMFS,
        MAKE_INITRAMFS,
    ),
    // Linux, arch/arm/kernel/devtree.c and head-common.S.
    sign(
        "Error: invalid dtb",
        Stage::Handover,
        Link::DeviceTree,
        "the kernel got no device tree that it can read",
        "check the device tree that the boot menu names",
    ),
    // Linux, init/initramfs.c and init/main.c, `kernel_init`.
    sign("Initramfs unpacking failed", Stage::Kernel, Link::Initramfs, BAD_INITRAMFS, MAKE_INITRAMFS),
    sign("check access for rdinit=", Stage::Kernel, Link::Initramfs, BAD_INITRAMFS, MAKE_INITRAMFS),
    sign("Failed to execute /init ", Stage::Initramfs, Link::Initramfs, BAD_INITRAMFS, MAKE_INITRAMFS),
    // Linux, init/do_mounts.c.
    sign("VFS: Cannot open root device", Stage::Kernel, Link::Root, NO_ROOT, CHECK_ROOT),
    sign("VFS: Unable to mount root fs", Stage::Kernel, Link::Root, NO_ROOT, CHECK_ROOT),
    // This project's initramfs.
    sign("initramfs: no file system with", Stage::Initramfs, Link::Root, NO_ROOT, CHECK_ROOT),
    sign(
        "initramfs: no root= on the kernel command line",
        Stage::Initramfs,
        Link::Root,
        "the boot menu does not say where root is",
        "put `root=UUID=...` into the menu's entry",
    ),
    sign("initramfs: cannot mount", Stage::Initramfs, Link::Root, BAD_ROOT, WRITE_ROOT),
    sign("initramfs: no /", Stage::Root, Link::Init, NO_INIT, CHECK_INIT),
    // initramfs-tools, scripts/local and init; dracut and systemd in an initramfs.
    sign("does not exist.  Dropping to a shell!", Stage::Initramfs, Link::Root, NO_ROOT, CHECK_ROOT),
    sign("Timed out waiting for device", Stage::Initramfs, Link::Root, NO_ROOT, CHECK_ROOT),
    sign("Target filesystem doesn't have requested", Stage::Root, Link::Init, NO_INIT, CHECK_INIT),
    sign("No init found. Try passing init=", Stage::Root, Link::Init, NO_INIT, CHECK_INIT),
    // Linux, fs/ext4/super.c.
    sign("Can't find ext4 filesystem", Stage::Initramfs, Link::Root, BAD_ROOT, WRITE_ROOT),
    sign(
        "couldn't mount because of unsupported optional features",
        Stage::Initramfs,
        Link::Root,
        BAD_ROOT,
        WRITE_ROOT,
    ),
    // busybox, util-linux/switch_root.c; shells and dynamic linkers.
    sign("switch_root: can't execute", Stage::Root, Link::Init, NO_INIT, CHECK_INIT),
    sign("error while loading shared libraries", Stage::Root, Link::Init, NO_INIT, CHECK_INIT),
    sign("xec format error", Stage::Root, Link::Init, NO_INIT, CHECK_INIT),
    // Linux, init/main.c.
    sign("Requested init ", Stage::Root, Link::Init, NO_INIT, CHECK_INIT),
    sign("No working init found", Stage::Root, Link::Init, NO_INIT, CHECK_INIT),
    // systemd, units/emergency.service.in.
    sign(
        "You are in emergency mode",
        Stage::Root,
        Link::Init,
        "the system runs, but a file system of /etc/fstab or a unit it needs failed",
        "`journalctl -xb` in that shell says which",
    ),
    // Linux, kernel/exit.c and kernel/panic.c.
    sign("Attempted to kill init!", Stage::Root, Link::Init, "the first program ended", CHECK_INIT),
    sign(
        "Kernel panic - not syncing",
        Stage::Root,
        Link::Kernel,
        "the kernel gave up",
        "its own words and the lines before say why",
    ),
    // GNU Mach, kern/bootstrap.c.
    sign(
        "No bootstrap code loaded with the kernel!",
        Stage::Kernel,
        Link::Initramfs,
        NO_MODULES,
        CHECK_MODULES,
    ),
    sign("Cannot load user executable module", Stage::Kernel, Link::Initramfs, NO_MODULES, CHECK_MODULES),
    sign("Cannot load user-bootstrap image", Stage::Kernel, Link::Initramfs, NO_MODULES, CHECK_MODULES),
    sign(
        "boot script commands could not be parsed",
        Stage::Kernel,
        Link::Initramfs,
        NO_MODULES,
        CHECK_MODULES,
    ),
    sign("ERROR in executing boot script", Stage::Kernel, Link::Initramfs, NO_MODULES, CHECK_MODULES),
    // This project's task for GNU Mach, systems/mach/start.c.
    sign("bringup: the boot menu must pass", Stage::Kernel, Link::BootMenu, NO_MODULES, CHECK_MODULES),
    sign(
        "bringup: the device `console` cannot be opened",
        Stage::Kernel,
        Link::Init,
        NO_CONSOLE,
        NAME_CONSOLE,
    ),
];
