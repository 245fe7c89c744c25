//! `/etc/fstab`: fstab(5), systemd.mount(5).

use super::Work;
use super::put::Owned;
use crate::{Error, PartitionFileSystem};

/// Grows a file system to its partition's end when it is mounted: systemd.mount(5).
const GROW: &str = ",x-systemd.growfs";

impl Work<'_> {
    pub(super) fn storage(&mut self) -> Result<(), Error> {
        let system = self.system;
        let grow = if system.first_boot.grow { GROW } else { "" };
        let kind = system.root.file_system.name();
        let mut text = format!("UUID={} / {kind} defaults{grow} 0 1\n", self.facts.root_uuid);
        for entry in &system.file_systems {
            let options =
                if entry.options.is_empty() { "defaults".to_owned() } else { entry.options.join(",") };
            let (device, mount) = (escaped(&entry.device), escaped(&entry.mount));
            text += &format!("{device} {mount} {} {options} 0 {}\n", entry.file_system, entry.pass);
            self.mount_point(&entry.mount)?;
        }
        for swap in &system.swaps {
            let priority = swap.priority.map(|priority| format!(",pri={priority}")).unwrap_or_default();
            text += &format!("{} none swap sw{priority} 0 0\n", escaped(&swap.device));
        }
        for partition in &system.partitions {
            // Not `PARTLABEL=`: an MBR has no names.
            let device = format!("LABEL={}", partition.name);
            let name = partition.file_system.name();
            if partition.file_system == PartitionFileSystem::Swap {
                text += &format!("{device} none swap sw,nofail 0 0\n");
            } else if let Some(mount) = &partition.mount {
                // Only made at first boot: `nofail`, so that a boot before that is not held up.
                text += &format!("{device} {} {name} defaults,nofail 0 2\n", escaped(mount));
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

/// Blanks as fstab(5) wants them.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011")
}
