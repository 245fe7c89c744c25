//! Where the blocks of a file are: twelve direct ones, then trees of depth 1, 2 and 3.
//!
//! A file with all its indirect blocks is one run of the sequence of data blocks; each indirect
//! block stands in front of what it lists (Linux, Documentation/filesystems/ext4/ifork.rst,
//! "Direct/Indirect Block Addressing").

use std::io;

use super::BLOCK_BYTES;

/// Direct blocks in an inode (`EXT2_NDIR_BLOCKS`).
const DIRECT: u64 = 12;
/// Block numbers of 32 bits in an indirect block.
const POINTERS: u64 = BLOCK_BYTES / 4;

/// Numbers in an inode (`EXT2_N_BLOCKS`): the direct ones and the roots of the three trees.
pub(super) const ROOTS: usize = 15;

/// Something to write; places are indices into the sequence of data blocks.
pub(super) enum Step<'a> {
    /// An indirect block that lists others.
    Indirect { at: u64, lists: &'a [u64] },
    /// `count` blocks of the file from its block `from` on, without a gap.
    Data { at: u64, from: u64, count: u64 },
}

/// Blocks of a file with `blocks` blocks of contents, its indirect ones included.
pub(super) fn total(blocks: u64) -> u64 {
    blocks + trees(blocks).map(|(depth, count)| indirect(depth, count)).sum::<u64>()
}

/// What the inode of a file lists whose first block is `first`.
pub(super) fn roots(blocks: u64, first: u64) -> [Option<u64>; ROOTS] {
    let mut roots = [None; ROOTS];
    let direct = blocks.min(DIRECT);
    for (root, block) in roots.iter_mut().zip(first..first + direct) {
        *root = Some(block);
    }
    let mut at = first + direct;
    for (root, (depth, count)) in roots[DIRECT as usize..].iter_mut().zip(trees(blocks)) {
        *root = Some(at);
        at += count + indirect(depth, count);
    }
    roots
}

/// Goes through a file's blocks in the order of their places.
pub(super) fn walk(
    blocks: u64,
    first: u64,
    visit: &mut dyn FnMut(Step<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let direct = blocks.min(DIRECT);
    if direct > 0 {
        visit(Step::Data { at: first, from: 0, count: direct })?;
    }
    let (mut at, mut from) = (first + direct, direct);
    for (depth, count) in trees(blocks) {
        branch(depth, at, from, count, visit)?;
        at += count + indirect(depth, count);
        from += count;
    }
    Ok(())
}

fn branch(
    depth: u32,
    at: u64,
    from: u64,
    count: u64,
    visit: &mut dyn FnMut(Step<'_>) -> io::Result<()>,
) -> io::Result<()> {
    // What one entry stands for, a single block or a tree with its own indirect blocks.
    let each = POINTERS.pow(depth - 1);
    let step = each + indirect(depth - 1, each);
    let lists: Vec<u64> = (0..count.div_ceil(each)).map(|index| at + 1 + index * step).collect();
    visit(Step::Indirect { at, lists: &lists })?;
    if depth == 1 {
        return visit(Step::Data { at: at + 1, from, count });
    }
    for (index, at) in (0..).zip(lists) {
        let done = index * each;
        branch(depth - 1, at, from + done, each.min(count - done), visit)?;
    }
    Ok(())
}

/// The trees that are not empty: their depth, and how many blocks of contents each has.
fn trees(blocks: u64) -> impl Iterator<Item = (u32, u64)> {
    let mut left = blocks.saturating_sub(DIRECT);
    (1..=3).map_while(move |depth| {
        let count = left.min(POINTERS.pow(depth));
        left -= count;
        (count > 0).then_some((depth, count))
    })
}

/// Indirect blocks of a tree of this depth over `count` blocks.
fn indirect(depth: u32, count: u64) -> u64 {
    (1..=depth).map(|level| count.div_ceil(POINTERS.pow(level))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every block of contents by following the numbers, as a reader does.
    fn read(blocks: u64, first: u64) -> Vec<u64> {
        let mut lists = std::collections::HashMap::new();
        let mut placed = Vec::new();
        walk(blocks, first, &mut |step| {
            match step {
                Step::Indirect { at, lists: list } => {
                    placed.push((at, 1));
                    lists.insert(at, list.to_vec());
                }
                Step::Data { at, count, .. } => placed.push((at, count)),
            }
            Ok(())
        })
        .unwrap();
        // All in one piece, in order.
        let mut next = first;
        for (at, count) in placed {
            assert_eq!(at, next);
            next += count;
        }
        assert_eq!(next, first + total(blocks));
        let mut found = Vec::new();
        for (root, slot) in roots(blocks, first).into_iter().zip(0_u64..) {
            let mut level: Vec<u64> = root.into_iter().collect();
            for _ in 0..slot.saturating_sub(DIRECT - 1) {
                level = level.iter().flat_map(|at| lists[at].clone()).collect();
            }
            found.extend(level);
        }
        found
    }

    #[test]
    fn a_reader_finds_every_block_in_order() {
        let double = DIRECT + POINTERS + POINTERS * POINTERS;
        for blocks in [0, 1, 12, 13, 1036, 1037, 5000, double, double + 1, double + 3000] {
            let found = read(blocks, 100);
            assert_eq!(found.len() as u64, blocks);
            assert!(found.is_sorted_by(|one, next| one < next), "{blocks}");
        }
    }

    #[test]
    fn data_steps_say_which_part_of_the_file_they_are() {
        let mut next = 0;
        walk(3000, 0, &mut |step| {
            if let Step::Data { from, count, .. } = step {
                assert_eq!(from, next);
                next += count;
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(next, 3000);
    }

    #[test]
    fn indirect_blocks_are_counted() {
        let double = DIRECT + POINTERS + POINTERS * POINTERS;
        assert_eq!(total(12), 12);
        assert_eq!(total(13), 14);
        assert_eq!(total(1037), 1037 + 1 + 2);
        assert_eq!(total(double + 1), double + 1 + 1 + 1025 + 3);
    }
}
