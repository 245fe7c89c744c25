//! ELF files: what they are for, and what they need to start.

use bringup_spec::{Class, ElfIdentity, Endian, Platform};
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endianness, FileKind};

use crate::Error;
use crate::bytes::{Reader, has};

mod program;

pub use program::{Program, Segment, program};

const WHAT: &str = "ELF";

/// The part of an ELF file that decides whether it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf {
    /// Machine, address width and byte order.
    pub identity: ElfIdentity,
    /// `e_type`: 1 relocatable, 2 executable, 3 shared or position-independent.
    pub kind: u16,
    /// `PT_INTERP`: the dynamic linker. None in a static program or a library.
    pub interpreter: Option<String>,
    /// `DT_SONAME`: the name a library goes by.
    pub soname: Option<String>,
    /// `DT_NEEDED`: libraries it needs, in its own order.
    pub needed: Vec<String>,
    /// `DT_RUNPATH`, or else `DT_RPATH`: folders searched for them first, with `$ORIGIN` as written.
    pub library_paths: Vec<String>,
}

impl Elf {
    /// Whether the platform's processor runs it.
    ///
    /// The header does not name the kernel: [`interpreter`](Self::interpreter) does.
    ///
    /// # Errors
    /// The identities differ.
    pub fn check(&self, platform: &Platform) -> Result<(), Error> {
        if self.identity == platform.elf {
            return Ok(());
        }
        Err(Error::WrongPlatform {
            what: WHAT,
            found: describe(self.identity),
            platform: platform.name,
            needed: describe(platform.elf),
        })
    }
}

/// Whether the magic number is there, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 0, &elf::ELFMAG)
}

/// Reads the headers and the dynamic section; sections are not looked at, as no loader does.
///
/// # Errors
/// It is no ELF file, or a table of it lies outside of it.
pub fn parse(bytes: &[u8]) -> Result<Elf, Error> {
    Reader::new(WHAT, bytes).magic(0, &elf::ELFMAG)?;
    match FileKind::parse(bytes).map_err(|source| Error::Elf { table: "header", source })? {
        FileKind::Elf64 => read::<FileHeader64<Endianness>>(bytes, Class::Elf64),
        // FileKind knows no other kind with this magic number.
        _ => read::<FileHeader32<Endianness>>(bytes, Class::Elf32),
    }
}

fn read<H: FileHeader<Endian = Endianness>>(bytes: &[u8], class: Class) -> Result<Elf, Error> {
    let failed = |table| move |source| Error::Elf { table, source };
    let header = H::parse(bytes).map_err(failed("header"))?;
    let order = header.endian().map_err(failed("header"))?;
    let segments = header.program_headers(order, bytes).map_err(failed("program headers"))?;
    let mut found = Elf {
        identity: identity(header, order, class),
        kind: header.e_type(order).0,
        interpreter: None,
        soname: None,
        needed: Vec::new(),
        library_paths: Vec::new(),
    };
    for segment in segments {
        if let Some(path) = segment.interpreter(order, bytes).map_err(failed("interpreter"))? {
            found.interpreter = Some(text("PT_INTERP", segment.p_offset(order).into(), path)?);
        }
        if let Some(entries) = segment.dynamic(order, bytes).map_err(failed("dynamic section"))? {
            read_dynamic::<H>(&mut found, order, segments, bytes, entries)?;
        }
    }
    Ok(found)
}

fn identity<H: FileHeader<Endian = Endianness>>(header: &H, order: Endianness, class: Class) -> ElfIdentity {
    let endian = match order {
        Endianness::Little => Endian::Little,
        Endianness::Big => Endian::Big,
    };
    ElfIdentity { machine: header.e_machine(order).0, class, endian }
}

fn read_dynamic<H: FileHeader<Endian = Endianness>>(
    found: &mut Elf,
    order: Endianness,
    segments: &[H::ProgramHeader],
    bytes: &[u8],
    entries: &[H::Dyn],
) -> Result<(), Error> {
    // The string table is given as an address, and found through the segment that loads it.
    let entries: Vec<(elf::DynamicTag, u64)> = entries
        .iter()
        .map(|entry| (entry.tag(order), entry.val(order)))
        .take_while(|(tag, _)| *tag != elf::DT_NULL)
        .collect();
    let value = |wanted| entries.iter().find(|(tag, _)| *tag == wanted).map(|(_, value)| *value);
    let (Some(address), Some(len)) = (value(elf::DT_STRTAB), value(elf::DT_STRSZ)) else { return Ok(()) };
    let loaded = segments.iter().filter(|segment| segment.p_type(order) == elf::PT_LOAD);
    let strings = loaded
        .filter_map(|segment| segment.data_range(order, bytes, address, len).ok().flatten())
        .next()
        .ok_or(Error::BadField {
            what: WHAT,
            field: "DT_STRTAB",
            value: address,
            rule: "lie in a loaded segment, with all of DT_STRSZ",
        })?;
    let table = Reader::new(WHAT, strings);
    let mut run_path = None;
    for &(tag, offset) in &entries {
        if tag == elf::DT_NEEDED {
            found.needed.push(table.string("DT_NEEDED", offset)?.to_owned());
        } else if tag == elf::DT_SONAME {
            found.soname = Some(table.string("DT_SONAME", offset)?.to_owned());
        } else if tag == elf::DT_RUNPATH {
            run_path = Some(table.string("DT_RUNPATH", offset)?);
        } else if tag == elf::DT_RPATH {
            // glibc ignores it where there is a DT_RUNPATH (ld.so(8)).
            run_path = run_path.or(Some(table.string("DT_RPATH", offset)?));
        }
    }
    let folders = run_path.unwrap_or_default().split(':').filter(|folder| !folder.is_empty());
    found.library_paths = folders.map(str::to_owned).collect();
    Ok(())
}

fn text(field: &'static str, offset: u64, bytes: &[u8]) -> Result<String, Error> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Error::NotText { what: WHAT, field, offset })
}

/// "64-bit little-endian machine 183".
pub(crate) fn describe(identity: ElfIdentity) -> String {
    let bits = match identity.class {
        Class::Elf32 => 32,
        Class::Elf64 => 64,
    };
    let order = match identity.endian {
        Endian::Little => "little",
        Endian::Big => "big",
    };
    format!("{bits}-bit {order}-endian machine {}", identity.machine)
}

#[cfg(test)]
pub(crate) mod tests;
