//! From a raw image to a compressed file.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroUsize;

use crate::image::Image;
use crate::{Error, Format, gzip, xz, zstd};

/// How an image is to be compressed.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The format and its level.
    pub format: Format,
    /// How many threads compress; the bytes do not depend on it.
    pub threads: NonZeroUsize,
}

/// Compresses the raw `image` to `output`; how many bytes that are.
///
/// Holes of the image are not read, and it must not change meanwhile. Takes, for each thread, what
/// the format's own program takes for one, and some blocks.
///
/// # Errors
/// The options do not suit the format, before anything is written; or reading or writing fails,
/// and what was written is incomplete.
pub fn compress(image: &File, output: impl Write, options: &Options) -> Result<u64, Error> {
    let Options { format, threads } = *options;
    format.check()?;
    let image = Image::new(image)?;
    let output = Output { inner: output, len: 0 };
    match format {
        Format::Zstd { level } => zstd::compress(image, output, level, threads),
        Format::Xz { level } => xz::compress(image, output, level, threads),
        Format::Gzip { level } => gzip::compress(image, output, level, threads),
    }
}

/// Where the compressed bytes go; counts them.
pub(crate) struct Output<W> {
    inner: W,
    len: u64,
}

impl<W: Write> Output<W> {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.inner.write_all(bytes).map_err(|source| Error::Write { source })?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// All bytes written.
    pub(crate) fn finish(mut self) -> Result<u64, Error> {
        self.inner.flush().map_err(|source| Error::Write { source })?;
        Ok(self.len)
    }
}

/// What a compressor said about the bytes from `offset` on.
pub(crate) fn refused(offset: u64, source: impl Into<io::Error>) -> Error {
    Error::Compress { offset, source: source.into() }
}
