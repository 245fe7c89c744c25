//! Clusters of the image, several at a time: read, looked at, compressed.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::codec::Codec;
use crate::{Compression, Error};

/// Binary logarithm of [`CLUSTER`] (`cluster_bits`): what QEMU takes unless told otherwise.
pub(crate) const CLUSTER_BITS: u32 = 16;

/// Bytes in a cluster of the disk and of the file.
pub(crate) const CLUSTER: usize = 1 << CLUSTER_BITS;

/// Bytes that a thread reads and compresses in one go; divides what one L2 table maps.
pub(crate) const BATCH: usize = 16 * CLUSTER;

/// What becomes of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is zeros, and not in the file.
    Zero,
    /// It is in the file as it is.
    Plain,
    /// It is in the file with so many bytes.
    Compressed(usize),
}

/// Clusters that follow each other.
pub(crate) struct Batch {
    /// The first one's number on the disk.
    pub(crate) first: u64,
    pub(crate) kinds: Vec<Kind>,
    /// What goes into the file, without gaps.
    pub(crate) bytes: Vec<u8>,
}

/// What a thread keeps: its compressor and its buffer.
pub(crate) struct Worker {
    codec: Codec,
    buffer: Vec<u8>,
}

impl Worker {
    pub(crate) fn new(compression: Compression) -> Self {
        Self { codec: compression.codec(), buffer: vec![0; BATCH] }
    }

    /// Makes a batch of `range`, at most [`BATCH`] bytes from a cluster's first one on.
    ///
    /// At the image's end the last cluster is filled up with zeros.
    pub(crate) fn batch(&mut self, image: &File, range: Range<u64>) -> Result<Batch, Error> {
        let len = (range.end - range.start) as usize;
        let full = len.next_multiple_of(CLUSTER);
        let read = |source| Error::Read { offset: range.start, len, source };
        image.read_exact_at(&mut self.buffer[..len], range.start).map_err(read)?;
        self.buffer[len..full].fill(0);
        let first = range.start >> CLUSTER_BITS;
        let mut batch = Batch { first, kinds: Vec::new(), bytes: Vec::with_capacity(full + CLUSTER) };
        let (clusters, _) = self.buffer[..full].as_chunks::<CLUSTER>();
        for (cluster, number) in clusters.iter().zip(first..) {
            let refused = |source: io::Error| Error::Compress { offset: number << CLUSTER_BITS, source };
            batch.kinds.push(match bringup_sparse::is_zero(cluster) {
                true => Kind::Zero,
                false => match self.codec.append(cluster, &mut batch.bytes).map_err(refused)? {
                    Some(len) => Kind::Compressed(len),
                    None => {
                        batch.bytes.extend_from_slice(cluster);
                        Kind::Plain
                    }
                },
            });
        }
        Ok(batch)
    }
}
