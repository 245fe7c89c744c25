//! Decompression with a limit on what comes out and on memory.

use std::io::{self, BufRead, Read, Write};

use liblzma::stream::{MtStreamBuilder, Stream};

/// Size of the buffers before and behind a decoder, in bytes.
pub(crate) const BUFFER: usize = 256 << 10;

/// The most memory that an xz decoder may take, in bytes: `xz -9` has a dictionary of 64 MiB.
const XZ_MEMORY: u64 = 100 << 20;

/// The largest zstd window accepted, as a power of two: 64 MiB. dpkg's highest level has 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 26;

/// How a member of a package is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// bzip2: sources as their authors packed them, never packages.
    Bzip2,
    /// gzip, RFC 1952.
    Gzip,
    /// The .xz file format.
    Xz,
    /// Zstandard, RFC 8878.
    Zstd,
}

impl Compression {
    /// By what follows `.tar` in a name; deb(5).
    pub(crate) fn from_ending(ending: &str) -> Option<Self> {
        match ending {
            "" => Some(Self::None),
            ".gz" => Some(Self::Gzip),
            ".xz" => Some(Self::Xz),
            ".zst" => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl Compression {
    /// By what follows `.tar` in the name of a source package's archive; dpkg-source(1).
    pub(crate) fn from_source_ending(ending: &str) -> Option<Self> {
        if ending == ".bz2" { Some(Self::Bzip2) } else { Self::from_ending(ending) }
    }
}

/// How much one decompression may use of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Threads; only .xz files of several blocks, as dpkg writes them, gain from more than one.
    pub threads: u32,
    /// Memory for these threads, in bytes; with less than they need, there are fewer.
    pub memory: u64,
}

impl Effort {
    /// One thread, with the memory that one takes.
    pub const ONE_THREAD: Self = Self { threads: 1, memory: 0 };
}

/// Why decompression ended.
#[derive(Debug)]
pub(crate) enum DecompressError {
    Incomplete,
    Damaged(io::Error),
    Junk,
    TooLarge { found: u64 },
    Read(io::Error),
    Write(io::Error),
}

/// Decompresses all of `from` into `out`, at most `limit` bytes; says how many there were.
pub(crate) fn copy(
    from: &mut dyn BufRead,
    compression: Compression,
    effort: Effort,
    limit: u64,
    out: &mut dyn Write,
) -> Result<u64, DecompressError> {
    let mut from = from;
    let copied = match compression {
        Compression::None => pump(&mut from, limit, out)?,
        Compression::Bzip2 => pump(&mut bzip2::bufread::MultiBzDecoder::new(&mut from), limit, out)?,
        Compression::Gzip => pump(&mut flate2::bufread::MultiGzDecoder::new(&mut from), limit, out)?,
        Compression::Xz => {
            let stream = xz_stream(effort).map_err(|error| DecompressError::Damaged(error.into()))?;
            pump(&mut liblzma::bufread::XzDecoder::new_stream(&mut from, stream), limit, out)?
        }
        Compression::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(&mut from).map_err(DecompressError::Damaged)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(DecompressError::Damaged)?;
            pump(&mut decoder, limit, out)?
        }
    };
    match from.fill_buf() {
        Ok([]) => Ok(copied),
        Ok(_) => Err(DecompressError::Junk),
        Err(error) => Err(DecompressError::Read(error)),
    }
}

fn xz_stream(effort: Effort) -> Result<Stream, liblzma::stream::Error> {
    if effort.threads <= 1 {
        return Stream::new_stream_decoder(XZ_MEMORY, 0);
    }
    MtStreamBuilder::new()
        .threads(effort.threads)
        .memlimit_threading(effort.memory)
        .memlimit_stop(XZ_MEMORY.max(effort.memory))
        .decoder()
}

fn pump(decoder: &mut dyn Read, limit: u64, out: &mut dyn Write) -> Result<u64, DecompressError> {
    let mut buffer = vec![0; BUFFER];
    let mut copied = 0;
    loop {
        let read = match decoder.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(DecompressError::Incomplete);
            }
            // Only the kernel's errors have a number: the rest is what a decoder thinks of its input.
            Err(error) if error.raw_os_error().is_some() => return Err(DecompressError::Read(error)),
            Err(error) => return Err(DecompressError::Damaged(error)),
        };
        copied += read as u64;
        if copied > limit {
            return Err(DecompressError::TooLarge { found: copied });
        }
        out.write_all(&buffer[..read]).map_err(DecompressError::Write)?;
    }
}
