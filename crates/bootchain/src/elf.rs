//! ELF files, by those of their parts that a loader reads first: large libraries are not read whole.
//!
//! Layout: System V ABI (gABI 4.1), chapters 4 and 5.

use bringup_inspect::elf::Elf;
use bringup_spec::{Class, ElfIdentity, Endian};

use crate::Error;
use crate::volume::Extents;

const WHAT: &str = "ELF";

// Segment types and dynamic tags, gABI figures 5-2 and 5-10.
const PT_LOAD: u64 = 1;
const PT_DYNAMIC: u64 = 2;
const PT_INTERP: u64 = 3;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_SONAME: u64 = 14;
const DT_RPATH: u64 = 15;
const DT_RUNPATH: u64 = 29;

/// The most entries of a dynamic section; the longest of Debian's has some 400.
const DYNAMIC_MAX: u64 = 1 << 14;

/// Reads parts of a file.
pub(crate) trait Source {
    /// Fills `into` from `offset` on.
    fn fill(&self, offset: u64, into: &mut [u8]) -> Result<(), Error>;
    /// How long it is.
    fn total(&self) -> u64;
}

impl Source for Extents<'_> {
    fn fill(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        self.read_into(offset, into)
    }

    fn total(&self) -> u64 {
        self.len()
    }
}

impl Source for [u8] {
    fn fill(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let len = into.len() as u64;
        let outside = Error::Outside { within: "the file", offset, len, end: self.len() as u64 };
        let end = offset.checked_add(len).filter(|end| *end <= self.len() as u64).ok_or(outside)?;
        into.copy_from_slice(&self[offset as usize..end as usize]);
        Ok(())
    }

    fn total(&self) -> u64 {
        self.len() as u64
    }
}

struct Segment {
    kind: u64,
    offset: u64,
    address: u64,
    len: u64,
}

struct Reader<'a, S: ?Sized> {
    from: &'a S,
    wide: bool,
    big: bool,
}

/// What decides whether an ELF file runs; none if it is no ELF file.
///
/// # Errors
/// A table of it leaves the file.
pub(crate) fn read<S: Source + ?Sized>(from: &S) -> Result<Option<Elf>, Error> {
    let mut ident = [0; 20];
    if from.total() < 52 {
        return Ok(None);
    }
    from.fill(0, &mut ident)?;
    if &ident[..4] != b"\x7fELF" {
        return Ok(None);
    }
    let bad = |field, value: u8, rule| Error::BadField { what: WHAT, field, value: value.into(), rule };
    let class = match ident[4] {
        1 => Class::Elf32,
        2 => Class::Elf64,
        other => return Err(bad("EI_CLASS", other, "be 1 or 2")),
    };
    let endian = match ident[5] {
        1 => Endian::Little,
        2 => Endian::Big,
        other => return Err(bad("EI_DATA", other, "be 1 or 2")),
    };
    let reader = Reader { from, wide: class == Class::Elf64, big: endian == Endian::Big };
    let mut elf = Elf {
        identity: ElfIdentity { machine: reader.number(18, 2)? as u16, class, endian },
        kind: reader.number(16, 2)? as u16,
        interpreter: None,
        soname: None,
        needed: Vec::new(),
        library_paths: Vec::new(),
    };
    // Object files, kernel modules among them, have no segments.
    if matches!(elf.kind, 2 | 3) {
        let segments = reader.segments()?;
        for segment in &segments {
            match segment.kind {
                PT_INTERP => {
                    let text = reader.string("PT_INTERP", segment.offset, segment.len)?;
                    elf.interpreter = Some(text);
                }
                PT_DYNAMIC => reader.dynamic(segment, &segments, &mut elf)?,
                _ => {}
            }
        }
    }
    Ok(Some(elf))
}

