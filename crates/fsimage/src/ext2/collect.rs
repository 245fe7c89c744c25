//! Numbers a tree's inodes and gives its contents their places among the data blocks.

use std::collections::HashMap;

use bringup_spec::Bytes;
use bringup_tree::{Content, Device, Kind, Meta, Node, NodeId, Tree};

use super::directory::{self, Entry};
use super::inode::{Body, DIRECTORY, Inode};
use super::{BLOCK, BLOCK_BYTES, Creator, FORMAT, Options, Piece, map, xattr};
use crate::Error;
use crate::error::lossy;
use crate::path::split;

/// The root directory's inode (`EXT2_ROOT_INO`).
const ROOT: u32 = 2;
/// The first inode that is not reserved, which e2fsprogs gives to `lost+found`.
const LOST_FOUND: u32 = 11;
const LOST_FOUND_PATH: &[u8] = b"lost+found";
/// `lost+found` has spare blocks, so that a check need not look for free ones; `mke2fs` makes 16 KiB.
const LOST_FOUND_BLOCKS: usize = 4;
/// Most names of one inode (Linux, fs/ext2/ext2.h, `EXT2_LINK_MAX`).
const MAX_LINKS: i64 = 32_000;
/// Longest target of a symbolic link: one block with its NUL byte.
const MAX_TARGET: i64 = 4095;
/// Longest target that is kept in the inode itself, with its NUL byte.
const MAX_SHORT_TARGET: usize = map::ROOTS * 4 - 1;
/// A directory's size has 31 bits, as the upper word is `i_dir_acl`.
const MAX_DIRECTORY: i64 = i32::MAX as i64;
/// `i_blocks` counts 512 bytes in 32 bits, so 2 TiB with all indirect blocks, which take less than
/// 4 GiB of that.
const MAX_FILE: u64 = (1 << 41) - (1 << 32);

/// What a tree takes.
pub(super) struct Collected {
    /// From inode 1 on; those reserved and unused are empty.
    pub(super) inodes: Vec<Inode>,
    pub(super) pieces: Vec<Piece>,
    /// Data blocks.
    pub(super) blocks: u64,
}

struct Folder<'a> {
    path: &'a [u8],
    inode: u32,
    meta: &'a Meta,
    entries: Vec<Entry<'a>>,
}

pub(super) fn collect(tree: &Tree, options: &Options) -> Result<Collected, Error> {
    let mut found =
        Collected { inodes: vec![Inode::default(); LOST_FOUND as usize], pieces: Vec::new(), blocks: 0 };
    let lost = Node { meta: Meta::root(0o700, options.epoch), kind: Kind::Directory };
    let lost = tree.get(LOST_FOUND_PATH).is_none().then_some(&lost);
    let (folders, others) = number(tree, lost, options.creator, &mut found)?;
    for folder in folders {
        found.folder(&folder)?;
    }
    for (path, node, inode) in others {
        let attributes = found.attributes(path, &node.meta)?;
        let (len, body) = match &node.kind {
            Kind::File(content) => found.place(content.clone()),
            Kind::Symlink(target) if target.len() <= MAX_SHORT_TARGET => {
                (target.len() as u64, Body::Inline(inline(target)))
            }
            Kind::Symlink(target) => found.place(Content::bytes(target.as_slice())),
            _ => (0, found.inodes[inode as usize - 1].body),
        };
        let inode = &mut found.inodes[inode as usize - 1];
        *inode = Inode { len, body, attributes, ..inode.clone() };
    }
    Ok(found)
}

fn inline(bytes: &[u8]) -> [u8; map::ROOTS * 4] {
    let mut inline = [0; map::ROOTS * 4];
    inline[..bytes.len()].copy_from_slice(bytes);
    inline
}

/// Every directory, and everything else by its first path with its inode's number.
type Numbered<'a> = (Vec<Folder<'a>>, Vec<(&'a [u8], &'a Node, u32)>);

