//! What a file system is to be, beside its files.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;

use bringup_spec::Bytes;

use crate::Error;

/// How blocks are compressed. A block that does not get smaller is stored as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// zlib's format. Read by every kernel with squashfs.
    Gzip {
        /// 1 to 9; `mksquashfs` takes 9.
        level: u32,
    },
    /// The smallest, the slowest to read.
    Xz {
        /// 0 to 9, the presets of xz; `mksquashfs` takes 6.
        level: u32,
    },
    /// The fastest to write and to read, the largest.
    Lz4,
    /// Nearly as small as xz, read several times as fast.
    Zstd {
        /// 1 to 22; `mksquashfs` takes 15.
        level: u32,
    },
}

/// What becomes of POSIX access control lists, which squashfs cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acls {
    /// They are an error.
    Refuse,
    /// They are left out, and the owning group keeps no more permissions than its list gave it.
    LeaveOut,
}

/// What a squashfs is to be, beside its files. Equal options and trees give equal bytes, however
/// many threads there are.
#[derive(Clone, Debug)]
pub struct Options {
    /// How blocks are compressed.
    pub compression: Compression,
    /// Bytes of a file that are compressed together: a power of two from 4 KiB to 1 MiB. Larger
    /// ones compress better, and cost more to read a little from.
    pub block_size: Bytes,
    /// Time of the file system itself, in seconds since 1970.
    pub time: i64,
    /// Whether NFS can export it, at eight bytes a file (less when compressed).
    pub exportable: bool,
    /// Whether the ends of files longer than a block go into shared blocks too: smaller, but
    /// reading such an end costs a second block. Files shorter than a block always do.
    pub tail_ends: bool,
    /// What becomes of access control lists.
    pub acls: Acls,
    /// How many threads compress.
    pub threads: NonZeroUsize,
}

impl Options {
    /// What `mksquashfs` takes: blocks of 128 KiB, exportable, no shared ends of longer files.
    pub fn new(compression: Compression, time: i64, threads: NonZeroUsize) -> Self {
        Self {
            compression,
            block_size: Bytes::kib(128),
            time,
            exportable: true,
            tail_ends: false,
            acls: Acls::Refuse,
            threads,
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        // SQUASHFS_FILE_MAX_SIZE is 1 MiB, and a block has at least a page.
        let size = self.block_size;
        let (least, most) = (Bytes::kib(4), Bytes::mib(1));
        if !size.0.is_power_of_two() || !(least..=most).contains(&size) {
            return Err(Error::BlockSize { size, least, most });
        }
        let level = |level: u32, possible: RangeInclusive<u32>| {
            within("level", i64::from(level), i64::from(*possible.start()), i64::from(*possible.end()))
        };
        match self.compression {
            Compression::Gzip { level: given } => level(given, 1..=9)?,
            Compression::Xz { level: given } => level(given, 0..=9)?,
            Compression::Zstd { level: given } => level(given, 1..=22)?,
            Compression::Lz4 => {}
        }
        within("time", self.time, 0, i64::from(u32::MAX))
    }
}

fn within(option: &'static str, value: i64, least: i64, most: i64) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::BadOption { option, value, least, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options::new(Compression::Zstd { level: 15 }, 0, NonZeroUsize::MIN)
    }

    #[test]
    fn blocks_have_4_kib_to_1_mib_and_a_power_of_two() {
        for good in [4096, 131_072, 1_048_576] {
            assert!(Options { block_size: Bytes(good), ..options() }.check().is_ok());
        }
        for (bad, text) in [(2048, "2 KiB"), (12_288, "12 KiB"), (2_097_152, "2 MiB")] {
            let error = Options { block_size: Bytes(bad), ..options() }.check().unwrap_err();
            let expected = format!("blocks of {text}: a power of two from 4 KiB to 1 MiB is possible");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn levels_are_the_compressors_own() {
        for (compression, text) in [
            (Compression::Gzip { level: 0 }, "level is 0, but 1 to 9 are possible"),
            (Compression::Xz { level: 10 }, "level is 10, but 0 to 9 are possible"),
            (Compression::Zstd { level: 23 }, "level is 23, but 1 to 22 are possible"),
        ] {
            assert_eq!(Options { compression, ..options() }.check().unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn the_time_has_32_bits() {
        assert!(Options { time: 4_294_967_295, ..options() }.check().is_ok());
        for time in [-1, 4_294_967_296] {
            let error = Options { time, ..options() }.check().unwrap_err().to_string();
            assert_eq!(error, format!("time is {time}, but 0 to 4294967295 are possible"));
        }
    }
}
