//! The block of a file's extended attributes (Linux, fs/ext2/xattr.c and fs/ext4/xattr.h).
//!
//! Entries grow from the block's start, sorted, and end with a zero word; values grow from its end.

use bringup_tree::Meta;

use super::{BLOCK, FORMAT};
use crate::error::lossy;
use crate::{Error, acl};

/// `h_magic` (`EXT2_XATTR_MAGIC`).
const MAGIC: u32 = 0xea02_0000;
/// Magic, references, blocks, hash, checksum and reserved words.
const HEADER: usize = 32;
/// An entry in front of its name.
const ENTRY: usize = 16;
/// What a block holds: not its header, and not the zero word behind the last entry.
const ROOM: usize = BLOCK - HEADER - 4;
/// Longest name behind its namespace (`e_name_len`).
const MAX_NAME: usize = 255;

/// The namespaces and their numbers (Linux, fs/ext4/xattr.h, `EXT4_XATTR_INDEX_*`). `gnu.` is the
/// Hurd's: `gnu.translator` is a passive translator (fs/ext4/xattr_hurd.c). Its number is what the
/// Hurd has had since 2020; before, it was 7.
const NAMESPACES: [(&str, u8); 4] = [("user.", 1), ("trusted.", 4), ("security.", 6), ("gnu.", 10)];
/// The numbers of the access control lists of [`acl::NAMES`], which have no name behind it.
const LISTS: [u8; 2] = [2, 3];

/// One attribute; the order of the fields is the order of entries in the block.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Attribute {
    index: u8,
    name_len: u8,
    name: Vec<u8>,
    value: Vec<u8>,
}

/// The block for a file's attributes; none if it has none.
pub(super) fn block(path: &[u8], meta: &Meta) -> Result<Option<Vec<u8>>, Error> {
    let mut attributes = meta
        .xattrs
        .iter()
        .map(|(name, value)| attribute(path, name, value))
        .collect::<Result<Vec<_>, _>>()?;
    attributes.sort_unstable();
    let len: usize = attributes.iter().map(Attribute::len).sum();
    if len > ROOM {
        return Err(Error::XattrsTooLarge { path: lossy(path), len, most: ROOM, format: FORMAT });
    }
    Ok((!attributes.is_empty()).then(|| render(&attributes)))
}

fn attribute(path: &[u8], name: &[u8], value: &[u8]) -> Result<Attribute, Error> {
    let known = || Error::XattrNamespace { path: lossy(path), name: lossy(name), format: FORMAT };
    for (list, index) in acl::NAMES.into_iter().zip(LISTS) {
        if name == list.as_bytes() {
            let value =
                acl::to_disk(value).ok_or_else(|| Error::BadAcl { path: lossy(path), name: lossy(name) })?;
            return Ok(Attribute { index, name_len: 0, name: Vec::new(), value });
        }
    }
    let (rest, index) = NAMESPACES
        .into_iter()
        .find_map(|(space, index)| name.strip_prefix(space.as_bytes()).map(|rest| (rest, index)))
        .filter(|(rest, _)| (1..=MAX_NAME).contains(&rest.len()))
        .ok_or_else(known)?;
    Ok(Attribute { index, name_len: rest.len() as u8, name: rest.to_vec(), value: value.to_vec() })
}

fn render(attributes: &[Attribute]) -> Vec<u8> {
    let mut block = vec![0; BLOCK];
    let (mut at, mut value_at, mut hash) = (HEADER, BLOCK, 0_u32);
    for attribute in attributes {
        let own = attribute.hash();
        hash = hash.rotate_left(16) ^ own;
        block[at] = attribute.name_len;
        block[at + 1] = attribute.index;
        if !attribute.value.is_empty() {
            value_at -= attribute.value.len().next_multiple_of(4);
            block[at + 2..at + 4].copy_from_slice(&(value_at as u16).to_le_bytes());
            block[value_at..value_at + attribute.value.len()].copy_from_slice(&attribute.value);
        }
        block[at + 8..at + 12].copy_from_slice(&(attribute.value.len() as u32).to_le_bytes());
        block[at + 12..at + 16].copy_from_slice(&own.to_le_bytes());
        block[at + ENTRY..at + ENTRY + attribute.name.len()].copy_from_slice(&attribute.name);
        at += ENTRY + attribute.name.len().next_multiple_of(4);
    }
    // h_magic, h_refcount, h_blocks, h_hash.
    for (field, value) in [MAGIC, 1, 1, hash].into_iter().enumerate() {
        block[field * 4..field * 4 + 4].copy_from_slice(&value.to_le_bytes());
    }
    block
}

impl Attribute {
    fn len(&self) -> usize {
        ENTRY + self.name.len().next_multiple_of(4) + self.value.len().next_multiple_of(4)
    }

    /// `e_hash`, over the name's bytes and the value's words (fs/ext2/xattr.c, `ext2_xattr_hash_entry`).
    fn hash(&self) -> u32 {
        let name = self.name.iter().fold(0_u32, |hash, byte| hash.rotate_left(5) ^ u32::from(*byte));
        self.value.chunks(4).fold(name, |hash, chunk| {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            hash.rotate_left(16) ^ u32::from_le_bytes(word)
        })
    }
}
