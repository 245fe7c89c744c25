//! The decoder of LZMA streams as GRUB's core image has them: no header, 3 literal context bits, no
//! literal position bits, 2 position bits, all output kept (GRUB 2.12,
//! grub-core/boot/i386/pc/lzma_decode.S).
//!
//! Format: LZMA SDK 22, DOC/lzma-specification.txt, whose names are used here.

/// Position bits, and the mask that they are of the position.
const POS_STATES: usize = 1 << 2;

/// A probability of one half, of 11 bits.
const HALF: u16 = 1 << 10;

/// States from here on follow a match.
const FIRST_MATCH_STATE: usize = 7;

/// The shortest match.
const MIN_MATCH: usize = 2;

/// The first `len` bytes of a stream; nothing if it breaks the format's rules or ends before.
pub(super) fn decode(stream: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut decoder = Decoder::new(stream)?;
    while decoder.out.len() < len {
        decoder.step(len)?;
    }
    Some(decoder.out)
}

/// A tree of probabilities for numbers of some bits, the highest first.
type Tree<const N: usize> = [u16; N];

struct Range<'a> {
    bytes: std::slice::Iter<'a, u8>,
    range: u32,
    code: u32,
}

impl Range<'_> {
    fn normalize(&mut self) -> Option<()> {
        if self.range < 1 << 24 {
            self.range <<= 8;
            self.code = self.code << 8 | u32::from(*self.bytes.next()?);
        }
        Some(())
    }

    fn bit(&mut self, probability: &mut u16) -> Option<bool> {
        self.normalize()?;
        let bound = (self.range >> 11) * u32::from(*probability);
        let is_set = self.code >= bound;
        if is_set {
            self.range -= bound;
            self.code -= bound;
            *probability -= *probability >> 5;
        } else {
            self.range = bound;
            *probability += ((1 << 11) - *probability) >> 5;
        }
        Some(is_set)
    }

    /// Bits of equal chances.
    fn direct(&mut self, bits: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..bits {
            self.normalize()?;
            self.range >>= 1;
            let is_set = self.code >= self.range;
            if is_set {
                self.code -= self.range;
            }
            value = value << 1 | u32::from(is_set);
        }
        Some(value)
    }

    fn tree(&mut self, tree: &mut [u16], bits: u32) -> Option<usize> {
        let mut at = 1;
        for _ in 0..bits {
            at = at << 1 | usize::from(self.bit(&mut tree[at])?);
        }
        Some(at - (1 << bits))
    }

    /// The lowest bit first.
    fn reverse_tree(&mut self, tree: &mut [u16], bits: u32) -> Option<u32> {
        let (mut at, mut value) = (1, 0);
        for index in 0..bits {
            let is_set = self.bit(&mut tree[at])?;
            at = at << 1 | usize::from(is_set);
            value |= u32::from(is_set) << index;
        }
        Some(value)
    }
}

struct Lengths {
    choice: [u16; 2],
    low: [Tree<8>; POS_STATES],
    mid: [Tree<8>; POS_STATES],
    high: Tree<256>,
}

impl Lengths {
    fn new() -> Self {
        Self { choice: [HALF; 2], low: [[HALF; 8]; 4], mid: [[HALF; 8]; 4], high: [HALF; 256] }
    }

    fn decode(&mut self, range: &mut Range<'_>, pos_state: usize) -> Option<usize> {
        if !range.bit(&mut self.choice[0])? {
            return range.tree(&mut self.low[pos_state], 3);
        }
        if !range.bit(&mut self.choice[1])? {
            return range.tree(&mut self.mid[pos_state], 3).map(|len| 8 + len);
        }
        range.tree(&mut self.high, 8).map(|len| 16 + len)
    }
}

struct Decoder<'a> {
    range: Range<'a>,
    out: Vec<u8>,
    state: usize,
    /// The last four distances, less one, the latest first.
    reps: [usize; 4],
    literals: [Tree<0x300>; 8],
    is_match: [[u16; POS_STATES]; 12],
    is_rep: [u16; 12],
    is_rep_g: [[u16; 12]; 3],
    is_rep0_long: [[u16; POS_STATES]; 12],
    match_lengths: Lengths,
    rep_lengths: Lengths,
    slots: [Tree<64>; 4],
    /// Trees of up to 5 bits behind one another, which begin where the specification says.
    positions: [u16; 128],
    align: Tree<16>,
}

impl<'a> Decoder<'a> {
    fn new(stream: &'a [u8]) -> Option<Self> {
        let (&[0, a, b, c, d], rest) = stream.split_first_chunk::<5>()? else { return None };
        Some(Self {
            range: Range { bytes: rest.iter(), range: u32::MAX, code: u32::from_be_bytes([a, b, c, d]) },
            out: Vec::new(),
            state: 0,
            reps: [0; 4],
            literals: [[HALF; 0x300]; 8],
            is_match: [[HALF; POS_STATES]; 12],
            is_rep: [HALF; 12],
            is_rep_g: [[HALF; 12]; 3],
            is_rep0_long: [[HALF; POS_STATES]; 12],
            match_lengths: Lengths::new(),
            rep_lengths: Lengths::new(),
            slots: [[HALF; 64]; 4],
            positions: [HALF; 128],
            align: [HALF; 16],
        })
    }

