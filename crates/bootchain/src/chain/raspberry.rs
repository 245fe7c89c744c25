//! Raspberry Pi: files of the first FAT partition.

use bringup_inspect::menu::config_txt;
use bringup_inspect::{Blob, identify};

use super::Chain;
use super::boot_file::BootFile;
use super::device_tree::{FirmwareTree, TREE_MAX};
use super::partitions::FoundTable;
use super::trail::Id;
use crate::volume::Volume;
use crate::{Error, Link};

const ROM: &str = "boot-rom";
const CONFIG: &str = "config-txt";
const STAGE: &str = "next-stage";
const BEHIND: &[&str] = &["boot-partition", "boot-menu", "kernel", "root"];
const RULE: &str = "Raspberry Pi documentation, The config.txt file: Boot options, kernel and arm_64bit";

impl<'d> Chain<'d> {
    pub(crate) fn raspberry(&mut self, found: Option<FoundTable>, files: &[&str]) {
        let Some(found) = found else {
            self.trail.unreached(None, &[ROM, CONFIG, STAGE]);
            self.trail.unreached(None, BEHIND);
            return;
        };
        let after = Some(found.id);
        let opened = found.table.partitions.iter().find_map(|partition| {
            let volume = self.volume(partition).ok()?;
            (volume.identity.kind == "vfat").then_some((partition, volume))
        });
        let Some((partition, volume)) = opened else {
            return self.stop(
                after,
                &[CONFIG, STAGE],
                Link::broken(ROM, "no partition has a FAT file system").rule(self.machine.source),
            );
        };
        let missing: Vec<&str> = files.iter().copied().filter(|path| volume.find(path).is_err()).collect();
        if let Some(first) = missing.first() {
            let what = format!(
                "partition {} has no `{first}`, without which the ROM starts nothing",
                partition.number
            );
            let link = Link::broken(ROM, what).at(volume.description()).rule(self.machine.source);
            return self.stop(after, &[CONFIG, STAGE], link);
        }
        let ranges =
            files.iter().filter_map(|path| volume.open_file(path).ok()).flat_map(|file| file.ranges());
        let what = format!("partition {} has {}", partition.number, files.join(", "));
        let id = self.trail.add(after, Link::holds(ROM, what).over(ranges).rule(self.machine.source));
        let Some((stage, own)) = self.config_txt(id, &volume) else { return };
        self.firmware_tree = self.machine.device_tree.and_then(|name| {
            // The firmware takes the file of its model's name from the folder that it reads itself.
            let path = format!("/{}", name.rsplit('/').next().unwrap_or(name));
            let file = volume.open_file(&path).ok()?;
            Some(FirmwareTree { path, bytes: file.read_all(TREE_MAX).ok()?, ranges: file.ranges() })
        });
        self.u_boot(Some(found), Some(stage), &own);
    }

    fn stop(&mut self, after: Option<Id>, names: &[&'static str], link: Link) {
        let id = self.trail.add(after, link);
        self.trail.unreached(Some(id), names);
        self.trail.unreached(Some(id), BEHIND);
    }

    /// What the firmware starts must be there and be for this processor; if it is U-Boot, it goes on.
    fn config_txt(&mut self, after: Id, volume: &Volume<'d>) -> Option<(Id, Vec<Vec<String>>)> {
        let read = volume
            .open_file("/config.txt")
            .and_then(|file| Ok((config_txt::parse(&file.read_all(1 << 20)?)?, file.ranges())));
        let (config, ranges) = match read {
            Ok(read) => read,
            Err(error) => {
                self.stop(
                    Some(after),
                    &[STAGE],
                    Link::broken(CONFIG, format!("`/config.txt`: {error}")).rule(RULE),
                );
                return None;
            }
        };
        // The filter of a model: `pi4` for rpi-4.
        let model = self
            .machine
            .board
            .and_then(|board| board.strip_prefix("rpi-"))
            .map_or_else(|| "pi4".to_owned(), |digit| format!("pi{digit}"));
        let holding = ["all", model.as_str()];
        let wide = config.value("arm_64bit", &holding) != Some("0");
        let named = config.value("kernel", &holding).map(str::to_owned);
        let kernel = named.unwrap_or_else(|| if wide { "kernel8.img" } else { "kernel7.img" }.to_owned());
        let id = self.trail.add(
            Some(after),
            Link::holds(CONFIG, format!("`/config.txt` starts `{kernel}`")).over(ranges).rule(RULE),
        );
        let path = format!("/{}", kernel.trim_start_matches('/'));
        let read = BootFile::open(volume, &path).and_then(|file| Ok((file.read()?, file)));
        let (bytes, file) = match read {
            Ok(read) => read,
            Err(error) => {
                self.stop(Some(id), &[], Link::broken(STAGE, error.to_string()).rule(RULE));
                return None;
            }
        };
        let blob = identify(&bytes);
        let checked = match (&blob, self.machine.platform) {
            (Blob::Damaged(error), _) => Err(Error::from(error.clone())),
            (blob, Some(platform)) => blob.check(platform).map_err(Error::from),
            _ => Ok(()),
        };
        if let Err(error) = checked {
            self.stop(
                Some(id),
                &[],
                Link::broken(STAGE, format!("`{path}`: {error}")).over(file.ranges()).rule(RULE),
            );
            return None;
        }
        let is_u_boot = bytes.windows(9).any(|window| window == b"U-Boot 20");
        let what = if is_u_boot { format!("`{path}` is U-Boot") } else { format!("`{path}`: {blob}") };
        let stage = self.trail.add(Some(id), Link::holds(STAGE, what).over(file.ranges()).rule(RULE));
        if !is_u_boot {
            let reason = "the firmware starts a kernel itself, by cmdline.txt";
            self.trail.add(Some(stage), Link::not_checked("boot-menu", reason).rule(RULE));
            return None;
        }
        // The firmware hands its own device tree to U-Boot, so that nothing on the disk says which.
        Some((stage, Vec::new()))
    }
}
