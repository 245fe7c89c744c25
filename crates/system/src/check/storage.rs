//! File systems, swap, partitions.

use bringup_spec::Kernel;

use super::{Check, word};
use crate::{Compression, Error, PartitionFileSystem, RootFileSystem};

impl Check<'_> {
    pub(super) fn storage(&self) -> Result<(), Error> {
        let root = &self.0.root;
        // s_volume_name has 16 bytes: Linux, Documentation/filesystems/ext4/super.rst.
        self.want(root.label.len() <= 16, "root.label", &root.label, "at most 16 bytes")?;
        self.root()?;
        let mut mounts = Vec::new();
        if root.has_var() {
            mounts.push(("root".to_owned(), "/var"));
        }
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

    fn root(&self) -> Result<(), Error> {
        let root = &self.0.root;
        let kind = root.file_system;
        if let Some(compression) = root.compression {
            let rule = match kind {
                RootFileSystem::Ext4 | RootFileSystem::Ext2 => "missing: this file system is not compressed",
                RootFileSystem::Squashfs => "`zstd`, `xz`, `gzip` or `lz4`",
                RootFileSystem::Erofs => "`none`, `lz4` or `zstd`",
            };
            let known = kind.compressions().contains(&compression);
            self.want(known, "root.compression", compression.name(), rule)?;
        }
        if let Some(level) = root.compression_level {
            let method = root.compression.or(kind.compressions().first().copied());
            let (max, rule) = match method {
                Some(Compression::Zstd) => (22, "1 to 22, as zstd has them"),
                Some(Compression::Gzip) => (9, "1 to 9, as gzip has them"),
                Some(Compression::Xz) => (9, "1 to 9, as xz has them"),
                Some(Compression::Lz4 | Compression::None) | None => (0, "missing: nothing here has levels"),
            };
            let good = (1..=max).contains(&level);
            self.want(good, "root.compression-level", &level.to_string(), rule)?;
        }
        let linux = self.0.init.kernel() == Kernel::Linux;
        let wrong = (root.volatile, "root.volatile");
        let wrong = if wrong.0 { wrong } else { (root.read_only, "root.read-only") };
        self.want(linux || !wrong.0, wrong.1, "true", "missing: that is for Linux only")?;
        if root.volatile && !self.0.partitions.is_empty() {
            // Who makes them finds the disk as the one that root is on, and a volatile root is on none.
            let (place, field) = (self.place("partition[0]"), "partition");
            let why = "images whose root is volatile make no partitions at first boot";
            return Err(Error::NotYet { place, field, why });
        }
        let writable = linux || kind.is_writable();
        self.want(writable, "root.file-system", kind.name(), "`ext2`: that is for Linux only")
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
