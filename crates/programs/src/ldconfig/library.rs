//! What ldconfig reads of a library: is it one of this machine, and what is it called.

use bringup_tree::Content;

/// What ldconfig must know about an architecture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Machine {
    /// Debian's folder of libraries.
    pub(super) multiarch: &'static str,
    /// The kinds of libraries.
    kinds: &'static [Kind],
}

/// A kind of ELF files: class (1: 32 bits, 2: 64 bits), machine, and the flags of their entries in the
/// cache.
#[derive(Clone, Copy, Debug)]
struct Kind {
    class: u8,
    machine: u16,
    flags: u32,
}

// glibc, sysdeps/generic/ldconfig.h: 3 is `FLAG_ELF_LIBC6`, the second byte is the architecture.
// Machine numbers: System V ABI, `e_machine`.
const I386: Kind = Kind { class: 1, machine: 3, flags: 0x0003 };
const X86_64: Kind = Kind { class: 2, machine: 62, flags: 0x0303 };
const X32: Kind = Kind { class: 1, machine: 62, flags: 0x0803 };
const ARM_HARD: Kind = Kind { class: 1, machine: 40, flags: 0x0903 };
const AARCH64: Kind = Kind { class: 2, machine: 183, flags: 0x0a03 };
const RISCV_DOUBLE: Kind = Kind { class: 2, machine: 243, flags: 0x1003 };

impl Machine {
    /// By Debian's name.
    pub(super) fn of(architecture: &str) -> Option<Self> {
        let (multiarch, kinds): (_, &[Kind]) = match architecture {
            "amd64" => ("x86_64-linux-gnu", &[X86_64, I386, X32]),
            "arm64" => ("aarch64-linux-gnu", &[AARCH64, ARM_HARD]),
            "armhf" => ("arm-linux-gnueabihf", &[ARM_HARD, AARCH64]),
            "i386" => ("i386-linux-gnu", &[I386, X86_64, X32]),
            "riscv64" => ("riscv64-linux-gnu", &[RISCV_DOUBLE]),
            _ => return None,
        };
        Some(Self { multiarch, kinds })
    }
}

/// A shared library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Library {
    /// For its entry in the cache.
    pub(super) flags: u32,
    /// The name that programs ask for, if it has one.
    pub(super) soname: Option<String>,
}

// ELF-64 Object File Format and System V ABI, chapters 4 and 5: places of fields.
struct Layout {
    header: usize,
    segments: usize,
    entry_size: usize,
    entries: usize,
    offset: usize,
    address: usize,
    size: usize,
    word: usize,
    segment: usize,
}
const WIDE: Layout = Layout {
    header: 64,
    segments: 32,
    entry_size: 54,
    entries: 56,
    offset: 8,
    address: 16,
    size: 32,
    word: 8,
    segment: 56,
};
const NARROW: Layout = Layout {
    header: 52,
    segments: 28,
    entry_size: 42,
    entries: 44,
    offset: 4,
    address: 8,
    size: 16,
    word: 4,
    segment: 32,
};

const ET_DYN: u64 = 3;
const PT_LOAD: u64 = 1;
const PT_DYNAMIC: u64 = 2;
const DT_STRTAB: u64 = 5;
const DT_SONAME: u64 = 14;

/// Little-endian, as every machine above.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(len)?)?;
    Some(part.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn read(content: &Content, at: u64, len: u64) -> Option<Vec<u8>> {
    // Program headers and dynamic sections are small; more is a broken file.
    if len > 1 << 20 || at.checked_add(len)? > content.len() {
        return None;
    }
    let mut bytes = vec![0; usize::try_from(len).ok()?];
    content.read_exact_at(&mut bytes, at).ok()?;
    Some(bytes)
}

/// Reads a library's header, program headers, dynamic section and name; none if it is no library of
/// this machine.
pub(super) fn library(content: &Content, machine: Machine) -> Option<Library> {
    let start = read(content, 0, content.len().min(64))?;
    if start.get(..4)? != b"\x7fELF" || start.get(5) != Some(&1) {
        return None;
    }
    let class = *start.get(4)?;
    let kind = machine
        .kinds
        .iter()
        .find(|kind| kind.class == class && number(&start, 18, 2) == Some(u64::from(kind.machine)))?;
    if number(&start, 16, 2)? != ET_DYN {
        return None;
    }
    let layout = if class == 2 { WIDE } else { NARROW };
    if start.len() < layout.header {
        return None;
    }
    let table = number(&start, layout.segments, layout.word)?;
    let count = number(&start, layout.entries, 2)?;
    if number(&start, layout.entry_size, 2)? != layout.segment as u64 {
        return None;
    }
    let table = read(content, table, count * layout.segment as u64)?;
    let mut loads = Vec::new();
    let mut dynamic = None;
    for segment in table.chunks_exact(layout.segment) {
        let offset = number(segment, layout.offset, layout.word)?;
        let size = number(segment, layout.size, layout.word)?;
        match number(segment, 0, 4)? {
            PT_LOAD => loads.push((number(segment, layout.address, layout.word)?, offset, size)),
            PT_DYNAMIC => dynamic = Some((offset, size)),
            _ => {}
        }
    }
    let (offset, size) = dynamic?;
    let dynamic = read(content, offset, size)?;
    let (mut strings, mut name) = (None, None);
    for entry in dynamic.chunks_exact(2 * layout.word) {
        let value = number(entry, layout.word, layout.word);
        match number(entry, 0, layout.word)? {
            0 => break,
            DT_STRTAB => strings = value,
            DT_SONAME => name = value,
            _ => {}
        }
    }
    let address = strings?;
    let (start, offset, _) =
        *loads.iter().find(|(start, _, size)| (*start..start.saturating_add(*size)).contains(&address))?;
    let soname = match name {
        None => None,
        Some(name) => {
            let at = (address - start).checked_add(offset)?.checked_add(name)?;
            let text = read(content, at, content.len().checked_sub(at)?.min(256))?;
            let text = text.split(|byte| *byte == 0).next()?;
            Some(String::from_utf8(text.to_vec()).ok()?)
        }
    };
    Some(Library { flags: kind.flags, soname })
}
