//! What the kernel says about devices, and who uses them.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a host says what devices it has and what it does with them.
#[derive(Clone, Debug)]
pub struct Host {
    /// Where sysfs is: `/sys`.
    pub sys: PathBuf,
    /// The text of `/proc/self/mountinfo` (proc_pid_mountinfo(5)); several, one behind the other, are
    /// taken together.
    pub mountinfo: String,
    /// The text of `/proc/swaps` (proc_swaps(5)).
    pub swaps: String,
}

/// One way in which a device is in use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// A file system on it is mounted.
    Mounted {
        /// The device itself, a partition of it or what is built on one: `sdb1`.
        device: String,
        /// Where.
        at: String,
    },
    /// It is swapped to.
    Swap {
        /// The device, as above.
        device: String,
    },
    /// Another device is built on it: LVM, RAID, encryption.
    Held {
        /// The device, as above.
        device: String,
        /// That device.
        by: String,
    },
}

/// Where the running system has its own files (Filesystem Hierarchy Standard 3.0; the UAPI group's
/// Boot Loader Specification for the EFI system partition).
const SYSTEM: [&str; 8] = ["/", "/boot", "/boot/efi", "/boot/firmware", "/efi", "/etc", "/usr", "/var"];

impl Use {
    /// Whether the running system itself is what uses it.
    pub(crate) fn is_system(&self) -> bool {
        match self {
            Self::Mounted { at, .. } => SYSTEM.contains(&at.as_str()),
            Self::Swap { .. } => true,
            Self::Held { .. } => false,
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mounted { device, at } => write!(f, "`{device}` is mounted at `{at}`"),
            Self::Swap { device } => write!(f, "`{device}` is swapped to"),
            Self::Held { device, by } => write!(f, "`{device}` is part of `{by}`"),
        }
    }
}

/// All of them in one line.
pub(crate) fn list(uses: &[Use]) -> String {
    uses.iter().map(Use::to_string).collect::<Vec<_>>().join(", ")
}

/// A device, or a partition, as sysfs has it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) folder: PathBuf,
    pub(crate) name: String,
}

impl Node {
    /// The node that a path of sysfs leads to.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        let folder = path.canonicalize().ok()?;
        let name = folder.file_name()?.to_str()?.to_owned();
        Some(Self { folder, name })
    }

    /// What a file of it says, if it says anything.
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        let bytes = fs::read(self.folder.join(file)).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_matches(|character: char| character.is_whitespace() || character == '\0');
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The nodes that folder `of` lists.
    fn listed(&self, of: &str) -> Vec<Self> {
        let Ok(entries) = fs::read_dir(self.folder.join(of)) else { return Vec::new() };
        entries.flatten().filter_map(|entry| Self::at(&entry.path())).collect()
    }

    /// Its partitions: folders with a number (Linux, Documentation/ABI/stable/sysfs-block).
    fn partitions(&self) -> Vec<Self> {
        self.listed("").into_iter().filter(|node| node.folder.join("partition").is_file()).collect()
    }

    /// How people call it: the device mapper's own name, where there is one.
    fn shown(&self) -> String {
        match self.text("dm/name") {
            Some(name) => format!("{} ({name})", self.name),
            None => self.name.clone(),
        }
    }
}

impl Host {
    /// Everything that uses a disk, its partitions, or what is built on them.
    pub(crate) fn uses(&self, disk: &Node) -> Vec<Use> {
        let mut uses = BTreeSet::new();
        let mut seen = BTreeSet::from([disk.folder.clone()]);
        let mut left = vec![disk.clone()];
        while let Some(node) = left.pop() {
            self.uses_of(&node, &mut uses);
            let holders = node.listed("holders");
            for holder in &holders {
                uses.insert(Use::Held { device: node.shown(), by: holder.shown() });
            }
            left.extend(
                node.partitions().into_iter().chain(holders).filter(|one| seen.insert(one.folder.clone())),
            );
        }
        uses.into_iter().collect()
    }

    fn uses_of(&self, node: &Node, uses: &mut BTreeSet<Use>) {
        let number = node.text("dev");
        // Beside its name of the kernel's a device of the mapper has one of its own.
        let mapped = node.text("dm/name");
        let is_named = |path: &str| {
            let name = path.strip_prefix("/dev/");
            name.is_some_and(|name| name == node.name)
                || mapped.as_deref().is_some_and(|mapped| path.strip_prefix("/dev/mapper/") == Some(mapped))
        };
        for line in self.mountinfo.lines() {
            let Some((before, after)) = line.split_once(" - ") else { continue };
            let mut fields = before.split(' ').skip(2);
            let (Some(device), _, Some(at)) = (fields.next(), fields.next(), fields.next()) else { continue };
            // btrfs has numbers that belong to no device; its source tells.
            let from = after.split(' ').nth(1).unwrap_or_default();
            if Some(device) == number.as_deref() || is_named(&unescape(from)) {
                uses.insert(Use::Mounted { device: node.shown(), at: unescape(at) });
            }
        }
        // A line of headings, then one for each.
        for line in self.swaps.lines().skip(1) {
            if line.split_whitespace().next().is_some_and(|path| is_named(&unescape(path))) {
                uses.insert(Use::Swap { device: node.shown() });
            }
        }
    }
}

/// Blanks and the like are in octal: `\040` (Linux, fs/proc_namespace.c, `mangle`).
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match (first, code) {
            (b'\\', Some(code)) => {
                bytes.push(code);
                rest = &tail[3..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn blanks_of_a_mount_point_are_octal() {
        assert_eq!(super::unescape(r"/media/my\040card\134x"), r"/media/my card\x");
        assert_eq!(super::unescape(r"/a\04"), r"/a\04");
    }
}