/// Gives every node an inode and every name an entry; `lost` is the `lost+found` of a tree without one.
fn number<'a>(
    tree: &'a Tree,
    lost: Option<&'a Node>,
    creator: Creator,
    found: &mut Collected,
) -> Result<Numbered<'a>, Error> {
    let mut folders: Vec<Folder<'a>> = Vec::new();
    let mut by_path: HashMap<&[u8], usize> = HashMap::new();
    let mut numbers: HashMap<NodeId, u32> = HashMap::new();
    let mut others = Vec::new();
    let lost = lost.map(|node| (LOST_FOUND_PATH, None, node));
    for (path, id, node) in tree.iter().map(|(path, id, node)| (path, Some(id), node)).chain(lost) {
        let earlier = id.and_then(|id| numbers.get(&id)).copied();
        let inode = match earlier {
            Some(inode) => {
                found.link(path, inode)?;
                inode
            }
            None => found.inode(path, node)?,
        };
        let file_type = creator.file_type(&node.kind);
        let mut up = ROOT;
        if let Some((folder, name)) = split(path) {
            let parent = &mut folders[by_path[folder]];
            up = parent.inode;
            parent.entries.push(Entry { name, inode, file_type });
            if node.kind.is_directory() {
                found.link(folder, up)?;
            }
        }
        if node.kind.is_directory() {
            let dots = [(b".".as_slice(), inode), (b"..", up)];
            let entries = dots.map(|(name, inode)| Entry { name, inode, file_type }).to_vec();
            by_path.insert(path, folders.len());
            folders.push(Folder { path, inode, meta: &node.meta, entries });
        } else if let (Some(id), None) = (id, earlier) {
            numbers.insert(id, inode);
            others.push((path, node, inode));
        }
    }
    Ok((folders, others))
}

impl Collected {
    /// Makes a node's inode and says its number; its places come later.
    fn inode(&mut self, path: &[u8], node: &Node) -> Result<u32, Error> {
        let meta = &node.meta;
        let (bits, mut body, mut links) = (kind_bits(&node.kind), Body::Empty, 1);
        match &node.kind {
            Kind::Directory => links = 2,
            Kind::CharDevice(device) | Kind::BlockDevice(device) => {
                body = Body::Inline(inline(&number_of(path, *device)?));
            }
            Kind::Symlink(target) => {
                within(path, "the length of its target", target.len() as i64, 1, MAX_TARGET)?;
            }
            Kind::File(content) if content.len() > MAX_FILE => {
                let (size, most) = (Bytes(content.len()), Bytes(MAX_FILE));
                return Err(Error::FileTooLarge { path: lossy(path), size, most, format: FORMAT });
            }
            Kind::File(_) | Kind::Fifo | Kind::Socket => {}
        }
        within(path, "its time", meta.mtime, i32::MIN.into(), i32::MAX.into())?;
        let mode = bits | (meta.mode & 0o7777) as u16;
        let (uid, gid, mtime) = (meta.uid, meta.gid, meta.mtime as i32);
        let inode = Inode { mode, uid, gid, mtime, links, len: 0, attributes: None, body };
        let fixed = match path {
            b"" => ROOT,
            LOST_FOUND_PATH if !node.kind.is_directory() => {
                let (kind, made) = (node.kind.describe(), "a directory");
                return Err(Error::LostFound { kind, made, format: FORMAT });
            }
            LOST_FOUND_PATH => LOST_FOUND,
            _ => {
                self.inodes.push(inode);
                return Ok(self.inodes.len() as u32);
            }
        };
        self.inodes[fixed as usize - 1] = inode;
        Ok(fixed)
    }

    /// Counts one more name of an inode.
    fn link(&mut self, path: &[u8], inode: u32) -> Result<(), Error> {
        let links = &mut self.inodes[inode as usize - 1].links;
        within(path, "the number of its names", i64::from(*links) + 1, 1, MAX_LINKS)?;
        *links += 1;
        Ok(())
    }

