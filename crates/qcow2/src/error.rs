use std::io;

/// Why an image did not become qcow2.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The image is no whole number of sectors.
    #[error(
        "the image has {len} bytes, but a disk is a multiple of 512\n\
         help: pad it to {} bytes",
        len.next_multiple_of(512)
    )]
    Unaligned {
        /// Its size in bytes.
        len: u64,
    },
    /// The image is larger than QEMU opens.
    #[error("the image has {len} bytes, but a qcow2 file with clusters of 64 KiB holds at most {most}")]
    TooLarge {
        /// Its size in bytes.
        len: u64,
        /// The most possible.
        most: u64,
    },
    /// The compressor has no such level.
    #[error("no level {level} of {compression}, which has {least} to {most}")]
    Level {
        /// The compression's name.
        compression: &'static str,
        /// The level asked for.
        level: i32,
        /// The least there is.
        least: i32,
        /// The most there is.
        most: i32,
    },
    /// The image's size cannot be found out.
    #[error("cannot find the end of the image")]
    Size {
        /// Why not.
        source: io::Error,
    },
    /// The image cannot be read.
    #[error("cannot read {len} bytes at {offset:#x} of the image")]
    Read {
        /// Where reading began, in bytes.
        offset: u64,
        /// How many bytes were wanted.
        len: usize,
        /// Why not.
        source: io::Error,
    },
    /// The compressor refuses a cluster.
    #[error("cannot compress the cluster at {offset:#x} of the image")]
    Compress {
        /// Where the cluster is, in bytes.
        offset: u64,
        /// Why not.
        source: io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write the qcow2 file")]
    Write {
        /// Why not.
        source: io::Error,
    },
}
