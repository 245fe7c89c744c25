//! File systems, swap, partitions.

use super::{Check, word};
use crate::{Error, PartitionFileSystem};

impl Check<'_> {
    pub(super) fn storage(&self) -> Result<(), Error> {
        let root = &self.0.root;
        // s_volume_name has 16 bytes: Linux, Documentation/filesystems/ext4/super.rst.
        self.want(root.label.len() <= 16, "root.label", &root.label, "at most 16 bytes")?;
        let not_yet = |field, why| Err(Error::NotYet { place: self.place(field), field, why });
        if root.volatile {
            return not_yet("root.volatile", "images have no overlay for the root file system");
        }
        if root.read_only {
            return not_yet("root.read-only", "images have no read-only root file system");
        }
        let mut mounts = Vec::new();
        for (at, entry) in self.0.file_systems.iter().enumerate() {
            let path = format!("file-system[{at}]");
            let field = |key: &str| format!("{path}.{key}");
            self.device(&field("device"), &entry.device)?;
            self.path(&field("mount"), &entry.mount)?;
            let kind = &entry.file_system;
            self.want(!kind.is_empty() && word(kind), &field("file-system"), kind, "one word, as `ext4`")?;
            for (at, option) in entry.options.iter().enumerate() {
                let good = !option.is_empty() && word(option) && !option.contains(',');
                self.want(good, &field(&format!("options[{at}]")), option, "one option")?;
            }
            self.want(entry.pass <= 2, &field("pass"), &entry.pass.to_string(), "0, 1 or 2")?;
            mounts.push((path, entry.mount.as_str()));
        }
        for (at, swap) in self.0.swaps.iter().enumerate() {
            self.device(&format!("swap[{at}].device"), &swap.device)?;
            if let Some(priority) = swap.priority {
                let field = format!("swap[{at}].priority");
                self.want(priority <= 32_767, &field, &priority.to_string(), "at most 32767")?;
            }
        }
        self.partitions(&mut mounts)?;
        self.once("mount point", &mounts)
    }

    fn partitions<'a>(&'a self, mounts: &mut Vec<(String, &'a str)>) -> Result<(), Error> {
        let mut names = Vec::new();
        for (at, partition) in self.0.partitions.iter().enumerate() {
            let path = format!("partition[{at}]");
            let field = |key: &str| format!("{path}.{key}");
            // FAT's label has 11 bytes, ext4's 16, and a GPT's names have 36 UTF-16 units.
            let (room, rule) = match partition.file_system {
                PartitionFileSystem::Vfat => (11, "1 to 11 letters, digits, `-` and `_`"),
                PartitionFileSystem::Ext4 | PartitionFileSystem::Swap => {
                    (16, "1 to 16 letters, digits, `-` and `_`")
                }
            };
            let name = &partition.name;
            let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            let good = (1..=room).contains(&name.len()) && name.bytes().all(good);
            self.want(good, &field("name"), name, rule)?;
            // repart.d(5), `Weight=`.
            let weight = partition.weight;
            let good = (1..=1_000_000).contains(&weight);
            self.want(good, &field("weight"), &weight.to_string(), "1 to 1000000")?;
            if let (Some(min), Some(max)) = (partition.size_min, partition.size_max) {
                self.want(min <= max, &field("size-max"), &max.to_string(), "at least `size-min`")?;
            }
            if let Some(mount) = &partition.mount {
                self.path(&field("mount"), mount)?;
                let swap = partition.file_system == PartitionFileSystem::Swap;
                self.want(!swap, &field("mount"), mount, "missing: swap space is not mounted")?;
                mounts.push((path.clone(), mount));
            }
            names.push((path, name.as_str()));
        }
        self.once("partition", &names)
    }

    fn device(&self, field: &str, device: &str) -> Result<(), Error> {
        let good = !device.is_empty() && word(device);
        self.want(good, field, device, "one word: `UUID=...`, `LABEL=...`, `/dev/...` or `tmpfs`")
    }
}
