//! What compresses one cluster.

use std::io;

use zlib_rs::{Deflate, DeflateFlush, Status};
use zstd::bulk::Compressor;

use crate::Error;
use crate::cluster::CLUSTER;

/// How clusters are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// By deflate, at level 1 to 9: every reader of qcow2 knows it.
    Zlib {
        /// From 1, fast, to 9, small; QEMU takes 6.
        level: i32,
    },
    /// By Zstandard, at level 1 to 19: QEMU reads it from 5.1 on.
    Zstd {
        /// From 1, fast, to 19, small; QEMU takes 3.
        level: i32,
    },
}

/// The window of deflate is 4 KiB: QEMU, block/qcow2-threads.c, qcow2_zlib_compress().
const WINDOW_BITS: u8 = 12;

impl Compression {
    /// That the level exists.
    pub(crate) fn check(self) -> Result<(), Error> {
        let (compression, level, least, most) = match self {
            Self::None => return Ok(()),
            Self::Zlib { level } => ("zlib", level, 1, 9),
            Self::Zstd { level } => ("zstd", level, 1, 19),
        };
        match (least..=most).contains(&level) {
            true => Ok(()),
            false => Err(Error::Level { compression, level, least, most }),
        }
    }

    /// A compressor for many clusters, one after the other.
    pub(crate) fn codec(self) -> Codec {
        match self {
            Self::None => Codec::None,
            Self::Zlib { level } => Codec::Zlib(Box::new(Deflate::new(level, false, WINDOW_BITS))),
            Self::Zstd { level } => Codec::Zstd(Compressor::new(level)),
        }
    }
}

/// A compressor, kept by one thread.
pub(crate) enum Codec {
    None,
    Zlib(Box<Deflate>),
    /// Making it fails for want of memory alone, which the first cluster tells.
    Zstd(io::Result<Compressor<'static>>),
}

impl Codec {
    /// Appends the compressed cluster to `output`; none, if it does not become smaller.
    pub(crate) fn append(
        &mut self,
        cluster: &[u8; CLUSTER],
        output: &mut Vec<u8>,
    ) -> io::Result<Option<usize>> {
        let start = output.len();
        let len = match self {
            Self::None => None,
            Self::Zlib(deflate) => {
                // No room for as much as the cluster itself: then it is stored as it is.
                output.resize(start + CLUSTER - 1, 0);
                deflate.reset();
                let room = &mut output[start..];
                let status = deflate.compress(cluster, room, DeflateFlush::Finish);
                let status = status.map_err(|error| io::Error::other(error.as_str()))?;
                (status == Status::StreamEnd).then_some(deflate.total_out() as usize)
            }
            Self::Zstd(compressor) => {
                let compressor = match compressor {
                    Ok(compressor) => compressor,
                    Err(error) => return Err(io::Error::new(error.kind(), error.to_string())),
                };
                output.resize(start + zstd::zstd_safe::compress_bound(CLUSTER), 0);
                let len = compressor.compress_to_buffer(cluster, &mut output[start..])?;
                (len < CLUSTER).then_some(len)
            }
        };
        output.truncate(start + len.unwrap_or(0));
        Ok(len)
    }
}
