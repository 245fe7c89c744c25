//! The check of a block's bytes.

/// ECMA-182's polynomial, its bits reversed (The .xz File Format, 1.2.1, section 6).
const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;

/// What each byte does to the remainder.
const TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut remainder = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            let carry = remainder & 1;
            remainder >>= 1;
            if carry == 1 {
                remainder ^= POLYNOMIAL;
            }
            bit += 1;
        }
        table[byte] = remainder;
        byte += 1;
    }
    table
};

/// CRC64 of the bytes so far.
pub(super) struct Crc64(u64);

impl Crc64 {
    pub(super) fn new() -> Self {
        Self(!0)
    }

    /// A byte at a time: LZMA takes a hundred times as long.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |crc, &byte| TABLE[usize::from(crc as u8 ^ byte)] ^ crc >> 8);
    }

    pub(super) fn value(&self) -> u64 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-64/XZ in the catalogue of parametrised CRC algorithms.
    #[test]
    fn the_check_value_is_right() {
        let mut crc = Crc64::new();
        crc.update(b"12345");
        crc.update(b"6789");
        assert_eq!(crc.value(), 0x995D_C9BB_DF19_39FA);
    }
}
