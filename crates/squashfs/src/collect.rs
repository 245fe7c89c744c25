//! The tree as squashfs numbers it, with everything checked that the format cannot hold.

use std::collections::HashMap;

use bringup_spec::Bytes;
use bringup_tree::{Content, Device, Kind, Meta, NodeId, Tree};

use crate::acl::{self, mode_without};
use crate::error::lossy;
use crate::xattr::Sets;
use crate::{Acls, Error, Options};

/// `no_ids` of the superblock has 16 bits.
const MOST_IDS: usize = u16::MAX as usize;
/// The longest target of a symbolic link: `PATH_MAX` of Linux without the NUL byte. Kernels take a
/// longer one for damage (fs/squashfs/inode.c).
const LONGEST_TARGET: i64 = 4095;
/// `MINORBITS` and what is left for the driver in 32 bits (Linux, include/linux/kdev_t.h,
/// `new_encode_dev`).
const MOST_MAJOR: i64 = (1 << 12) - 1;
const MOST_MINOR: i64 = (1 << 20) - 1;

/// A tree that squashfs can hold.
///
/// Inodes are numbered as they are written: what is no directory in the tree's order, then
/// directories in the opposite order, so that everything in one comes before it.
#[derive(Debug, Default)]
pub(crate) struct Collected<'a> {
    /// In the tree's order, the root first.
    pub(crate) directories: Vec<Directory<'a>>,
    /// Everything else, in the order of the first names.
    pub(crate) others: Vec<Other<'a>>,
    /// What the regular files hold.
    pub(crate) contents: Vec<&'a Content>,
    /// Users and groups by the numbers that inodes have for them.
    pub(crate) ids: Vec<u32>,
    /// Extended attributes.
    pub(crate) sets: Sets<'a>,
    /// Paths of nodes whose access control lists are left out.
    pub(crate) without_acls: Vec<&'a [u8]>,
}

/// What every inode has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common {
    pub(crate) mode: u16,
    /// Numbers in the table of ids.
    pub(crate) uid: u16,
    pub(crate) gid: u16,
    pub(crate) mtime: u32,
    /// Number of the set of attributes.
    pub(crate) xattrs: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Directory<'a> {
    pub(crate) common: Common,
    /// Index of the directory it is in; the root's is its own.
    pub(crate) parent: usize,
    /// How many directories are in it.
    pub(crate) folders: u32,
    /// In byte order.
    pub(crate) entries: Vec<(&'a [u8], Child)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Child {
    /// Index among the directories.
    Directory(usize),
    /// Index among the others.
    Other(usize),
}

#[derive(Debug)]
pub(crate) struct Other<'a> {
    pub(crate) common: Common,
    pub(crate) links: u32,
    pub(crate) what: What<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum What<'a> {
    /// Index among the contents.
    File(usize),
    Symlink(&'a [u8]),
    BlockDevice(u32),
    CharDevice(u32),
    Fifo,
    Socket,
}

/// # Errors
/// The tree has something that squashfs cannot hold.
pub(crate) fn collect<'a>(tree: &'a Tree, options: &Options) -> Result<Collected<'a>, Error> {
    let mut all = Collecting { acls: options.acls, found: Collected::default(), id_numbers: HashMap::new() };
    let mut folders: HashMap<&[u8], usize> = HashMap::new();
    let mut numbered: HashMap<NodeId, usize> = HashMap::new();
    for (path, id, node) in tree.iter() {
        let slash = path.iter().rposition(|&byte| byte == b'/');
        let (folder, name) = slash.map_or((&path[..0], path), |at| (&path[..at], &path[at + 1..]));
        let parent = if path.is_empty() { 0 } else { folders[folder] };
        let child = if node.kind.is_directory() {
            let common = all.common(path, &node.meta)?;
            let index = all.found.directories.len();
            all.found.directories.push(Directory { common, parent, folders: 0, entries: Vec::new() });
            folders.insert(path, index);
            Child::Directory(index)
        } else if let Some(&index) = numbered.get(&id) {
            all.found.others[index].links += 1;
            Child::Other(index)
        } else {
            let common = all.common(path, &node.meta)?;
            let what = all.what(path, &node.kind)?;
            let index = all.found.others.len();
            all.found.others.push(Other { common, links: 1, what });
            numbered.insert(id, index);
            Child::Other(index)
        };
        if !path.is_empty() {
            let folder = &mut all.found.directories[parent];
            folder.folders += u32::from(matches!(child, Child::Directory(_)));
            folder.entries.push((name, child));
        }
    }
    Ok(all.found)
}

struct Collecting<'a> {
    acls: Acls,
    found: Collected<'a>,
    id_numbers: HashMap<u32, u16>,
}

impl<'a> Collecting<'a> {
    fn common(&mut self, path: &'a [u8], meta: &'a Meta) -> Result<Common, Error> {
        within(path, "modification time", meta.mtime, 0, i64::from(u32::MAX))?;
        let mut mode = meta.mode & 0o7777;
        let mut kept = Vec::new();
        for (name, value) in &meta.xattrs {
            if !acl::NAMES.contains(&name.as_slice()) {
                kept.push((name.as_slice(), value.as_slice()));
            } else if self.acls == Acls::Refuse {
                return Err(Error::Acl { path: lossy(path), name: lossy(name) });
            } else {
                mode = mode_without(mode, name, value);
                if self.found.without_acls.last() != Some(&path) {
                    self.found.without_acls.push(path);
                }
            }
        }
        Ok(Common {
            mode: mode as u16,
            uid: self.id(path, meta.uid)?,
            gid: self.id(path, meta.gid)?,
            mtime: meta.mtime as u32,
            xattrs: self.found.sets.number(path, &kept)?,
        })
    }

    fn id(&mut self, path: &[u8], id: u32) -> Result<u16, Error> {
        if let Some(&number) = self.id_numbers.get(&id) {
            return Ok(number);
        }
        let number = self.found.ids.len();
        if number == MOST_IDS {
            return Err(Error::TooManyIds { path: lossy(path), id, most: MOST_IDS });
        }
        self.found.ids.push(id);
        self.id_numbers.insert(id, number as u16);
        Ok(number as u16)
    }

    fn what(&mut self, path: &[u8], kind: &'a Kind) -> Result<What<'a>, Error> {
        Ok(match kind {
            Kind::File(content) => {
                let most = Bytes(i64::MAX as u64);
                within(path, "size", content.len().min(most.0 + 1) as i64, 0, most.0 as i64)?;
                self.found.contents.push(content);
                What::File(self.found.contents.len() - 1)
            }
            Kind::Symlink(target) => {
                within(path, "length of the link's target", target.len() as i64, 1, LONGEST_TARGET)?;
                What::Symlink(target)
            }
            Kind::BlockDevice(number) => What::BlockDevice(device(path, *number)?),
            Kind::CharDevice(number) => What::CharDevice(device(path, *number)?),
            Kind::Fifo => What::Fifo,
            Kind::Socket => What::Socket,
            Kind::Directory => unreachable!("the caller keeps directories to itself"),
        })
    }
}

/// A device's number as `new_encode_dev` has it.
fn device(path: &[u8], Device { major, minor }: Device) -> Result<u32, Error> {
    within(path, "major device number", i64::from(major), 0, MOST_MAJOR)?;
    within(path, "minor device number", i64::from(minor), 0, MOST_MINOR)?;
    Ok(minor & 0xff | major << 8 | (minor & !0xff) << 12)
}

fn within(path: &[u8], what: &'static str, value: i64, least: i64, most: i64) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::OutOfRange { path: lossy(path), what, value, least, most })
}

#[cfg(test)]
mod tests;