impl<S: Source + ?Sized> Reader<'_, S> {
    fn number(&self, offset: u64, len: usize) -> Result<u64, Error> {
        let mut bytes = [0; 8];
        self.from.fill(offset, &mut bytes[..len])?;
        Ok(self.decode(&bytes[..len]))
    }

    fn decode(&self, bytes: &[u8]) -> u64 {
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if self.big { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) }
    }

    fn segments(&self) -> Result<Vec<Segment>, Error> {
        let (at, entry_len, count) = match self.wide {
            true => (self.number(32, 8)?, self.number(54, 2)?, self.number(56, 2)?),
            false => (self.number(28, 4)?, self.number(42, 2)?, self.number(44, 2)?),
        };
        let least = if self.wide { 56 } else { 32 };
        if count > 0 && entry_len < least {
            return Err(Error::BadField {
                what: WHAT,
                field: "e_phentsize",
                value: entry_len,
                rule: "hold a program header",
            });
        }
        let mut bytes = vec![0; (count * entry_len) as usize];
        self.from.fill(at, &mut bytes)?;
        let headers = bytes.chunks_exact(entry_len.max(1) as usize);
        Ok(headers
            .map(|header| {
                let word = |at: usize, len: usize| self.decode(&header[at..at + len]);
                match self.wide {
                    true => Segment {
                        kind: word(0, 4),
                        offset: word(8, 8),
                        address: word(16, 8),
                        len: word(32, 8),
                    },
                    false => Segment {
                        kind: word(0, 4),
                        offset: word(4, 4),
                        address: word(8, 4),
                        len: word(16, 4),
                    },
                }
            })
            .collect())
    }

    fn dynamic(&self, segment: &Segment, segments: &[Segment], elf: &mut Elf) -> Result<(), Error> {
        let word = if self.wide { 8 } else { 4 };
        let count = segment.len / (2 * word);
        if count > DYNAMIC_MAX {
            return Err(Error::TooMany { what: WHAT, parts: "dynamic entries", limit: DYNAMIC_MAX });
        }
        let mut bytes = vec![0; (count * 2 * word) as usize];
        self.from.fill(segment.offset, &mut bytes)?;
        let pairs = bytes.chunks_exact(2 * word as usize).map(|pair| {
            let (tag, value) = pair.split_at(word as usize);
            (self.decode(tag), self.decode(value))
        });
        let pairs: Vec<(u64, u64)> = pairs.take_while(|(tag, _)| *tag != 0).collect();
        let Some(&(_, address)) = pairs.iter().find(|(tag, _)| *tag == DT_STRTAB) else { return Ok(()) };
        // It is given as an address, and found through the segment that loads it.
        let loads = segments.iter().filter(|segment| segment.kind == PT_LOAD);
        let strings = loads
            .filter_map(|load| {
                let inside = address.checked_sub(load.address).filter(|inside| *inside < load.len)?;
                load.offset.checked_add(inside)
            })
            .next();
        let rule = "lie in a loaded segment";
        let strings =
            strings.ok_or(Error::BadField { what: WHAT, field: "DT_STRTAB", value: address, rule })?;
        let text = |field, at: u64| self.string(field, strings.saturating_add(at), 4096);
        let mut paths = None;
        for &(tag, value) in &pairs {
            match tag {
                DT_NEEDED => elf.needed.push(text("DT_NEEDED", value)?),
                DT_SONAME => elf.soname = Some(text("DT_SONAME", value)?),
                DT_RUNPATH => paths = Some(text("DT_RUNPATH", value)?),
                // glibc ignores it where there is a DT_RUNPATH (ld.so(8)).
                DT_RPATH if paths.is_none() => paths = Some(text("DT_RPATH", value)?),
                _ => {}
            }
        }
        let paths = paths.unwrap_or_default();
        elf.library_paths = paths.split(':').filter(|path| !path.is_empty()).map(str::to_owned).collect();
        Ok(())
    }

    fn string(&self, field: &'static str, offset: u64, limit: u64) -> Result<String, Error> {
        let len = self.from.total().saturating_sub(offset).min(limit).min(4096);
        let mut bytes = vec![0; len as usize];
        self.from.fill(offset, &mut bytes)?;
        let text = bytes.split(|&byte| byte == 0).next().filter(|text| text.len() < bytes.len());
        let text = text.and_then(|text| String::from_utf8(text.to_vec()).ok());
        text.ok_or(Error::BadField {
            what: WHAT,
            field,
            value: offset,
            rule: "be where a string with its NUL is",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::elf_program;

    #[test]
    fn a_program_says_what_it_needs() {
        let bytes = elf_program(183, Some("/lib/ld.so"), &["libc.so.6", "libm.so.6"]);
        let elf = read(&bytes[..]).unwrap().unwrap();
        assert_eq!(elf.identity.machine, 183);
        assert_eq!(elf.interpreter.as_deref(), Some("/lib/ld.so"));
        assert_eq!(elf.needed, ["libc.so.6", "libm.so.6"]);
        // The one that reads whole files says the same.
        assert_eq!(bringup_inspect::elf::parse(&bytes).unwrap(), elf);
    }

    #[test]
    fn anything_else_is_none() {
        assert_eq!(read(&[0; 100][..]).unwrap(), None);
        assert_eq!(read(&b"\x7fELF"[..]).unwrap(), None);
    }

    #[test]
    fn no_truncation_or_flip_panics() {
        let bytes = elf_program(183, Some("/lib/ld.so"), &["libc.so.6"]);
        for len in 0..bytes.len() {
            let _ = read(&bytes[..len]);
            let mut flipped = bytes.clone();
            flipped[len] ^= 0x80;
            let _ = read(&flipped[..]);
        }
    }
}
