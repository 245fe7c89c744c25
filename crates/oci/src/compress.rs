//! Blocks of a layer, compressed each for itself so that all cores work.

use std::io;

use flate2::{Compress, FlushCompress, Status};

use crate::options::Compression;

/// The least and the greatest level of each compressor.
pub(crate) const GZIP_LEVELS: (i32, i32) = (1, 9);
pub(crate) const ZSTD_LEVELS: (i32, i32) = (1, 22);

impl Compression {
    /// Bytes that are compressed at a time.
    pub(crate) fn block(self) -> usize {
        match self {
            Self::None | Self::Gzip { .. } => 1 << 20,
            // The window of level 3; each block begins without anything before it.
            Self::Zstd { .. } => 2 << 20,
        }
    }

    /// What comes in front of the blocks.
    pub(crate) fn head(self) -> &'static [u8] {
        match self {
            // RFC 1952, 2.3: deflate, no flags, no time, no hint about the effort, unknown system.
            Self::Gzip { .. } => &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff],
            Self::None | Self::Zstd { .. } => &[],
        }
    }

    /// What comes behind them, all of them being `len` bytes with this CRC-32.
    pub(crate) fn tail(self, crc: u32, len: u64) -> Vec<u8> {
        match self {
            // An empty last block with fixed codes (RFC 1951, 3.2.3), then RFC 1952's trailer.
            Self::Gzip { .. } => [&[3, 0], &crc.to_le_bytes()[..], &(len as u32).to_le_bytes()].concat(),
            Self::None | Self::Zstd { .. } => Vec::new(),
        }
    }

    /// The layer's media type (image-spec, layer.md, "Media Types").
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::None => "application/vnd.oci.image.layer.v1.tar",
            Self::Gzip { .. } => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd { .. } => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }

    /// A compressor for one thread.
    pub(crate) fn compressor(self) -> Compressor {
        match self {
            Self::None => Compressor::None,
            Self::Gzip { level } => {
                Compressor::Gzip(Box::new(Compress::new(flate2::Compression::new(level), false)))
            }
            Self::Zstd { level } => Compressor::Zstd(zstd::bulk::Compressor::new(level)),
        }
    }
}

/// What one thread compresses with.
pub(crate) enum Compressor {
    None,
    Gzip(Box<Compress>),
    Zstd(io::Result<zstd::bulk::Compressor<'static>>),
}

impl Compressor {
    /// Compresses one block, whose bytes depend on nothing else.
    pub(crate) fn block(&mut self, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Self::None => Ok(bytes),
            Self::Gzip(compress) => deflate(compress, &bytes),
            Self::Zstd(Ok(compressor)) => compressor.compress(&bytes),
            Self::Zstd(Err(error)) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }
}

/// Deflate blocks that end at a byte's end, so that others can follow (RFC 1951, 3.2.4: an empty
/// stored block).
fn deflate(compress: &mut Compress, bytes: &[u8]) -> io::Result<Vec<u8>> {
    compress.reset();
    // Stored blocks are the worst case: 5 bytes for each 65,535 or less, and the empty one.
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 1000 + 64);
    loop {
        let done = compress.total_in() as usize;
        let status = compress.compress_vec(&bytes[done..], &mut out, FlushCompress::Sync);
        if status.map_err(io::Error::other)? == Status::BufError {
            return Err(io::Error::other("deflate makes no progress"));
        }
        // Room left over means that the flush is done.
        if compress.total_in() as usize == bytes.len() && out.len() < out.capacity() {
            return Ok(out);
        }
        out.reserve(out.capacity());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn noise(len: u32) -> Vec<u8> {
        let mut state = 1u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..len).map(next).collect()
    }

    #[test]
    fn blocks_of_deflate_are_one_gzip_file() {
        let blocks = [noise(70_000), vec![7; 1 << 20], Vec::new(), b"end".to_vec()];
        for level in [1, 6, 9] {
            let compression = Compression::Gzip { level };
            let mut compressor = compression.compressor();
            let mut file = compression.head().to_vec();
            for block in &blocks {
                file.extend(compressor.block(block.clone()).unwrap());
            }
            let all = blocks.concat();
            file.extend(compression.tail(crc32fast::hash(&all), all.len() as u64));
            let mut read = Vec::new();
            // One member only: some readers stop behind the first.
            flate2::read::GzDecoder::new(&file[..]).read_to_end(&mut read).unwrap();
            assert!(read == all, "level {level}");
        }
    }

    #[test]
    fn a_blocks_bytes_depend_on_nothing_before() {
        for compression in [Compression::Gzip { level: 6 }, Compression::Zstd { level: 3 }] {
            let mut used = compression.compressor();
            used.block(noise(5000)).unwrap();
            let text = b"again and again and again".to_vec();
            assert_eq!(used.block(text.clone()).unwrap(), compression.compressor().block(text).unwrap());
        }
    }
}
