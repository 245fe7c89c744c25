//! One block: LZMA2, by liblzma.

use std::io;

use liblzma::stream::{Action, Filters, LzmaOptions, Status, Stream};

use super::crc64::Crc64;
use super::stream::{put_integer, seal};

/// Block flags: one filter, and both sizes are there (3.1.2).
const FLAGS: u8 = 0x40 | 0x80;

/// ID of the filter LZMA2, and how many bytes its properties have (5.3.1).
const LZMA2: [u8; 2] = [0x21, 1];

/// Binary logarithm of the dictionary's size at each level (liblzma/lzma/lzma_encoder_presets.c).
const DICTIONARY_BITS: [u32; 10] = [18, 20, 21, 22, 22, 23, 23, 24, 25, 26];

/// How many bytes of the image are in a block: thrice the dictionary, as `xz -T` has it.
pub(super) fn block_len(level: u32) -> usize {
    (3 << DICTIONARY_BITS[level as usize]).max(1 << 20)
}

/// A compressed block.
pub(super) struct Block {
    /// Its bytes: header, data, padding, check.
    pub(super) bytes: Vec<u8>,
    /// How many of them the index tells: all but the padding (4.3).
    pub(super) unpadded_len: u64,
    /// How many bytes of the image are in it.
    pub(super) len: u64,
}

/// Makes one block.
pub(super) struct Encoder {
    stream: Stream,
    level: u32,
    data: Vec<u8>,
    check: Crc64,
    len: u64,
}

impl Encoder {
    /// For a level that exists.
    pub(super) fn new(level: u32) -> io::Result<Self> {
        let mut filters = Filters::new();
        filters.lzma2(&LzmaOptions::new_preset(level)?);
        let stream = Stream::new_raw_encoder(&filters)?;
        Ok(Self { stream, level, data: Vec::new(), check: Crc64::new(), len: 0 })
    }

    /// Adds bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.check.update(bytes);
        self.len += bytes.len() as u64;
        let all = self.stream.total_in() + bytes.len() as u64;
        while self.stream.total_in() < all {
            let done = bytes.len() - (all - self.stream.total_in()) as usize;
            self.data.reserve(1 << 16);
            self.stream.process_vec(&bytes[done..], &mut self.data, Action::Run)?;
        }
        Ok(())
    }

    /// The finished block.
    pub(super) fn finish(mut self) -> io::Result<Block> {
        loop {
            self.data.reserve(1 << 16);
            if self.stream.process_vec(&[], &mut self.data, Action::Finish)? == Status::StreamEnd {
                break;
            }
        }
        // The size comes first, in units of 4 bytes less one, the checksum included (3.1.1).
        let mut bytes = vec![0, FLAGS];
        put_integer(&mut bytes, self.data.len() as u64);
        put_integer(&mut bytes, self.len);
        bytes.extend(LZMA2);
        // For a power of two, 2^n, the dictionary's size is 2 n - 24 (5.3.1).
        bytes.push((2 * DICTIONARY_BITS[self.level as usize] - 24) as u8);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes[0] = (bytes.len() / 4) as u8;
        seal(&mut bytes, 0);
        bytes.append(&mut self.data);
        let unpadded_len = bytes.len() as u64 + 8;
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(self.check.value().to_le_bytes());
        bytes.shrink_to_fit();
        Ok(Block { bytes, unpadded_len, len: self.len })
    }
}
