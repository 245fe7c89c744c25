//! The file `ld.so.cache`, format `glibc-ld.so.cache1.1` (glibc, sysdeps/generic/dl-cache.h).
//!
//! ```text
//! 0   "glibc-ld.so.cache" "1.1", entries u32, string bytes u32, flags u8 (2: little endian), 3 zeros,
//!     place of the extensions u32, 3 unused u32
//! 48  entries of 24 bytes: flags u32, name u32, path u32, 0 u32, hwcap u64 (places count from the file's start)
//! ..  strings
//! ..  extensions, at a multiple of 4: 0xeaa42174, count, sections (tag, flags, place, bytes) u32 each
//! ```

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

const HEADER: usize = 48;
const ENTRY: usize = 24;
const LITTLE_ENDIAN: u8 = 2;
const EXTENSIONS: u32 = 0xeaa4_2174;
const GENERATOR: u32 = 0;
const HWCAPS: u32 = 1;
/// `DL_CACHE_HWCAP_EXTENSION`: the low 32 bits are an index into the extension's names.
const HWCAP_EXTENSION: u64 = 1 << 62;

/// A library that programs find.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    path: String,
    flags: u32,
    /// The folder of `glibc-hwcaps` that it is for.
    hwcaps: Option<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: Vec<Entry>,
    /// The folders of `glibc-hwcaps`, in use or not: all are in the string table.
    hwcaps: BTreeSet<String>,
}

impl Cache {
    pub(super) fn add(&mut self, name: &str, path: String, flags: u32, hwcaps: Option<&str>) {
        self.entries.push(Entry { name: name.to_owned(), path, flags, hwcaps: hwcaps.map(str::to_owned) });
    }

    /// Takes note of a folder of `glibc-hwcaps`.
    pub(super) fn name_hwcaps(&mut self, name: &str) {
        self.hwcaps.insert(name.to_owned());
    }

    pub(super) fn to_bytes(&self, generator: &str) -> Vec<u8> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_by(|one, two| order(one, two));
        let hwcaps: BTreeSet<&str> = entries.iter().filter_map(|entry| entry.hwcaps.as_deref()).collect();
        let texts = entries.iter().flat_map(|entry| [entry.name.as_str(), entry.path.as_str()]);
        let (strings, places) = strings(texts.chain(self.hwcaps.iter().map(String::as_str)));
        let first = HEADER + entries.len() * ENTRY;
        let place = |text: &str| (first + places[text]) as u32;
        let extensions = (first + strings.len()).next_multiple_of(4);
        let mut out = Vec::with_capacity(extensions + 256);
        out.extend_from_slice(b"glibc-ld.so.cache1.1");
        put(&mut out, &[entries.len() as u32, strings.len() as u32]);
        out.extend_from_slice(&[LITTLE_ENDIAN, 0, 0, 0]);
        put(&mut out, &[extensions as u32, 0, 0, 0]);
        for entry in entries {
            let index =
                entry.hwcaps.as_deref().and_then(|name| hwcaps.iter().position(|known| *known == name));
            let hwcap = index.map_or(0, |index| HWCAP_EXTENSION | index as u64);
            put(&mut out, &[entry.flags, place(&entry.name), place(&entry.path), 0]);
            out.extend_from_slice(&hwcap.to_le_bytes());
        }
        out.extend_from_slice(&strings);
        out.resize(extensions, 0);
        let sections = if hwcaps.is_empty() { 1 } else { 2 };
        let behind = (extensions + 8 + sections * 16) as u32;
        let names = 4 * hwcaps.len() as u32;
        put(&mut out, &[EXTENSIONS, sections as u32]);
        put(&mut out, &[GENERATOR, 0, behind + names, generator.len() as u32]);
        if !hwcaps.is_empty() {
            put(&mut out, &[HWCAPS, 0, behind, names]);
        }
        for name in hwcaps {
            put(&mut out, &[place(name)]);
        }
        out.extend_from_slice(generator.as_bytes());
        out
    }
}

fn put(out: &mut Vec<u8>, numbers: &[u32]) {
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

/// Highest name first, then highest flags, then those of `glibc-hwcaps`, by its folder.
fn order(one: &Entry, two: &Entry) -> Ordering {
    compare(two.name.as_bytes(), one.name.as_bytes()).then(two.flags.cmp(&one.flags)).then(
        match (&one.hwcaps, &two.hwcaps) {
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (one, two) => one.cmp(two),
        },
    )
}

/// `_dl_cache_libcmp`: bytes, but runs of digits by their value, and digits behind everything else.
pub(super) fn compare(mut one: &[u8], mut two: &[u8]) -> Ordering {
    loop {
        let digits = |text: &[u8]| text.first().is_some_and(u8::is_ascii_digit);
        match (digits(one), digits(two)) {
            (true, true) => {
                let (left, rest) = value(one);
                let (right, other) = value(two);
                if left != right {
                    return left.cmp(&right);
                }
                (one, two) = (rest, other);
            }
            // At the end of the first text only its length counts.
            (true, false) => return Ordering::Greater,
            (false, true) if !one.is_empty() => return Ordering::Less,
            _ => match (one.split_first(), two.split_first()) {
                (Some((left, rest)), Some((right, other))) if left == right => (one, two) = (rest, other),
                (left, right) => return left.map(|part| part.0).cmp(&right.map(|part| part.0)),
            },
        }
    }
}

fn value(text: &[u8]) -> (u64, &[u8]) {
    let len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = text[..len]
        .iter()
        .fold(0_u64, |value, byte| value.saturating_mul(10).saturating_add(u64::from(byte - b'0')));
    (value, &text[len..])
}

/// The string table: texts ordered from their last byte, highest first and longest first, so that one
/// that ends another lies inside it; and where each begins.
fn strings<'a>(texts: impl Iterator<Item = &'a str>) -> (Vec<u8>, BTreeMap<&'a str, usize>) {
    let unique: BTreeSet<&str> = texts.collect();
    let mut sorted: Vec<&str> = unique.into_iter().collect();
    sorted.sort_by(|one, two| two.bytes().rev().cmp(one.bytes().rev()));
    let mut out = Vec::new();
    let mut places = BTreeMap::new();
    for text in sorted {
        let bytes = text.as_bytes();
        // The last text ends one byte before the end; a suffix of it is a suffix of all up to it.
        let end = out.len().saturating_sub(1);
        let start = end.checked_sub(bytes.len()).filter(|&start| out[start..end] == *bytes);
        places.insert(text, start.unwrap_or(out.len()));
        if start.is_none() {
            out.extend_from_slice(bytes);
            out.push(0);
        }
    }
    (out, places)
}
