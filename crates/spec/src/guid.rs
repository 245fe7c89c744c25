//! Globally unique identifiers.

use std::fmt;

/// A GUID, its bytes in the order of its text (RFC 9562), not in the mixed
/// order that a GPT stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// All zero; marks an unused GPT entry, so nothing may bear it.
    pub const NIL: Self = Self([0; 16]);

    /// From the number that its hexadecimal digits spell.
    pub const fn from_u128(digits: u128) -> Self {
        Self(digits.to_be_bytes())
    }

    /// Its bytes as a GPT stores them: the first three fields are little-endian,
    /// the rest keeps its order (UEFI 2.10, appendix A).
    pub const fn to_gpt_bytes(self) -> [u8; 16] {
        let [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, d2, d3, d4, d5, d6, d7] = self.0;
        [a3, a2, a1, a0, b1, b0, c1, c0, d0, d1, d2, d3, d4, d5, d6, d7]
    }
}

/// Upper case with hyphens, as in the UEFI specification.
impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_three_fields_are_stored_little_endian() {
        let guid = Guid::from_u128(0x00112233_4455_6677_8899_AABBCCDDEEFF);
        assert_eq!(guid.to_string(), "00112233-4455-6677-8899-AABBCCDDEEFF");
        assert_eq!(
            guid.to_gpt_bytes(),
            [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF]
        );
    }
}
