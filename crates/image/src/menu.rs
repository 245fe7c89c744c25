//! The boot menu of each method, and where it wants kernel and initramfs.

use bringup_grub::config;
use bringup_kernel::KernelPackage;
use bringup_spec::{Board, BootMethod, BootRom, PartitionTable};
use bringup_system::System;
use bringup_systemd_boot as systemd_boot;
use bringup_tree::Content;
use bringup_u_boot::extlinux;

use crate::types::Format;
use crate::volumes::Names;
use crate::{Error, disc};

/// How long a boot menu waits, in seconds: enough to reach for a key.
pub(crate) const TIMEOUT_SECONDS: u32 = 3;

/// The one entry's name.
const LABEL: &str = "linux";

/// What a menu names.
pub(crate) struct LinuxParts<'a> {
    pub(crate) board: &'a Board,
    pub(crate) system: &'a System,
    pub(crate) method: BootMethod,
    pub(crate) format: Format,
    pub(crate) kernel: &'a KernelPackage,
    pub(crate) kernel_content: &'a Content,
    pub(crate) initramfs: &'a Content,
    pub(crate) names: &'a Names,
    /// The board's device tree, if it has one.
    pub(crate) device_tree: Option<&'a [u8]>,
}

/// Files by absolute path, for the root file system and for the EFI system partition.
#[derive(Debug, Default)]
pub(crate) struct MenuFiles {
    pub(crate) root: Vec<(String, Content)>,
    pub(crate) esp: Vec<(String, Content)>,
}

impl MenuFiles {
    /// Those of another method, too, each path once.
    pub(crate) fn add(&mut self, other: Self) {
        let add = |files: &mut Vec<(String, Content)>, more: Vec<(String, Content)>| {
            for (path, content) in more {
                if !files.iter().any(|(own, _)| *own == path) {
                    files.push((path, content));
                }
            }
        };
        add(&mut self.root, other.root);
        add(&mut self.esp, other.esp);
    }
}

/// The menu that starts Linux, with the initramfs and whatever else has to be where it says.
pub(crate) fn linux(parts: &LinuxParts<'_>) -> Result<MenuFiles, Error> {
    match parts.method {
        BootMethod::Extlinux => extlinux(parts),
        BootMethod::SystemdBoot => loader_entry(parts),
        BootMethod::GrubEfi | BootMethod::GrubBios => grub(parts),
    }
}

/// The kernel's command line.
pub(crate) fn arguments(parts: &LinuxParts<'_>) -> Result<String, Error> {
    let root = &parts.system.root;
    let mode = if root.is_read_only() { "ro" } else { "rw" };
    let mut text =
        parts.names.devices().root.map(|device| format!("root={device} {mode}")).unwrap_or_default();
    // The initramfs's words.
    if root.volatile {
        text += " bringup.volatile";
    }
    if let Format::Iso { compressed: true } = parts.format {
        text += &format!(" bringup.image=/{}", disc::ROOT);
    }
    let grows = parts.system.first_boot.grow || !parts.system.partitions.is_empty();
    if grows && parts.board.table != PartitionTable::Mbr {
        // A power cut while the table grows may leave the primary half-written: the kernel takes the copy
        // at the disk's end only if it is told to (Linux, block/partitions/efi.c, `find_valid_gpt`).
        text += " gpt";
    }
    if needs_console(parts)? {
        // Of several the last one that is there becomes the system's; a board has not the twin's.
        if let Some(tty) = twin_console(parts.board) {
            text += &format!(" console={tty}");
        }
        let console = parts.board.console;
        text += &format!(" console={},{}n8", console.tty, console.baud);
    }
    for argument in &parts.system.kernel.arguments {
        text.push(' ');
        text += argument;
    }
    Ok(text.trim_start().to_owned())
}

/// The twin's console, where that is not the board's.
fn twin_console(board: &Board) -> Option<&'static str> {
    match (board.twin.machine, board.platform.qemu_system) {
        // QEMU, hw/arm/virt.c: a PL011.
        ("virt", "qemu-system-aarch64" | "qemu-system-arm") => Some("ttyAMA0"),
        // QEMU, hw/riscv/virt.c: a 16550.
        ("virt", "qemu-system-riscv64") => Some("ttyS0"),
        _ => None,
    }
}

/// Whether nothing else tells the kernel where its console is: a device tree's stdout-path would, and
/// does for the twin as well.
fn needs_console(parts: &LinuxParts<'_>) -> Result<bool, Error> {
    let Some(bytes) = parts.device_tree else {
        // A machine that brings boot loader and device tree says it there.
        return Ok(!matches!(parts.board.soc.boot_rom, BootRom::External));
    };
    let failed = |source| Error::BadDeviceTree { board: parts.board.name, source };
    let tree = bringup_inspect::fdt::parse(bytes).map_err(failed)?;
    Ok(tree.node("/chosen").and_then(|chosen| chosen.string("stdout-path")).is_none())
}

