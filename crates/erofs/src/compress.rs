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

#[cfg(test)]
mod tests {
    use super::*;

    const ALGORITHMS: [Algorithm; 2] = [Algorithm::Lz4, Algorithm::Zstd { level: 3 }];

    fn compressor(algorithm: Algorithm, cluster_bytes: u32) -> Compressor {
        Compressor::new(&Compression { algorithm, cluster_bytes, pack_tails: true })
    }

    /// Text, then what does not compress, then zeros, so many bytes each.
    fn mixed(len: usize) -> Vec<u8> {
        let text = (0..).flat_map(|number: u32| format!("{number} {}\n", number * number).into_bytes());
        let mut state = 1_u64;
        let noise = std::iter::repeat_with(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        });
        text.take(len).chain(noise.take(len)).chain(std::iter::repeat_n(0, len)).collect()
    }

    /// What others' decoders make of it.
    fn unpack(algorithm: Algorithm, extents: &[Extent], blocks: &[u8], tail: &[u8]) -> Vec<u8> {
        let (mut all, mut rest) = (Vec::new(), blocks);
        for extent in extents {
            let (cluster, later) = rest.split_at(usize::from(extent.blocks) * BLOCK);
            rest = later;
            let cluster = if extent.blocks == 0 { tail } else { cluster };
            let len = extent.len as usize;
            let zeros = cluster.iter().take_while(|byte| **byte == 0).count();
            match algorithm {
                _ if extent.raw => all.extend_from_slice(&cluster[..len]),
                Algorithm::Lz4 => {
                    all.extend(lz4_flex::block::decompress(&cluster[zeros..], len).unwrap());
                }
                Algorithm::Zstd { .. } => {
                    all.extend(::zstd::bulk::decompress(&cluster[zeros..], len).unwrap());
                }
            }
        }
        assert!(rest.is_empty());
        all
    }

    #[test]
    fn others_decoders_read_clusters_of_every_size() {
        for algorithm in ALGORITHMS {
            for cluster in [4096, 65_536] {
                let mut compressor = compressor(algorithm, cluster);
                for len in [1, 40, 4096, 5000, 150_000] {
                    for room in [0, 100, 3000] {
                        let input = mixed(len);
                        let (mut blocks, mut tail) = (Vec::new(), Vec::new());
                        let extents = compressor.pack(&input, &mut blocks, &mut tail, room);
                        assert!(unpack(algorithm, &extents, &blocks, &tail) == input);
                        assert!(tail.len() <= room);
                        for (index, extent) in extents.iter().enumerate() {
                            let bytes = usize::from(extent.blocks) * BLOCK;
                            let (len, last) = (extent.len as usize, index + 1 == extents.len());
                            // No two extents start in one block, and compression gains a block.
                            assert!(last || len >= BLOCK, "{extent:?}");
                            assert!(if extent.raw { last || len == bytes } else { len > bytes });
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn clusters_are_full() {
        let text = &mixed(400_000)[..400_000];
        for (algorithm, slack) in [(Algorithm::Lz4, 1), (Algorithm::Zstd { level: 3 }, 64)] {
            let mut blocks = Vec::new();
            let extents = compressor(algorithm, 4096).pack(text, &mut blocks, &mut Vec::new(), 0);
            let (_, full) = extents.split_last().unwrap();
            assert!(full.len() > 10 && full.iter().all(|extent| !extent.raw));
            let used = blocks.chunks(BLOCK).filter(|block| block[..=slack].iter().any(|byte| *byte != 0));
            assert!(used.count() * 10 >= full.len() * 9, "{algorithm:?}");
        }
    }

    #[test]
    fn what_does_not_compress_stays_as_it_is() {
        let noise = &mixed(100_000)[100_000..200_000];
        for algorithm in ALGORITHMS {
            let (mut blocks, mut tail) = (Vec::new(), Vec::new());
            let extents = compressor(algorithm, 65_536).pack(noise, &mut blocks, &mut tail, 0);
            assert!(extents.iter().all(|extent| extent.raw && extent.blocks == 1));
            assert!(blocks[..noise.len()] == *noise);
        }
    }

    #[test]
    fn what_was_compressed_before_does_not_show() {
        let (one, other) = (mixed(20_000), mixed(30_000));
        for algorithm in ALGORITHMS {
            let pack = |compressor: &mut Compressor, input: &[u8]| {
                let mut blocks = Vec::new();
                compressor.pack(input, &mut blocks, &mut Vec::new(), 0);
                blocks
            };
            let mut used = compressor(algorithm, 4096);
            // More than the encoder has numbers for.
            for _ in 0..70 {
                pack(&mut used, &one);
            }
            assert!(pack(&mut used, &other) == pack(&mut compressor(algorithm, 4096), &other));
        }
    }
}
