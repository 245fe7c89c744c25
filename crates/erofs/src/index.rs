//! The index of a compressed file: which cluster each block of the file is in.
//!
//! ```text
//! inode, attributes | (to 8 bytes) | header | packs of entries | tail
//! ```
//!
//! There is one entry for each block of the file (a "logical cluster"), in Linux's compact form
//! (fs/erofs/zmap.c, `unpack_compacted_index`): packs of 2 entries in 8 bytes or, where they are
//! aligned to 32 bytes, of 16 entries in 32 bytes, each with one block number for all of them.

use crate::compress::Extent;
use crate::{BLOCK, BLOCK_BYTES};

/// `sizeof(struct z_erofs_map_header)`, and what it is aligned to.
const HEADER: usize = 8;
/// `Z_EROFS_ADVISE_COMPACTED_2B`, `_BIG_PCLUSTER_1` and `_BIG_PCLUSTER_2`, which must both be set.
const ADVISE: u16 = 0x01 | 0x02 | 0x04;
/// `Z_EROFS_ADVISE_INLINE_PCLUSTER`
const ADVISE_TAIL: u16 = 0x08;
/// `Z_EROFS_LI_D0_CBLKCNT`: the number is that of the cluster's blocks.
const BLOCK_COUNT: u16 = 1 << 11;
/// Bits of an entry's number.
const NUMBER_BITS: u32 = 12;

/// A pack: how many entries it has and how many bytes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pack {
    entries: usize,
    bytes: usize,
}

const SMALL: Pack = Pack { entries: 2, bytes: 8 };
const LARGE: Pack = Pack { entries: 16, bytes: 32 };

/// `Z_EROFS_LCLUSTER_TYPE_*`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An extent starts here that is not compressed, or the file ends here.
    Plain = 0,
    /// A compressed extent starts here.
    Head = 1,
    /// Nothing starts here.
    NonHead = 2,
}

/// What is known of one block of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    kind: Kind,
    /// Where in the block the extent starts, or how many blocks back, or the cluster's size.
    number: u16,
    /// The number if the entry is a pack's last one: how many blocks to the next start.
    last: u16,
    /// The pack's block number if the entry is its first one.
    first: u32,
}

/// What an index says beside the extents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    /// `Z_EROFS_COMPRESSION_*`
    pub(crate) algorithm: u8,
    /// The first block of the first cluster; all others follow without gaps.
    pub(crate) first_block: u32,
    /// Bytes of the tail, none if there is no tail.
    pub(crate) tail: u16,
}

/// Bytes of the index behind `before` bytes of inode and attributes, for a file of `size` bytes.
pub(crate) fn len(before: usize, size: u64) -> usize {
    let (small, large, more) = packs(before, size.div_ceil(BLOCK_BYTES) as usize);
    start(before) - before + HEADER + (small + more) * SMALL.bytes + large * LARGE.bytes
}

/// Where the header stands, counted from the inode.
fn start(before: usize) -> usize {
    before.next_multiple_of(HEADER)
}

/// How many packs hold so many entries: small ones until large ones are aligned, large ones,
/// small ones.
fn packs(before: usize, entries: usize) -> (usize, usize, usize) {
    // Inodes are aligned to 32 bytes as large packs are, so places count from the inode.
    let first = start(before) + HEADER;
    let small = (first.next_multiple_of(LARGE.bytes) - first) / SMALL.bytes;
    match entries.checked_sub(small * SMALL.entries) {
        Some(rest) => (small, rest / LARGE.entries, (rest % LARGE.entries).div_ceil(SMALL.entries)),
        None => (entries.div_ceil(SMALL.entries), 0, 0),
    }
}

/// The index behind `before` bytes of inode and attributes.
pub(crate) fn encode(before: usize, extents: &[Extent], head: Head) -> Vec<u8> {
    let entries = entries(extents, head.first_block);
    let mut bytes = vec![0; start(before) - before];
    let advise = if head.tail > 0 { ADVISE | ADVISE_TAIL } else { ADVISE };
    bytes.extend_from_slice(&[0; 2]);
    bytes.extend_from_slice(&head.tail.to_le_bytes());
    bytes.extend_from_slice(&advise.to_le_bytes());
    // The second algorithm is not used, and logical clusters are blocks.
    bytes.extend_from_slice(&[head.algorithm, 0]);
    let (small, large, more) = packs(before, entries.len());
    let mut rest = entries.as_slice();
    for (count, pack) in [(small, SMALL), (large, LARGE), (more, SMALL)] {
        for _ in 0..count {
            let (now, later) = rest.split_at(rest.len().min(pack.entries));
            put(&mut bytes, now, pack);
            rest = later;
        }
    }
    bytes
}

fn entries(extents: &[Extent], first_block: u32) -> Vec<Entry> {
    let mut entries = Vec::new();
    // Where in its first block the next extent starts, and its cluster.
    let (mut offset, mut cluster) = (0, first_block);
    for extent in extents {
        let kind = if extent.raw { Kind::Plain } else { Kind::Head };
        let end = offset + extent.len as usize;
        entries.push(Entry { kind, number: offset as u16, last: offset as u16, first: cluster });
        let (blocks, next) = (extent.blocks.max(1), cluster + u32::from(extent.blocks));
        for back in 1..end / BLOCK {
            // The first one behind the start says how large the cluster is.
            let (number, first) = match back {
                1 => (blocks | BLOCK_COUNT, cluster),
                _ => (back as u16, next),
            };
            let last = if back == 1 { number } else { (end / BLOCK - back) as u16 };
            entries.push(Entry { kind: Kind::NonHead, number, last, first });
        }
        // One that ends in the block where it starts is a file's last and needs no end.
        offset = if end < BLOCK { 0 } else { end % BLOCK };
        cluster = next;
    }
    if offset > 0 {
        let number = offset as u16;
        entries.push(Entry { kind: Kind::Plain, number, last: number, first: cluster });
    }
    entries
}

/// One pack: its entries from the lowest bit on, then its block number.
fn put(bytes: &mut Vec<u8>, entries: &[Entry], pack: Pack) {
    let width = (pack.bytes - 4) * 8 / pack.entries;
    let (mut bits, mut held) = (0_u64, 0);
    for index in 0..pack.entries {
        let value = entries.get(index).map_or(0, |entry| {
            let number = if index + 1 == pack.entries { entry.last } else { entry.number };
            (entry.kind as u64) << NUMBER_BITS | u64::from(number)
        });
        bits |= value << held;
        held += width;
        while held >= 8 {
            bytes.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
    }
    bytes.extend_from_slice(&entries.first().map_or(0, |entry| entry.first).to_le_bytes());
}

#[cfg(test)]
mod tests;
