//! Tells `mkext4` about a tree, after checking that ext4 can hold it.

use std::collections::HashMap;

use bringup_spec::Bytes;
use bringup_tree::{Content, Device, Kind, Node, NodeId, Tree};
use mkext4::{FsBuilder, InodeHandle, Meta, ROOT, SpecialKind};

use super::{BLOCK_BYTES, FORMAT};
use crate::error::lossy;
use crate::path::split;
use crate::{Error, acl};

/// Most names of one inode (`EXT4_LINK_MAX`, fs/ext4/ext4.h).
const MAX_LINKS: i64 = 65_000;
/// Longest target of a symbolic link: one block with its NUL byte.
const MAX_TARGET: i64 = 4095;
/// Longest target that is kept in the inode itself, as its NUL byte must fit into 60 bytes.
const MAX_SHORT_TARGET: usize = 59;
/// Seconds have 34 bits, counted from -2^31 (fs/ext4/ext4.h, `ext4_encode_extra_time`).
const TIMES: (i64, i64) = (-(1 << 31), (1 << 34) - (1 << 31) - 1);
/// Logical block numbers of a file have 32 bits.
const MAX_FILE: u64 = (u32::MAX as u64) * BLOCK_BYTES;
/// What an attribute block holds, after its header of 32 bytes and the four of the list's end.
const MAX_XATTRS: usize = BLOCK_BYTES as usize - 36;
/// An attribute's own header, in bytes.
const XATTR_HEADER: usize = 16;
/// The namespaces that ext4 numbers (fs/ext4/xattr.h, `EXT4_XATTR_INDEX_*`).
const NAMESPACES: [&str; 4] = ["user.", "trusted.", "security.", "system."];

/// What a tree takes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    /// Inodes, ext4's own eleven included.
    pub(super) inodes: u64,
    /// Blocks for files, directories, long link targets and attributes; of large directories and
    /// very large files an estimate.
    pub(super) blocks: u64,
}

/// Checks `tree` and counts what it takes.
pub(super) fn measure(tree: &Tree) -> Result<Needs, Error> {
    // Inodes 1 to 11 are reserved, the last one for lost+found; that directory has four blocks.
    let mut needs = Needs { inodes: 11, blocks: 4 };
    let mut links: HashMap<NodeId, i64> = HashMap::new();
    let mut folders: HashMap<&[u8], usize> = HashMap::new();
    for (path, id, node) in tree.iter() {
        text(path, path, "its name")?;
        if let Some((folder, name)) = split(path) {
            // A directory entry is a header of eight bytes and the name, in multiples of four.
            *folders.entry(folder).or_default() += 8 + name.len().next_multiple_of(4);
        }
        if is_lost_found(tree, path, node)? {
            continue;
        }
        let count = links.entry(id).or_default();
        *count += 1;
        if *count > 1 {
            within(path, "the number of its names", *count, 1, MAX_LINKS)?;
            continue;
        }
        within(path, "its time", node.meta.mtime, TIMES.0, TIMES.1)?;
        needs.inodes += u64::from(!path.is_empty());
        needs.blocks += blocks(path, node)?;
    }
    for len in folders.into_values() {
        // Blocks of a hashed directory are not quite full, and one block is its index.
        let usable = BLOCK_BYTES as usize - 12;
        needs.blocks += if len + 24 <= usable { 0 } else { 1 + (len * 33 / 32).div_ceil(usable) as u64 - 1 };
    }
    Ok(needs)
}

/// Blocks of one node; one for a directory, which may turn out to need more.
fn blocks(path: &[u8], node: &Node) -> Result<u64, Error> {
    let own = match &node.kind {
        Kind::Directory => 1,
        Kind::File(content) => {
            if content.len() > MAX_FILE {
                let (size, most) = (Bytes(content.len()), Bytes(MAX_FILE));
                return Err(Error::FileTooLarge { path: lossy(path), size, most, format: FORMAT });
            }
            content.len().div_ceil(BLOCK_BYTES)
        }
        Kind::Symlink(target) => {
            within(path, "the length of its target", target.len() as i64, 1, MAX_TARGET)?;
            text(path, target, "its target")?;
            u64::from(target.len() > MAX_SHORT_TARGET)
        }
        Kind::CharDevice(device) | Kind::BlockDevice(device) => {
            // Twelve and twenty bits (include/linux/kdev_t.h, `new_encode_dev`).
            within(path, "its major number", i64::from(device.major), 0, 0xfff)?;
            within(path, "its minor number", i64::from(device.minor), 0, 0xf_ffff)?;
            0
        }
        Kind::Fifo | Kind::Socket => 0,
    };
    let mut len = 0;
    for (name, value) in &node.meta.xattrs {
        let known = std::str::from_utf8(name)
            .is_ok_and(|name| NAMESPACES.iter().any(|space| name.starts_with(space) && name.len() <= 255));
        if !known {
            return Err(Error::XattrNamespace { path: lossy(path), name: lossy(name), format: FORMAT });
        }
        len += XATTR_HEADER + name.len().next_multiple_of(4) + value.len().next_multiple_of(4);
    }
    if len > MAX_XATTRS {
        return Err(Error::XattrsTooLarge { path: lossy(path), len, most: MAX_XATTRS, format: FORMAT });
    }
    // The inode itself has room for 92 bytes of them.
    Ok(own + u64::from(len > 92))
}

