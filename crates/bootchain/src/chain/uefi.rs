//! UEFI: the fallback program of the EFI system partition, and what that starts.

use bringup_inspect::menu::{BootEntry, loader};
use bringup_inspect::pe;
use bringup_spec::PartitionType;

use super::Chain;
use super::boot_file::BootFile;
use super::partitions::FoundTable;
use super::payload::{Loaded, Payload, Via};
use super::trail::Id;
use crate::table::Partition;
use crate::volume::Volume;
use crate::{Error, Link};

const PARTITION: &str = "efi-partition";
const PROGRAM: &str = "efi-program";
const MENU: &str = "boot-menu";
const BEHIND: &[&str] = &[PROGRAM, MENU, "kernel", "root"];
const RULE: &str = "UEFI 2.10, 13.3.3 and 5.2.2: type GUID C12A7328-..., or 0xEF in an MBR";
const PROGRAM_RULE: &str = "UEFI 2.10, 3.5.1.1: \\EFI\\BOOT\\BOOT{machine type short name}.EFI";
const LOADER_RULE: &str = "systemd-boot(7), loader.conf(5); UAPI.1 Boot Loader Specification";

/// What systemd-boot and its kin carry to be recognised (systemd, src/boot/boot.c, `LoaderInfo`).
const SYSTEMD_BOOT: &[u8] = b"#### LoaderInfo: systemd-boot";

/// Whether bytes are an application for firmware of that short name.
pub(crate) fn application(what: &'static str, bytes: &[u8], suffix: &str) -> Result<(), Error> {
    let found = pe::parse(bytes)?;
    let bad = |field, value, rule| Error::BadField { what, field, value, rule };
    // Microsoft, PE format: IMAGE_SUBSYSTEM_EFI_APPLICATION.
    match (found.machine.efi_suffix(), found.subsystem) {
        (name, _) if name != Some(suffix) => {
            Err(bad("Machine", found.machine.0.into(), "be the firmware's own"))
        }
        (_, Some(10)) => Ok(()),
        (_, other) => Err(bad("Subsystem", other.unwrap_or(0).into(), "be 10 (EFI application)")),
    }
}

impl<'d> Chain<'d> {
    pub(crate) fn uefi(&mut self, found: Option<FoundTable>, suffix: &'static str) {
        let Some(found) = found else {
            self.trail.unreached(None, &[PARTITION]);
            self.trail.unreached(None, BEHIND);
            return;
        };
        let esp: Vec<&Partition> =
            found.table.partitions.iter().filter(|part| part.kind.is(PartitionType::Esp)).collect();
        let Some(partition) = esp.first() else {
            let link = Link::broken(PARTITION, "no partition is an EFI system partition").rule(RULE);
            let id = self
                .trail
                .add(Some(found.id), link.over(found.table.partitions.iter().map(|part| part.entry.clone())));
            self.trail.unreached(Some(id), BEHIND);
            return;
        };
        let number = partition.number;
        let volume = match self.volume(partition) {
            Ok(volume) if volume.identity.kind == "vfat" => volume,
            other => {
                let what = match other {
                    Ok(volume) => {
                        format!("partition {number} is {}, but firmware reads FAT only", volume.identity.kind)
                    }
                    Err(error) => format!("partition {number}: {error}"),
                };
                let range = partition.bytes.start..(partition.bytes.start + 512).min(partition.bytes.end);
                let id = self.trail.add(Some(found.id), Link::broken(PARTITION, what).at(range).rule(RULE));
                self.trail.unreached(Some(id), BEHIND);
                return;
            }
        };
        let link = match volume.fault() {
            Some(fault) => Link::doubtful(PARTITION, format!("partition {number}: {}", fault.what)),
            None => Link::holds(PARTITION, format!("partition {number}, FAT {}", volume.identity.uuid)),
        };
        let places = [partition.entry.clone(), volume.description()];
        let id = self.trail.add(Some(found.id), link.over(places).rule(RULE));
        let path = format!("/EFI/BOOT/BOOT{suffix}.EFI");
        self.efi_program(id, &found, &volume, &path, suffix);
    }

    /// Goes on from a program that firmware starts.
    pub(crate) fn efi_program(
        &mut self,
        after: Id,
        found: &FoundTable,
        volume: &Volume<'d>,
        path: &str,
        suffix: &str,
    ) {
        let read = BootFile::open(volume, path).and_then(|file| Ok((file.read()?, file)));
        let (bytes, file) = match read {
            Ok(read) => read,
            Err(error) => {
                let help = "without an entry in its own memory, firmware starts nothing but this file";
                let id = self
                    .trail
                    .add(Some(after), Link::broken(PROGRAM, error.to_string()).rule(PROGRAM_RULE).help(help));
                self.trail.unreached(Some(id), &BEHIND[1..]);
                return;
            }
        };
        let checked = application("UEFI program", &bytes, suffix);
        if let Err(error) = checked {
            let link = Link::broken(PROGRAM, format!("`{path}`: {error}")).over(file.ranges());
            let id = self.trail.add(Some(after), link.rule(PROGRAM_RULE));
            self.trail.unreached(Some(id), &BEHIND[1..]);
            return;
        }
        let has = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
        let kind = if pe::uki(&bytes).ok().flatten().is_some() {
            "a unified kernel image"
        } else if has(SYSTEMD_BOOT) {
            "systemd-boot"
        } else if has(b"grub_") || has(b"GRUB ") {
            "GRUB"
        } else {
            "some program"
        };
        let link = Link::holds(PROGRAM, format!("`{path}`: {kind} for {suffix}")).over(file.ranges());
        let id = self.trail.add(Some(after), link.rule(PROGRAM_RULE));
        drop(bytes);
        match kind {
            "a unified kernel image" => self.uki(id, found, volume, &file),
            "systemd-boot" => self.systemd_boot(id, found, volume),
            "GRUB" => self.grub_efi(id, found, volume),
            _ => {
                let reason = "what this program reads is not known";
                self.trail.add(Some(id), Link::not_checked(MENU, reason).rule(LOADER_RULE));
            }
        }
    }

