//! Block maps: which bytes of an image are to be written, and their checksums.
//!
//! Format: bmap-tools, version 2.0 of its files (bmaptool/BmapCreate.py, `_BMAP_START_TEMPLATE`): XML
//! with the image's size and ranges of blocks, `FIRST-LAST` or `ONE`, each with its SHA-256; and the
//! SHA-256 of the file itself with zeros in that checksum's place.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::Error;

/// The largest file that is read; a map of 1 TiB with a hole in every second block is larger, and
/// of no use.
const LEN_MAX: usize = 64 << 20;

/// Digits of a SHA-256.
const DIGITS: usize = 64;

/// Which bytes of an image are to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockMap {
    /// How long the image is, in bytes.
    pub image_len: u64,
    /// Its ranges, in order and without overlap.
    pub ranges: Vec<Mapped>,
}

/// One range of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// Which bytes of the image; the last range ends where that does.
    pub bytes: Range<u64>,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

fn bad(problem: impl Into<String>) -> Error {
    Error::BadMap { problem: problem.into() }
}

impl BlockMap {
    /// Reads the text of a map.
    ///
    /// # Errors
    /// [`Error::BadMap`]: it is of another version, changed, or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > LEN_MAX {
            return Err(bad(format!("it has {} bytes, but {LEN_MAX} is the most", text.len())));
        }
        let version = attribute(text, "bmap", "version").ok_or_else(|| bad("there is no <bmap version=>"))?;
        if version != "2.0" {
            return Err(bad(format!("its version is `{version}`, but only `2.0` is read")));
        }
        match element(text, "ChecksumType")? {
            "sha256" => {}
            other => return Err(bad(format!("its checksums are `{other}`, but only `sha256` is read"))),
        }
        check(text)?;
        let image_len = number(element(text, "ImageSize")?)?;
        let block = number(element(text, "BlockSize")?)?;
        if block == 0 || image_len == 0 {
            return Err(bad("ImageSize and BlockSize must not be 0"));
        }
        let ranges = ranges(element(text, "BlockMap")?, block, image_len)?;
        let blocks: u64 =
            ranges.iter().map(|range| (range.bytes.end - range.bytes.start).div_ceil(block)).sum();
        let stated = number(element(text, "MappedBlocksCount")?)?;
        if blocks != stated {
            return Err(bad(format!("MappedBlocksCount is {stated}, but its ranges have {blocks} blocks")));
        }
        Ok(Self { image_len, ranges })
    }
}

/// The file's own checksum.
fn check(text: &str) -> Result<(), Error> {
    let stated = element(text, "BmapFileChecksum")?;
    let wanted = digest(stated)?;
    let at = stated.as_ptr() as usize - text.as_ptr() as usize;
    let mut hash = Sha256::new();
    hash.update(&text[..at]);
    hash.update([b'0'; DIGITS]);
    hash.update(&text[at + DIGITS..]);
    if hash.finalize()[..] != wanted {
        return Err(bad("its own checksum is not that of its text"));
    }
    Ok(())
}

fn ranges(mut text: &str, block: u64, image_len: u64) -> Result<Vec<Mapped>, Error> {
    let mut ranges: Vec<Mapped> = Vec::new();
    while let Some(at) = text.find("<Range") {
        text = &text[at..];
        let checksum = attribute(text, "Range", "chksum").ok_or_else(|| bad("a range has no chksum"))?;
        let inside = element(text, "Range")?;
        let (first, last) = inside.split_once('-').unwrap_or((inside, inside));
        let (first, last) = (number(first)?, number(last)?);
        let wrong = || bad(format!("range {inside} is not behind the one before it, or not in the image"));
        let start = first.checked_mul(block).ok_or_else(wrong)?;
        let end = last.checked_add(1).and_then(|end| end.checked_mul(block)).ok_or_else(wrong)?;
        if end - block >= image_len || start >= end {
            return Err(wrong());
        }
        if ranges.last().is_some_and(|before| before.bytes.end > start) {
            return Err(wrong());
        }
        ranges.push(Mapped { bytes: start..end.min(image_len), sha256: digest(checksum)? });
        text = &text[1..];
    }
    if ranges.is_empty() {
        return Err(bad("it maps nothing"));
    }
    Ok(ranges)
}

/// What is between `<name ...>` and `</name>`, without blanks around it; the first one of that name.
fn element<'t>(text: &'t str, name: &str) -> Result<&'t str, Error> {
    let inside = opening(text, name).and_then(|at| {
        let begin = at + text[at..].find('>')? + 1;
        let end = begin + text[begin..].find(&format!("</{name}>"))?;
        Some(text[begin..end].trim())
    });
    inside.ok_or_else(|| bad(format!("there is no <{name}>")))
}

/// An attribute of the first element of that name.
fn attribute<'t>(text: &'t str, name: &str, key: &str) -> Option<&'t str> {
    let at = opening(text, name)?;
    let tag = &text[at..at + text[at..].find('>')?];
    let value = &tag[tag.find(&format!("{key}=\""))? + key.len() + 2..];
    Some(&value[..value.find('"')?])
}

/// Where the first element of that name begins, and not one whose name is longer.
fn opening(text: &str, name: &str) -> Option<usize> {
    let tag = format!("<{name}");
    text.match_indices(&tag).map(|(at, _)| at).find(|at| {
        text[at + tag.len()..].starts_with(|character: char| character == '>' || character.is_whitespace())
    })
}

fn number(text: &str) -> Result<u64, Error> {
    text.trim().parse().map_err(|_| bad(format!("`{}` is no number", text.trim())))
}

fn digest(text: &str) -> Result<[u8; 32], Error> {
    let wrong = || bad(format!("`{text}` is no SHA-256"));
    if text.len() != DIGITS || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let mut digest = [0; 32];
    for (byte, digits) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
    }
    Ok(digest)
}

#[cfg(test)]
#[path = "block_map_tests.rs"]
mod tests;
