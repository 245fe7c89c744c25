//! Writes the contents of files: blocks and fragment blocks, compressed on all threads.

use std::io::Write;
use std::num::NonZeroUsize;

use bringup_tree::Content;

use crate::compress::Compressor;
use crate::duplicate::first_of_each;
use crate::units::{Fragment, Piece, Unit, cut};
use crate::{Error, Options};

/// Set in a block's length if the block is not compressed (`SQUASHFS_COMPRESSED_BIT_BLOCK`).
const STORED: u32 = 1 << 24;

/// Where a file's bytes are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    /// Where its first block starts, from the file system's start.
    pub(crate) start: u64,
    /// Length and flag of each block; 0 stands for nothing but zeros.
    pub(crate) blocks: Vec<u32>,
    /// How many bytes are in blocks of nothing but zeros.
    pub(crate) sparse: u64,
    pub(crate) fragment: Option<Fragment>,
}

/// What has been written.
#[derive(Debug)]
pub(crate) struct Data {
    /// For each content that is the first of its kind.
    pub(crate) stored: Vec<Stored>,
    /// For each content the index of the first one with the same bytes.
    pub(crate) first: Vec<usize>,
    /// The fragment table: start, length and flag of each block (`struct squashfs_fragment_entry`).
    pub(crate) fragments: Vec<u8>,
    /// Where the next byte goes, from the file system's start.
    pub(crate) end: u64,
}

/// A block on its way to the disk.
enum Block {
    Zeros { content: usize, len: usize },
    Data { content: usize, bytes: Vec<u8>, flag: u32 },
    Fragment { bytes: Vec<u8>, flag: u32 },
}

/// Writes all contents from byte `start` of the file system on.
///
/// # Errors
/// A file cannot be read, or the output not written.
pub(crate) fn write(
    contents: &[&Content],
    options: &Options,
    start: u64,
    out: &mut impl Write,
) -> Result<Data, Error> {
    let first = first_of_each(contents, options.threads)?;
    let block_size = options.block_size.0 as usize;
    let units = cut(contents, &first, block_size, options.tail_ends);
    let mut stored: Vec<Stored> =
        units.fragments.iter().map(|&fragment| Stored { fragment, ..Stored::default() }).collect();
    let mut fragments = Vec::new();
    let mut end = start;
    let threads = options.threads.min(NonZeroUsize::new(units.units.len()).unwrap_or(NonZeroUsize::MIN));
    bringup_parallel::ordered(
        threads,
        units.units,
        || (None, vec![0; block_size]),
        |(compressor, buffer), unit| {
            let compressor = match compressor {
                Some(compressor) => compressor,
                none => none.insert(Compressor::new(options.compression, options.block_size)?),
            };
            pack(unit, compressor, buffer)
        },
        |block| {
            let bytes = match block? {
                Block::Zeros { content, len } => {
                    stored[content].sparse += len as u64;
                    stored[content].blocks.push(0);
                    return Ok(());
                }
                Block::Data { content, bytes, flag } => {
                    let file = &mut stored[content];
                    if file.start == 0 {
                        file.start = end;
                    }
                    file.blocks.push(bytes.len() as u32 | flag);
                    bytes
                }
                Block::Fragment { bytes, flag } => {
                    fragments.extend_from_slice(&end.to_le_bytes());
                    fragments.extend_from_slice(&(bytes.len() as u32 | flag).to_le_bytes());
                    fragments.extend_from_slice(&[0; 4]);
                    bytes
                }
            };
            out.write_all(&bytes)?;
            end += bytes.len() as u64;
            Ok::<(), Error>(())
        },
    )?;
    Ok(Data { stored, first, fragments, end })
}

/// Reads a unit into `buffer` and compresses it.
fn pack(unit: Unit<'_>, compressor: &mut Compressor, buffer: &mut [u8]) -> Result<Block, Error> {
    let mut used = 0;
    let mut read = |piece: &Piece<'_>| {
        let room = &mut buffer[used..used + piece.len];
        used += piece.len;
        piece.content.read_exact_at(room, piece.at).map_err(Error::read(piece.content.path()))
    };
    match &unit {
        Unit::Block(_, piece) => read(piece)?,
        Unit::Fragment(pieces) => pieces.iter().try_for_each(read)?,
    }
    let raw = &buffer[..used];
    if let Unit::Block(content, _) = unit
        && raw.iter().all(|&byte| byte == 0)
    {
        return Ok(Block::Zeros { content, len: used });
    }
    let (bytes, flag) = match compressor.pack(raw)? {
        Some(bytes) => (bytes, 0),
        None => (raw.to_vec(), STORED),
    };
    Ok(match unit {
        Unit::Block(content, _) => Block::Data { content, bytes, flag },
        Unit::Fragment(_) => Block::Fragment { bytes, flag },
    })
}