/// Declares every node of a measured tree, in the order of the paths; says which files to fill.
pub(super) fn declare(tree: &Tree, fs: &mut FsBuilder) -> Result<Vec<(InodeHandle, Content)>, Error> {
    let mut folders: HashMap<&[u8], InodeHandle> = HashMap::new();
    let mut others: HashMap<NodeId, InodeHandle> = HashMap::new();
    let mut files = Vec::new();
    for (path, id, node) in tree.iter() {
        let meta =
            Meta::new((node.meta.mode & 0o7777) as u16, node.meta.uid, node.meta.gid, (node.meta.mtime, 0));
        let Some((folder, name)) = split(path) else {
            fs.set_meta(ROOT, meta).map_err(refused)?;
            attributes(fs, ROOT, path, node)?;
            folders.insert(path, ROOT);
            continue;
        };
        if is_lost_found(tree, path, node)? {
            continue;
        }
        let folder = *folders.get(folder).expect("parents come before children");
        let name = text(path, name, "its name")?;
        if let Some(existing) = others.get(&id) {
            fs.hardlink(folder, name, *existing).map_err(refused)?;
            continue;
        }
        let device = |fs: &mut FsBuilder, kind| fs.mknod(folder, name, meta, kind);
        let handle = match &node.kind {
            Kind::Directory => fs.mkdir(folder, name, meta),
            Kind::File(content) => fs.file(folder, name, meta, content.len()),
            Kind::Symlink(target) => fs.symlink(folder, name, text(path, target, "its target")?, meta),
            Kind::CharDevice(Device { major, minor }) => {
                device(fs, SpecialKind::Char { major: *major, minor: *minor })
            }
            Kind::BlockDevice(Device { major, minor }) => {
                device(fs, SpecialKind::Block { major: *major, minor: *minor })
            }
            Kind::Fifo => device(fs, SpecialKind::Fifo),
            Kind::Socket => device(fs, SpecialKind::Socket),
        }
        .map_err(refused)?;
        attributes(fs, handle, path, node)?;
        match &node.kind {
            Kind::Directory => {
                folders.insert(path, handle);
                continue;
            }
            Kind::File(content) if !content.is_empty() => files.push((handle, content.clone())),
            _ => {}
        }
        others.insert(id, handle);
    }
    Ok(files)
}

fn attributes(fs: &mut FsBuilder, handle: InodeHandle, path: &[u8], node: &Node) -> Result<(), Error> {
    for (name, value) in &node.meta.xattrs {
        let name = text(path, name, "an attribute's name")?;
        if acl::NAMES.contains(&name) {
            let value = acl::to_disk(value)
                .ok_or_else(|| Error::BadAcl { path: lossy(path), name: name.to_owned() })?;
            fs.set_xattr(handle, name, &value).map_err(refused)?;
        } else {
            fs.set_xattr(handle, name, value).map_err(refused)?;
        }
    }
    Ok(())
}

/// Whether this is the directory that `mkext4` makes by itself.
fn is_lost_found(tree: &Tree, path: &[u8], node: &Node) -> Result<bool, Error> {
    if path != b"lost+found" {
        return Ok(false);
    }
    let kind = match &node.kind {
        Kind::Directory if tree.below(path).next().is_none() => return Ok(true),
        Kind::Directory => "a directory with files",
        kind => kind.describe(),
    };
    Err(Error::LostFound { kind, made: "an empty directory", format: FORMAT })
}

fn text<'a>(path: &[u8], bytes: &'a [u8], what: &'static str) -> Result<&'a str, Error> {
    std::str::from_utf8(bytes).map_err(|_| Error::NotUtf8 { path: lossy(path), what, format: FORMAT })
}

fn within(path: &[u8], what: &'static str, value: i64, least: i64, most: i64) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::OutOfRange { path: lossy(path), what, value, least, most, format: FORMAT })
}

pub(super) fn refused(source: mkext4::Error) -> Error {
    Error::Ext4 { source }
}
