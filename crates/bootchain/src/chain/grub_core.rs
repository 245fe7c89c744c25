//! What GRUB's core image has in it: the place of its menu, and the modules that it takes to get there.

use bringup_inspect::grub::Payload;
use bringup_inspect::menu::{Kind, Root as MenuRoot};

use super::Chain;
use crate::table::{Partition, Table, TableKind};
use crate::volume::{self, Part, Volume};

/// Modules that read disks; a BIOS's are the usual way, the others drive the hardware themselves
/// (GRUB 2.12, grub-core/Makefile.core.def).
const DRIVERS: &[&str] = &["biosdisk", "ahci", "pata", "usbms"];

/// File systems, as `mount -t` has them, and the modules that read them (grub-core/fs/).
const FILE_SYSTEMS: &[(&str, &str)] = &[
    ("ext2", "ext2"),
    ("ext3", "ext2"),
    ("ext4", "ext2"),
    ("vfat", "fat"),
    ("squashfs", "squash4"),
    ("xfs", "xfs"),
    ("iso9660", "iso9660"),
    ("btrfs", "btrfs"),
    ("f2fs", "f2fs"),
];

/// Where a core image looks for its menu.
pub(crate) enum MenuPlace<'d> {
    /// In this folder of this file system.
    Folder(Box<Volume<'d>>, String),
    /// Where it does not say, or where its own commands lead.
    Unknown,
    /// On something that is not read here, for this reason.
    NotRead(String),
}

/// A folder, and the device that it is on.
#[derive(Debug, PartialEq, Eq)]
struct Prefix {
    /// None for the drive that was booted from, as a whole.
    device: Option<MenuRoot>,
    folder: String,
}

impl<'d> Chain<'d> {
    /// Follows a core image's prefix to the folder of its menu.
    pub(crate) fn menu_place(&self, core: &Payload, table: &Table) -> Result<MenuPlace<'d>, String> {
        let Some(prefix) = prefix(core)? else { return Ok(MenuPlace::Unknown) };
        let driver = DRIVERS.iter().any(|name| has(core, name));
        if !driver {
            return Err("it has no module that reads disks, such as `biosdisk`".to_owned());
        }
        let (part, place) = match &prefix.device {
            None => (Part::new(self.disk, &(0..self.disk.len())), "the whole disk".to_owned()),
            Some(MenuRoot::Device(name)) if !name.starts_with("hd") && !name.starts_with(',') => {
                return Ok(MenuPlace::NotRead(format!("its menu is on ({name}), which is no disk")));
            }
            Some(MenuRoot::Device(name)) => {
                let partition = device(name, table)?;
                match partition {
                    Some(found) => {
                        partition_module(core, table)?;
                        (Part::new(self.disk, &found.bytes), format!("partition {}", found.number))
                    }
                    None => (Part::new(self.disk, &(0..self.disk.len())), "the whole disk".to_owned()),
                }
            }
            Some(other) => {
                let volume = self.named(other, table);
                let volume =
                    volume.ok_or_else(|| format!("it searches {other:?}, which is on no partition"))?;
                partition_module(core, table)?;
                (volume.part, "the partition that it searches".to_owned())
            }
        };
        let identity = volume::identify(part).ok().flatten();
        if let Some(kind) = identity.map(|identity| identity.kind) {
            let module = FILE_SYSTEMS.iter().find(|(name, _)| *name == kind).map(|(_, module)| *module);
            if let Some(module) = module.filter(|module| !has(core, module)) {
                return Err(format!("it has no module `{module}`, but {place} is {kind}"));
            }
        }
        let volume = match volume::open(part) {
            Ok(volume) => volume,
            Err(error @ (crate::Error::Unread { .. } | crate::Error::Unsupported { .. })) => {
                return Ok(MenuPlace::NotRead(format!("{place}: {error}")));
            }
            Err(error) => return Err(format!("its prefix is on {place}: {error}")),
        };
        match volume.list(&prefix.folder) {
            Ok(_) => Ok(MenuPlace::Folder(Box::new(volume), prefix.folder)),
            Err(error) => Err(format!("its prefix is a folder of {place}: {error}")),
        }
    }
}

/// The first module that reading the menu or starting its entry takes, and that is neither in the core
/// image nor in the folder that others are loaded from. `kind` is none if there is no entry.
pub(crate) fn lacks(core: &Payload, volume: &Volume<'_>, folder: &str, kind: Option<Kind>) -> Option<String> {
    let command = kind.map(|kind| match kind {
        Kind::Linux => "linux",
        Kind::Multiboot => "multiboot",
        Kind::Multiboot2 => "multiboot2",
        Kind::Chain => "chain",
    });
    let missing = ["normal"].into_iter().chain(command).find(|name| {
        let loadable = || volume.open_file(&format!("{folder}/i386-pc/{name}.mod")).is_ok();
        // `linux16` and `initrd16` are for the same kernels.
        let other = *name == "linux" && has(core, "linux16");
        !has(core, name) && !other && !loadable()
    })?;
    Some(format!("it has no module `{missing}`, and there is no `{folder}/i386-pc/{missing}.mod`"))
}

fn has(core: &Payload, module: &str) -> bool {
    core.modules.iter().any(|name| name == module)
}

fn partition_module(core: &Payload, table: &Table) -> Result<(), String> {
    let (module, kind) = match table.kind {
        TableKind::Mbr => ("part_msdos", "an MBR"),
        // GRUB's `msdos` refuses a table with a protective entry (grub-core/partmap/msdos.c).
        TableKind::Gpt | TableKind::Hybrid => ("part_gpt", "a GPT"),
    };
    if has(core, module) {
        return Ok(());
    }
    Err(format!("it has no module `{module}`, but the disk has {kind}"))
}

