//! Zstandard frames that fill a given room.
//!
//! Zstandard is told its input, not its room, so the input that fits is searched for: compressed
//! size grows almost evenly with the input, so the second or third guess is close enough.

use zstd::zstd_safe::{CCtx, CParameter};

use super::{Codec, Filled};
use crate::BLOCK;

/// A cluster with less than this share of it unused is full enough.
const SLACK: usize = 128;
/// Guesses until what fits must do.
const GUESSES: usize = 8;

/// A compressor and what it learnt from the clusters before.
pub(crate) struct Zstd {
    context: CCtx<'static>,
    /// Where a guess goes, larger than the room so that one that is too long says by how much.
    guess: Vec<u8>,
    /// Bytes of input that filled the last room.
    expected: usize,
}

impl Zstd {
    pub(crate) fn new(level: i32, window_bits: u32) -> Self {
        let mut context = CCtx::create();
        for parameter in [CParameter::CompressionLevel(level), CParameter::WindowLog(window_bits)] {
            context.set_parameter(parameter).expect("the options were checked");
        }
        Self { context, guess: Vec::new(), expected: 0 }
    }
}

impl Codec for Zstd {
    fn begin(&mut self) {
        self.expected = 0;
    }

    fn fill(&mut self, input: &[u8], start: usize, room: &mut [u8]) -> Filled {
        let input = &input[start..];
        if self.expected == 0 {
            self.expected = room.len() * 3;
        }
        self.guess.resize(room.len() * 2, 0);
        let slack = (room.len() / SLACK).min(BLOCK / 16);
        let mut best = Filled { taken: 0, written: 0 };
        // The least input known not to fit.
        let mut above = input.len() + 1;
        let mut len = self.expected;
        for _ in 0..GUESSES {
            len = len.clamp(best.taken + 1, above - 1);
            let aim = room.len() - slack / 2;
            // An error means that even twice the room is too small.
            let written = self.context.compress2(&mut self.guess[..], &input[..len]);
            let written = written.unwrap_or(self.guess.len());
            let next = len * aim / written;
            if written <= room.len() {
                room[..written].copy_from_slice(&self.guess[..written]);
                best = Filled { taken: len, written };
                let unused = written.next_multiple_of(BLOCK) - written;
                if len == input.len() || unused <= slack {
                    break;
                }
            } else {
                above = len;
            }
            if above - best.taken <= 1 {
                break;
            }
            len = next;
        }
        if best.taken > 0 {
            self.expected = best.taken;
        }
        best
    }
}
