//! Groups, their tables, and where the data blocks between them are.

use bringup_spec::Bytes;

use super::{BLOCK_BYTES, FORMAT, inode};
use crate::Error;

/// Blocks of a group: as many as one block of bitmap describes.
pub(super) const BLOCKS_PER_GROUP: u64 = BLOCK_BYTES * 8;
/// Block numbers have 32 bits.
pub(super) const MOST_BLOCKS: u64 = u32::MAX as u64;
/// Bytes of a group descriptor (`struct ext2_group_desc`).
pub(super) const DESCRIPTOR: u64 = 32;
/// Inodes in a block of the table.
const INODES_PER_BLOCK: u64 = BLOCK_BYTES / inode::BYTES as u64;
/// As many as one block of bitmap describes.
const MOST_INODES_PER_GROUP: u64 = BLOCK_BYTES * 8;
/// One inode for so many bytes, at least (`mke2fs`'s default `inode_ratio`).
const BYTES_PER_INODE: u64 = 16384;
/// A last group with fewer blocks left over for files is not made, as in `mke2fs` (lib/ext2fs/initialize.c).
const LEAST_IN_LAST_GROUP: u64 = 50;

/// The sizes, and the places that follow from them. All in blocks.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    blocks: u64,
    inodes_per_group: u64,
    /// For each group, data blocks in front of it and the number of its first data block.
    areas: Vec<(u64, u64)>,
    /// Data blocks of all groups.
    capacity: u64,
}

impl Geometry {
    /// The smallest one with `content` data blocks and `inodes` inodes, or more.
    pub(super) fn smallest(content: u64, inodes: u64) -> Result<Self, Error> {
        let groups = inodes.div_ceil(MOST_INODES_PER_GROUP);
        let mut blocks = content.max((groups - 1) * BLOCKS_PER_GROUP + 1);
        // Tables grow with the blocks, but much more slowly, so that this ends.
        while blocks <= MOST_BLOCKS {
            let found = Shape::new(blocks, inodes).whole_last_group(inodes);
            let needed = found.overhead() + content;
            if needed <= found.blocks && found.blocks <= MOST_BLOCKS {
                return Ok(Self::new(found));
            }
            blocks = needed.max(found.blocks);
        }
        let most = Bytes(MOST_BLOCKS * BLOCK_BYTES);
        Err(Error::TooLarge { format: FORMAT, most, size: Bytes(blocks.saturating_mul(BLOCK_BYTES)) })
    }

    /// The largest one within `blocks`, or none if the inodes do not fit.
    pub(super) fn within(blocks: u64, inodes: u64) -> Option<Self> {
        if blocks == 0 {
            return None;
        }
        let mut found = Shape::new(blocks, inodes);
        if found.whole_last_group(inodes).blocks != blocks {
            found = Shape::new(blocks - blocks % BLOCKS_PER_GROUP, inodes);
        }
        let fits = found.inodes_per_group <= MOST_INODES_PER_GROUP && found.overhead() <= found.blocks;
        fits.then(|| Self::new(found))
    }

    fn new(shape: Shape) -> Self {
        let mut capacity = 0;
        let mut areas = Vec::with_capacity(shape.groups() as usize);
        for group in 0..shape.groups() {
            let start = group * BLOCKS_PER_GROUP;
            let first = start + shape.tables(group);
            areas.push((capacity, first));
            capacity += (start + BLOCKS_PER_GROUP).min(shape.blocks) - first;
        }
        Self { blocks: shape.blocks, inodes_per_group: shape.inodes_per_group, areas, capacity }
    }

    pub(super) fn blocks(&self) -> u64 {
        self.blocks
    }

    pub(super) fn size(&self) -> Bytes {
        Bytes(self.blocks * BLOCK_BYTES)
    }

    pub(super) fn groups(&self) -> u64 {
        self.areas.len() as u64
    }

    pub(super) fn inodes_per_group(&self) -> u64 {
        self.inodes_per_group
    }

    pub(super) fn inodes(&self) -> u64 {
        self.groups() * self.inodes_per_group
    }

    /// Blocks of one group's part of the inode table.
    pub(super) fn inode_blocks(&self) -> u64 {
        self.inodes_per_group / INODES_PER_BLOCK
    }

    /// Data blocks of all groups.
    pub(super) fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Blocks of a group, and how many of them its tables take.
    pub(super) fn group(&self, group: u64) -> (u64, u64) {
        let start = group * BLOCKS_PER_GROUP;
        let blocks = BLOCKS_PER_GROUP.min(self.blocks - start);
        (blocks, self.areas[group as usize].1 - start)
    }

    /// How many of a group's data blocks are among the first `used` ones of all.
    pub(super) fn used_in(&self, group: u64, used: u64) -> u64 {
        let (blocks, tables) = self.group(group);
        used.saturating_sub(self.areas[group as usize].0).min(blocks - tables)
    }