    /// One literal or one match; output ends at `limit`.
    fn step(&mut self, limit: usize) -> Option<()> {
        let (state, pos_state) = (self.state, self.out.len() % POS_STATES);
        if !self.range.bit(&mut self.is_match[state][pos_state])? {
            return self.literal();
        }
        let kind = |lit: usize, other: usize| if state < FIRST_MATCH_STATE { lit } else { other };
        let len = if !self.range.bit(&mut self.is_rep[state])? {
            let len = self.match_lengths.decode(&mut self.range, pos_state)?;
            self.state = kind(7, 10);
            let distance = self.distance(len)?;
            self.reps = [distance, self.reps[0], self.reps[1], self.reps[2]];
            len + MIN_MATCH
        } else if self.repeated(pos_state)? {
            self.state = kind(9, 11);
            1
        } else {
            let len = self.rep_lengths.decode(&mut self.range, pos_state)?;
            self.state = kind(8, 11);
            len + MIN_MATCH
        };
        for _ in 0..len.min(limit - self.out.len()) {
            let byte = self.back()?;
            self.out.push(byte);
        }
        Some(())
    }

    /// The byte at the latest distance.
    fn back(&self) -> Option<u8> {
        let at = self.out.len().checked_sub(self.reps[0] + 1)?;
        self.out.get(at).copied()
    }

    fn literal(&mut self) -> Option<()> {
        let context = usize::from(self.out.last().copied().unwrap_or_default() >> 5);
        let mut expected =
            if self.state < FIRST_MATCH_STATE { None } else { Some(usize::from(self.back()?)) };
        let mut symbol = 1;
        while symbol < 0x100 {
            // While it goes as the byte at the latest distance, that byte's bits choose the tree.
            let (next, tree) = match expected {
                Some(byte) => (Some(byte >> 7 & 1), (1 + (byte >> 7 & 1)) << 8),
                None => (None, 0),
            };
            let bit = usize::from(self.range.bit(&mut self.literals[context][tree + symbol])?);
            symbol = symbol << 1 | bit;
            expected = expected.filter(|_| next == Some(bit)).map(|byte| byte << 1);
        }
        self.out.push(symbol as u8);
        self.state = match self.state {
            0..4 => 0,
            4..10 => self.state - 3,
            _ => self.state - 6,
        };
        Some(())
    }

    /// Makes one of the last distances the latest; whether it is for a single byte.
    fn repeated(&mut self, pos_state: usize) -> Option<bool> {
        let state = self.state;
        if !self.range.bit(&mut self.is_rep_g[0][state])? {
            return self.range.bit(&mut self.is_rep0_long[state][pos_state]).map(|is_long| !is_long);
        }
        let which = if !self.range.bit(&mut self.is_rep_g[1][state])? {
            1
        } else {
            2 + usize::from(self.range.bit(&mut self.is_rep_g[2][state])?)
        };
        self.reps[..=which].rotate_right(1);
        Some(false)
    }

    fn distance(&mut self, len: usize) -> Option<usize> {
        let slot = self.range.tree(&mut self.slots[len.min(3)], 6)?;
        if slot < 4 {
            return Some(slot);
        }
        let bits = (slot >> 1) as u32 - 1;
        let base = (2 | slot as u64 & 1) << bits;
        let rest = if slot < 14 {
            let tree = self.positions.get_mut(base as usize - slot..)?;
            self.range.reverse_tree(tree, bits)?.into()
        } else {
            let high = u64::from(self.range.direct(bits - 4)?) << 4;
            high + u64::from(self.range.reverse_tree(&mut self.align, 4)?)
        };
        // All ones are the mark of the stream's end, which must not come here.
        u32::try_from(base + rest)
            .ok()
            .filter(|&distance| distance != u32::MAX)
            .map(|distance| distance as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grub::payload::tests::compress;

    /// Text with every kind of match: near, far, repeated at one, two and three distances.
    fn text() -> Vec<u8> {
        let mut state = 1_u32;
        let mut bytes = Vec::new();
        while bytes.len() < 40_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let from = (state >> 8) as usize % (bytes.len() + 1);
            let len = (state >> 3) as usize % 300;
            match state >> 30 {
                0 => bytes.extend(state.to_le_bytes()),
                1 => bytes.extend(std::iter::repeat_n(state as u8, len)),
                _ => bytes.extend_from_within(from..(from + len).min(bytes.len())),
            }
        }
        bytes
    }

    #[test]
    fn a_stream_of_another_encoder_gives_its_bytes() {
        for bytes in [text(), b"a".to_vec(), vec![7; 5000]] {
            assert!(decode(&compress(&bytes), bytes.len()) == Some(bytes));
        }
    }

    #[test]
    fn a_cut_or_broken_stream_gives_nothing() {
        let bytes = text();
        let stream = compress(&bytes);
        assert_eq!(decode(&stream[..stream.len() / 2], bytes.len()), None);
        assert_eq!(decode(&stream[..4], 1), None);
        // Behind what was put in, there is only the end mark.
        assert_eq!(decode(&stream, bytes.len() + 1), None);
        // A match before there is anything.
        assert_eq!(decode(&[0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0], 10), None);
    }
}