    /// A kernel, its initramfs and its command line in one program.
    fn uki(&mut self, after: Id, found: &FoundTable, volume: &Volume<'d>, file: &BootFile<'d>) {
        let parts = file.read().and_then(|bytes| Ok(pe::uki(&bytes)?));
        let parts = match parts {
            Ok(Some(parts)) => parts,
            Ok(None) | Err(_) => {
                let what = match parts {
                    Err(error) => format!("`{}`: {error}", file.name),
                    _ => format!("`{}` has no section `.linux`", file.name),
                };
                let id = self.trail.add(
                    Some(after),
                    Link::broken(MENU, what).over(file.ranges()).rule("UAPI.5 Unified Kernel Image"),
                );
                self.trail.unreached(Some(id), &["kernel", "root"]);
                return;
            }
        };
        let arguments = parts.cmdline.clone().unwrap_or_default().trim_end_matches(['\0', '\n']).to_owned();
        let loaded = Loaded {
            kernel: Ok(file.part("`.linux`", parts.linux.clone())),
            initrds: parts.initrd.iter().map(|range| Ok(file.part("`.initrd`", range.clone()))).collect(),
            arguments: arguments.clone(),
            release: parts.uname.clone(),
        };
        let entry = BootEntry { arguments, ..BootEntry::default() };
        let payload = Payload { after, found, volume, entry, folder: "", via: Via::Uefi, own: &[] };
        self.loaded(&payload, loaded);
    }

    fn systemd_boot(&mut self, after: Id, found: &FoundTable, volume: &Volume<'d>) {
        let conf = volume.read("/loader/loader.conf", 1 << 20);
        let conf = match conf.and_then(|bytes| Ok(loader::conf(&bytes)?)) {
            Ok(conf) => Some(conf),
            // It does without.
            Err(Error::NotFound { .. }) => None,
            Err(error) => {
                self.menu_broken(after, format!("`/loader/loader.conf`: {error}"));
                return;
            }
        };
        let names = |folder: &str, end: &str| -> Vec<String> {
            let entries = volume.list(folder).unwrap_or_default();
            let names = entries.iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned());
            let mut names: Vec<String> =
                names.filter(|name| name.to_ascii_lowercase().ends_with(end)).collect();
            names.sort();
            names
        };
        let entries = names("/loader/entries", ".conf");
        let images = names("/EFI/Linux", ".efi");
        let all: Vec<&String> = entries.iter().chain(&images).collect();
        let default = conf.as_ref().and_then(|conf| all.iter().rev().find(|name| conf.is_default(name)));
        // Without a default the newest comes first, which is the last by name.
        let Some(chosen) = default.or(all.last()) else {
            self.menu_broken(
                after,
                "there is neither an entry in `/loader/entries` nor a kernel in `/EFI/Linux`".to_owned(),
            );
            return;
        };
        if images.contains(chosen) {
            let path = format!("/EFI/Linux/{chosen}");
            match BootFile::open(volume, &path) {
                Ok(file) => {
                    let link = Link::holds(MENU, format!("starts `{path}`, a unified kernel image"))
                        .rule(LOADER_RULE);
                    let id = self.trail.add(Some(after), link.over(file.ranges()));
                    self.uki(id, found, volume, &file);
                }
                Err(error) => self.menu_broken(after, error.to_string()),
            }
            return;
        }
        let path = format!("/loader/entries/{chosen}");
        let read = volume
            .open_file(&path)
            .and_then(|file| Ok((loader::entry(chosen, &file.read_all(1 << 20)?)?, file.ranges())));
        match read {
            Ok((entry, ranges)) => {
                let what =
                    format!("`{path}` starts `{}`", entry.kernel.as_deref().unwrap_or("another program"));
                let id = self.trail.add(Some(after), Link::holds(MENU, what).over(ranges).rule(LOADER_RULE));
                let payload =
                    Payload { after: id, found, volume, entry, folder: "", via: Via::Uefi, own: &[] };
                self.payload(&payload);
            }
            Err(error) => self.menu_broken(after, format!("`{path}`: {error}")),
        }
    }

    fn menu_broken(&mut self, after: Id, what: String) {
        let id = self.trail.add(Some(after), Link::broken(MENU, what).rule(LOADER_RULE));
        self.trail.unreached(Some(id), &["kernel", "root"]);
    }
}
