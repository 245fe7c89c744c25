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