/// Where U-Boot finds the board's device tree; none where the one it was started with is the board's,
/// as a Raspberry Pi's firmware leaves it. Its U-Boot would load another over the kernel's end: seen
/// with u-boot-rpi 2025.01, "Moving Image from 0x80000 to 0x200000, end=0x26f0000", past `fdt_addr_r`.
fn device_tree_folder(parts: &LinuxParts<'_>) -> Option<String> {
    if matches!(parts.board.soc.boot_rom, BootRom::RaspberryPi { .. }) {
        return None;
    }
    parts.kernel.device_trees.as_ref().map(|folder| format!("/{folder}/"))
}

fn title(parts: &LinuxParts<'_>) -> String {
    format!("{} with Linux {}", parts.system.name, parts.kernel.version)
}

/// Where the root file system has the initramfs.
fn initrd(parts: &LinuxParts<'_>) -> String {
    format!("/boot/initrd.img-{}", parts.kernel.version)
}

fn extlinux(parts: &LinuxParts<'_>) -> Result<MenuFiles, Error> {
    let entry = extlinux::Entry {
        label: LABEL.to_owned(),
        title: title(parts),
        kernel: format!("/{}", parts.kernel.image),
        fdtdir: device_tree_folder(parts),
        initrd: Some(initrd(parts)),
        append: arguments(parts)?,
    };
    let menu = extlinux::Menu {
        timeout_tenths: TIMEOUT_SECONDS * 10,
        default: LABEL.to_owned(),
        entries: vec![entry],
    };
    let root = vec![
        (format!("/boot/{}", extlinux::PATH), Content::bytes(menu.to_text()?)),
        (initrd(parts), parts.initramfs.clone()),
    ];
    Ok(MenuFiles { root, esp: Vec::new() })
}

/// systemd-boot reads nothing but the EFI system partition, so kernel and initramfs go there.
fn loader_entry(parts: &LinuxParts<'_>) -> Result<MenuFiles, Error> {
    let folder = &parts.system.name;
    let release = &parts.kernel.version;
    let kernel = format!("/{folder}/vmlinuz-{release}");
    let initrd = format!("/{folder}/initrd.img-{release}");
    let entry = systemd_boot::Entry {
        id: folder.clone(),
        title: title(parts),
        version: Some(release.clone()),
        machine_id: None,
        sort_key: None,
        linux: kernel.clone(),
        initrd: vec![initrd.clone()],
        options: arguments(parts)?,
        devicetree: None,
        architecture: None,
    };
    let conf = systemd_boot::LoaderConf {
        timeout_s: Some(TIMEOUT_SECONDS),
        default: Some(entry.file_name()),
        editor: true,
    };
    let esp = vec![
        (kernel, parts.kernel_content.clone()),
        (initrd, parts.initramfs.clone()),
        (format!("/{}", entry.path()), Content::bytes(entry.to_text()?)),
        (format!("/{}", systemd_boot::LoaderConf::PATH), Content::bytes(conf.to_text()?)),
    ];
    Ok(MenuFiles { root: Vec::new(), esp })
}

fn grub(parts: &LinuxParts<'_>) -> Result<MenuFiles, Error> {
    let entry = config::Entry {
        title: title(parts),
        root_uuid: parts.names.menu.clone(),
        start: config::Start::Linux {
            kernel: format!("/{}", parts.kernel.image),
            initrd: Some(initrd(parts)),
            device_tree: None,
            arguments: arguments(parts)?,
        },
    };
    let serial = parts.method == BootMethod::GrubBios;
    let menu = config::Menu { timeout_seconds: TIMEOUT_SECONDS, serial, default: 0, entries: vec![entry] };
    let mut files = grub_files(parts.method, &menu)?;
    files.root.push((initrd(parts), parts.initramfs.clone()));
    Ok(files)
}

/// GRUB's menu, where the method looks for it.
pub(crate) fn grub_files(method: BootMethod, menu: &config::Menu) -> Result<MenuFiles, Error> {
    let text = Content::bytes(menu.to_text()?);
    let mut files = MenuFiles::default();
    match method {
        BootMethod::GrubEfi => files.esp.push((format!("/{}", bringup_grub::efi::CONFIG_PATH), text)),
        _ => files.root.push((format!("/{}", config::PATH), text)),
    }
    Ok(files)
}
