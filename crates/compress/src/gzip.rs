//! gzip: one member, made of pieces that begin with what the one before ends with.
//!
//! Sources: RFC 1951 (deflate), RFC 1952 (gzip).

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::Range;

use bringup_sparse::Piece;
use crc32fast::Hasher;
use zlib_rs::{Deflate, DeflateFlush};

use crate::Error;
use crate::image::Image;
use crate::write::{Output, refused};

/// Bytes of the image in a piece: its end costs 5 bytes, its beginning nothing.
const BLOCK: usize = 1 << 20;

/// How far back deflate looks, and its binary logarithm (RFC 1951, 2).
const WINDOW: usize = 1 << WINDOW_BITS;
const WINDOW_BITS: u8 = 15;

/// ID1 and ID2, CM "deflate", no flags, no time, no XFL, OS "unknown" (RFC 1952, 2.3.1).
const HEADER: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];

/// The last block, without data: BFINAL, fixed codes, end of block (RFC 1951, 3.2.3 and 3.2.6).
const LAST_BLOCK: [u8; 2] = [3, 0];

/// A compressed part of the image.
enum Part {
    /// One piece, and the checksum of what it holds.
    Data(Vec<u8>, Hasher),
    /// Zeros.
    Zeros(Range<u64>),
}

pub(crate) fn compress(
    image: Image<'_>,
    mut output: Output<impl Write>,
    level: i32,
    threads: NonZeroUsize,
) -> Result<u64, Error> {
    output.write(&HEADER)?;
    let mut checksum = Hasher::new();
    let mut zeros = Zeros { level, piece: Vec::new(), checksum: Hasher::new(), len: 0 };
    bringup_parallel::ordered(
        threads,
        image.pieces(BLOCK),
        || (deflate(level), vec![0; WINDOW + BLOCK]),
        |(deflate, buffer), piece| {
            let range = match piece {
                Piece::Hole(range) => return Ok(Part::Zeros(range)),
                Piece::Data(range) => range,
            };
            let before = range.start.saturating_sub(WINDOW as u64);
            let all = image.read(before..range.end, buffer)?;
            let (before, bytes) = all.split_at((range.start - before) as usize);
            if bringup_sparse::is_zero(bytes) {
                return Ok(Part::Zeros(range));
            }
            let piece = flushed(deflate, before, bytes).map_err(|error| refused(range.start, error))?;
            let mut checksum = Hasher::new();
            checksum.update(bytes);
            Ok(Part::Data(piece, checksum))
        },
        |part| match part? {
            Part::Data(piece, of_piece) => {
                checksum.combine(&of_piece);
                output.write(&piece)
            }
            Part::Zeros(mut range) => {
                while range.start < range.end {
                    let len = (range.end - range.start).min(BLOCK as u64) as usize;
                    zeros.make(len).map_err(|error| refused(range.start, error))?;
                    checksum.combine(&zeros.checksum);
                    output.write(&zeros.piece)?;
                    range.start += len as u64;
                }
                Ok(())
            }
        },
    )?;
    output.write(&LAST_BLOCK)?;
    output.write(&checksum.finalize().to_le_bytes())?;
    // ISIZE: modulo 2^32.
    output.write(&(image.len as u32).to_le_bytes())?;
    output.finish()
}

/// The compressor's own level 1 looks for hardly any matches: its files are a tenth larger than
/// those of `gzip -1`, while those of its level 2 are not, and it is faster still.
fn deflate(level: i32) -> Deflate {
    Deflate::new(level.max(2), false, WINDOW_BITS)
}

/// Deflates `bytes`, which may refer to what is `before` them, up to a whole byte.
fn flushed(deflate: &mut Deflate, before: &[u8], bytes: &[u8]) -> io::Result<Vec<u8>> {
    let failed = |error: zlib_rs::DeflateError| io::Error::other(error.as_str());
    deflate.reset();
    if !before.is_empty() {
        deflate.set_dictionary(before).map_err(failed)?;
    }
    // Deflate adds 5 bytes to each 16 KiB at most, and the flush another 5.
    let mut piece = vec![0; bytes.len() + bytes.len() / 1024 + 64];
    loop {
        let (from, to) = (deflate.total_in() as usize, deflate.total_out() as usize);
        deflate.compress(&bytes[from..], &mut piece[to..], DeflateFlush::SyncFlush).map_err(failed)?;
        let len = deflate.total_out() as usize;
        // All is out when there was room for more.
        if len < piece.len() {
            piece.truncate(len);
            piece.shrink_to_fit();
            return Ok(piece);
        }
        piece.resize(2 * len, 0);
    }
}

/// The piece of the zeros that were asked for last, made once.
struct Zeros {
    level: i32,
    piece: Vec<u8>,
    checksum: Hasher,
    len: usize,
}

impl Zeros {
    fn make(&mut self, len: usize) -> io::Result<()> {
        if self.len != len {
            let zeros = vec![0; len];
            self.piece = flushed(&mut deflate(self.level), &[], &zeros)?;
            self.checksum = Hasher::new();
            self.checksum.update(&zeros);
            self.len = len;
        }
        Ok(())
    }
}
