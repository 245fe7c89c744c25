//! Where a zImage of 32-bit ARM unpacks itself to.

use std::ops::Range;

/// `ZIMAGE_TAG_KRNL_SIZE`: "KLSZ" (Linux, arch/arm/boot/compressed/vmlinux.lds.S, `.table`).
const SIZE_TAG: u32 = 0x5A53_4C4B;

/// The word at 0x34 that says that the next one leads to that table (head.S, `start`).
const TABLE_MAGIC: u32 = 0x4545_4545;

/// The kernel's offset from the start of memory where the table does not give it
/// (Linux, arch/arm/Makefile, `textofs-y`).
const TEXT_OFFSET: u32 = 0x8000;

/// Memory is taken to begin at a multiple of this below the zImage (head.S, `AUTO_ZRELADDR`).
const MEMORY_ALIGN: u64 = 128 << 20;

/// Page tables in front of the kernel: 16 KiB, and a page more with LPAE (head.S).
const PAGE_TABLES: u64 = 0x5000;

/// Stack and code of the unpacking program beside what the table says, rounded up (head.S).
const STACK: u64 = 0x2000;

/// What a zImage says of the kernel in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    /// How long the kernel's code and data are.
    len: u32,
    /// How much memory without contents it has behind them.
    bss: u32,
    text_offset: u32,
    /// What the unpacking program asks for.
    heap: u32,
}

/// What of memory a zImage takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The unpacked kernel, with the page tables in front of it.
    pub(crate) kernel: Range<u64>,
    /// Where the zImage moves itself first, if it would be in its own way.
    pub(crate) moved: Option<Range<u64>>,
}

impl Packed {
    /// Reads the table of a zImage; none before Linux 4.15, which has none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let word = |at: u32| {
            let at = at as usize;
            let word = bytes.get(at..at.checked_add(4)?)?;
            Some(u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        };
        if word(0x34)? != TABLE_MAGIC {
            return None;
        }
        let table = word(0x38)?;
        let field = |index: u32| word(table.checked_add(index * 4)?);
        if field(1)? != SIZE_TAG {
            return None;
        }
        // The first field counts words; the last two are younger than the others.
        let long = field(0)? >= 6;
        let young = |index: u32, old: u32| if long { field(index) } else { Some(old) };
        Some(Self {
            len: word(field(2)?)?,
            bss: field(3)?,
            text_offset: young(4, TEXT_OFFSET)?,
            heap: young(5, 0x1_0000)?,
        })
    }

    /// What it takes when a zImage of `file_len` bytes is started at `at`.
    pub(crate) fn taken(self, at: u64, file_len: u64, ram_start: u64) -> Taken {
        let start = (at - at % MEMORY_ALIGN).max(ram_start).saturating_add(self.text_offset.into());
        let unpacked_end = start.saturating_add(self.len.into());
        let kernel = start.saturating_sub(PAGE_TABLES)..unpacked_end.saturating_add(self.bss.into());
        let own = file_len.saturating_add(u64::from(self.heap) + STACK);
        let in_its_way = unpacked_end > at && kernel.start < at.saturating_add(own);
        let moved = in_its_way.then(|| unpacked_end..unpacked_end.saturating_add(own));
        Taken { kernel, moved }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A zImage of 0x200 bytes whose kernel has this many.
    pub(crate) fn fixture(len: u32) -> Vec<u8> {
        let mut bytes = vec![0; 0x200];
        let words = [
            (0x24, 0x016F_2818),
            (0x2C, 0x200),
            (0x30, 0x0403_0201),
            (0x34, TABLE_MAGIC),
            (0x38, 0x100),
            (0x100, 6),
            (0x104, SIZE_TAG),
            (0x108, 0x1F0),
            (0x10C, 0x1000),
            (0x110, 0x20_8000),
            (0x114, 0x1_0000),
            (0x1F0, len),
        ];
        for (at, word) in words {
            bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(word));
        }
        bytes
    }

    #[test]
    fn the_table_is_read_if_there_is_one() {
        let packed = Packed { len: 0x100_0000, bss: 0x1000, text_offset: 0x20_8000, heap: 0x1_0000 };
        let good = fixture(0x100_0000);
        assert_eq!(Packed::read(&good), Some(packed));
        for (at, value) in [(0x34, 0), (0x39, 9), (0x104, 0), (0x10A, 1)] {
            let mut bytes = good.clone();
            bytes[at] = value;
            assert_eq!(Packed::read(&bytes), None, "{at:#x}");
        }
        let mut old = good;
        old[0x100] = 4;
        assert_eq!(Packed::read(&old), Some(Packed { text_offset: 0x8000, ..packed }));
    }

    #[test]
    fn it_unpacks_to_the_start_of_memory_and_gets_out_of_its_way() {
        let packed = Packed::read(&fixture(0x100_0000)).unwrap();
        let kernel = 0x4020_3000..0x4120_9000;
        let taken = packed.taken(0x4200_0000, 0x200, 0x4000_0000);
        assert_eq!(taken, Taken { kernel: kernel.clone(), moved: None });
        let taken = packed.taken(0x4100_0000, 0x200, 0x4000_0000);
        assert_eq!(taken, Taken { kernel: kernel.clone(), moved: Some(0x4120_8000..0x4121_A200) });
        // In front of it there is room as well.
        assert_eq!(packed.taken(0x4010_0000, 0x200, 0x4000_0000), Taken { kernel, moved: None });
    }
}