    /// The number of the data block with this index.
    pub(super) fn block(&self, index: u64) -> u64 {
        self.run(index, 1).0
    }

    /// Of `count` data blocks from `index` on, the number of the first one, and how many follow
    /// without a gap.
    pub(super) fn run(&self, index: u64, count: u64) -> (u64, u64) {
        let group = self.areas.partition_point(|area| area.0 <= index) - 1;
        let (before, first) = self.areas[group];
        let block = first + index - before;
        let end = ((group as u64 + 1) * BLOCKS_PER_GROUP).min(self.blocks);
        (block, count.min(end - block))
    }
}

/// The two numbers that determine the rest.
#[derive(Clone, Copy, Debug)]
struct Shape {
    blocks: u64,
    inodes_per_group: u64,
}

impl Shape {
    fn new(blocks: u64, inodes: u64) -> Self {
        let wanted = inodes.max(blocks * BLOCK_BYTES / BYTES_PER_INODE);
        let each = wanted.div_ceil(blocks.div_ceil(BLOCKS_PER_GROUP));
        // Whole blocks of the table, and with them whole bytes of the bitmap.
        Self { blocks, inodes_per_group: each.next_multiple_of(INODES_PER_BLOCK) }
    }

    /// With enough blocks in the last group for its own tables and some files.
    fn whole_last_group(self, inodes: u64) -> Self {
        let mut found = self;
        loop {
            let last = found.groups() - 1;
            let least = last * BLOCKS_PER_GROUP + found.tables(last) + LEAST_IN_LAST_GROUP;
            if last == 0 || found.blocks >= least {
                return found;
            }
            // More blocks may mean a larger inode table, so look again.
            found = Self::new(least, inodes);
        }
    }

    fn groups(&self) -> u64 {
        self.blocks.div_ceil(BLOCKS_PER_GROUP)
    }

    /// Blocks of a group's tables: the bitmaps, the inodes and, in some, the superblock and all
    /// descriptors.
    fn tables(&self, group: u64) -> u64 {
        let descriptors = (self.groups() * DESCRIPTOR).div_ceil(BLOCK_BYTES);
        let copies = if has_superblock(group) { 1 + descriptors } else { 0 };
        copies + 2 + self.inodes_per_group / INODES_PER_BLOCK
    }

    fn overhead(&self) -> u64 {
        (0..self.groups()).map(|group| self.tables(group)).sum()
    }
}

/// Whether a group has the superblock or a copy of it: with `sparse_super` groups 0 and 1 and the
/// powers of 3, 5 and 7.
pub(super) fn has_superblock(group: u64) -> bool {
    let power_of = |base: u64| {
        let mut power = base;
        while power < group {
            power *= base;
        }
        power == group
    };
    group <= 1 || [3, 5, 7].into_iter().any(power_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_one_holds_what_was_asked() {
        for content in [1, 100, 31_000, 32_700, 33_000, 65_000, 300_000, 10_000_000] {
            for inodes in [12, 1000, 32_768, 200_000] {
                let found = Geometry::smallest(content, inodes).unwrap();
                assert!(found.capacity() >= content && found.inodes() >= inodes, "{content} {inodes}");
                assert!(found.inodes_per_group() <= MOST_INODES_PER_GROUP);
                // More than the last group's least is never wasted.
                let spare = found.capacity() - content;
                assert!(
                    spare <= 2 * LEAST_IN_LAST_GROUP || found.groups() <= inodes.div_ceil(32_768),
                    "{spare}"
                );
                let again = Geometry::within(found.blocks(), inodes).unwrap();
                assert_eq!((again.blocks(), again.capacity()), (found.blocks(), found.capacity()));
            }
        }
    }

    #[test]
    fn data_blocks_are_one_sequence_around_the_tables() {
        let found = Geometry::smallest(100_000, 5000).unwrap();
        let mut last = 0;
        for index in 0..found.capacity() {
            let block = found.block(index);
            let (blocks, tables) = found.group(block / BLOCKS_PER_GROUP);
            assert!((tables..blocks).contains(&(block % BLOCKS_PER_GROUP)), "{block}");
            assert!(block > last);
            last = block;
        }
        assert_eq!(last, found.blocks() - 1);
        let (first, len) = found.run(0, u64::MAX);
        assert_eq!(first + len, BLOCKS_PER_GROUP);
    }

    #[test]
    fn copies_of_the_superblock_are_sparse() {
        let with: Vec<u64> = (0..130).filter(|group| has_superblock(*group)).collect();
        assert_eq!(with, [0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125]);
    }

    #[test]
    fn block_numbers_have_32_bits() {
        let error = Geometry::smallest(MOST_BLOCKS, 12).unwrap_err();
        assert!(error.to_string().starts_with("ext2 holds at most "), "{error}");
    }
}
