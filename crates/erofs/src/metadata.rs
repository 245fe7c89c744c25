//! Places for records of metadata: each one in one block, in the block where least is left over.

use std::collections::BTreeSet;

use crate::BLOCK;
use crate::inode::SLOT;

/// Where a record is: in which block of metadata, and at which byte of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) block: usize,
    pub(crate) at: usize,
}

/// Blocks of metadata that are being filled.
#[derive(Debug, Default)]
pub(crate) struct Placer {
    /// How many bytes are left, in which block.
    open: BTreeSet<(usize, usize)>,
    blocks: usize,
}

impl Placer {
    /// A place for `len` bytes; what is longer than a block has blocks of its own.
    pub(crate) fn place(&mut self, len: usize) -> Place {
        let len = len.next_multiple_of(SLOT);
        if len > BLOCK {
            self.blocks += len.div_ceil(BLOCK);
            return Place { block: self.blocks - len.div_ceil(BLOCK), at: 0 };
        }
        let found = self.open.range((len, 0)..).next().copied();
        let (room, block) = found.unwrap_or((BLOCK, self.blocks));
        self.open.remove(&(room, block));
        self.blocks = self.blocks.max(block + 1);
        // A full one stays, to be closed first.
        self.open.insert((room - len, block));
        Place { block, at: BLOCK - room }
    }

    /// The fullest block, if it is full or more than `most` are being filled; nothing more goes
    /// into it.
    pub(crate) fn close(&mut self, most: usize) -> Option<usize> {
        let &(room, block) = self.open.first()?;
        if room >= SLOT && self.open.len() <= most {
            return None;
        }
        self.open.remove(&(room, block));
        Some(block)
    }

    /// Blocks in all.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_goes_where_least_is_left_over() {
        let mut placer = Placer::default();
        assert_eq!(placer.place(3000), Place { block: 0, at: 0 });
        assert_eq!(placer.place(2000), Place { block: 1, at: 0 });
        // Lengths count in slots: 3,008 and 2,016 bytes are taken.
        assert_eq!(placer.place(1000), Place { block: 0, at: 3008 });
        assert_eq!(placer.place(1000), Place { block: 1, at: 2016 });
        assert_eq!(placer.place(4096), Place { block: 2, at: 0 });
        assert_eq!(placer.blocks(), 3);
    }

    #[test]
    fn full_blocks_are_closed_at_once_and_others_when_there_are_many() {
        let mut placer = Placer::default();
        assert_eq!(placer.close(0), None);
        placer.place(4096);
        placer.place(64);
        placer.place(4090);
        assert_eq!(placer.close(1), Some(0));
        assert_eq!(placer.close(1), Some(2));
        assert_eq!(placer.close(1), None);
        assert_eq!(placer.close(0), Some(1));
        assert_eq!((placer.place(9000).block, placer.place(64).block), (3, 6));
    }
}
