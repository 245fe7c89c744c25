//! Contents cut into physical clusters.
//!
//! A cluster is one to many blocks of the disk that hold one piece of a file: compressed, with
//! zeros in front of it (`EROFS_FEATURE_INCOMPAT_ZERO_PADDING`), or one block as it is. How much
//! of the file goes into a cluster is not fixed; what a cluster of the full size can take does.

mod lz4;
mod zstd;

use crate::{Algorithm, BLOCK, Compression};

/// A piece of a file and what it takes on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Bytes of the file, at least one.
    pub(crate) len: u32,
    /// Blocks of the disk; none if it stands behind the inode's index.
    pub(crate) blocks: u16,
    /// Whether it is not compressed.
    pub(crate) raw: bool,
}

/// How much a cluster took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    /// Bytes of the input.
    pub(crate) taken: usize,
    /// Bytes of the room.
    pub(crate) written: usize,
}

/// A compression method that fills a room.
trait Codec {
    /// A new input.
    fn begin(&mut self);

    /// Compresses the input's bytes from `start` on, as many as fit into `room`.
    ///
    /// Nothing of the input before `start` may be referred to. If nothing fits, nothing is taken.
    fn fill(&mut self, input: &[u8], start: usize, room: &mut [u8]) -> Filled;
}

/// What compresses on one thread.
pub(crate) struct Compressor {
    codec: Box<dyn Codec>,
    room: Vec<u8>,
}

impl Compressor {
    pub(crate) fn new(compression: &Compression) -> Self {
        let codec: Box<dyn Codec> = match compression.algorithm {
            Algorithm::Lz4 => Box::new(lz4::Lz4::new()),
            Algorithm::Zstd { level } => Box::new(zstd::Zstd::new(level, compression.window_bits())),
        };
        Self { codec, room: vec![0; compression.cluster_bytes as usize] }
    }

    /// Appends the clusters of `input` to `blocks` and says what is in them.
    ///
    /// If what is left at the end takes at most `tail_room` bytes, fewer than a block, it goes to
    /// `tail` instead, compressed or not.
    pub(crate) fn pack(
        &mut self,
        input: &[u8],
        blocks: &mut Vec<u8>,
        tail: &mut Vec<u8>,
        tail_room: usize,
    ) -> Vec<Extent> {
        let mut extents = Vec::new();
        self.codec.begin();
        let mut at = 0;
        while at < input.len() {
            let rest = &input[at..];
            if rest.len() <= BLOCK && tail_room == 0 {
                extents.push(raw(rest, blocks));
                break;
            }
            let mut filled = self.codec.fill(input, at, &mut self.room);
            if tail_room > 0 && filled.taken == rest.len() {
                if filled.written <= tail_room.min(rest.len() - 1) {
                    tail.extend_from_slice(&self.room[..filled.written]);
                    extents.push(Extent { len: rest.len() as u32, blocks: 0, raw: false });
                    break;
                }
                // Full blocks first, so that less than one is left for the tail.
                let full = filled.written / BLOCK * BLOCK;
                if full > 0 && full < filled.written {
                    filled = self.codec.fill(input, at, &mut self.room[..full]);
                }
            }
            if rest.len() <= tail_room {
                tail.extend_from_slice(rest);
                extents.push(Extent { len: rest.len() as u32, blocks: 0, raw: true });
                break;
            }
            let Filled { taken, written } = filled;
            let used = written.div_ceil(BLOCK);
            if taken > used * BLOCK {
                blocks.resize(blocks.len() + used * BLOCK - written, 0);
                blocks.extend_from_slice(&self.room[..written]);
                extents.push(Extent { len: taken as u32, blocks: used as u16, raw: false });
                at += taken;
                continue;
            }
            // What did not get smaller once will not from its next block on either.
            for block in rest.chunks(BLOCK).take((taken / BLOCK).max(1)) {
                extents.push(raw(block, blocks));
                at += block.len();
            }
        }
        extents
    }
}

fn raw(block: &[u8], blocks: &mut Vec<u8>) -> Extent {
    blocks.extend_from_slice(block);
    blocks.resize(blocks.len() + BLOCK - block.len(), 0);
    Extent { len: block.len() as u32, blocks: 1, raw: true }
}
