//! One thread's compressor, kept from block to block.

use std::io;

use bringup_spec::Bytes;
use flate2::{Compress, FlushCompress, Status};
use liblzma::stream::{Action, Check, Filters, LzmaOptions, Stream};
use zstd::bulk;

use crate::metadata::BLOCK;
use crate::{Compression, Error};

/// Compresses one block after the other.
pub(crate) enum Compressor {
    Gzip(Box<Compress>),
    Xz(Filters),
    Lz4,
    Zstd(Box<bulk::Compressor<'static>>),
}

impl Compressor {
    /// # Errors
    /// Memory is short.
    pub(crate) fn new(compression: Compression, block_size: Bytes) -> Result<Self, Error> {
        Ok(match compression {
            Compression::Gzip { level } => {
                Self::Gzip(Box::new(Compress::new(flate2::Compression::new(level), true)))
            }
            Compression::Xz { level } => {
                let mut options = LzmaOptions::new_preset(level).map_err(failed("xz"))?;
                // What a kernel takes for the dictionary unless the file system says otherwise
                // (fs/squashfs/xz_wrapper.c, squashfs_xz_comp_opts).
                options.dict_size((block_size.0 as u32).max(BLOCK as u32));
                let mut filters = Filters::new();
                filters.lzma2(&options);
                Self::Xz(filters)
            }
            Compression::Lz4 => Self::Lz4,
            Compression::Zstd { level } => {
                let context = bulk::Compressor::new(level as i32).map_err(failed("zstd"))?;
                Self::Zstd(Box::new(context))
            }
        })
    }

    /// `bytes` compressed; none if that is not smaller.
    ///
    /// # Errors
    /// Memory is short.
    pub(crate) fn pack(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let mut packed = Vec::new();
        let smaller = match self {
            Self::Gzip(stream) => {
                // No room for more than what would be of use.
                packed.reserve_exact(bytes.len());
                stream.reset();
                let status = stream.compress_vec(bytes, &mut packed, FlushCompress::Finish);
                status.map_err(failed("gzip"))? == Status::StreamEnd
            }
            Self::Xz(filters) => {
                packed.reserve_exact(bytes.len());
                // Kernels check no other sums than these (lib/xz/xz_dec_stream.c).
                let stream = Stream::new_stream_encoder(filters, Check::Crc32);
                let status =
                    stream.and_then(|mut stream| stream.process_vec(bytes, &mut packed, Action::Finish));
                status.map_err(failed("xz"))? == liblzma::stream::Status::StreamEnd
            }
            Self::Lz4 => {
                packed.resize(lz4_flex::block::get_maximum_output_size(bytes.len()), 0);
                let len = lz4_flex::block::compress_into(bytes, &mut packed)
                    .map_err(|error| failed("lz4")(io::Error::other(error)))?;
                packed.truncate(len);
                true
            }
            Self::Zstd(context) => {
                // Of a frame whose size it knows zstd makes the window no larger, and larger than a
                // block kernels do not take it (fs/squashfs/zstd_wrapper.c).
                packed.reserve_exact(zstd::zstd_safe::compress_bound(bytes.len()));
                context.compress_to_buffer(bytes, &mut packed).map_err(failed("zstd"))?;
                true
            }
        };
        Ok((smaller && packed.len() < bytes.len()).then_some(packed))
    }
}

fn failed<Cause: Into<io::Error>>(compressor: &'static str) -> impl FnOnce(Cause) -> Error {
    move |source| Error::Compress { compressor, source: source.into() }
}
