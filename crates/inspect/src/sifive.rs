//! The SPL of SiFive's FU540 and FU740, which has no header at all.
//!
//! The boot ROM copies its GPT partition into the L2 cache and jumps to the first byte (FU540-C000
//! and FU740-C000 Manuals, "Boot Process"; U-Boot, doc/board/sifive/unleashed.rst). Nothing says
//! how long it is or guards it, so all there is to check is that the first word can be executed.

use crate::Error;
use crate::bytes::Reader;

const WHAT: &str = "SiFive SPL";

/// `csrr a0, mhartid`: what U-Boot's SPL in machine mode begins with (arch/riscv/cpu/start.S).
const READ_HART_ID: u32 = 0xF140_2573;

/// What stands where the boot ROM jumps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiFive {
    /// The first word.
    pub first_word: u32,
    /// Whether it is what U-Boot's SPL begins with.
    pub is_u_boot: bool,
}

/// Reads the first instruction.
///
/// # Errors
/// There is none: RISC-V reserves 16 bits of nothing but zeros, and 32 of nothing but ones, as
/// illegal ("Unprivileged Architecture" 20191213, 1.5).
pub fn parse(bytes: &[u8]) -> Result<SiFive, Error> {
    let first_word = Reader::new(WHAT, bytes).u32_le(0)?;
    if first_word as u16 == 0 || first_word == u32::MAX {
        let rule = "be an instruction";
        return Err(Error::BadField { what: WHAT, field: "first word", value: first_word.into(), rule });
    }
    Ok(SiFive { first_word, is_u_boot: first_word == READ_HART_ID })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn fixture() -> Vec<u8> {
        READ_HART_ID.to_le_bytes().to_vec()
    }

    #[test]
    fn it_begins_with_an_instruction() {
        assert_eq!(parse(&fixture()), Ok(SiFive { first_word: READ_HART_ID, is_u_boot: true }));
        assert_eq!(parse(&[0x6f, 0, 0x80, 0]), Ok(SiFive { first_word: 0x0080_006f, is_u_boot: false }));
        for (bytes, value) in [([0, 0, 1, 1], "0x1010000"), ([0xFF; 4], "0xffffffff")] {
            assert_eq!(
                parse(&bytes).unwrap_err().to_string(),
                format!("SiFive SPL: first word is {value}, but it must be an instruction")
            );
        }
    }
}
