//! Finds the size and freezes the layout.

use std::io;

use bringup_spec::Bytes;
use bringup_tree::Tree;
use mkext4::{FsBuilder, InodeCount, Layout};

use super::declare::{Needs, declare, measure, refused};
use super::geometry::{Geometry, MOST_BLOCKS};
use super::{BLOCK_BYTES, Ext4, FORMAT, Options, Size};
use crate::Error;

/// Longest volume label (`s_volume_name`).
const MAX_LABEL: usize = 16;
/// The least that Linux takes as a journal (`JBD2_MIN_JOURNAL_BLOCKS`, include/linux/jbd2.h).
const MIN_JOURNAL: u64 = 1024;

/// How often a size that is not yet right is corrected; the second one is, as a rule.
const TRIES: usize = 8;

pub(super) fn plan(tree: &Tree, options: &Options) -> Result<Ext4, Error> {
    check(options)?;
    let mut needs = measure(tree)?;
    needs.inodes += u64::from(options.free_inodes);
    let journal = options.journal.map(|size| size.0 / BLOCK_BYTES);
    match options.size {
        Size::ContentPlus(reserve) => smallest(tree, options, needs, journal, reserve),
        Size::Exact(size) => {
            let planned = Geometry::within(size.0 / BLOCK_BYTES, needs.inodes, journal)
                .map(|geometry| seal(tree, options, geometry));
            match planned {
                Some(Ok(planned)) => Ok(Ext4 { size, ..planned }),
                Some(Err(error)) if !matches!(error, Error::Ext4 { .. }) => Err(error),
                failed => {
                    let least = smallest(tree, options, needs, journal, Bytes(0))?.size;
                    match failed {
                        Some(Err(error)) if least <= size => Err(error),
                        _ => Err(Error::TooSmall { format: FORMAT, needed: least, size }),
                    }
                }
            }
        }
    }
}

fn smallest(
    tree: &Tree,
    options: &Options,
    needs: Needs,
    journal: Option<u64>,
    reserve: Bytes,
) -> Result<Ext4, Error> {
    let reserve = reserve.0.div_ceil(BLOCK_BYTES);
    let (mut content, mut least) = (needs.blocks, 0);
    let (mut best, mut failed) = (None, None);
    for _ in 0..TRIES {
        let geometry = Geometry::smallest(content + reserve, needs.inodes, journal);
        let size = Bytes(geometry.blocks * BLOCK_BYTES);
        if geometry.blocks > MOST_BLOCKS {
            let most = Bytes(MOST_BLOCKS * BLOCK_BYTES);
            return Err(Error::TooLarge { format: FORMAT, most, size });
        }
        let planned = match seal(tree, options, geometry) {
            Ok(planned) => planned,
            Err(error) => {
                // The estimate was too low, or the tree cannot be had at all.
                least = content + 1;
                content += content / 32 + 64;
                failed = Some(error);
                continue;
            }
        };
        let free = planned.free.0 / BLOCK_BYTES;
        let used = geometry.blocks - geometry.overhead() - free;
        if free < reserve {
            (least, content) = (used, used);
            continue;
        }
        content = used.max(least);
        let smaller = Geometry::smallest(content + reserve, needs.inodes, journal);
        best = Some(planned);
        if smaller.blocks >= geometry.blocks {
            break;
        }
    }
    let needed = Bytes((content + reserve) * BLOCK_BYTES);
    best.ok_or_else(|| failed.unwrap_or(Error::TooSmall { format: FORMAT, needed, size: needed }))
}

/// Lays the tree out in a given number of blocks.
fn seal(tree: &Tree, options: &Options, geometry: Geometry) -> Result<Ext4, Error> {
    let mut given = mkext4::Options::new(geometry.blocks * BLOCK_BYTES, options.uuid, options.epoch);
    let (seed, _) = options.hash_seed.as_chunks::<4>();
    for (word, bytes) in given.hash_seed.iter_mut().zip(seed) {
        *word = u32::from_le_bytes(*bytes);
    }
    given.inodes = InodeCount::Exact(u32::try_from(geometry.inode_count()).unwrap_or(u32::MAX));
    given.label = (!options.label.is_empty()).then(|| options.label.clone());
    given.reserved_percent = options.reserved_percent;
    given.journal_blocks = Some(geometry.journal_blocks() as u32);
    let mut builder = FsBuilder::new(given).map_err(refused)?;
    let files = declare(tree, &mut builder)?;
    let layout = builder.seal().map_err(refused)?;
    let (free, free_inodes) = counts(&layout)?;
    Ok(Ext4 { size: Bytes(layout.image_len()), layout, files, free, free_inodes })
}

fn check(options: &Options) -> Result<(), Error> {
    let within = |option, value, least, most| {
        if (least..=most).contains(&value) {
            return Ok(());
        }
        Err(Error::BadOption { format: FORMAT, option, value, least, most })
    };
    if options.label.len() > MAX_LABEL {
        let (label, len) = (options.label.clone(), options.label.len());
        return Err(Error::LabelTooLong { label, len, most: MAX_LABEL, format: FORMAT });
    }
    // The superblock's own times have 32 bits.
    within("epoch", options.epoch, 0, i64::from(u32::MAX))?;
    within("reserved_percent", i64::from(options.reserved_percent), 0, 50)?;
    if let Some(size) = options.journal {
        let most = i64::from(u32::MAX) * BLOCK_BYTES as i64;
        let value = i64::try_from(size.0).unwrap_or(i64::MAX);
        within("journal", value, (MIN_JOURNAL * BLOCK_BYTES) as i64, most)?;
    }
    let (Size::Exact(size) | Size::ContentPlus(size)) = options.size;
    let most = Bytes(MOST_BLOCKS * BLOCK_BYTES);
    if size > most { Err(Error::TooLarge { format: FORMAT, most, size }) } else { Ok(()) }
}

/// Free bytes and inodes, from the superblock of a frozen layout.
fn counts(layout: &Layout) -> Result<(Bytes, u32), Error> {
    let mut superblock = Superblock::default();
    layout.writer(&mut superblock).map_err(refused)?;
    let field = |at: usize| {
        let bytes = superblock.bytes.get(at..).and_then(|bytes| bytes.first_chunk());
        u32::from_le_bytes(*bytes.expect("the layout begins with a superblock"))
    };
    // s_free_blocks_count_lo and s_free_inodes_count (Linux, Documentation/filesystems/ext4/super.rst).
    Ok((Bytes(u64::from(field(0x0c)) * BLOCK_BYTES), field(0x10)))
}

/// Keeps the superblock and drops everything else.
#[derive(Default)]
struct Superblock {
    bytes: Vec<u8>,
}

impl mkext4::RegionSink for Superblock {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        // The primary superblock is at byte 1,024.
        if offset == 0 {
            self.bytes = bytes.get(1024..2048).unwrap_or_default().to_vec();
        }
        Ok(())
    }

    fn zeros(&mut self, _: u64, _: u64) -> io::Result<()> {
        Ok(())
    }
}
