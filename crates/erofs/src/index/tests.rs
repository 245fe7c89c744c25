//! Indices as Linux reads them (fs/erofs/zmap.c, `unpack_compacted_index`).

use super::*;

/// An entry's type, its number and, where an extent starts, the block of its cluster.
type Read = (u64, u64, Option<u32>);

fn bits(pack: &[u8], width: usize, index: usize) -> (u64, u64) {
    let value = (0..width).fold(0_u64, |value, bit| {
        let at = index * width + bit;
        value | u64::from(pack[at / 8] >> (at % 8) & 1) << bit
    });
    (value >> 12, value & 0xfff)
}

fn read_pack(pack: &[u8], entries: usize) -> Vec<Read> {
    let width = (pack.len() - 4) * 8 / entries;
    let base = u32::from_le_bytes(*pack.last_chunk().unwrap());
    let read = |index: usize| {
        let (kind, number) = bits(pack, width, index);
        if kind == 2 {
            return (kind, number, None);
        }
        // Back through the pack: the sizes of the clusters before this one.
        let (mut blocks, mut at) = (0, index as i64);
        while at > 0 {
            at -= 1;
            let (kind, number) = bits(pack, width, at as usize);
            match (kind, number & 0x800) {
                (2, 0) => at -= number as i64 - 2,
                (2, _) => (blocks, at) = (blocks + (number as u32 & 0x7ff), at - 1),
                _ => blocks += 1,
            }
        }
        (kind, number, Some(base + blocks))
    };
    (0..entries).map(read).collect()
}

fn read(index: &[u8], before: usize, size: usize) -> Vec<Read> {
    let mut rest = &index[before.next_multiple_of(8) - before + 8..];
    let mut at = before.next_multiple_of(8) + 8;
    let mut entries = Vec::new();
    let count = size.div_ceil(BLOCK);
    while entries.len() < count {
        let large = at.is_multiple_of(32) && count - entries.len() >= 16;
        let (bytes, in_it) = if large { (32, 16) } else { (8, 2) };
        entries.extend(read_pack(&rest[..bytes], in_it));
        (rest, at) = (&rest[bytes..], at + bytes);
    }
    assert!(rest.is_empty());
    entries.truncate(count);
    entries
}

fn extent(len: u32, blocks: u16, raw: bool) -> Extent {
    Extent { len, blocks, raw }
}

fn check(before: usize, extents: &[Extent]) {
    let size = extents.iter().map(|extent| extent.len as usize).sum();
    let head = Head { algorithm: 3, first_block: 1000, tail: 0 };
    let index = encode(before, extents, head);
    assert_eq!(index.len(), len(before, size as u64));
    let entries = read(&index, before, size);
    let (mut at, mut block) = (0, 1000);
    for extent in extents {
        let kind = if extent.raw { 0 } else { 1 };
        let (first, number) = (at / BLOCK, at % BLOCK);
        assert_eq!(entries[first], (kind, number as u64, Some(block)), "at {at}");
        at += extent.len as usize;
        if extent.blocks > 1 {
            assert_eq!(entries[first + 1].1, 0x800 | u64::from(extent.blocks));
        }
        assert!(entries[first + 1..at / BLOCK].iter().all(|entry| entry.0 == 2));
        block += u32::from(extent.blocks);
    }
}

#[test]
fn every_extent_is_found_in_packs_of_both_sizes() {
    let mut extents: Vec<Extent> = Vec::new();
    for number in 0..60 {
        extents.push(extent(9000 + number * 800, 1 + number as u16 % 3, false));
        extents.push(extent(4096, 1, true));
    }
    extents.push(extent(3000, 1, true));
    for count in [1, 2, 3, 8, extents.len()] {
        for before in [32, 64, 68, 80, 92] {
            check(before, &extents[..count]);
        }
    }
}

#[test]
fn a_pack_in_the_middle_of_a_long_extent_says_how_far_both_ends_are() {
    let head = Head { algorithm: 0, first_block: 7, tail: 0 };
    let index = encode(64, &[extent(200 * 4096, 3, false)], head);
    let entries = read(&index, 64, 200 * 4096);
    // Six in small packs, then the first large one from 6 to 21.
    assert_eq!(entries[10], (2, 10, None));
    assert_eq!(entries[21], (2, 200 - 21, None));
}

#[test]
fn a_tail_is_announced() {
    let extents = [extent(9000, 2, false), extent(100, 0, false)];
    let index = encode(64, &extents, Head { algorithm: 3, first_block: 7, tail: 60 });
    assert_eq!(index[..8], [0, 0, 60, 0, 0x0f, 0, 3, 0]);
    assert_eq!(read(&index, 64, 9100)[2], (1, 9000 - 8192, Some(9)));
}
