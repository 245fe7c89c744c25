//! `/etc/fstab`: fstab(5), systemd.mount(5).

use super::Work;
use super::put::Owned;
use crate::record::fstab_word;
use crate::{Error, PartitionFileSystem, mounts};

/// Grows a file system to its partition's end when it is mounted: systemd.mount(5).
const GROW: &str = ",x-systemd.growfs";

/// How long a partition that the first boot makes is waited for, while everything else goes on: formatting
/// a large card takes longer than the usual 90 seconds (systemd.mount(5), `x-systemd.device-timeout=`).
const WAIT: &str = ",x-systemd.device-timeout=10min";

impl Work<'_> {
    pub(super) fn storage(&mut self) -> Result<(), Error> {
        let system = self.system;
        let grow = if system.first_boot.grow { GROW } else { "" };
        let mut text = mounts::fstab(system, self.facts.devices, grow);
        for entry in &system.file_systems {
            let options =
                if entry.options.is_empty() { "defaults".to_owned() } else { entry.options.join(",") };
            let (device, mount) = (fstab_word(&entry.device), fstab_word(&entry.mount));
            text += &format!("{device} {mount} {} {options} 0 {}\n", entry.file_system, entry.pass);
            self.mount_point(&entry.mount)?;
        }
        for swap in &system.swaps {
            let priority = swap.priority.map(|priority| format!(",pri={priority}")).unwrap_or_default();
            text += &format!("{} none swap sw{priority} 0 0\n", fstab_word(&swap.device));
        }
        // Without a disk there is none that they could be made on.
        let partitions = system.partitions.iter().filter(|_| self.facts.devices.root.is_some());
        for (at, partition) in partitions.enumerate() {
            let (program, package) = match partition.file_system {
                PartitionFileSystem::Ext4 => ("/usr/sbin/mkfs.ext4", "e2fsprogs"),
                PartitionFileSystem::Vfat => ("/usr/sbin/mkfs.vfat", "dosfstools"),
                PartitionFileSystem::Swap => ("/usr/sbin/mkswap", "util-linux"),
            };
            self.needs(&format!("partition[{at}].file-system"), program, package)?;
            text += &partition.fstab_line(WAIT).unwrap_or_default();
            if let Some(mount) = &partition.mount {
                self.mount_point(mount)?;
            }
        }
        self.text("/etc/fstab", text)
    }

    /// A folder to mount on, unless one is there.
    fn mount_point(&mut self, path: &str) -> Result<(), Error> {
        if self.world.is_directory(path) { Ok(()) } else { self.directory(path, Owned::root(0o755)) }
    }
}
