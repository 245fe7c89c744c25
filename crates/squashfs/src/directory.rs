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
