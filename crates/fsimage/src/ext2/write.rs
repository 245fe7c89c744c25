//! Streams a planned file system: every group's tables, then the contents, then what is free.

use std::io;

use super::geometry::BLOCKS_PER_GROUP;
use super::{BLOCK, BLOCK_BYTES, Ext2, inode, map, superblock};
use crate::RegionSink;
use crate::coalesce::Coalesce;

pub(super) fn write(fs: &Ext2, sink: &mut dyn RegionSink) -> io::Result<()> {
    let mut out = Coalesce::new(sink);
    let descriptors = superblock::descriptors(fs);
    for group in 0..fs.geometry.groups() {
        tables(fs, group, &descriptors, &mut out)?;
    }
    for piece in &fs.pieces {
        let len = piece.content.len();
        map::walk(len.div_ceil(BLOCK_BYTES), piece.first, &mut |step| match step {
            map::Step::Indirect { at, lists } => indirect(fs, at, lists, &mut out),
            map::Step::Data { mut at, mut from, mut count } => {
                while count > 0 {
                    let (block, blocks) = fs.geometry.run(at, count);
                    let start = from * BLOCK_BYTES;
                    let bytes = (blocks * BLOCK_BYTES).min(len - start);
                    out.part(block * BLOCK_BYTES, &piece.content, start, bytes)?;
                    let end = block * BLOCK_BYTES + bytes;
                    RegionSink::zeros(&mut out, end, blocks * BLOCK_BYTES - bytes)?;
                    (at, from, count) = (at + blocks, from + blocks, count - blocks);
                }
                Ok(())
            }
        })?;
    }
    let mut at = fs.used;
    while at < fs.geometry.capacity() {
        let (block, blocks) = fs.geometry.run(at, fs.geometry.capacity() - at);
        RegionSink::zeros(&mut out, block * BLOCK_BYTES, blocks * BLOCK_BYTES)?;
        at += blocks;
    }
    let end = fs.geometry.size();
    RegionSink::zeros(&mut out, end.0, (fs.size - end).0)?;
    out.flush()
}

/// Superblock and descriptors where the group has them, bitmaps and inodes.
fn tables(fs: &Ext2, group: u64, descriptors: &[u8], out: &mut Coalesce<'_>) -> io::Result<()> {
    let geometry = &fs.geometry;
    let (blocks, tables) = geometry.group(group);
    let per_group = geometry.inodes_per_group();
    let used_inodes = fs.inodes_in(group);
    let mut bytes = superblock::head(fs, group, descriptors);
    bytes.extend_from_slice(&bitmap(tables + geometry.used_in(group, fs.used), blocks));
    bytes.extend_from_slice(&bitmap(used_inodes, per_group));
    let first = (group * per_group * inode::BYTES as u64) as usize;
    let used = used_inodes as usize * inode::BYTES;
    bytes.extend_from_slice(fs.inodes.get(first..first + used).unwrap_or_default());
    let start = group * BLOCKS_PER_GROUP * BLOCK_BYTES;
    RegionSink::data(out, start, &bytes)?;
    let written = bytes.len() as u64;
    RegionSink::zeros(out, start + written, tables * BLOCK_BYTES - written)
}

/// A block of bits: the first `used` of `count` are set, and all behind `count`, which describe nothing.
fn bitmap(used: u64, count: u64) -> [u8; BLOCK] {
    let mut bits = [0; BLOCK];
    for (index, byte) in bits.iter_mut().enumerate() {
        let set_below = |end: u64| match end.saturating_sub(index as u64 * 8) {
            0 => 0,
            some @ 1..8 => (1_u8 << some) - 1,
            _ => u8::MAX,
        };
        *byte = set_below(used) | !set_below(count);
    }
    bits
}

fn indirect(fs: &Ext2, at: u64, lists: &[u64], out: &mut Coalesce<'_>) -> io::Result<()> {
    let mut block = [0; BLOCK];
    let (words, _) = block.as_chunks_mut::<4>();
    for (word, index) in words.iter_mut().zip(lists) {
        *word = (fs.geometry.block(*index) as u32).to_le_bytes();
    }
    RegionSink::data(out, fs.geometry.block(at) * BLOCK_BYTES, &block)
}

impl Ext2 {
    /// Inodes of a group that are in use.
    pub(super) fn inodes_in(&self, group: u64) -> u64 {
        let per_group = self.geometry.inodes_per_group();
        self.used_inodes().saturating_sub(group * per_group).min(per_group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmaps_set_what_is_used_and_what_is_not_there() {
        let bits = bitmap(11, 32_758);
        assert_eq!(bits[..3], [0xff, 0b111, 0]);
        assert_eq!(bits[4093..], [0, 0b1100_0000, 0xff]);
        assert_eq!(bitmap(0, 32_768), [0; BLOCK]);
        assert_eq!(bitmap(32_768, 32_768), [0xff; BLOCK]);
    }
}
