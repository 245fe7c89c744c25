//! Zstandard, seekable: frames that do not depend on each other, and where they are.
//!
//! Sources: RFC 8878; zstd, contrib/seekable_format/zstd_seekable_compression_format.md, 0.1.0.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::Range;

use bringup_sparse::Piece;
use zstd::bulk::Compressor;
use zstd::zstd_safe::{CParameter, compress_bound};

use crate::image::Image;
use crate::write::{Output, refused};
use crate::{Error, Format};

/// Most frames that the table counts (`ZSTD_SEEKABLE_MAXFRAMES` of its reader).
const FRAMES_MOST: u64 = 1 << 27;

/// Magic of the skippable frame that holds the table (RFC 8878, 3.1.2, and 0x5E as the format says).
const TABLE_MAGIC: u32 = 0x184D_2A5E;

/// Magic at the very end.
const SEEKABLE_MAGIC: u32 = 0x8F92_EAB1;

/// Bytes of the image in a frame. What a frame begins with is compressed less well, the more so the
/// larger the level's window is (lib/compress/clevels.h: 2 MiB up to level 8, 4 or 8 MiB above).
fn frame_len(level: i32) -> usize {
    if level <= 8 { 4 << 20 } else { 16 << 20 }
}

/// A compressed piece of the image.
enum Part {
    /// One frame, of so many bytes of the image.
    Frame(Vec<u8>, u32),
    /// Zeros.
    Hole(Range<u64>),
}

pub(crate) fn compress(
    image: Image<'_>,
    output: Output<impl Write>,
    level: i32,
    threads: NonZeroUsize,
) -> Result<u64, Error> {
    let frame_len = frame_len(level);
    let most = FRAMES_MOST * frame_len as u64;
    if image.len > most {
        return Err(Error::TooLarge { format: Format::Zstd { level }, len: image.len, most });
    }
    let mut file = File { output, table: Vec::new() };
    let mut zeros = Zeros { level, frame: Vec::new(), len: 0 };
    bringup_parallel::ordered(
        threads,
        image.pieces(frame_len),
        || (compressor(level), vec![0; frame_len]),
        |(compressor, buffer), piece| {
            let range = match piece {
                Piece::Hole(range) => return Ok(Part::Hole(range)),
                Piece::Data(range) => range,
            };
            let bytes = image.read(range.clone(), buffer)?;
            let frame = frame(compressor, bytes).map_err(|error| refused(range.start, error))?;
            Ok(Part::Frame(frame, bytes.len() as u32))
        },
        |part| match part? {
            Part::Frame(frame, len) => file.append(&frame, len),
            Part::Hole(mut range) => {
                while range.start < range.end {
                    let len = (range.end - range.start).min(frame_len as u64) as u32;
                    let frame = zeros.frame(len).map_err(|error| refused(range.start, error))?;
                    file.append(frame, len)?;
                    range.start += u64::from(len);
                }
                Ok(())
            }
        },
    )?;
    file.finish()
}

/// A compressor for many frames; each has its length and, as `zstd` makes them, a checksum.
fn compressor(level: i32) -> io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(level)?;
    compressor.set_parameter(CParameter::ChecksumFlag(true))?;
    Ok(compressor)
}

fn frame(compressor: &mut io::Result<Compressor<'_>>, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let compressor = match compressor {
        Ok(compressor) => compressor,
        Err(error) => return Err(io::Error::new(error.kind(), error.to_string())),
    };
    let mut frame = Vec::with_capacity(compress_bound(bytes.len()));
    compressor.compress_to_buffer(bytes, &mut frame)?;
    // It waits for its turn among many others.
    frame.shrink_to_fit();
    Ok(frame)
}

/// The frame of the zeros that were asked for last, made once.
struct Zeros {
    level: i32,
    frame: Vec<u8>,
    len: u32,
}

impl Zeros {
    fn frame(&mut self, len: u32) -> io::Result<&[u8]> {
        if self.len != len {
            self.frame = frame(&mut compressor(self.level), &vec![0; len as usize])?;
            self.len = len;
        }
        Ok(&self.frame)
    }
}

/// The file as it grows.
struct File<W> {
    output: Output<W>,
    /// For each frame its length and that of what it holds, both of 4 bytes, little-endian.
    table: Vec<u8>,
}

impl<W: Write> File<W> {
    fn append(&mut self, frame: &[u8], len: u32) -> Result<(), Error> {
        self.output.write(frame)?;
        self.table.extend((frame.len() as u32).to_le_bytes());
        self.table.extend(len.to_le_bytes());
        Ok(())
    }

    /// Writes the table.
    fn finish(mut self) -> Result<u64, Error> {
        let frames = (self.table.len() / 8) as u32;
        // The footer: the number of frames, a descriptor that says "no checksums", the magic.
        self.table.extend(frames.to_le_bytes());
        self.table.push(0);
        self.table.extend(SEEKABLE_MAGIC.to_le_bytes());
        self.output.write(&TABLE_MAGIC.to_le_bytes())?;
        self.output.write(&(self.table.len() as u32).to_le_bytes())?;
        self.output.write(&self.table)?;
        self.output.finish()
    }
}
