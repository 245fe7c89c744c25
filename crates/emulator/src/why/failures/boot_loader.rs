//! Boot loaders: U-Boot, GRUB, systemd-boot.

use super::{Link, Sign, Stage, sign};

const NO_MENU: &str = "the boot loader runs, but found no boot menu on any disk";
const WRITE_MENU: &str = "the partition marked bootable needs /boot/extlinux/extlinux.conf or \
                          /extlinux/extlinux.conf";
const NO_ENTRY: &str = "no entry of the boot menu could be started";
const NO_TABLE: &str = "the boot loader reads the disk, but finds no partition on it";
const WRITE_TABLE: &str = "write the partition table again";
const BAD_KERNEL: &str =
    "the file that the menu names as kernel is none, damaged, or of another architecture";
const WRITE_KERNEL: &str = "put a whole kernel for this machine where the menu says";
const NO_KERNEL: &str = "the kernel that the menu names cannot be read";
const CHECK_KERNEL: &str = "check the path in the menu, and the file system";
const BAD_INITRAMFS: &str = "the initramfs that the menu names cannot be read or is none";
const CHECK_INITRAMFS: &str = "check the path in the menu, and that the file is whole";
const NO_MODULE: &str = "a module that the menu gives to the kernel cannot be read";
const CHECK_MODULE: &str = "check the paths behind `module` in the menu, and the file system";
const NO_TREE: &str = "the boot loader has no device tree for the kernel";
const CHECK_TREE: &str = "check `fdt` or `fdtdir` in the menu and that the board's file is there";
const OVERLAP: &str = "what was loaded overlaps";
const CHECK_ADDRESSES: &str =
    "the kernel is too large for the board's load addresses; set them further apart";
const NO_FILES: &str = "GRUB runs, but does not find the partition or the files that it was made to look for";
const CHECK_FILES: &str = "check the UUID in GRUB's own settings and in its menu against the file system's";

