//! Where a file's bytes are on the disk.

use std::io;
use std::ops::Range;

use bringup_spec::Bytes;

use crate::{Disk, Error};

/// One piece of a file in adjacent bytes of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its first byte in the file.
    pub(crate) at: u64,
    /// Its first byte on the disk; none for a hole.
    pub(crate) disk: Option<u64>,
    /// How long it is.
    pub(crate) len: u64,
}

/// The contents of a file.
#[derive(Clone, Debug)]
pub struct Extents<'d> {
    disk: &'d Disk<'d>,
    len: u64,
    /// In the order of the file; what lies between them is a hole.
    pieces: Vec<Piece>,
    /// Contents that are in the inode itself.
    inline: Option<Vec<u8>>,
}

impl<'d> Extents<'d> {
    /// `pieces` must be in order and not overlap; what is behind `len` is cut off.
    pub(crate) fn new(disk: &'d Disk<'d>, len: u64, mut pieces: Vec<Piece>) -> Self {
        pieces.retain(|piece| piece.at < len);
        for piece in &mut pieces {
            piece.len = piece.len.min(len - piece.at);
        }
        Self { disk, len, pieces, inline: None }
    }

    pub(crate) fn inline(disk: &'d Disk<'d>, bytes: Vec<u8>) -> Self {
        Self { disk, len: bytes.len() as u64, pieces: Vec::new(), inline: Some(bytes) }
    }

    /// Whether its contents are in the inode itself.
    pub(crate) fn is_inline(&self) -> bool {
        self.inline.is_some()
    }

    /// How long the file is.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it has no contents.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes of the disk that hold it, adjacent ones as one range.
    pub fn ranges(&self) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for piece in &self.pieces {
            let Some(start) = piece.disk else { continue };
            match ranges.last_mut() {
                Some(last) if last.end == start => last.end += piece.len,
                _ => ranges.push(start..start + piece.len),
            }
        }
        ranges
    }

    /// Fills `into` with what begins at `offset` of the file.
    ///
    /// # Errors
    /// The file ends before, or the disk does.
    pub fn read_into(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let len = into.len() as u64;
        if offset.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(Error::Outside { within: "the file", offset, len, end: self.len });
        }
        if let Some(bytes) = &self.inline {
            into.copy_from_slice(&bytes[offset as usize..][..into.len()]);
            return Ok(());
        }
        into.fill(0);
        let first = self.pieces.partition_point(|piece| piece.at + piece.len <= offset);
        for piece in &self.pieces[first..] {
            if piece.at >= offset + len {
                break;
            }
            let start = offset.max(piece.at);
            let end = (offset + len).min(piece.at + piece.len);
            if let Some(disk) = piece.disk {
                let part = &mut into[(start - offset) as usize..(end - offset) as usize];
                self.disk.read_into(disk + (start - piece.at), part)?;
            }
        }
        Ok(())
    }

    /// Up to `len` bytes from `offset` on: fewer, or none, at the file's end.
    ///
    /// # Errors
    /// The disk ends before.
    pub fn read_up_to(&self, offset: u64, len: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; len.min(self.len.saturating_sub(offset)) as usize];
        if !bytes.is_empty() {
            self.read_into(offset, &mut bytes)?;
        }
        Ok(bytes)
    }

    /// All of it, if it is not longer than `limit`.
    ///
    /// # Errors
    /// It is, or the disk ends before.
    pub fn read_all(&self, limit: u64) -> Result<Vec<u8>, Error> {
        if self.len > limit {
            let (len, limit) = (Bytes(self.len), Bytes(limit));
            return Err(Error::TooLarge { what: "the file".to_owned(), len, limit });
        }
        self.read_up_to(0, self.len)
    }

    /// The part of it that `range` is, as far as it has it.
    pub fn slice(&self, range: Range<u64>) -> Self {
        let (start, end) =
            (range.start.min(self.len), range.end.min(self.len).max(range.start.min(self.len)));
        let inline = self.inline.as_ref().map(|bytes| bytes[start as usize..end as usize].to_vec());
        let mut pieces = Vec::new();
        for piece in &self.pieces {
            let (from, to) = (piece.at.max(start), (piece.at + piece.len).min(end));
            if from < to {
                let disk = piece.disk.map(|disk| disk + (from - piece.at));
                pieces.push(Piece { at: from - start, disk, len: to - from });
            }
        }
        Self { disk: self.disk, len: end - start, pieces, inline }
    }

    /// Reads it from its first byte to its last.
    pub fn reader(&self) -> FileReader<'_, 'd> {
        FileReader { file: self, at: 0 }
    }
}

/// Reads a file in order.
#[derive(Debug)]
pub struct FileReader<'e, 'd> {
    file: &'e Extents<'d>,
    at: u64,
}

impl io::Read for FileReader<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = (into.len() as u64).min(self.file.len - self.at) as usize;
        if len > 0 {
            self.file.read_into(self.at, &mut into[..len]).map_err(io::Error::other)?;
            self.at += len as u64;
        }
        Ok(len)
    }
}
