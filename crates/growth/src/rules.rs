//! The rules of growth, as the scripts read them.

use bringup_spec::{Bytes, PartitionType};

use crate::Error;

/// What a new partition is formatted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSystem {
    /// ext4.
    Ext4,
    /// FAT.
    Vfat,
    /// Swap space.
    Swap,
}

impl FileSystem {
    const ALL: [Self; 3] = [Self::Ext4, Self::Vfat, Self::Swap];

    /// The kernel's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Vfat => "vfat",
            Self::Swap => "swap",
        }
    }

    /// The type of its partition.
    pub const fn partition_type(self) -> PartitionType {
        match self {
            Self::Ext4 => PartitionType::Linux,
            Self::Vfat => PartitionType::Fat32,
            Self::Swap => PartitionType::Swap,
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A partition that is made at first boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPartition {
    /// Its name, and its file system's label.
    pub name: String,
    /// What it is formatted as.
    pub file_system: FileSystem,
    /// Its share of the free space against the others'; root has 1000.
    pub weight: u32,
    /// Least size; 10 MiB if missing.
    pub min: Option<Bytes>,
    /// Greatest size.
    pub max: Option<Bytes>,
}

/// How a disk grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The number of the root partition, from 1.
    pub root: u32,
    /// Whether that grows.
    pub grow: bool,
    /// Partitions that are made behind it, numbered on from it.
    pub new: Vec<NewPartition>,
}

/// The weight of a root partition that grows: repart.d(5), `Weight=`.
pub(crate) const ROOT_WEIGHT: u32 = 1000;

/// Least size of a new partition where none is given: repart.d(5), `SizeMinBytes=`.
pub(crate) const LEAST: Bytes = Bytes::mib(10);

const MIB: u64 = Bytes::mib(1).0;

impl Rules {
    /// One line a partition: `root` or `new`, number, name, file system, weight, least and greatest size in
    /// MiB with 0 for none. Least sizes are rounded up, greatest ones down.
    pub fn to_text(&self) -> String {
        let weight = if self.grow { ROOT_WEIGHT } else { 0 };
        let mut text = format!("root {} root ext4 {weight} 0 0\n", self.root);
        for (number, new) in (self.root + 1..).zip(&self.new) {
            let NewPartition { name, file_system, weight, min, max } = new;
            let min = min.map_or(0, |min| min.0.div_ceil(MIB));
            let max = max.map_or(0, |max| (max.0 / MIB).max(1));
            text += &format!("new {number} {name} {} {weight} {min} {max}\n", file_system.name());
        }
        text
    }

    /// Reads what [`to_text`](Self::to_text) wrote; `path` is for errors.
    ///
    /// # Errors
    /// A line is none that `to_text` writes.
    pub fn parse(path: &str, text: &str) -> Result<Self, Error> {
        let mut rules: Option<Self> = None;
        for (line, text) in (1..).zip(text.lines()) {
            let bad = || Error::BadRule { path: path.to_owned(), line, text: text.to_owned() };
            let words: Vec<&str> = text.split(' ').collect();
            let [what, number, name, kind, weight, min, max] = words[..] else { return Err(bad()) };
            let number: u32 = number.parse().ok().filter(|number| *number > 0).ok_or_else(bad)?;
            let weight: u32 = weight.parse().map_err(|_| bad())?;
            let size = |text: &str| -> Result<Option<Bytes>, Error> {
                let mib: u64 = text.parse().map_err(|_| bad())?;
                let bytes = mib.checked_mul(MIB).ok_or_else(bad)?;
                Ok((mib != 0).then_some(Bytes(bytes)))
            };
            match (what, &mut rules) {
                ("root", None) => {
                    rules = Some(Self { root: number, grow: weight != 0, new: Vec::new() });
                }
                ("new", Some(rules))
                    if u64::from(number) == u64::from(rules.root) + 1 + rules.new.len() as u64 =>
                {
                    rules.new.push(NewPartition {
                        name: name.to_owned(),
                        file_system: FileSystem::named(kind).ok_or_else(bad)?,
                        weight,
                        min: size(min)?,
                        max: size(max)?,
                    });
                }
                _ => return Err(bad()),
            }
        }
        rules.ok_or_else(|| Error::BadRule { path: path.to_owned(), line: 1, text: String::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let new = |name: &str, file_system, min, max| NewPartition {
            name: name.to_owned(),
            file_system,
            weight: 500,
            min,
            max,
        };
        Rules {
            root: 2,
            grow: true,
            new: vec![
                new("home", FileSystem::Ext4, None, None),
                new("swap", FileSystem::Swap, Some(Bytes::mib(64)), Some(Bytes::mib(512))),
            ],
        }
    }

    const TEXT: &str = "root 2 root ext4 1000 0 0\nnew 3 home ext4 500 0 0\nnew 4 swap swap 500 64 512\n";

    #[test]
    fn rules_are_read_as_written() {
        assert_eq!(rules().to_text(), TEXT);
        assert_eq!(Rules::parse("rules", TEXT).unwrap(), rules());
    }

    #[test]
    fn other_lines_are_refused() {
        for (old, new, line) in [
            ("root 2", "root 0", 1),
            ("new 3", "new 4", 2),
            ("home ext4", "home btrfs", 2),
            ("500 64 512", "500 64", 3),
            ("500 64 512", "500 64 99999999999999999", 3),
        ] {
            let error = Rules::parse("rules", &TEXT.replacen(old, new, 1)).unwrap_err();
            assert!(matches!(&error, Error::BadRule { line: at, .. } if *at == line), "{new}: {error}");
        }
        assert!(matches!(Rules::parse("rules", ""), Err(Error::BadRule { line: 1, .. })));
    }
}
