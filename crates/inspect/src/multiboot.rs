//! Multiboot 1, by which GRUB starts GNU Mach.
//!
//! Layout: Multiboot Specification 0.6.96, 3.1 "OS image format". All numbers
//! are little-endian. The kernel must not be compressed any more.

use std::ops::Range;

use bringup_spec::Class;

use crate::Error;
use crate::bytes::Reader;
use crate::elf;

const WHAT: &str = "Multiboot kernel";

/// 0x1BADB002.
const MAGIC: u32 = 0x1BAD_B002;

/// The header is in the first 8,192 bytes, at a multiple of 4.
const SEARCHED: usize = 8192;

/// `EM_386`.
const MACHINE_386: u16 = 3;

/// Flag bit 16: the header itself says what is loaded where.
const HAS_ADDRESSES: u32 = 1 << 16;

/// Flags 0 to 15 ask for what a boot loader must know: page-aligned modules, memory map, video.
const KNOWN_REQUIREMENTS: u32 = 0b111;

/// A Multiboot kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multiboot {
    /// Where in the file the header is.
    pub offset: u64,
    /// Its flags.
    pub flags: u32,
    /// The memory that it is loaded to, its zeroed part included.
    pub memory: Range<u64>,
    /// Where in memory it begins.
    pub entry_address: u64,
}

/// Whether there is a header with a sound checksum, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    header(bytes).is_some()
}

/// The header's place and its flags.
fn header(bytes: &[u8]) -> Option<(u64, u32)> {
    let searched = bytes.get(..SEARCHED).unwrap_or(bytes);
    let word = |at: usize| Some(u32::from_le_bytes(searched.get(at..at + 4)?.try_into().ok()?));
    let sum = |at| Some(word(at)?.wrapping_add(word(at + 4)?).wrapping_add(word(at + 8)?));
    let at = (0..searched.len()).step_by(4).find(|&at| word(at) == Some(MAGIC) && sum(at) == Some(0))?;
    Some((at as u64, word(at + 4)?))
}

/// Finds and reads the header, and what the file loads.
///
/// # Errors
/// No header with a sound checksum, a requirement that no boot loader knows, addresses that
/// contradict themselves, or, without addresses in the header, no ELF program for 32-bit x86.
pub fn parse(bytes: &[u8]) -> Result<Multiboot, Error> {
    let reader = Reader::new(WHAT, bytes);
    let Some((offset, flags)) = header(bytes) else {
        return Err(Error::Missing { what: WHAT, part: "sound header in its first 8 KiB".to_owned() });
    };
    let unknown = flags & 0xFFFF & !KNOWN_REQUIREMENTS;
    if unknown != 0 {
        return Err(Error::Unsupported { what: WHAT, field: "flags", value: unknown.into() });
    }
    let (memory, entry_address) = match flags & HAS_ADDRESSES {
        0 => segments(bytes)?,
        _ => addresses(reader, offset)?,
    };
    Ok(Multiboot { offset, flags, memory, entry_address })
}

fn addresses(reader: Reader<'_>, header: u64) -> Result<(Range<u64>, u64), Error> {
    let field = |at| reader.u32_le(header + at).map(u64::from);
    let (header_address, load, load_end) = (field(12)?, field(16)?, field(20)?);
    let (bss_end, entry) = (field(24)?, field(28)?);
    let bad = |field, value, rule| Error::BadField { what: WHAT, field, value, rule };
    // Where in the file the loaded part begins.
    let start = header_address.checked_sub(load).and_then(|before| header.checked_sub(before));
    let start = start.ok_or(bad("load_addr", load, "not be above header_addr, nor before the file"))?;
    let end = match load_end {
        // All of the file.
        0 => load + (reader.bytes.len() as u64).saturating_sub(start),
        end => end,
    };
    let len = end.checked_sub(load).ok_or(bad("load_end_addr", end, "not be below load_addr"))?;
    reader.get(start, len)?;
    let memory = load..end.max(bss_end);
    if !memory.contains(&entry) {
        return Err(bad("entry_addr", entry, "lie within what is loaded"));
    }
    Ok((memory, entry))
}

fn segments(bytes: &[u8]) -> Result<(Range<u64>, u64), Error> {
    let program = elf::program(bytes)?;
    let identity = program.identity;
    if (identity.machine, identity.class) != (MACHINE_386, Class::Elf32) {
        let rule = "be 3, for 32-bit x86";
        return Err(Error::BadField { what: WHAT, field: "e_machine", value: identity.machine.into(), rule });
    }
    let start = program.segments.iter().map(|segment| segment.memory.start).min();
    let end = program.segments.iter().map(|segment| segment.memory.end).max();
    // A program has a segment at least.
    let memory = start.unwrap_or_default()..end.unwrap_or_default();
    if !memory.contains(&program.entry_address) {
        let (value, rule) = (program.entry_address, "lie within what is loaded");
        return Err(Error::BadField { what: WHAT, field: "e_entry", value, rule });
    }
    Ok((memory, program.entry_address))
}

#[cfg(test)]
pub(crate) mod tests;
