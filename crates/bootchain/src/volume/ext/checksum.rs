//! Checksums of the blocks that belong to one inode.
//!
//! Linux, Documentation/filesystems/ext4/checksums.rst; fs/ext4/namei.c and fs/ext4/extents.c.

use super::super::crc32c::crc32c;
use super::inode::Inode;
use super::{Ext, u16_at, u32_at};
use crate::Error;

/// `ext4_dir_entry_tail`: no inode, a length of 12, no name, type 0xDE; then the checksum.
const DIRECTORY_TAIL: [u8; 8] = [0, 0, 0, 0, 12, 0, 0, 0xDE];

impl Ext<'_> {
    /// Where the checksums of an inode's own blocks begin, if there are any.
    fn seed_of(&self, inode: &Inode) -> Option<u32> {
        let seed = crc32c(self.seed?, &inode.number.to_le_bytes());
        Some(crc32c(seed, &inode.bytes[0x64..0x68]))
    }

    /// Verifies a block of an extent tree: its checksum is behind the room for `eh_max` entries.
    pub(super) fn check_extents(&self, inode: &Inode, block: &[u8]) -> Result<(), Error> {
        let Some(seed) = self.seed_of(inode) else { return Ok(()) };
        let tail = 12 + usize::from(u16_at(block, 4)) * 12;
        if tail + 4 > block.len() {
            return Err(super::bad("eh_max", u16_at(block, 4), "leave room for a checksum"));
        }
        same(inode, "extents", u32_at(block, tail), crc32c(seed, &block[..tail]))
    }

    /// Verifies a block of a directory: of names, or of the hash tree above them.
    pub(super) fn check_names(&self, inode: &Inode, first: bool, block: &[u8]) -> Result<(), Error> {
        let Some(seed) = self.seed_of(inode) else { return Ok(()) };
        let len = block.len();
        if len < 64 {
            return Err(super::bad("a directory's length", len as u64, "be a multiple of its blocks"));
        }
        // The tree's blocks look like one empty entry; its root has `.` and `..` in front.
        let is_node = u32_at(block, 0) == 0 && usize::from(u16_at(block, 4)) == len;
        let entries = match (inode.has_index(), first, is_node) {
            (true, true, _) => 32,
            (true, false, true) => 8,
            _ => {
                let (tail, stored) = (&block[len - 12..len - 4], u32_at(block, len - 4));
                if *tail != DIRECTORY_TAIL {
                    let rule = "be 0xde, that of an entry which holds a checksum";
                    return Err(super::bad("det_reserved_ft", tail[7], rule));
                }
                return same(inode, "names", stored, crc32c(seed, &block[..len - 12]));
            }
        };
        // `dx_countlimit`, then `dx_entry`s of 8 bytes, then `dx_tail`.
        let (limit, count) = (usize::from(u16_at(block, entries)), usize::from(u16_at(block, entries + 2)));
        let tail = entries + limit * 8;
        if count > limit || tail + 8 > len {
            return Err(super::bad("dx_countlimit", limit as u64, "leave room for a checksum"));
        }
        let crc = crc32c(seed, &block[..entries + count * 8]);
        let crc = crc32c(crc32c(crc, &block[tail..tail + 4]), &[0; 4]);
        same(inode, "hashes of names", u32_at(block, tail + 4), crc)
    }
}

fn same(inode: &Inode, what: &str, stored: u32, computed: u32) -> Result<(), Error> {
    if stored == computed {
        return Ok(());
    }
    Err(Error::BadChecksum {
        what: format!("a block of {what} of ext4 inode {}", inode.number),
        stored,
        computed,
    })
}
