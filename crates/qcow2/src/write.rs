//! From a raw image to the file.

use std::fs::File;
use std::io::{Seek, Write};
use std::num::NonZeroUsize;

use bringup_sparse::Piece;

use crate::cluster::{BATCH, Worker};
use crate::file::{L2_SPAN, Qcow2};
use crate::{Compression, Error};

/// The largest disk: an L1 table of 32 MiB (QEMU, block/qcow2.h, QCOW_MAX_L1_SIZE).
const MOST: u64 = (32 << 20) / 8 * L2_SPAN;

/// How a file is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How its clusters are compressed.
    pub compression: Compression,
    /// How many threads compress; the bytes do not depend on it.
    pub threads: NonZeroUsize,
}

/// Writes the raw `image` as qcow2 to `output`, from its byte 0 on; how many bytes that are.
///
/// `output` is empty, or is cut to that length afterwards. Holes of the image are not read, and it
/// must not change meanwhile. Takes a few MiB for each thread, and about 1/8,192 of the disk's size.
///
/// # Errors
/// The image's size or the options do not suit the format, before anything is written; or
/// reading or writing fails, and what was written is no qcow2 file.
pub fn write(image: &File, output: impl Write + Seek, options: &Options) -> Result<u64, Error> {
    let Options { compression, threads } = *options;
    compression.check()?;
    let len = bringup_sparse::len(image).map_err(|source| Error::Size { source })?;
    if !len.is_multiple_of(512) {
        return Err(Error::Unaligned { len });
    }
    if len > MOST {
        return Err(Error::TooLarge { len, most: MOST });
    }
    let failed = |source| Error::Write { source };
    let mut file = Qcow2::new(output, len).map_err(failed)?;
    let pieces = bringup_sparse::cut(len, BATCH as u64, bringup_sparse::stored(image, 0..len));
    bringup_parallel::ordered(
        threads,
        pieces.filter_map(|piece| match piece {
            Piece::Data(range) => Some(range),
            Piece::Hole(_) => None,
        }),
        || Worker::new(compression),
        |worker, range| worker.batch(image, range),
        |batch| file.append(&batch?).map_err(failed),
    )?;
    file.finish(len, compression).map_err(failed)
}
