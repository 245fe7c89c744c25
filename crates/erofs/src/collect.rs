//! Numbers a tree's nodes and refuses what EROFS cannot hold.

use std::collections::HashMap;

use bringup_tree::{Device, Kind, Node, NodeId, Tree};

use crate::directory::Entry;
use crate::error::lossy;
use crate::{BLOCK_BYTES, Error, inode, xattr};

/// Longest target of a symbolic link: Linux's `PATH_MAX` without its NUL byte.
const MAX_TARGET: usize = 4095;
/// Bits of a device's numbers (Linux, include/linux/kdev_t.h, `new_encode_dev`).
const MAX_MAJOR: u32 = 0xfff;
const MAX_MINOR: u32 = 0xf_ffff;
/// Blocks are numbered with 32 bits; a sixteenth of them is left for names and inodes.
const MAX_CONTENTS: u64 = (u32::MAX as u64 - (u32::MAX >> 4) as u64) * BLOCK_BYTES;

/// An inode to be.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    /// Its first name, for messages.
    pub(crate) path: &'a [u8],
    pub(crate) node: &'a Node,
    /// `i_nlink`.
    pub(crate) links: u32,
    /// Attributes as they stand behind the inode.
    pub(crate) xattrs: Vec<u8>,
}

/// A directory's names.
#[derive(Debug)]
pub(crate) struct Folder<'a> {
    pub(crate) item: usize,
    /// Sorted by name.
    pub(crate) entries: Vec<Entry<'a>>,
}

/// What a tree has.
#[derive(Debug)]
pub(crate) struct Collected<'a> {
    /// The root first.
    pub(crate) items: Vec<Item<'a>>,
    /// The root first.
    pub(crate) folders: Vec<Folder<'a>>,
}

pub(crate) fn collect(tree: &Tree) -> Result<Collected<'_>, Error> {
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut folders: Vec<Folder<'_>> = Vec::new();
    let mut by_path: HashMap<&[u8], usize> = HashMap::new();
    let mut by_id: HashMap<NodeId, usize> = HashMap::new();
    let mut bytes = 0_u64;
    for (path, id, node) in tree.iter() {
        let item = match by_id.get(&id) {
            Some(&item) => {
                items[item].links += 1;
                item
            }
            None => {
                check(path, node)?;
                if let Kind::File(content) = &node.kind {
                    bytes = bytes.saturating_add(content.len().next_multiple_of(BLOCK_BYTES));
                }
                let links = if node.kind.is_directory() { 2 } else { 1 };
                items.push(Item { path, node, links, xattrs: xattr::body(path, &node.meta)? });
                by_id.insert(id, items.len() - 1);
                items.len() - 1
            }
        };
        let file_type = inode::file_type(&node.kind);
        let mut up = item;
        if let Some((folder, name)) = split(path) {
            let folder = &mut folders[by_path[folder]];
            up = folder.item;
            folder.entries.push(Entry { name, inode: item, file_type });
            if node.kind.is_directory() {
                items[up].links += 1;
            }
        }
        if node.kind.is_directory() {
            by_path.insert(path, folders.len());
            let dots = [(b".".as_slice(), item), (b"..", up)];
            let entries = dots.map(|(name, inode)| Entry { name, inode, file_type }).to_vec();
            folders.push(Folder { item, entries });
        }
    }
    if bytes > MAX_CONTENTS {
        return Err(Error::TooLarge { bytes, most: MAX_CONTENTS });
    }
    for folder in &mut folders {
        folder.entries.sort_unstable_by_key(|entry| entry.name);
    }
    Ok(Collected { items, folders })
}

/// A path's directory and name; none for the root.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if path.is_empty() {
        return None;
    }
    Some(match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    })
}

fn check(path: &[u8], node: &Node) -> Result<(), Error> {
    match &node.kind {
        Kind::Symlink(target) if target.is_empty() || target.len() > MAX_TARGET => {
            Err(Error::Target { path: lossy(path), len: target.len(), most: MAX_TARGET })
        }
        Kind::CharDevice(device) | Kind::BlockDevice(device) => {
            let Device { major, minor } = *device;
            for (part, value, most) in [("major", major, MAX_MAJOR), ("minor", minor, MAX_MINOR)] {
                if value > most {
                    return Err(Error::DeviceNumber { path: lossy(path), part, value, most });
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
