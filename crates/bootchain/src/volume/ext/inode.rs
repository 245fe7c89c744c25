//! Inodes and the two ways in which they say where their blocks are.

use super::super::crc32c::crc32c;
use super::{Ext, WHAT, bad, u16_at, u32_at};
use crate::Error;

/// `EXT4_INDEX_FL`.
const INDEX: u32 = 0x1000;
/// `EXT4_EXTENTS_FL`.
const EXTENTS: u32 = 0x8_0000;
/// `EXT4_INLINE_DATA_FL`.
const INLINE_DATA: u32 = 0x1000_0000;
/// `EXT4_ENCRYPT_FL`.
const ENCRYPTED: u32 = 0x800;

/// The most extents and index blocks of one file: a fragmented file of 2^18 pieces still opens.
const PARTS_MAX: u64 = 1 << 18;

#[derive(Debug)]
pub(super) struct Inode {
    pub(super) number: u32,
    pub(super) bytes: Vec<u8>,
}

/// Adjacent blocks of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// The first one's place in the file.
    pub(super) at: u64,
    /// The first one's number; none if nothing was written there yet.
    pub(super) block: Option<u64>,
    pub(super) len: u64,
}

/// Verifies the checksum of an inode, if there is one.
pub(super) fn check(number: u32, bytes: &[u8], seed: Option<u32>) -> Result<(), Error> {
    let Some(seed) = seed else { return Ok(()) };
    // `i_generation` at 0x64, `i_checksum_lo` at 0x7C, `i_checksum_hi` at 0x82 if it is there.
    let has_high = bytes.len() > 128 && u16_at(bytes, 0x80) >= 4;
    let mut zeroed = bytes.to_vec();
    zeroed[0x7C..0x7E].fill(0);
    let mut stored = u32::from(u16_at(bytes, 0x7C));
    if has_high {
        zeroed[0x82..0x84].fill(0);
        stored |= u32::from(u16_at(bytes, 0x82)) << 16;
    }
    let crc = crc32c(crc32c(seed, &number.to_le_bytes()), &bytes[0x64..0x68]);
    let crc = crc32c(crc, &zeroed);
    let computed = if has_high { crc } else { crc & 0xFFFF };
    // An inode that was never used is all zeros.
    if stored == computed || bytes.iter().all(|&byte| byte == 0) {
        return Ok(());
    }
    Err(Error::BadChecksum { what: format!("ext4 inode {number}"), stored, computed })
}

impl Inode {
    pub(super) fn mode(&self) -> u16 {
        u16_at(&self.bytes, 0)
    }

    pub(super) fn len(&self) -> u64 {
        u64::from(u32_at(&self.bytes, 4)) | u64::from(u32_at(&self.bytes, 0x6C)) << 32
    }

    /// User and group; their upper halves are in `i_osd2`.
    pub(super) fn owner(&self) -> (u32, u32) {
        let half = |at| u32::from(u16_at(&self.bytes, at));
        (half(2) | half(0x78) << 16, half(0x18) | half(0x7A) << 16)
    }

    fn flags(&self) -> u32 {
        u32_at(&self.bytes, 0x20)
    }

    /// Whether a directory has a hash tree.
    pub(super) fn has_index(&self) -> bool {
        self.flags() & INDEX != 0
    }

    pub(super) fn has_extents(&self) -> bool {
        self.flags() & EXTENTS != 0
    }

    /// `i_block`, 60 bytes.
    fn map(&self) -> &[u8] {
        &self.bytes[0x28..0x64]
    }

    /// Contents that are in the inode: short links, and small files if the file system does that.
    pub(super) fn inline(&self) -> Result<Option<Vec<u8>>, Error> {
        let len = self.len();
        if self.flags() & ENCRYPTED != 0 {
            return Err(Error::Unsupported {
                what: WHAT,
                feature: "encrypted inode",
                value: self.number.into(),
            });
        }
        let is_link = self.mode() & 0o170_000 == 0o120_000;
        let in_map = self.flags() & INLINE_DATA != 0 || is_link && !self.has_extents() && len < 60;
        if !in_map {
            return Ok(None);
        }
        if len > 60 {
            // The rest is in an extended attribute.
            return Err(Error::Unsupported { what: WHAT, feature: "inline data of length", value: len });
        }
        Ok(Some(self.map()[..len as usize].to_vec()))
    }
}

