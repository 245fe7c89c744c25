//! What can be chosen, and what of it can be.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;

use crate::{BLOCK_BYTES, Error};

/// Bytes of `volume_name` (Linux, fs/erofs/erofs_fs.h) but for a NUL byte at its end, which
/// `mkfs.erofs` keeps too.
const MAX_LABEL: usize = 15;
/// `Z_EROFS_PCLUSTER_MAX_SIZE` (Linux, fs/erofs/erofs_fs.h).
const MAX_CLUSTER: u32 = 1 << 20;
/// `Z_EROFS_ZSTD_MAX_DICT_SIZE` (Linux, fs/erofs/erofs_fs.h), as a power of two.
const MAX_WINDOW_BITS: u32 = 20;
/// A window of this many full clusters holds what even well-compressed ones refer to.
const WINDOW_CLUSTERS: u32 = 8;
/// Levels of Zstandard that are its own, not its fast mode.
const LEVELS: RangeInclusive<i32> = 1..=22;

/// What a file system is to be like.
#[derive(Clone, Debug)]
pub struct Options {
    /// How contents are compressed, if they are.
    pub compression: Option<Compression>,
    /// The file system's own number, as written (RFC 9562's byte order).
    pub uuid: [u8; 16],
    /// Volume name, at most 15 bytes; may be empty.
    pub label: String,
    /// When it is said to be made, in seconds since 1970. Nodes modified just then take half the
    /// room for their metadata.
    pub time: i64,
    /// How many threads compress; the bytes do not depend on it.
    pub threads: NonZeroUsize,
}

/// How contents are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    /// The method.
    pub algorithm: Algorithm,
    /// Most bytes of a compressed piece: a power of two from 4 KiB to 1 MiB. Larger ones make
    /// the file system smaller, and random reads slower.
    pub cluster_bytes: u32,
    /// Whether the last piece of a file stands beside its inode if it is short, which makes many
    /// small files smaller. Linux reads it since 5.17.
    pub pack_tails: bool,
}

/// A compression method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// LZ4, which every Linux with EROFS reads.
    Lz4,
    /// Zstandard, which Linux reads since 6.10.
    Zstd {
        /// From 1 (fast) to 22 (small).
        level: i32,
    },
}

impl Options {
    /// Nothing that the format cannot hold.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.label.len() > MAX_LABEL {
            return Err(Error::LabelTooLong {
                label: self.label.clone(),
                len: self.label.len(),
                most: MAX_LABEL,
            });
        }
        if self.label.contains('\0') {
            return Err(Error::BadLabel { label: self.label.clone() });
        }
        self.compression.map_or(Ok(()), |compression| compression.check())
    }
}

impl Compression {
    fn check(&self) -> Result<(), Error> {
        let (bytes, least) = (self.cluster_bytes, BLOCK_BYTES as u32);
        if !bytes.is_power_of_two() || !(least..=MAX_CLUSTER).contains(&bytes) {
            return Err(Error::BadCluster { bytes, least, most: MAX_CLUSTER });
        }
        match self.algorithm {
            Algorithm::Zstd { level } if !LEVELS.contains(&level) => {
                Err(Error::BadLevel { level, least: *LEVELS.start(), most: *LEVELS.end() })
            }
            _ => Ok(()),
        }
    }

    /// log2 of the bytes that Zstandard may look back, which is what a reader sets aside.
    pub(crate) fn window_bits(&self) -> u32 {
        (self.cluster_bytes * WINDOW_CLUSTERS).ilog2().min(MAX_WINDOW_BITS)
    }
}
