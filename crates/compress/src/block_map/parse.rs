//! Reading a map.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::xml::{Token, Tokens};
use super::{BlockMap, Mapped, hex};
use crate::Error;

/// The largest block that is believed, in bytes.
const BLOCK_MOST: u64 = 1 << 30;

impl BlockMap {
    /// Reads a map's file.
    ///
    /// # Errors
    /// It is of another version or without SHA-256, was changed since it was made, or contradicts
    /// itself.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let raw = Raw::read(text)?;
        if raw.version.split('.').next() != Some("2") {
            return Err(Error::MapVersion { version: raw.version.to_owned() });
        }
        let checksums = raw.element("ChecksumType")?;
        if checksums != "sha256" {
            return Err(Error::MapChecksumType { found: checksums.to_owned() });
        }
        check_own(text, raw.element("BmapFileChecksum")?)?;
        let (image_len, block_len) = (raw.number("ImageSize")?, raw.number("BlockSize")?);
        if block_len == 0 || block_len > BLOCK_MOST {
            return Err(Error::MapBlockSize { found: block_len, most: BLOCK_MOST });
        }
        let blocks = image_len.div_ceil(block_len);
        raw.stated("BlocksCount", blocks)?;
        let mut ranges: Vec<Mapped> = Vec::with_capacity(raw.ranges.len());
        let (mut next, mut mapped) = (0, 0);
        for &(text, sha256) in &raw.ranges {
            let range = || Error::MapRange { text: text.to_owned(), least: next, blocks };
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let first = first.trim().parse().map_err(|_| range())?;
            let last: u64 = last.trim().parse().map_err(|_| range())?;
            if first < next || last < first || last >= blocks {
                return Err(range());
            }
            let sha256 = unhex(sha256).ok_or_else(|| Error::MapChecksum { text: sha256.to_owned() })?;
            ranges.push(Mapped {
                bytes: first * block_len..image_len.min((last + 1).saturating_mul(block_len)),
                sha256,
            });
            next = last + 1;
            mapped += next - first;
        }
        raw.stated("MappedBlocksCount", mapped)?;
        Ok(Self { image_len, block_len, ranges })
    }
}

/// The file's elements, their contents not looked at.
struct Raw<'a> {
    version: &'a str,
    elements: BTreeMap<&'a str, &'a str>,
    /// Blocks and checksum.
    ranges: Vec<(&'a str, &'a str)>,
}

impl<'a> Raw<'a> {
    fn read(text: &'a str) -> Result<Self, Error> {
        let mut tokens = Tokens::new(text);
        let Some(Token::Open("bmap", Some(("version", version)))) = tokens.next()? else {
            return Err(tokens.broken());
        };
        let mut raw = Self { version, elements: BTreeMap::new(), ranges: Vec::new() };
        let mut map_seen = false;
        loop {
            match tokens.next()? {
                Some(Token::Open("BlockMap", None)) if !map_seen => {
                    map_seen = true;
                    raw.read_ranges(&mut tokens)?;
                }
                Some(Token::Open(name, None)) => {
                    let text = content(&mut tokens, name)?;
                    if raw.elements.insert(name, text).is_some() {
                        return Err(Error::MapTwice { element: name.to_owned() });
                    }
                }
                Some(Token::Close("bmap")) => break,
                _ => return Err(tokens.broken()),
            }
        }
        match (tokens.next()?, map_seen) {
            (None, true) => Ok(raw),
            (None, false) => Err(Error::MapMissing { element: "BlockMap" }),
            _ => Err(tokens.broken()),
        }
    }

    fn read_ranges(&mut self, tokens: &mut Tokens<'a>) -> Result<(), Error> {
        loop {
            match tokens.next()? {
                Some(Token::Open("Range", Some(("chksum", checksum)))) => {
                    self.ranges.push((content(tokens, "Range")?, checksum));
                }
                Some(Token::Close("BlockMap")) => return Ok(()),
                _ => return Err(tokens.broken()),
            }
        }
    }

    fn element(&self, element: &'static str) -> Result<&'a str, Error> {
        self.elements.get(element).copied().ok_or(Error::MapMissing { element })
    }

    fn number(&self, element: &'static str) -> Result<u64, Error> {
        let text = self.element(element)?;
        text.parse().map_err(|_| Error::MapNumber { element, text: text.to_owned() })
    }

    /// That an element has this number.
    fn stated(&self, element: &'static str, counted: u64) -> Result<(), Error> {
        let stated = self.number(element)?;
        if stated == counted { Ok(()) } else { Err(Error::MapCount { element, stated, counted }) }
    }
}

/// The text of the element that has just begun, and its end.
fn content<'a>(tokens: &mut Tokens<'a>, name: &str) -> Result<&'a str, Error> {
    let Some(Token::Text(text)) = tokens.next()? else { return Err(tokens.broken()) };
    match tokens.next()? {
        Some(Token::Close(closed)) if closed == name => Ok(text),
        _ => Err(tokens.broken()),
    }
}

/// That the file has the checksum that it states.
fn check_own(text: &str, stated: &str) -> Result<(), Error> {
    if unhex(stated).is_none() {
        return Err(Error::MapChecksum { text: stated.to_owned() });
    }
    let cleared = text.replacen(stated, &"0".repeat(stated.len()), 1);
    let computed = hex(&Sha256::digest(&cleared).into());
    match computed.eq_ignore_ascii_case(stated) {
        true => Ok(()),
        false => Err(Error::MapChanged { stated: stated.to_owned(), computed }),
    }
}

/// 32 bytes in hexadecimal digits.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|&[high, low]| Some((digit(high)? << 4 | digit(low)?) as u8)).collect();
    bytes?.try_into().ok()
}