impl Ext<'_> {
    pub(super) fn extent_runs(&self, inode: &Inode) -> Result<Vec<Run>, Error> {
        let mut runs = Vec::new();
        let mut parts = 0;
        self.extent_node(inode, inode.map(), None, &mut runs, &mut parts)?;
        Ok(runs)
    }

    /// Depth falls by one at each level, so that no circle is followed.
    fn extent_node(
        &self,
        inode: &Inode,
        node: &[u8],
        expected: Option<u16>,
        runs: &mut Vec<Run>,
        parts: &mut u64,
    ) -> Result<(), Error> {
        let magic = u16_at(node, 0);
        if magic != 0xF30A {
            return Err(bad("eh_magic", magic, "be 0xf30a"));
        }
        let (count, depth) = (usize::from(u16_at(node, 2)), u16_at(node, 6));
        if depth > 5 || expected.is_some_and(|expected| expected != depth) {
            return Err(bad("eh_depth", depth, "be at most 5 and fall by one at each level"));
        }
        if 12 + count * 12 > node.len() {
            return Err(bad("eh_entries", count as u64, "fit in its block"));
        }
        for index in 0..count {
            *parts += 1;
            if *parts > PARTS_MAX {
                return Err(Error::TooMany { what: WHAT, parts: "extents", limit: PARTS_MAX });
            }
            let entry = &node[12 + index * 12..][..12];
            if depth > 0 {
                let child = u64::from(u32_at(entry, 4)) | u64::from(u16_at(entry, 8)) << 32;
                let block = self.read_block(child)?;
                self.check_extents(inode, &block)?;
                self.extent_node(inode, &block, Some(depth - 1), runs, parts)?;
                continue;
            }
            let at = u64::from(u32_at(entry, 0));
            // Longer than 32,768 means so much less, and not yet written.
            let (len, written) = match u16_at(entry, 4) {
                len @ 0..=0x8000 => (u64::from(len), true),
                len => (u64::from(len) - 0x8000, false),
            };
            let block = u64::from(u32_at(entry, 8)) | u64::from(u16_at(entry, 6)) << 32;
            if runs.last().is_some_and(|last: &Run| last.at + last.len > at) {
                return Err(bad("ee_block", at, "be behind the extent in front of it"));
            }
            runs.push(Run { at, block: written.then_some(block), len });
        }
        Ok(())
    }

    /// Twelve blocks, and blocks of block numbers one, two and three deep.
    pub(super) fn mapped_runs(&self, inode: &Inode) -> Result<Vec<Run>, Error> {
        let blocks = inode.len().div_ceil(self.block);
        let mut map = Map { runs: Vec::new(), at: 0, end: blocks.min(self.blocks), parts: 0 };
        for index in 0..15_usize {
            let number = u32_at(inode.map(), index * 4);
            self.mapped(number, index.saturating_sub(11) as u32, &mut map)?;
        }
        Ok(map.runs)
    }

    fn mapped(&self, number: u32, depth: u32, map: &mut Map) -> Result<(), Error> {
        let per_block = self.block / 4;
        if map.at >= map.end {
            return Ok(());
        }
        if number == 0 {
            map.at += per_block.pow(depth);
            return Ok(());
        }
        if depth == 0 {
            map.push(number.into());
            return Ok(());
        }
        map.parts += 1;
        if map.parts > PARTS_MAX {
            return Err(Error::TooMany { what: WHAT, parts: "indirect blocks", limit: PARTS_MAX });
        }
        let block = self.read_block(number.into())?;
        for slot in 0..per_block as usize {
            self.mapped(u32_at(&block, slot * 4), depth - 1, map)?;
        }
        Ok(())
    }
}

struct Map {
    runs: Vec<Run>,
    at: u64,
    end: u64,
    parts: u64,
}

impl Map {
    fn push(&mut self, block: u64) {
        match self.runs.last_mut() {
            Some(last)
                if last.at + last.len == self.at
                    && last.block.map(|start| start + last.len) == Some(block) =>
            {
                last.len += 1;
            }
            _ => self.runs.push(Run { at: self.at, block: Some(block), len: 1 }),
        }
        self.at += 1;
    }
}
