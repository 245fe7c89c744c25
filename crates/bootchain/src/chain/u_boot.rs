//! U-Boot: which partition it boots from, and the menu there.
//!
//! Rules: U-Boot 2025.01, boot/bootdev-uclass.c (`bootdev_find_in_blk`),
//! boot/bootmeth_extlinux.c and boot/bootflow.c (prefixes `/` and `/boot/`);
//! before 2022.07 include/config_distro_bootcmd.h, which has the same rules.

use bringup_inspect::menu::extlinux;
use bringup_spec::PartitionType;

use super::Chain;
use super::partitions::FoundTable;
use super::payload::{Payload, Via};
use super::trail::Id;
use crate::table::Partition;
use crate::volume::Volume;
use crate::{Error, Link};

const RULE: &str =
    "U-Boot 2025.01, boot/bootdev-uclass.c, bootdev_find_in_blk: the bootable partitions, else the first";
const MENU_RULE: &str = "U-Boot 2025.01, boot/bootmeth_extlinux.c; prefixes of boot/bootflow.c";
const PARTITION: &str = "boot-partition";
const MENU: &str = "boot-menu";
const BEHIND: &[&str] = &[MENU, "kernel", "root"];

/// Where the menu may be, in the order that U-Boot looks.
const MENUS: [&str; 2] = ["/extlinux/extlinux.conf", "/boot/extlinux/extlinux.conf"];

impl<'d> Chain<'d> {
    /// Goes on from a running U-Boot; `own` is what its own device trees are compatible with.
    pub(crate) fn u_boot(&mut self, found: Option<FoundTable>, stage: Option<Id>, own: &[Vec<String>]) {
        let Some(found) = found else {
            self.trail.unreached(stage, &[PARTITION]);
            self.trail.unreached(stage, BEHIND);
            return;
        };
        let after = stage.or(Some(found.id));
        let marked: Vec<&Partition> =
            found.table.partitions.iter().filter(|found| is_bootable(found)).collect();
        let (candidates, what) = match (marked.as_slice(), found.table.partition(1)) {
            ([], None) => {
                let what = "no partition is marked bootable, and there is no partition 1";
                let help = "mark the partition of the boot menu bootable";
                let id = self.trail.add(after, Link::broken(PARTITION, what).rule(RULE).help(help));
                self.trail.unreached(Some(id), BEHIND);
                return;
            }
            ([], Some(first)) => {
                (vec![first], "none is marked bootable, so that it is partition 1".to_owned())
            }
            (marked, _) => {
                let numbers: Vec<String> = marked.iter().map(|found| found.number.to_string()).collect();
                (marked.to_vec(), format!("marked bootable: {}", numbers.join(", ")))
            }
        };
        let mut broken = None;
        let mut looked = Vec::new();
        for partition in candidates {
            match self.menu_of(partition) {
                Ok(Some((volume, path))) => {
                    let what = format!("partition {} ({}; {what})", partition.number, volume.identity.kind);
                    let places = [partition.entry.clone(), volume.description()];
                    let mut link = Link::holds(PARTITION, what).over(places).rule(RULE);
                    if let Some(fault) = volume.fault().filter(|fault| !fault.fatal) {
                        link = Link::doubtful(
                            PARTITION,
                            format!("partition {}: {}", partition.number, fault.what),
                        )
                        .at(volume.description())
                        .rule(RULE);
                    }
                    let id = self.trail.add(after, link);
                    self.extlinux(id, &found, &volume, path, own);
                    return;
                }
                Ok(None) => looked.push(partition),
                Err(error) => {
                    let what = format!("partition {}: {error}", partition.number);
                    let range =
                        partition.bytes.start..(partition.bytes.start + 2048).min(partition.bytes.end);
                    broken = broken.or(Some(Link::broken(PARTITION, what).at(range).rule(RULE)));
                }
            }
        }
        if looked.is_empty() {
            let link = broken.unwrap_or_else(|| Link::broken(PARTITION, what).rule(RULE));
            let id = self.trail.add(after, link);
            self.trail.unreached(Some(id), BEHIND);
            return;
        }
        let id = self.trail.add(
            after,
            Link::holds(PARTITION, what).over(looked.iter().map(|found| found.entry.clone())).rule(RULE),
        );
        // Next it looks for a UEFI program (boot/bootmeth_efi.c).
        if let Some(suffix) = self.machine.suffix() {
            for partition in looked {
                let Ok(volume) = self.volume(partition) else { continue };
                let path = format!("/EFI/BOOT/BOOT{suffix}.EFI");
                if volume.find(&path).is_ok() {
                    self.efi_program(id, &found, &volume, &path, suffix);
                    return;
                }
            }
        }
        let what = format!("none of {} is there", MENUS.map(|path| format!("`{path}`")).join(" and "));
        let id = self.trail.add(Some(id), Link::broken(MENU, what).rule(MENU_RULE));
        self.trail.unreached(Some(id), &BEHIND[1..]);
    }

    /// The file system of a partition, with the menu that it has.
    fn menu_of(&self, partition: &Partition) -> Result<Option<(Volume<'d>, &'static str)>, Error> {
        let volume = self.volume(partition)?;
        for path in MENUS {
            match volume.find(path) {
                Ok(_) => return Ok(Some((volume, path))),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn extlinux(
        &mut self,
        after: Id,
        found: &FoundTable,
        volume: &Volume<'d>,
        path: &str,
        own: &[Vec<String>],
    ) {
        let menu = volume
            .open_file(path)
            .and_then(|file| Ok((extlinux::parse(&file.read_all(1 << 20)?)?, file.ranges())));
        let (menu, ranges) = match menu {
            Ok(found) => found,
            Err(error) => {
                let id = self
                    .trail
                    .add(Some(after), Link::broken(MENU, format!("`{path}`: {error}")).rule(MENU_RULE));
                self.trail.unreached(Some(id), &BEHIND[1..]);
                return;
            }
        };
        let Some(entry) = menu.order().first().copied().cloned() else {
            let what = format!("`{path}` has no entry to start");
            let id = self.trail.add(Some(after), Link::broken(MENU, what).over(ranges).rule(MENU_RULE));
            self.trail.unreached(Some(id), &BEHIND[1..]);
            return;
        };
        let what = format!("`{path}` starts `{}` (line {})", entry.name, entry.line);
        let id = self.trail.add(Some(after), Link::holds(MENU, what).over(ranges).rule(MENU_RULE));
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let payload = Payload { after: id, found, volume, entry, folder, via: Via::UBoot, own };
        self.payload(&payload);
    }
}

/// Flag 0x80 or type 0xEF of an MBR (disk/part_dos.c, `is_bootable`); attribute bit 2 or an EFI
/// system partition of a GPT (disk/part_efi.c, `is_bootable`).
fn is_bootable(partition: &Partition) -> bool {
    partition.bootable || partition.kind.is(PartitionType::Esp)
}