/// The partition that `hd0,msdos1` or `,gpt2` is; none for a whole disk.
fn device<'t>(name: &str, table: &'t Table) -> Result<Option<&'t Partition>, String> {
    let (disk, partition) = name.split_once(',').unwrap_or((name, ""));
    if !disk.is_empty() && disk != "hd0" {
        return Err(format!("its prefix is on ({name}), but the disk that a BIOS starts is hd0"));
    }
    if partition.is_empty() {
        return Ok(None);
    }
    let digits = partition.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let scheme = match table.kind {
        TableKind::Mbr => "msdos",
        TableKind::Gpt | TableKind::Hybrid => "gpt",
    };
    let named = &partition[..partition.len() - digits.len()];
    let found = digits.parse().ok().filter(|_| named.is_empty() || named == scheme);
    let found = found.and_then(|number| table.partition(number));
    found.map(Some).ok_or_else(|| {
        let there: Vec<String> =
            table.partitions.iter().map(|found| format!("{scheme}{}", found.number)).collect();
        let there = if there.is_empty() { "no partitions".to_owned() } else { there.join(", ") };
        format!("its prefix is on ({name}), but the disk has {there}")
    })
}

/// The folder of the menu: the image's prefix, or what its first commands make of it (GRUB 2.12,
/// grub-core/kern/main.c, `grub_set_prefix_and_root`, and then its rescue parser). None if there is
/// none, or if they go on to another menu themselves.
fn prefix(core: &Payload) -> Result<Option<Prefix>, String> {
    let mut root = None;
    let mut prefix = match &core.prefix {
        Some(text) => Some(parsed(text, None)?),
        None => None,
    };
    for line in core.config.as_deref().unwrap_or_default().lines() {
        let line: String = line.chars().filter(|letter| !matches!(letter, '\'' | '"')).collect();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["configfile" | "normal", _, ..] => return Ok(None),
            ["search.fs_uuid", value, ..] => root = Some(MenuRoot::Uuid((*value).to_owned())),
            ["search.fs_label", value, ..] => root = Some(MenuRoot::Label((*value).to_owned())),
            ["search.file", value, ..] => root = Some(MenuRoot::File((*value).to_owned())),
            ["search", options @ ..] => {
                let value = options.iter().rfind(|word| !word.starts_with('-'));
                let value = value.copied().unwrap_or_default().to_owned();
                let is = |long: &str, short: &str| options.iter().any(|word| *word == long || *word == short);
                root = match () {
                    () if is("--fs-uuid", "-u") => Some(MenuRoot::Uuid(value)),
                    () if is("--label", "-l") || is("--fs-label", "-l") => Some(MenuRoot::Label(value)),
                    () => Some(MenuRoot::File(value)),
                };
            }
            ["set", setting] => match setting.split_once('=') {
                Some(("root", value)) => {
                    root = Some(MenuRoot::Device(value.trim_matches(['(', ')']).to_owned()));
                }
                Some(("prefix", value)) => prefix = Some(parsed(value, root.as_ref())?),
                _ => {}
            },
            _ => {}
        }
    }
    Ok(prefix)
}

/// `(,msdos1)/boot/grub`, `($root)/boot/grub` or `/boot/grub`.
fn parsed(text: &str, root: Option<&MenuRoot>) -> Result<Prefix, String> {
    let Some(rest) = text.strip_prefix('(') else {
        return Ok(Prefix { device: None, folder: text.to_owned() });
    };
    let Some((device, folder)) = rest.split_once(')') else {
        return Err(format!("its prefix `{}` has a `(` and no `)`", text.escape_debug()));
    };
    let device = match device {
        "" => None,
        "$root" | "${root}" => root.cloned(),
        name => Some(MenuRoot::Device(name.to_owned())),
    };
    Ok(Prefix { device, folder: folder.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(prefix: Option<&str>, config: Option<&str>) -> Payload {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Payload { prefix: owned(prefix), config: owned(config), modules: Vec::new() }
    }

    fn of(image: Option<&str>, config: Option<&str>) -> Option<(Option<MenuRoot>, String)> {
        prefix(&core(image, config)).unwrap().map(|found| (found.device, found.folder))
    }

    #[test]
    fn the_prefix_is_the_images_or_its_first_commands() {
        let device = |name: &str| Some(MenuRoot::Device(name.to_owned()));
        let uuid = || Some(MenuRoot::Uuid("1-2".to_owned()));
        let folder = || "/boot/grub".to_owned();
        assert_eq!(of(None, None), None);
        assert_eq!(of(Some("(,msdos1)/boot/grub"), Some("serial\n")), Some((device(",msdos1"), folder())));
        assert_eq!(of(Some("/boot/grub"), None), Some((None, folder())));
        assert_eq!(of(Some("()/boot/grub"), None), Some((None, folder())));
        // As grub-install and grub-mkrescue write them.
        let install = "search.fs_uuid 1-2 root hd0,msdos1 \nset prefix=($root)'/boot/grub'\n";
        assert_eq!(of(Some("(,gpt9)/x"), Some(install)), Some((uuid(), folder())));
        let rescue = "search --fs-uuid --set=root 1-2\nset prefix=(${root})/boot/grub\n";
        assert_eq!(of(None, Some(rescue)), Some((uuid(), folder())));
        assert_eq!(of(Some("/x"), Some("configfile (hd0,1)/menu\n")), None);
        assert_eq!(
            prefix(&core(Some("(x\u{1}"), None)).unwrap_err(),
            "its prefix `(x\\u{1}` has a `(` and no `)`"
        );
    }
}
