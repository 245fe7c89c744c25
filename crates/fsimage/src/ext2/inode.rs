//! One inode (Linux, fs/ext2/ext2.h, `struct ext2_inode`).

use super::geometry::Geometry;
use super::{BLOCK_BYTES, Creator, map};

/// Bytes of an inode: revision 0's size, the only one that GRUB's and the Hurd's readers have
/// always had, and `mke2fs -o hurd`'s (e2fsprogs, misc/mke2fs.conf, type `hurd`).
pub(super) const BYTES: usize = 128;

/// `i_mode`'s bits for a directory.
pub(super) const DIRECTORY: u16 = 0o040_000;

/// What an inode says.
#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    /// Kind and permissions.
    pub(super) mode: u16,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Seconds since 1970.
    pub(super) mtime: i32,
    pub(super) links: u16,
    /// Length in bytes of contents or target.
    pub(super) len: u64,
    /// Index of the data block with its attributes.
    pub(super) attributes: Option<u64>,
    pub(super) body: Body,
}

/// What is in `i_block`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// Bytes: a device's number or a short link's target.
    Inline([u8; map::ROOTS * 4]),
    /// Numbers of blocks, the first of which has this index among the data blocks.
    Blocks(u64),
}

impl Inode {
    pub(super) fn is_directory(&self) -> bool {
        self.mode & 0o170_000 == DIRECTORY
    }

    /// The bytes of the inode table.
    pub(super) fn encode(&self, geometry: &Geometry, creator: Creator) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let mut put = |at: usize, value: u32, len: usize| {
            bytes[at..at + len].copy_from_slice(&value.to_le_bytes()[..len]);
        };
        put(0x00, self.mode.into(), 2);
        put(0x02, self.uid, 2);
        put(0x04, self.len as u32, 4);
        // Access, change and modification.
        for at in [0x08, 0x0c, 0x10] {
            put(at, self.mtime as u32, 4);
        }
        put(0x18, self.gid, 2);
        put(0x1a, self.links.into(), 2);
        let mut blocks = u64::from(self.attributes.is_some());
        match self.body {
            Body::Empty => {}
            Body::Inline(inline) => {
                let (words, _) = inline.as_chunks::<4>();
                for (index, word) in words.iter().enumerate() {
                    put(0x28 + index * 4, u32::from_le_bytes(*word), 4);
                }
            }
            Body::Blocks(first) => {
                let count = self.len.div_ceil(BLOCK_BYTES);
                blocks += map::total(count);
                for (index, root) in map::roots(count, first).into_iter().enumerate() {
                    put(0x28 + index * 4, root.map_or(0, |root| geometry.block(root) as u32), 4);
                }
            }
        }
        // i_blocks counts 512 bytes.
        put(0x1c, (blocks * (BLOCK_BYTES / 512)) as u32, 4);
        put(0x68, self.attributes.map_or(0, |index| geometry.block(index) as u32), 4);
        put(0x6c, (self.len >> 32) as u32, 4);
        // l_i_uid_high and l_i_gid_high are where the Hurd has its own.
        put(0x78, self.uid >> 16, 2);
        put(0x7a, self.gid >> 16, 2);
        if creator == Creator::Hurd && self.mode != 0 {
            // h_i_author: the owner (Hurd, ext2fs/inode.c, `read_node`: -1 means so).
            put(0x7c, u32::MAX, 4);
        }
        bytes
    }
}
