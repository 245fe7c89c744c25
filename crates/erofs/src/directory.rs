//! Directories: blocks of entries, sorted by name throughout.
//!
//! ```text
//! block: | entry, entry, ... | name, name, ... | zeros |
//! ```
//!
//! An entry (Linux, fs/erofs/erofs_fs.h, `struct erofs_dirent`) is the node's number, where its
//! name starts in the block and its type; a name ends where the next one starts.

use std::ops::Range;

use crate::BLOCK;

/// `sizeof(struct erofs_dirent)`.
const ENTRY: usize = 12;

/// A name in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a [u8],
    /// Which inode, by its place in the list of all.
    pub(crate) inode: usize,
    /// `FT_*` (Linux, include/linux/fs_types.h).
    pub(crate) file_type: u8,
}

/// Which of the sorted `entries` go into which block, and how long the last block is.
pub(crate) fn blocks(entries: &[Entry<'_>]) -> (Vec<Range<usize>>, usize) {
    let (mut blocks, mut start, mut used) = (Vec::new(), 0, 0);
    for (index, entry) in entries.iter().enumerate() {
        let len = ENTRY + entry.name.len();
        if used + len > BLOCK {
            blocks.push(start..index);
            (start, used) = (index, 0);
        }
        used += len;
    }
    blocks.push(start..entries.len());
    (blocks, used)
}

/// One block's entries, without the zeros behind them.
pub(crate) fn render(entries: &[Entry<'_>], number: impl Fn(usize) -> u64) -> Vec<u8> {
    let mut block = Vec::with_capacity(BLOCK);
    let mut name_at = entries.len() * ENTRY;
    for entry in entries {
        block.extend_from_slice(&number(entry.inode).to_le_bytes());
        block.extend_from_slice(&(name_at as u16).to_le_bytes());
        block.extend_from_slice(&[entry.file_type, 0]);
        name_at += entry.name.len();
    }
    for entry in entries {
        block.extend_from_slice(entry.name);
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_its_entries_and_then_their_names() {
        let entries = [(b".".as_slice(), 0), (b"..", 0), (b"name", 1)];
        let entries = entries.map(|(name, inode)| Entry { name, inode, file_type: 2 });
        let block = render(&entries, |inode| 0x100 + inode as u64);
        assert_eq!(block[..12], [0, 1, 0, 0, 0, 0, 0, 0, 36, 0, 2, 0]);
        assert_eq!(block[24..36], [1, 1, 0, 0, 0, 0, 0, 0, 39, 0, 2, 0]);
        assert_eq!(block[36..], *b"...name");
        assert_eq!(blocks(&entries).1, 43);
    }

    #[test]
    fn a_name_that_does_not_fit_starts_a_block() {
        // 15 entries of 267 bytes make 4,005 bytes; 79 bytes are left for a name beside its entry.
        let long = [b'x'; 255];
        let mut entries = vec![Entry { name: &long, inode: 0, file_type: 1 }; 15];
        entries.push(Entry { name: &long[..79], inode: 0, file_type: 1 });
        let (all, used) = blocks(&entries);
        assert_eq!((all.len(), used), (1, BLOCK));
        entries[15].name = &long[..80];
        assert_eq!(blocks(&entries), (vec![0..15, 15..16], 92));
    }
}
