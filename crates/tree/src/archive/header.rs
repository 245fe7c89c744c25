//! One tar header, decoded and checked, and the reader that finds it.

use std::io;
use std::os::unix::fs::FileExt;

use tar::{EntryType, Header};

use super::{BLOCK, padded};
use crate::{Error, Source};

/// Headers are read through a window of this size: small files in between cost no extra call,
/// and the contents of large ones are never touched.
const WINDOW: usize = 8192;

/// Positioned reads through a small window.
#[derive(Debug)]
pub(super) struct Window<'a> {
    source: &'a Source,
    /// Size of the whole archive.
    pub(super) len: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    pub(super) fn new(source: &'a Source) -> Result<Self, Error> {
        let len = source.file.metadata().map_err(Error::io("read", &source.path))?.len();
        Ok(Self { source, len, start: 0, bytes: Vec::new() })
    }

    /// The `len` bytes at `offset`, which the caller knows to be inside the archive.
    pub(super) fn get(&mut self, offset: u64, len: usize) -> Result<&[u8], Error> {
        let inside = offset >= self.start && offset + len as u64 <= self.start + self.bytes.len() as u64;
        if !inside {
            let most = usize::try_from(self.len - offset).unwrap_or(usize::MAX);
            self.bytes.resize(len.max(WINDOW).min(most), 0);
            self.start = offset;
            self.source
                .file
                .read_exact_at(&mut self.bytes, offset)
                .map_err(Error::io("read", &self.source.path))?;
        }
        let at = (offset - self.start) as usize;
        Ok(&self.bytes[at..at + len])
    }
}

/// A header's fields, before PAX records and long names are applied.
#[derive(Debug)]
pub(super) struct Raw {
    /// Where the header starts.
    pub(super) offset: u64,
    pub(super) kind: EntryType,
    pub(super) path: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) gid: u64,
    pub(super) mtime: i64,
    pub(super) size: u64,
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl Raw {
    /// The header at `offset`; none where the archive ends, with or without its two empty blocks.
    pub(super) fn read(window: &mut Window<'_>, offset: u64) -> Result<Option<Self>, Error> {
        let len = window.len;
        if offset == len {
            return Ok(None);
        }
        let end = offset + BLOCK;
        if end > len {
            return Err(Error::Truncated { what: "header".to_owned(), offset, end, len });
        }
        let block = window.get(offset, BLOCK as usize)?;
        if block.iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        Self::decode(Header::from_byte_slice(block), offset).map(Some)
    }

    fn decode(header: &Header, offset: u64) -> Result<Self, Error> {
        let bad = |field: &str| {
            let field = field.to_owned();
            move |_: io::Error| Error::BadField { offset, field, reason: "not a number" }
        };
        // Sum of all bytes, those of the field itself (148..156) counting as spaces.
        let bytes = header.as_bytes();
        let sum = |part: &[u8]| part.iter().map(|&byte| u32::from(byte)).sum::<u32>();
        let computed = sum(&bytes[..148]) + 8 * u32::from(b' ') + sum(&bytes[156..]);
        let stored = header.cksum().map_err(bad("chksum"))?;
        if stored != computed {
            return Err(Error::BadChecksum { offset, stored, computed });
        }
        let device = matches!(header.entry_type(), EntryType::Char | EntryType::Block);
        let (major, minor) = if device {
            (
                header.device_major().map_err(bad("devmajor"))?.unwrap_or(0),
                header.device_minor().map_err(bad("devminor"))?.unwrap_or(0),
            )
        } else {
            (0, 0)
        };
        Ok(Self {
            offset,
            kind: header.entry_type(),
            path: header.path_bytes().into_owned(),
            link: header.link_name_bytes().unwrap_or_default().into_owned(),
            mode: header.mode().map_err(bad("mode"))? & 0o7777,
            uid: header.uid().map_err(bad("uid"))?,
            gid: header.gid().map_err(bad("gid"))?,
            // GNU tar writes times before 1970 as a two's complement of base 256.
            mtime: header.mtime().map_err(bad("mtime"))? as i64,
            size: header.entry_size().map_err(bad("size"))?,
            major,
            minor,
        })
    }

    /// Where the contents start.
    pub(super) fn data(&self) -> u64 {
        self.offset + BLOCK
    }

    /// Where the next header starts.
    ///
    /// # Errors
    /// That is behind the end of the archive.
    pub(super) fn next(&self, what: impl FnOnce() -> String, len: u64) -> Result<u64, Error> {
        let end = padded(self.size).and_then(|size| size.checked_add(self.data()));
        match end {
            Some(end) if end <= len => Ok(end),
            _ => {
                Err(Error::Truncated { what: what(), offset: self.offset, end: end.unwrap_or(u64::MAX), len })
            }
        }
    }
}
