//! What a chip's boot ROM looks for.

use crate::Bytes;

/// A system on chip, as far as booting from a disk is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Soc {
    /// The vendor's name for it: `Allwinner A64`.
    pub name: &'static str,
    /// Where and in what form its boot ROM expects the first program.
    pub boot_rom: BootRom,
    /// The document or source tree these facts are from.
    pub source: &'static str,
}

/// The rule of a boot ROM, one variant a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootRom {
    /// An `eGON.BT0` header with a checksum, tried at each slot in order.
    Allwinner {
        /// Byte offsets tried, first one first.
        slots: &'static [Bytes],
        /// The most that the ROM loads.
        max_len: Bytes,
    },
}
