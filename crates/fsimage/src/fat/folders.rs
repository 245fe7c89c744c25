//! Directories: what is in them, where it goes, and their bytes.

use std::collections::HashMap;

use bringup_spec::Bytes;
use bringup_tree::{Content, Kind, Tree};

use super::entry::{self, Target};
use super::geometry::{ENTRY, Geometry, ROOT_ENTRIES};
use super::name::{self, Short};
use super::time::Stamp;
use super::{FatKind, Run};
use crate::Error;
use crate::error::lossy;

/// Most bytes of a file (`DIR_FileSize` has 32 bits).
const MAX_FILE: u64 = u32::MAX as u64;
/// Most entries of a directory: 2 MiB of them (fatgen103, "FAT Directory Structure").
const MAX_ENTRIES: u64 = 65_536;

/// All directories of a tree, the root first, parents before children.
#[derive(Debug)]
pub(super) struct Folders {
    list: Vec<Folder>,
    label: Option<([u8; 11], Stamp)>,
}

#[derive(Debug)]
struct Folder {
    path: String,
    parent: usize,
    stamp: Stamp,
    /// Entries of 32 bytes.
    entries: u64,
    cluster: u32,
    children: Vec<Child>,
}

#[derive(Debug)]
struct Child {
    name: String,
    short: Short,
    stamp: Stamp,
    what: What,
}

#[derive(Debug)]
enum What {
    Folder(usize),
    File { content: Content, cluster: u32 },
}

/// Checks everything in `tree` and gives it short names.
pub(super) fn collect(
    tree: &Tree,
    kind: FatKind,
    label: Option<[u8; 11]>,
    epoch: i64,
) -> Result<Folders, Error> {
    let format = kind.name();
    let mut list: Vec<Folder> = Vec::new();
    let mut index: HashMap<&[u8], usize> = HashMap::new();
    for (path, _, node) in tree.iter() {
        let stamp = Stamp::new(node.meta.mtime);
        let slash = path.iter().rposition(|&byte| byte == b'/');
        let folder = slash.map_or(&[][..], |slash| &path[..slash]);
        let name = slash.map_or(path, |slash| &path[slash + 1..]);
        let name = std::str::from_utf8(name).map_err(|_| Error::NotUtf8 {
            path: lossy(path),
            what: "its name",
            format,
        })?;
        if let Some(reason) = name::fault(name).filter(|_| !path.is_empty()) {
            return Err(Error::BadName { path: lossy(path), reason, format });
        }
        let parent = index.get(folder).copied().unwrap_or(0);
        let what = match &node.kind {
            Kind::Directory => {
                index.insert(path, list.len());
                let number = list.len();
                let path = lossy(path);
                list.push(Folder { path, parent, stamp, entries: 0, cluster: 0, children: Vec::new() });
                if number == 0 {
                    continue;
                }
                What::Folder(number)
            }
            Kind::File(content) if content.len() > MAX_FILE => {
                let (size, most) = (Bytes(content.len()), Bytes(MAX_FILE));
                return Err(Error::FileTooLarge { path: lossy(path), size, most, format });
            }
            Kind::File(content) => What::File { content: content.clone(), cluster: 0 },
            kind => {
                return Err(Error::NoSuchKind { path: lossy(path), kind: kind.describe(), format });
            }
        };
        // Its short name follows when all names of the directory are known.
        let short = Short { bytes: [b' '; 11], case: 0, needs_long: false };
        list[parent].children.push(Child { name: name.to_owned(), short, stamp, what });
    }
    let label = label.map(|label| (label, Stamp::new(epoch)));
    for (number, folder) in list.iter_mut().enumerate() {
        folder.shorten()?;
        let fixed = kind != FatKind::Fat32 && number == 0;
        // The root has the label, the others `.` and `..`.
        folder.entries += if number == 0 { u64::from(label.is_some()) } else { 2 };
        let most = if fixed { ROOT_ENTRIES } else { MAX_ENTRIES };
        if folder.entries > most {
            let (path, entries) = (folder.path.clone(), folder.entries);
            return Err(Error::DirectoryFull { path, entries, most, format });
        }
    }
    Ok(Folders { list, label })
}

