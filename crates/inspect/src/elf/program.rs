//! What a boot loader takes of an ELF file: the segments it loads and where it jumps to.

use std::ops::Range;

use bringup_spec::{Class, ElfIdentity};
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, FileKind};

use super::{WHAT, identity};
use crate::Error;
use crate::bytes::Reader;

/// A program without an operating system below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Machine, address width and byte order.
    pub identity: ElfIdentity,
    /// What is loaded, in the file's order.
    pub segments: Vec<Segment>,
    /// The physical address of the first instruction. `e_entry` is virtual where it lies in a
    /// segment's virtual addresses (GRUB 2.12, grub-core/loader/multiboot_elfxx.c).
    pub entry_address: u64,
}

/// A `PT_LOAD` segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its bytes in the file.
    pub file: Range<u64>,
    /// The physical addresses that it takes, its zeroed part included.
    pub memory: Range<u64>,
}

/// Reads the headers and checks that every loaded segment's bytes are there.
///
/// # Errors
/// It is no ELF file, nothing of it is loaded, a segment lies outside of it, is longer in the file
/// than in memory, or wraps around in memory.
pub fn program(bytes: &[u8]) -> Result<Program, Error> {
    Reader::new(WHAT, bytes).magic(0, &elf::ELFMAG)?;
    match FileKind::parse(bytes).map_err(|source| Error::Elf { table: "header", source })? {
        FileKind::Elf64 => read::<FileHeader64<Endianness>>(bytes, Class::Elf64),
        _ => read::<FileHeader32<Endianness>>(bytes, Class::Elf32),
    }
}

fn read<H: FileHeader<Endian = Endianness>>(bytes: &[u8], class: Class) -> Result<Program, Error> {
    let failed = |table| move |source| Error::Elf { table, source };
    let header = H::parse(bytes).map_err(failed("header"))?;
    let order = header.endian().map_err(failed("header"))?;
    let entry: u64 = header.e_entry(order).into();
    let mut entry_address = entry;
    let mut segments = Vec::new();
    for found in header.program_headers(order, bytes).map_err(failed("program headers"))? {
        if found.p_type(order) != elf::PT_LOAD {
            continue;
        }
        let (offset, file_len) = found.file_range(order);
        let (physical, virtual_start): (u64, u64) =
            (found.p_paddr(order).into(), found.p_vaddr(order).into());
        let len: u64 = found.p_memsz(order).into();
        Reader::new(WHAT, bytes).get(offset, file_len)?;
        let bad = |field, value, rule| Error::BadField { what: WHAT, field, value, rule };
        if file_len > len {
            return Err(bad("p_filesz", file_len, "not be above p_memsz"));
        }
        let end = physical.checked_add(len).ok_or(bad("p_memsz", len, "end in memory"))?;
        if let Some(within) = entry.checked_sub(virtual_start).filter(|within| *within < len) {
            entry_address = physical + within;
        }
        segments.push(Segment { file: offset..offset + file_len, memory: physical..end });
    }
    if segments.is_empty() {
        return Err(Error::Missing { what: WHAT, part: "loaded segment".to_owned() });
    }
    Ok(Program { identity: identity(header, order, class), segments, entry_address })
}
