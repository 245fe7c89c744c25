//! LZ4 blocks that fill a given room.
//!
//! The block format is LZ4's doc/lz4_Block_format.md: sequences of a token, literals and a match,
//! the last one of literals alone. What is out of the ordinary is the room: a physical cluster
//! takes as much input as fits, so the encoder is told where its output ends, not its input.

use super::{Codec, Filled};

/// log2 of the entries of the table of positions, which with four bytes each stays in a core's
/// first cache.
const TABLE_BITS: u32 = 12;
/// Shortest match (doc/lz4_Block_format.md).
const MIN_MATCH: usize = 4;
/// Farthest match.
const MAX_DISTANCE: usize = 65_535;
/// More than any input has, which is one piece of a file.
const MAX_INPUT: u32 = 1 << 26;
/// "The last match must start at least 12 bytes before the end of block."
const LAST_MATCH: usize = 12;
/// "The last 5 bytes are always literals."
const LAST_LITERALS: usize = 5;
/// What stays free behind every match: a token and eight literals, which with a shortest match
/// make up [`LAST_MATCH`].
const RESERVE: usize = 1 + LAST_MATCH - MIN_MATCH;
/// A length of 15 or more goes on in further bytes.
const LONG: usize = 15;
/// After so many misses (as a power of two) the search takes one more byte a step.
const PATIENCE: u32 = 6;

/// An encoder and what it keeps from one input to the next.
pub(crate) struct Lz4 {
    positions: Box<Positions>,
    /// What is added to positions in the present input, so that those of former inputs are too
    /// far away to be taken for matches.
    base: u32,
}

/// For a hash of five bytes, where they stood last, plus the base.
type Positions = [u32; 1 << TABLE_BITS];

impl Lz4 {
    pub(crate) fn new() -> Self {
        Self { positions: Box::new([0; 1 << TABLE_BITS]), base: MAX_INPUT }
    }
}

/// Enters `now` for the first five of `bytes`; says what was entered for their hash last.
#[inline(always)]
fn enter(positions: &mut Positions, bytes: u64, now: u32) -> u32 {
    // Without the three high bytes, multiplied by a prime near 2^40 times the golden ratio.
    let hash = (bytes << 24).wrapping_mul(889_523_592_379) >> (64 - TABLE_BITS);
    std::mem::replace(&mut positions[hash as usize], now)
}

impl Codec for Lz4 {
    fn begin(&mut self) {
        // Behind everything of the input before, or from the start again when numbers run out.
        match self.base.checked_add(2 * MAX_INPUT) {
            Some(_) => self.base += MAX_INPUT,
            None => *self = Self::new(),
        }
    }

    fn fill(&mut self, input: &[u8], start: usize, room: &mut [u8]) -> Filled {
        let input = &input[start..];
        let base = self.base.wrapping_add(start as u32);
        let positions = &mut *self.positions;
        let mut out = Block { bytes: room, at: 0 };
        let mut anchor = 0;
        let Some(last_start) = input.len().checked_sub(LAST_MATCH).filter(|last| *last > 0) else {
            return out.finish(input, anchor);
        };
        let match_end = input.len() - LAST_LITERALS;
        enter(positions, read8(input, 0), base);
        let mut at = 1;
        loop {
            // Literals beyond what the room takes are of no use.
            let stop = last_start.min(anchor + out.left());
            let Some(mut found) = search(positions, base, &input[..stop + 8], at) else {
                return out.finish(input, anchor);
            };
            while found.at > anchor && found.from > 0 && input[found.at - 1] == input[found.from - 1] {
                found = Match { at: found.at - 1, from: found.from - 1 };
            }
            let Match { at: to, from } = found;
            let literals = to - anchor;
            let Some(most) = out.room_for_match(literals) else {
                return out.finish(input, anchor);
            };
            let len = MIN_MATCH + common(input, to + MIN_MATCH, from + MIN_MATCH, match_end);
            let taken = len.min(most);
            out.sequence(input, anchor, literals, to - from, taken);
            at = to + taken;
            anchor = at;
            if taken < len || at > last_start {
                return out.finish(input, anchor);
            }
            enter(positions, read8(input, at - 2), base.wrapping_add(at as u32 - 2));
        }
    }
}

/// A match: where it is, and where the same bytes stood before.
#[derive(Clone, Copy)]
struct Match {
    at: usize,
    from: usize,
}

