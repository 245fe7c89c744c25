//! How many blocks of an ext4 file system its own tables take.
//!
//! Follows `mkext4`'s layout (which follows `mke2fs`'s): blocks of 4 KiB, groups of 32,768
//! blocks, sixteen groups' tables together (flex_bg), backups in groups 1 and the powers of
//! 3, 5 and 7 (sparse_super). A test holds it against the superblocks that come out.

use super::BLOCK_BYTES;

/// Blocks described by one block of bitmap.
pub(super) const BLOCKS_PER_GROUP: u64 = BLOCK_BYTES * 8;
/// Inodes of 256 bytes in a block.
const INODES_PER_BLOCK: u64 = BLOCK_BYTES / 256;
/// Bytes of a group descriptor without the 64bit feature.
const DESCRIPTOR: u64 = 32;
/// Groups whose tables stand together.
const FLEX: u64 = 16;
/// The smallest file system in blocks: a journal has 1,024 at least, and `mkext4` lets it take a
/// quarter at most.
const LEAST_BLOCKS: u64 = 4096;
/// Block numbers have 32 bits.
pub(super) const MOST_BLOCKS: u64 = u32::MAX as u64 - 1;
/// Most inodes a group gets, in 1,980 blocks. Its bitmap has room for 32,768, but the tables of
/// sixteen groups (bitmaps and inodes) with a superblock and 1,024 blocks of descriptors, the
/// most there are, must fit between two backups: 16 x 1,982 + 1,025 = 32,737 of 32,768 blocks.
const MOST_INODES_PER_GROUP: u64 = 1980 * INODES_PER_BLOCK;
/// One inode for so many bytes, at least (`mke2fs`'s default `inode_ratio`).
const BYTES_PER_INODE: u64 = 16384;
/// A last group with fewer blocks left over for files is not made, as in `mke2fs` (lib/ext2fs/initialize.c).
const LEAST_IN_LAST_GROUP: u64 = 50;

/// The sizes that determine the rest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    /// Blocks of the file system.
    pub(super) blocks: u64,
    /// Inodes wanted, at least.
    pub(super) inodes: u64,
    /// Blocks of the journal, if given.
    pub(super) journal: Option<u64>,
}

impl Geometry {
    /// The smallest one in which `content` blocks are left over for files and directories.
    pub(super) fn smallest(content: u64, inodes: u64, journal: Option<u64>) -> Self {
        let groups = inodes.div_ceil(MOST_INODES_PER_GROUP);
        let least = LEAST_BLOCKS.max(journal.unwrap_or(0) * 4).max((groups - 1) * BLOCKS_PER_GROUP + 1);
        let mut found = Self { blocks: least.max(content), inodes, journal };
        // Tables grow with the blocks, but much more slowly, so that this ends.
        loop {
            let blocks = found.whole_last_group().blocks.max(found.overhead() + content);
            if blocks == found.blocks || blocks > MOST_BLOCKS {
                return found;
            }
            found.blocks = blocks;
        }
    }

    /// The largest one within `blocks`, or none if the inodes do not fit.
    pub(super) fn within(blocks: u64, inodes: u64, journal: Option<u64>) -> Option<Self> {
        if blocks < LEAST_BLOCKS {
            return None;
        }
        let found = Self { blocks, inodes, journal };
        let found = if found.whole_last_group().blocks == blocks {
            found
        } else {
            Self { blocks: blocks - blocks % BLOCKS_PER_GROUP, ..found }
        };
        let fits = found.blocks >= found.journal_blocks() * 4
            && found.inodes <= found.groups() * MOST_INODES_PER_GROUP
            && found.overhead() <= found.blocks;
        fits.then_some(found)
    }

    /// With enough blocks in the last group for its own tables and some files.
    fn whole_last_group(self) -> Self {
        let rest = self.blocks % BLOCKS_PER_GROUP;
        let last = self.groups() - 1;
        let mut least = LEAST_IN_LAST_GROUP;
        if has_backup(last) {
            least += 1 + self.descriptor_blocks();
        }
        if last.is_multiple_of(FLEX) {
            least += 2 + self.inode_blocks_per_group();
        }
        let missing = if rest == 0 || last == 0 { 0 } else { least.saturating_sub(rest) };
        Self { blocks: self.blocks + missing, ..self }
    }

    pub(super) fn groups(&self) -> u64 {
        self.blocks.div_ceil(BLOCKS_PER_GROUP)
    }

    /// Inodes to ask for.
    pub(super) fn inode_count(&self) -> u64 {
        self.inodes.max(self.blocks * BLOCK_BYTES / BYTES_PER_INODE)
    }

    fn inode_blocks_per_group(&self) -> u64 {
        self.inode_count().div_ceil(self.groups()).div_ceil(INODES_PER_BLOCK).max(1)
    }

    fn descriptor_blocks(&self) -> u64 {
        (self.groups() * DESCRIPTOR).div_ceil(BLOCK_BYTES)
    }

    /// By size, as in `mke2fs` (`ext2fs_default_journal_size`, lib/ext2fs/mkjournal.c).
    pub(super) fn journal_blocks(&self) -> u64 {
        self.journal.unwrap_or(match self.blocks {
            0..=32_767 => 1024,
            32_768..=262_143 => 4096,
            262_144..=524_287 => 8192,
            524_288..=4_194_303 => 16_384,
            4_194_304..=8_388_607 => 32_768,
            8_388_608..=16_777_215 => 65_536,
            16_777_216..=33_554_431 => 131_072,
            _ => 262_144,
        })
    }

    /// Blocks that hold neither files nor directories.
    pub(super) fn overhead(&self) -> u64 {
        let copies = 1 + (1..self.groups()).filter(|group| has_backup(*group)).count() as u64;
        copies * (1 + self.descriptor_blocks())
            + self.groups() * (2 + self.inode_blocks_per_group())
            + self.journal_blocks()
    }
}

/// Whether a group has a copy of the superblock.
fn has_backup(group: u64) -> bool {
    let power_of = |base: u64| {
        let mut power = base;
        while power < group {
            power *= base;
        }
        power == group
    };
    group == 1 || [3, 5, 7].into_iter().any(power_of)
}
