//! The headers of a UEFI program (Microsoft, PE Format: "MS-DOS Stub", "COFF File Header",
//! "Optional Header", "Section Table"), little-endian.

use crate::Error;

/// Bytes of a row of the section table.
pub(crate) const SECTION: usize = 40;
/// `Subsystem` of a UEFI application.
const EFI_APPLICATION: u16 = 10;
/// `Magic` of PE32 and of PE32+.
const PE32: u16 = 0x10b;
const PE32_PLUS: u16 = 0x20b;

/// Where the fields of a program are, and what some of them say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pe<'a> {
    bytes: &'a [u8],
    /// `kernel` or `stub`, for messages.
    what: &'static str,
    /// Of the COFF header.
    coff: usize,
    pub(crate) machine: u16,
    pub(crate) section_alignment: u32,
    pub(crate) file_alignment: u32,
    /// `DataDirectory`'s entries.
    directories: usize,
    /// The section table.
    table: usize,
    sections: usize,
}

/// A row of the section table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section<'a> {
    /// Without its zeros.
    pub(crate) name: &'a [u8],
    pub(crate) virtual_size: u32,
    pub(crate) virtual_address: u32,
    pub(crate) raw_len: u32,
    pub(crate) raw_pointer: u32,
}

impl<'a> Pe<'a> {
    pub(crate) fn parse(what: &'static str, bytes: &'a [u8]) -> Result<Self, Error> {
        let not = |reason| Error::NotPe { what, reason };
        let short = || not("it is cut off within its headers");
        if !bytes.starts_with(b"MZ") {
            return Err(not("it does not begin with `MZ`"));
        }
        let start = u32_at(bytes, 0x3c).ok_or_else(short)? as usize;
        if bytes.get(start..).is_none_or(|rest| !rest.starts_with(b"PE\0\0")) {
            return Err(not("its header is not `PE`"));
        }
        let coff = start + 4;
        let optional = coff + 20;
        let half = |at| u16_at(bytes, at).ok_or_else(short);
        let word = |at| u32_at(bytes, at).ok_or_else(short);
        let magic = half(optional)?;
        let directories = optional
            + match magic {
                PE32 => 96,
                PE32_PLUS => 112,
                _ => return Err(not("its optional header is neither PE32 nor PE32+")),
            };
        if half(optional + SUBSYSTEM)? != EFI_APPLICATION {
            return Err(not("it is for another subsystem than UEFI applications"));
        }
        let (section_alignment, file_alignment) = (word(optional + 32)?, word(optional + 36)?);
        if !section_alignment.is_power_of_two() || !file_alignment.is_power_of_two() {
            return Err(not("its alignments are no powers of two"));
        }
        let (sections, table) =
            (usize::from(half(coff + 2)?), optional + usize::from(half(coff + SIZE_OF_OPTIONAL)?));
        if bytes.len() < table + sections * SECTION {
            return Err(short());
        }
        let machine = half(coff)?;
        let found = Self {
            bytes,
            what,
            coff,
            machine,
            section_alignment,
            file_alignment,
            directories,
            table,
            sections,
        };
        let mut ends = found.sections().map(|each| u64::from(each.raw_pointer) + u64::from(each.raw_len));
        if ends.any(|end| end > bytes.len() as u64) {
            return Err(not("it is cut off within a section"));
        }
        Ok(found)
    }

    pub(crate) fn sections(&self) -> impl Iterator<Item = Section<'a>> {
        let rows = &self.bytes[self.table..self.table + self.sections * SECTION];
        rows.chunks_exact(SECTION).map(|row| {
            let word = |at| u32_at(row, at).expect("a row has 40 bytes");
            let len = row[..8].iter().position(|byte| *byte == 0).unwrap_or(8);
            Section {
                name: &row[..len],
                virtual_size: word(8),
                virtual_address: word(12),
                raw_len: word(16),
                raw_pointer: word(20),
            }
        })
    }

    /// `DllCharacteristics`.
    pub(crate) fn dll_characteristics(&self) -> u16 {
        u16_at(self.bytes, self.dll_characteristics_at()).expect("`Subsystem` stands in front of it")
    }

    /// Whether the certificate table (`DataDirectory`'s entry 4) has anything.
    pub(crate) fn is_signed(&self) -> bool {
        let count = u32_at(self.bytes, self.directories - 4).unwrap_or(0);
        count > 4 && u32_at(self.bytes, self.directories + 4 * 8 + 4).is_some_and(|size| size != 0)
    }

    /// How many rows the section table can grow by: up to `SizeOfHeaders` or the first section's
    /// bytes, whichever is first.
    pub(crate) fn room(&self) -> Result<usize, Error> {
        let headers = u32_at(self.bytes, self.optional() + 60);
        let first = self.sections().map(|section| section.raw_pointer).filter(|at| *at != 0).min();
        let end = headers.into_iter().chain(first).min().unwrap_or(0) as usize;
        let used = self.table + self.sections * SECTION;
        let free = self.bytes.get(used..end.max(used));
        if free.is_none_or(|free| free.iter().any(|byte| *byte != 0)) {
            return Err(Error::NotPe { what: self.what, reason: "something follows its section table" });
        }
        Ok(end.saturating_sub(used) / SECTION)
    }

    /// Offset of the first free row of the section table.
    pub(crate) fn next_row(&self) -> usize {
        self.table + self.sections * SECTION
    }

    /// Offset of `NumberOfSections`.
    pub(crate) fn section_count_at(&self) -> usize {
        self.coff + 2
    }

    pub(crate) fn section_count(&self) -> usize {
        self.sections
    }

    /// Offset of `SizeOfInitializedData`.
    pub(crate) fn initialized_at(&self) -> usize {
        self.optional() + 8
    }

    /// Offset of `SizeOfImage`.
    pub(crate) fn image_size_at(&self) -> usize {
        self.optional() + 56
    }

    /// Offset of `CheckSum`.
    pub(crate) fn checksum_at(&self) -> usize {
        self.optional() + 64
    }

    /// Offset of `DllCharacteristics`.
    pub(crate) fn dll_characteristics_at(&self) -> usize {
        self.optional() + SUBSYSTEM + 2
    }

    fn optional(&self) -> usize {
        self.coff + 20
    }
}

/// `Subsystem` within the optional header, the same place in PE32 and PE32+.
const SUBSYSTEM: usize = 68;
/// `SizeOfOptionalHeader` within the COFF header.
const SIZE_OF_OPTIONAL: usize = 16;

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map(|bytes| u16::from_le_bytes(*bytes))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map(|bytes| u32::from_le_bytes(*bytes))
}
