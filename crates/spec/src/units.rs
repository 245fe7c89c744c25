//! Sizes and disk addresses as types, so that bytes and sectors cannot be mixed up.

use std::fmt;
use std::ops::{Add, Sub};

/// A size or a byte offset, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

/// A logical block address in units of [`SECTOR_BYTES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lba(pub u64);

/// Bytes in a sector of MBR, GPT and the boot ROMs this project knows.
pub const SECTOR_BYTES: u64 = 512;

impl Bytes {
    /// `n` KiB (1,024 bytes each).
    pub const fn kib(n: u64) -> Self {
        Self(n * 1024)
    }

    /// `n` MiB (1,048,576 bytes each).
    pub const fn mib(n: u64) -> Self {
        Self(n * 1024 * 1024)
    }

    /// `n` GiB (1,073,741,824 bytes each).
    pub const fn gib(n: u64) -> Self {
        Self(n * 1024 * 1024 * 1024)
    }

    /// The next multiple of `align` at or above this one; `align` of 0 or 1 changes nothing.
    pub const fn align_up(self, align: Bytes) -> Self {
        if align.0 <= 1 { self } else { Self(self.0.div_ceil(align.0) * align.0) }
    }
}

impl Lba {
    /// The byte offset of this sector's first byte.
    pub const fn offset(self) -> Bytes {
        Bytes(self.0 * SECTOR_BYTES)
    }
}

impl Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Bytes {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

/// The largest binary unit that shows the size in at most one decimal without
/// losing a byte; otherwise the rounded size with the exact bytes behind it.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u64); 4] =
            [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        let Some((unit, size)) = UNITS.into_iter().find(|(_, size)| self.0 >= *size) else {
            return write!(f, "{} B", self.0);
        };
        if self.0.is_multiple_of(size) {
            return write!(f, "{} {unit}", self.0 / size);
        }
        let tenths = self.0 as f64 * 10.0 / size as f64;
        if tenths.fract() == 0.0 {
            return write!(f, "{:.1} {unit}", tenths / 10.0);
        }
        write!(f, "{:.1} {unit} ({} B)", tenths / 10.0, self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_show_in_the_largest_unit_that_fits() {
        for (bytes, shown) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (8192, "8 KiB"),
            (1536, "1.5 KiB"),
            (844_133, "824.3 KiB (844133 B)"),
            (1 << 20, "1 MiB"),
            (3 << 30, "3 GiB"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), shown);
        }
    }

    #[test]
    fn align_up_keeps_multiples() {
        assert_eq!(Bytes(0).align_up(Bytes(512)), Bytes(0));
        assert_eq!(Bytes(1).align_up(Bytes(512)), Bytes(512));
        assert_eq!(Bytes(1024).align_up(Bytes(512)), Bytes(1024));
        assert_eq!(Bytes(7).align_up(Bytes(0)), Bytes(7));
    }
}