/// The table.
pub(super) const SIGNS: &[Sign] = &[
    // U-Boot, boot/pxe_utils.c, `label_boot`.
    sign("for failure retrieving kernel", Stage::Loading, Link::Kernel, NO_KERNEL, CHECK_KERNEL),
    sign("for failure retrieving initrd", Stage::Loading, Link::Initramfs, BAD_INITRAMFS, CHECK_INITRAMFS),
    sign("for failure retrieving FDT", Stage::Loading, Link::DeviceTree, NO_TREE, CHECK_TREE),
    // The kernel is started with U-Boot's own device tree then.
    sign("for failure retrieving dts", Stage::Handover, Link::DeviceTree, NO_TREE, CHECK_TREE),
    sign(
        "No kernel given, skipping",
        Stage::Loading,
        Link::BootMenu,
        "an entry of the boot menu names no kernel",
        "give the entry a `kernel` line",
    ),
    // U-Boot, arch/arm/lib/image.c, zimage.c; arch/riscv/lib/image.c; boot/bootm.c.
    sign("Bad Linux ARM64 Image magic!", Stage::Loading, Link::Kernel, BAD_KERNEL, WRITE_KERNEL),
    sign("zimage: Bad magic!", Stage::Loading, Link::Kernel, BAD_KERNEL, WRITE_KERNEL),
    sign("Bad Linux RISCV Image magic!", Stage::Loading, Link::Kernel, BAD_KERNEL, WRITE_KERNEL),
    sign("can't get kernel image!", Stage::Loading, Link::Kernel, BAD_KERNEL, WRITE_KERNEL),
    // U-Boot, boot/bootm.c and image-board.c.
    sign(
        "Ramdisk image is corrupt or invalid",
        Stage::Loading,
        Link::Initramfs,
        BAD_INITRAMFS,
        CHECK_INITRAMFS,
    ),
    sign("Wrong Ramdisk Image Format", Stage::Loading, Link::Initramfs, BAD_INITRAMFS, CHECK_INITRAMFS),
    sign("image overlaps OS image", Stage::Loading, Link::LoadAddresses, OVERLAP, CHECK_ADDRESSES),
    sign(
        "kernel_comp_addr_r or kernel_comp_size is not provided!",
        Stage::Loading,
        Link::LoadAddresses,
        "U-Boot has no place to unpack a compressed kernel",
        "use an uncompressed kernel, or set both variables",
    ),
    // U-Boot, boot/image-fdt.c.
    sign(
        "Did not find a cmdline Flattened Device Tree",
        Stage::Loading,
        Link::DeviceTree,
        NO_TREE,
        CHECK_TREE,
    ),
    sign("Could not find a valid device tree", Stage::Loading, Link::DeviceTree, NO_TREE, CHECK_TREE),
    sign("FDT creation failed!", Stage::Loading, Link::DeviceTree, NO_TREE, CHECK_TREE),
    sign("reserving fdt memory region failed", Stage::Loading, Link::LoadAddresses, OVERLAP, CHECK_ADDRESSES),
    // U-Boot, arch/arm/lib/interrupts_64.c, interrupts.c; arch/riscv/lib/interrupts.c.
    sign("\"Synchronous Abort\" handler", Stage::Handover, Link::LoadAddresses, OVERLAP, CHECK_ADDRESSES),
    sign("prefetch abort", Stage::Handover, Link::LoadAddresses, OVERLAP, CHECK_ADDRESSES),
    sign("Unhandled exception: ", Stage::Handover, Link::LoadAddresses, OVERLAP, CHECK_ADDRESSES),
    // U-Boot, cmd/part.c, disk/part.c and part_dos.c.
    sign("## Unknown partition table type", Stage::BootLoader, Link::BootPartition, NO_TABLE, WRITE_TABLE),
    sign("bad MBR sector signature", Stage::BootLoader, Link::BootPartition, NO_TABLE, WRITE_TABLE),
    sign("** No partition table - ", Stage::BootLoader, Link::BootPartition, NO_TABLE, WRITE_TABLE),
    sign("Couldn't find partition ", Stage::BootLoader, Link::BootPartition, NO_TABLE, WRITE_TABLE),
    // U-Boot, cmd/bootflow.c, `do_bootflow_scan`.
    sign("No more bootdevs", Stage::BootLoader, Link::BootMenu, NO_MENU, WRITE_MENU),
    sign("No bootflows found", Stage::BootLoader, Link::BootMenu, NO_MENU, WRITE_MENU),
    // U-Boot, include/config_distro_bootcmd.h: the network is what it tries last.
    sign("Filename 'boot.scr.uimg'", Stage::BootLoader, Link::BootMenu, NO_MENU, WRITE_MENU),
    sign("EXTLINUX FAILED: continuing...", Stage::Loading, Link::BootMenu, NO_ENTRY, WRITE_MENU),
    // GRUB: the module that shows menus, grub-core/kern/rescue_reader.c, kern/disk.c, kern/fs.c.
    sign("/normal.mod' not found", Stage::BootLoader, Link::BootPartition, NO_FILES, CHECK_FILES),
    sign("error: no such device: ", Stage::Menu, Link::BootPartition, NO_FILES, CHECK_FILES),
    sign("error: no such partition", Stage::Menu, Link::BootPartition, NO_FILES, CHECK_FILES),
    sign("error: unknown filesystem", Stage::Menu, Link::BootPartition, NO_FILES, CHECK_FILES),
    sign(
        "error: attempt to read or write outside of",
        Stage::Menu,
        Link::BootPartition,
        "a partition or a file lies beyond the end of the disk",
        "the image is cut short; write all of it",
    ),
    sign("grub rescue> ", Stage::BootLoader, Link::BootPartition, NO_FILES, CHECK_FILES),
    sign(
        "Minimal BASH-like line editing is supported",
        Stage::BootLoader,
        Link::BootMenu,
        "GRUB runs, but found no menu and shows its prompt",
        "put grub.cfg where this GRUB was made to look for it: `echo $prefix` at its prompt says where",
    ),
    // GRUB, grub-core/fs/fshelp.c; loader/i386/linux.c, loader/multiboot.c.
    sign("error: file `/boot/init", Stage::Menu, Link::Initramfs, BAD_INITRAMFS, CHECK_INITRAMFS),
    // What GNU Mach is to start: of this project's system `mach`, and of Debian's Hurd.
    sign("error: file `/boot/bootstrap-task", Stage::Menu, Link::Initramfs, NO_MODULE, CHECK_MODULE),
    sign("error: file `/hurd/", Stage::Menu, Link::Initramfs, NO_MODULE, CHECK_MODULE),
    sign("error: file `/lib/ld.so", Stage::Menu, Link::Initramfs, NO_MODULE, CHECK_MODULE),
    sign("error: file `", Stage::Menu, Link::Kernel, NO_KERNEL, CHECK_KERNEL),
    sign("error: invalid magic number", Stage::Menu, Link::Kernel, BAD_KERNEL, WRITE_KERNEL),
    sign("ELF magic", Stage::Menu, Link::Kernel, BAD_KERNEL, WRITE_KERNEL),
    sign("error: you need to load the kernel first", Stage::Menu, Link::Kernel, NO_KERNEL, CHECK_KERNEL),
    // systemd-boot, src/boot/boot.c, `run` and `image_start`.
    sign(
        "No loader found. Configuration files in",
        Stage::BootLoader,
        Link::BootMenu,
        "systemd-boot runs, but found no entry",
        "the EFI system partition needs loader/entries/*.conf, or kernels in EFI/Linux",
    ),
    sign("Error opening boot entry", Stage::Menu, Link::Kernel, NO_KERNEL, CHECK_KERNEL),
    sign("Error preparing initrd", Stage::Menu, Link::Initramfs, BAD_INITRAMFS, CHECK_INITRAMFS),
    sign(": Error loading ", Stage::Menu, Link::Kernel, NO_KERNEL, CHECK_KERNEL),
    sign(": Failed to execute ", Stage::Menu, Link::Kernel, BAD_KERNEL, WRITE_KERNEL),
];