    fn folder(&mut self, folder: &Folder<'_>) -> Result<(), Error> {
        let least = if folder.inode == LOST_FOUND { LOST_FOUND_BLOCKS } else { 1 };
        let bytes = directory::render(&folder.entries, least);
        within(folder.path, "the size of its entries", bytes.len() as i64, 0, MAX_DIRECTORY)?;
        let attributes = self.attributes(folder.path, folder.meta)?;
        let (len, body) = self.place(Content::bytes(bytes));
        let inode = &mut self.inodes[folder.inode as usize - 1];
        *inode = Inode { len, body, attributes, ..inode.clone() };
        Ok(())
    }

    /// Places the block of a file's attributes, if it has any.
    fn attributes(&mut self, path: &[u8], meta: &Meta) -> Result<Option<u64>, Error> {
        let first = self.blocks;
        let block = xattr::block(path, meta)?;
        Ok(block.map(|block| {
            debug_assert_eq!(block.len(), BLOCK);
            self.place(Content::bytes(block));
            first
        }))
    }

    /// Places contents behind all others; says their length and what the inode has of it.
    fn place(&mut self, content: Content) -> (u64, Body) {
        let (first, len) = (self.blocks, content.len());
        if len == 0 {
            return (0, Body::Empty);
        }
        self.blocks += map::total(len.div_ceil(BLOCK_BYTES));
        self.pieces.push(Piece { first, content });
        (len, Body::Blocks(first))
    }
}

/// The kind's part of `i_mode`.
fn kind_bits(kind: &Kind) -> u16 {
    match kind {
        Kind::Fifo => 0o010_000,
        Kind::CharDevice(_) => 0o020_000,
        Kind::Directory => DIRECTORY,
        Kind::BlockDevice(_) => 0o060_000,
        Kind::File(_) => 0o100_000,
        Kind::Symlink(_) => 0o120_000,
        Kind::Socket => 0o140_000,
    }
}

/// `i_block` of a device: the old form in the first word if both numbers have eight bits, else the
/// new one in the second (Linux, fs/ext2/inode.c, `__ext2_write_inode`; include/linux/kdev_t.h).
fn number_of(path: &[u8], Device { major, minor }: Device) -> Result<[u8; 8], Error> {
    within(path, "its major number", i64::from(major), 0, 0xfff)?;
    within(path, "its minor number", i64::from(minor), 0, 0xf_ffff)?;
    let (old, new) = if major < 256 && minor < 256 {
        (major << 8 | minor, 0)
    } else {
        (0, minor & 0xff | major << 8 | (minor & !0xff) << 12)
    };
    Ok((u64::from(new) << 32 | u64::from(old)).to_le_bytes())
}

fn within(path: &[u8], what: &'static str, value: i64, least: i64, most: i64) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::OutOfRange { path: lossy(path), what, value, least, most, format: FORMAT })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_file_can_be_counted() {
        // With the block of its attributes, in units of 512 bytes.
        let sectors = (map::total(MAX_FILE / BLOCK_BYTES) + 1) * (BLOCK_BYTES / 512);
        assert!(u32::try_from(sectors).is_ok(), "{sectors}");
    }

    #[test]
    fn devices_with_large_numbers_have_the_new_form() {
        let words = |major, minor| {
            let bytes = number_of(b"x", Device { major, minor }).unwrap();
            let (words, _) = bytes.as_chunks::<4>();
            [u32::from_le_bytes(words[0]), u32::from_le_bytes(words[1])]
        };
        assert_eq!(words(5, 1), [0x501, 0]);
        assert_eq!(words(255, 255), [0xffff, 0]);
        assert_eq!(words(8, 300), [0, 0x0010_082c]);
        assert_eq!(words(4095, 0xf_ffff), [0, 0xffff_ffff]);
    }
}