impl Folder {
    fn shorten(&mut self) -> Result<(), Error> {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for child in &self.children {
            if let Some(other) = seen.insert(name::folded(&child.name), &child.name) {
                let full = |name: &str| match self.path.as_str() {
                    "/" => name.to_owned(),
                    folder => format!("{folder}/{name}"),
                };
                return Err(Error::SameName { path: full(other), other: full(&child.name) });
            }
        }
        let names: Vec<&str> = self.children.iter().map(|child| child.name.as_str()).collect();
        let shorts = name::shorten(&names);
        for (child, short) in self.children.iter_mut().zip(shorts) {
            self.entries += entry::count(&child.name, &short);
            child.short = short;
        }
        Ok(())
    }
}

impl Folders {
    /// Gives directories and then files their clusters; says how many are used.
    pub(super) fn assign(&mut self, geometry: &Geometry) -> Result<u64, Error> {
        let mut next = 2_u64;
        let mut take = |len: u64| {
            let first = next;
            next += geometry.clusters_for(len);
            // Empty files have no cluster; numbers too large for 32 bits never leave this function.
            if len == 0 { 0 } else { first as u32 }
        };
        let fixed_root = geometry.kind != FatKind::Fat32;
        for folder in self.list.iter_mut().skip(usize::from(fixed_root)) {
            // Even an empty root has a cluster on FAT32.
            folder.cluster = take(folder.entries.max(1) * ENTRY);
        }
        for child in self.list.iter_mut().flat_map(|folder| &mut folder.children) {
            if let What::File { content, cluster } = &mut child.what {
                *cluster = take(content.len());
            }
        }
        let used = next - 2;
        if used > geometry.clusters {
            let size = Bytes(geometry.sectors * super::SECTOR);
            return Err(Error::TooSmall {
                format: geometry.kind.name(),
                needed: geometry.size_for(used),
                size,
            });
        }
        Ok(used)
    }

    /// The root's cluster; 0 where the root is in front of the clusters.
    pub(super) fn root_cluster(&self) -> u32 {
        self.list[0].cluster
    }

    /// The bytes of a root in front of the clusters, and what the clusters hold, in order.
    pub(super) fn render(self, kind: FatKind) -> (Vec<u8>, Vec<Run>) {
        let fixed_root = kind != FatKind::Fat32;
        let mut root = Vec::new();
        let mut runs = Vec::new();
        for (number, folder) in self.list.iter().enumerate() {
            let bytes = self.bytes(number);
            if number == 0 && fixed_root {
                root = bytes;
            } else {
                runs.push(Run { cluster: folder.cluster, content: Content::bytes(bytes) });
            }
        }
        for child in self.list.into_iter().flat_map(|folder| folder.children) {
            match child.what {
                What::File { content, cluster } if !content.is_empty() => runs.push(Run { cluster, content }),
                _ => {}
            }
        }
        (root, runs)
    }

    fn bytes(&self, number: usize) -> Vec<u8> {
        let folder = &self.list[number];
        let mut bytes = Vec::new();
        if number > 0 {
            // `..` of a child of the root names cluster 0, on FAT32 too (fatgen103, "Directories").
            let parent = if folder.parent == 0 { 0 } else { self.list[folder.parent].cluster };
            for (name, cluster) in [(b".          ", folder.cluster), (b"..         ", parent)] {
                bytes.extend_from_slice(&entry::short(name, 0, folder.stamp, Target::Directory { cluster }));
            }
        } else if let Some((label, stamp)) = &self.label {
            bytes.extend_from_slice(&entry::short(label, 0, *stamp, Target::Label));
        }
        for child in &folder.children {
            let target = match &child.what {
                What::Folder(number) => Target::Directory { cluster: self.list[*number].cluster },
                What::File { content, cluster } => {
                    Target::File { cluster: *cluster, size: content.len() as u32 }
                }
            };
            bytes.extend_from_slice(&entry::named(&child.name, &child.short, child.stamp, target));
        }
        // An empty root on FAT32 is one cluster of unused entries.
        if bytes.is_empty() { vec![0; ENTRY as usize] } else { bytes }
    }
}
