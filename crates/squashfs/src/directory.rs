//! The listing of one directory, in runs of entries whose inodes are near each other.

use crate::Error;
use crate::compress::Compressor;
use crate::error::fits;
use crate::metadata::{BLOCK, Metadata, Place};

/// What the table of directories is called in messages.
const TABLE: &str = "table of directories";
/// Most entries of a run (`SQUASHFS_DIR_COUNT`).
const MOST_ENTRIES: usize = 256;
/// Bytes of `struct squashfs_dir_header` and of `struct squashfs_dir_entry` without its name.
const RUN_BYTES: usize = 12;
const ENTRY_BYTES: usize = 8;

/// One name in a directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a [u8],
    /// Type of the inode, in its short form.
    pub(crate) kind: u16,
    /// Number of the inode.
    pub(crate) number: u32,
    /// Where the inode is.
    pub(crate) place: Place,
}

/// Where a listing is.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    pub(crate) place: Place,
    /// Its length in bytes.
    pub(crate) len: u32,
    /// Of a long one: from where to look for a name.
    pub(crate) index: Vec<Index<'a>>,
}

/// A run that starts in another block of metadata than the ones before it.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    /// Where the run is in the listing.
    pub(crate) at: u32,
    /// Where its block is in the table.
    pub(crate) block: u32,
    /// The first name in the run.
    pub(crate) name: &'a [u8],
}

/// Appends a listing to the table.
///
/// # Errors
/// The table grows beyond the format, or a block cannot be compressed.
pub(crate) fn write<'a>(
    entries: &[Entry<'a>],
    table: &mut Metadata,
    compressor: &mut Compressor,
) -> Result<Listing<'a>, Error> {
    let place = table.place(TABLE)?;
    let long = entries.iter().map(|entry| ENTRY_BYTES + entry.name.len()).sum::<usize>() > BLOCK;
    let mut index = Vec::new();
    let mut len = 0;
    let mut left = entries;
    while let [first, ..] = left {
        let at = table.place(TABLE)?;
        if long
            && at.block != place.block
            && index.last().is_none_or(|last: &Index<'_>| last.block != at.block)
        {
            index.push(Index { at: fits("length of a directory", len)?, block: at.block, name: first.name });
        }
        let room = if long { BLOCK - usize::from(at.offset) } else { usize::MAX };
        let (run, rest) = left.split_at(run(left, room));
        left = rest;
        let mut bytes = Vec::new();
        for field in [run.len() as u32 - 1, first.place.block, first.number] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        for Entry { name, kind, number, place } in run {
            let difference = number.wrapping_sub(first.number) as u16;
            // A name has 1 to 255 bytes, and the field its length less one.
            for field in [place.offset, difference, *kind, name.len() as u16 - 1] {
                bytes.extend_from_slice(&field.to_le_bytes());
            }
            bytes.extend_from_slice(name);
        }
        table.push(&bytes, compressor)?;
        len += bytes.len() as u64;
    }
    Ok(Listing { place, len: fits("length of a directory", len)?, index })
}

/// How many of `entries` the next run has: those whose inodes are in the block of the first one's
/// and whose numbers are near its, and only as many as start in `room` bytes, at least one.
fn run(entries: &[Entry<'_>], room: usize) -> usize {
    let first = &entries[0];
    let mut len = RUN_BYTES;
    let fitting = entries.iter().take(MOST_ENTRIES).take_while(|entry| {
        let starts = len;
        len += ENTRY_BYTES + entry.name.len();
        let near = i16::try_from(i64::from(entry.number) - i64::from(first.number)).is_ok();
        entry.place.block == first.place.block && near && starts < room
    });
    fitting.count().max(1)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::{Compression, Options};

    fn entry(number: u32, block: u32) -> Entry<'static> {
        Entry { name: b"0123456789", kind: 2, number, place: Place { block, offset: 0 } }
    }

    fn listing<'a>(entries: &[Entry<'a>]) -> Listing<'a> {
        let options = Options::new(Compression::Lz4, 0, NonZeroUsize::MIN);
        let mut compressor = Compressor::new(options.compression, options.block_size).unwrap();
        let mut table = Metadata::default();
        // Not at the start of a block.
        table.push(&[0; 1000], &mut compressor).unwrap();
        write(entries, &mut table, &mut compressor).unwrap()
    }

    #[test]
    fn a_run_ends_where_its_header_cannot_say_more() {
        let many: Vec<_> = (1..=300).map(|number| entry(number, 0)).collect();
        assert_eq!(run(&many, usize::MAX), 256);
        assert_eq!(run(&[entry(1, 0), entry(2, 0), entry(3, 99)], usize::MAX), 2);
        // Differences have 16 bits and a sign.
        for (number, len) in [(7, 2), (32_768 + 32_767, 2), (32_768 + 32_768, 1), (0, 2)] {
            assert_eq!(run(&[entry(32_768, 0), entry(number, 0)], usize::MAX), len, "{number}");
        }
        // Header and two names take 48 bytes.
        for (room, len) in [(1, 1), (30, 1), (31, 2), (48, 2), (49, 3)] {
            assert_eq!(run(&many, room), len, "{room}");
        }
    }

    #[test]
    fn only_long_listings_have_an_index() {
        let short: Vec<_> = (1..=455).map(|number| entry(number, 0)).collect();
        let listing_of_short = listing(&short);
        // 455 entries of 18 bytes are two short of a block; two headers.
        assert_eq!((listing_of_short.len, listing_of_short.index.len()), (455 * 18 + 2 * 12, 0));
        let long: Vec<_> = (1..=1820).map(|number| entry(number, 0)).collect();
        let long = listing(&long);
        // Starts at byte 1,000, and has more than 32,760 bytes: into the fifth block.
        assert_eq!(long.index.len(), 4);
        for (nth, index) in long.index.iter().enumerate() {
            let block = (1000 + index.at as usize) / BLOCK;
            assert_eq!(block, nth + 1);
        }
    }
}
