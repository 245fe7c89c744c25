//! xz: one stream of several blocks, each with its sizes.
//!
//! Source of every number: The .xz File Format, 1.2.1.

mod block;
mod crc64;
mod stream;

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::Range;

use bringup_sparse::Piece;

use crate::Error;
use crate::image::Image;
use crate::write::{Output, refused};
use block::{Block, Encoder, block_len};
use stream::Stream;

/// Bytes that are read and compressed in one go.
const READ: usize = 1 << 20;

/// A compressed part of the image.
enum Part {
    Block(Block),
    /// Zeros.
    Hole(Range<u64>),
}

pub(crate) fn compress(
    image: Image<'_>,
    output: Output<impl Write>,
    level: u32,
    threads: NonZeroUsize,
) -> Result<u64, Error> {
    let block_len = block_len(level);
    let mut stream = Stream::new(output)?;
    let mut zeros = None;
    bringup_parallel::ordered(
        threads,
        image.pieces(block_len),
        || vec![0; READ],
        |buffer, piece| match piece {
            Piece::Hole(range) => Ok(Part::Hole(range)),
            Piece::Data(range) => data(image, range, level, buffer).map(Part::Block),
        },
        |part| match part? {
            Part::Block(block) => stream.append(&block),
            Part::Hole(mut range) => {
                while range.start < range.end {
                    let len = (range.end - range.start).min(block_len as u64);
                    if zeros.as_ref().is_none_or(|block: &Block| block.len != len) {
                        let made = self::zeros(len, level).map_err(|error| refused(range.start, error))?;
                        zeros = Some(made);
                    }
                    // Just made.
                    zeros.iter().try_for_each(|block| stream.append(block))?;
                    range.start += len;
                }
                Ok(())
            }
        },
    )?;
    stream.finish()
}

/// The block of a part of the image.
fn data(image: Image<'_>, range: Range<u64>, level: u32, buffer: &mut [u8]) -> Result<Block, Error> {
    let failed = |error| refused(range.start, error);
    let mut encoder = Encoder::new(level).map_err(failed)?;
    for start in range.clone().step_by(READ) {
        let bytes = image.read(start..range.end.min(start + READ as u64), buffer)?;
        encoder.feed(bytes).map_err(failed)?;
    }
    encoder.finish().map_err(failed)
}

/// The block of `len` zeros.
fn zeros(len: u64, level: u32) -> io::Result<Block> {
    let mut encoder = Encoder::new(level)?;
    let zeros = vec![0; READ];
    for start in (0..len).step_by(READ) {
        encoder.feed(&zeros[..(len - start).min(READ as u64) as usize])?;
    }
    encoder.finish()
}
