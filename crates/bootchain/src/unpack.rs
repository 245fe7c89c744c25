//! Compressed streams.

use std::io::{self, BufRead, Read};

use bringup_inspect::compression::Compression;
use liblzma::stream::Stream;

/// The most memory the xz decoder may ask for, in bytes: `xz -9` takes a dictionary of 64 MiB,
/// but kernels unpack with less (Linux, lib/decompress_unxz.c), and so do the tools for them.
const XZ_MEMORY_BYTES: u64 = 96 << 20;

/// The plain bytes of the one compressed stream that `from` begins with; none for a format that is
/// known by name only. What follows the stream is left in `from`.
pub(crate) fn decoder<'a>(
    compression: Compression,
    from: &'a mut dyn BufRead,
) -> io::Result<Option<Box<dyn Read + 'a>>> {
    Ok(Some(match compression {
        Compression::Gzip => Box::new(flate2::bufread::GzDecoder::new(from)),
        Compression::Xz => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY_BYTES, 0)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(from, stream))
        }
        Compression::Zstd => Box::new(zstd::Decoder::with_buffer(from)?.single_frame()),
        _ => return Ok(None),
    }))
}