/// The first match from `at` on that starts at least eight bytes before the end of `input`.
///
/// On its own so that the loop has all that it needs in registers.
#[inline(never)]
fn search(positions: &mut Positions, base: u32, input: &[u8], mut at: usize) -> Option<Match> {
    let stop = input.len() - 8;
    let mut steps: usize = 1 << PATIENCE;
    while at <= stop {
        let bytes = read8(input, at);
        let before = enter(positions, bytes, base.wrapping_add(at as u32));
        // Too large for positions of another cluster or input, and for those behind this one; the
        // first byte instead is as good as any, and cheaper than a branch nobody can predict.
        let from = before.wrapping_sub(base) as usize;
        let from = std::hint::select_unpredictable(from < at, from, 0);
        if read4(input, from) == bytes as u32 && at - from <= MAX_DISTANCE {
            return Some(Match { at, from });
        }
        at += steps >> PATIENCE;
        steps += 1;
    }
    None
}

#[inline(always)]
fn read8(input: &[u8], at: usize) -> u64 {
    input[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[inline(always)]
fn read4(input: &[u8], at: usize) -> u32 {
    input[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// How many bytes from `a`, which stay below `end`, are those from `b`.
fn common(input: &[u8], a: usize, b: usize, end: usize) -> usize {
    let mut len = 0;
    while a + len + 8 <= end {
        let different = read8(input, a + len) ^ read8(input, b + len);
        if different != 0 {
            return len + (different.trailing_zeros() / 8) as usize;
        }
        len += 8;
    }
    while a + len < end && input[a + len] == input[b + len] {
        len += 1;
    }
    len
}

/// Bytes behind a token that a length takes.
fn extra(len: usize) -> usize {
    if len < LONG { 0 } else { 1 + (len - LONG) / 255 }
}

/// A block as far as it is written.
struct Block<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl Block<'_> {
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The longest match behind so many literals, or none if there is no room for any.
    fn room_for_match(&self, literals: usize) -> Option<usize> {
        let left = self.left().checked_sub(1 + extra(literals) + literals + 2 + RESERVE)?;
        Some(MIN_MATCH + LONG - 1 + 255 * left)
    }

    fn put(&mut self, byte: u8) {
        self.bytes[self.at] = byte;
        self.at += 1;
    }

    fn length(&mut self, len: usize) {
        if len < LONG {
            return;
        }
        let mut rest = len - LONG;
        while rest >= 255 {
            self.put(255);
            rest -= 255;
        }
        self.put(rest as u8);
    }

    fn literals(&mut self, input: &[u8], anchor: usize, len: usize) {
        // Short ones as sixteen bytes at once where there is room; what follows goes over the rest.
        if let Some(from) = input.get(anchor..anchor + 16)
            && len <= 16
            && let Some(to) = self.bytes.get_mut(self.at..self.at + 16)
        {
            to.copy_from_slice(from);
        } else {
            self.bytes[self.at..self.at + len].copy_from_slice(&input[anchor..anchor + len]);
        }
        self.at += len;
    }

    fn sequence(&mut self, input: &[u8], anchor: usize, literals: usize, distance: usize, len: usize) {
        let code = len - MIN_MATCH;
        self.put((literals.min(LONG) << 4 | code.min(LONG)) as u8);
        self.length(literals);
        self.literals(input, anchor, literals);
        self.put(distance as u8);
        self.put((distance >> 8) as u8);
        self.length(code);
    }

    /// The last literals: as many as there are or as fit.
    fn finish(mut self, input: &[u8], anchor: usize) -> Filled {
        let left = self.left() - 1;
        let mut len = left.min(input.len() - anchor);
        while len + extra(len) > left {
            len -= 1;
        }
        self.put((len.min(LONG) << 4) as u8);
        self.length(len);
        self.literals(input, anchor, len);
        Filled { taken: anchor + len, written: self.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_input_in_any_room_is_read_back() {
        let mut encoder = Lz4::new();
        let mut room = vec![0; 600];
        for period in [1, 3, 7, 50, 1000] {
            let input: Vec<u8> = (0..1500_u32).map(|at| (at % period * 37 % 251) as u8).collect();
            for len in (1..80).chain([300, 1500]) {
                for size in [10, 11, 20, 33, 280, 600] {
                    encoder.begin();
                    let filled = encoder.fill(&input[..len], 0, &mut room[..size]);
                    let block = &room[..filled.written];
                    let read = lz4_flex::block::decompress(block, filled.taken).unwrap();
                    assert_eq!(read, input[..filled.taken], "period {period}, {len} in {size}");
                    assert!(filled.taken == len || filled.written + 2 >= size);
                }
            }
        }
    }

    #[test]
    fn nothing_before_the_start_is_referred_to() {
        let mut encoder = Lz4::new();
        let mut room = [0; 400];
        let input = [b"sixteen letters.".repeat(20), b"sixteen letters.".repeat(20)].concat();
        encoder.begin();
        encoder.fill(&input, 0, &mut room);
        let filled = encoder.fill(&input, 320, &mut room);
        let read = lz4_flex::block::decompress(&room[..filled.written], filled.taken).unwrap();
        assert_eq!((read.as_slice(), filled.taken), (&input[320..], 320));
    }
}
