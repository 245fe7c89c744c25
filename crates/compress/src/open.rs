//! Reading an image back, whatever it is compressed with.

use std::io::{self, BufReader, Cursor, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

/// What the bytes of an image are wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Nothing: the image's own bytes.
    Raw,
    /// Zstandard, RFC 8878.
    Zstd,
    /// The .xz File Format.
    Xz,
    /// gzip, RFC 1952.
    Gzip,
    /// bzip2.
    Bzip2,
}

/// Bytes that tell an encoding.
const MAGIC_LEN: usize = 6;

/// The most memory that the xz decoder may take: `xz -9` has a dictionary of 64 MiB.
const XZ_MEMORY_BYTES: u64 = 128 << 20;

impl Encoding {
    /// What begins with `bytes`, of which the first six are looked at.
    ///
    /// Sources: RFC 8878, 3.1.1 and 3.1.2; The .xz File Format 1.2.1, 2.1.1.1; RFC 1952, 2.3.1;
    /// bzip2's manual, 2.3 (a level and a block's magic follow).
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Self::Zstd,
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x1F, 0x8B, 8, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Self::Bzip2,
            _ => Self::Raw,
        }
    }
}

/// The plain bytes of what `from` has, and what they were wrapped in.
///
/// All frames, streams and members of the file are read, one behind the other. Reading ends with an
/// error where the file is cut off or damaged.
///
/// # Errors
/// `from` cannot be read, or there is no memory for the decoder.
pub fn open<'a>(mut from: impl Read + Send + 'a) -> io::Result<(Encoding, Box<dyn Read + Send + 'a>)> {
    let mut magic = Vec::with_capacity(MAGIC_LEN);
    from.by_ref().take(MAGIC_LEN as u64).read_to_end(&mut magic)?;
    let encoding = Encoding::of(&magic);
    let all = Cursor::new(magic).chain(from);
    // What zstd takes at once (ZSTD_DStreamInSize()), which suits the others.
    let buffered = |all| BufReader::with_capacity(128 << 10, all);
    let plain: Box<dyn Read + Send + 'a> = match encoding {
        Encoding::Raw => Box::new(all),
        Encoding::Zstd => Box::new(zstd::Decoder::with_buffer(buffered(all))?),
        Encoding::Xz => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY_BYTES, CONCATENATED)?;
            Box::new(XzDecoder::new_stream(buffered(all), stream))
        }
        Encoding::Gzip => Box::new(MultiGzDecoder::new(buffered(all))),
        Encoding::Bzip2 => Box::new(MultiBzDecoder::new(buffered(all))),
    };
    Ok((encoding, plain))
}
