//! The directories: placed when all else is, as they name each other by place.

use std::ops::Range;

use crate::BLOCK;
use crate::collect::{Collected, Folder};
use crate::directory;
use crate::inode::{self, Body, Layout};
use crate::metadata::{Place, Placer};

/// A directory that has its place.
pub(crate) struct Placed<'a> {
    pub(crate) folder: &'a Folder<'a>,
    pub(crate) place: Place,
    /// Entries of each block; the last one stands behind the inode if it is inline.
    pub(crate) blocks: Vec<Range<usize>>,
    pub(crate) body: Body,
}

impl Placed<'_> {
    /// How many of its blocks are blocks of their own.
    pub(crate) fn whole(&self) -> usize {
        self.blocks.len() - usize::from(self.body.layout == Layout::Inline)
    }

    /// One block's bytes, without the zeros behind them.
    pub(crate) fn render(&self, block: usize, number: impl Fn(usize) -> u64) -> Vec<u8> {
        directory::render(&self.folder.entries[self.blocks[block].clone()], number)
    }
}

/// Places every directory but the root, which has its place already and is the first.
///
/// The first block of each one's own is counted from the first of all.
pub(crate) fn place<'a>(found: &'a Collected<'a>, time: i64, root: Place) -> (Vec<Placed<'a>>, Placer) {
    let mut placer = Placer::default();
    let mut first = 0;
    let mut placed = Vec::with_capacity(found.folders.len());
    for (number, folder) in found.folders.iter().enumerate() {
        let item = &found.items[folder.item];
        let (blocks, used) = directory::blocks(&folder.entries);
        let size = ((blocks.len() - 1) * BLOCK + used) as u64;
        let inode = inode::len(item, size, time);
        let layout = if number > 0 && inode + used <= BLOCK { Layout::Inline } else { Layout::Plain };
        let body = Body { layout, size, value: first };
        let record = if layout == Layout::Inline { inode + used } else { inode };
        let place = if number == 0 { root } else { placer.place(record) };
        placed.push(Placed { folder, place, blocks, body });
        first += placed[number].whole() as u32;
    }
    (placed, placer)
}
