//! The image that is compressed: its size, its holes, its bytes.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use bringup_sparse::Piece;

use crate::Error;

/// A raw image.
#[derive(Clone, Copy)]
pub(crate) struct Image<'a> {
    file: &'a File,
    /// In bytes.
    pub(crate) len: u64,
}

impl<'a> Image<'a> {
    pub(crate) fn new(file: &'a File) -> Result<Self, Error> {
        let len = bringup_sparse::len(file).map_err(|source| Error::Size { source })?;
        Ok(Self { file, len })
    }

    /// The image cut into blocks of `block` bytes; many of a hole are one piece.
    pub(crate) fn pieces(self, block: usize) -> impl Iterator<Item = Piece> {
        bringup_sparse::cut(self.len, block as u64, bringup_sparse::stored(self.file, 0..self.len))
    }

    /// The bytes of `range`, into the beginning of `buffer`.
    pub(crate) fn read(self, range: Range<u64>, buffer: &mut [u8]) -> Result<&[u8], Error> {
        let len = (range.end - range.start) as usize;
        let bytes = &mut buffer[..len];
        let failed = |source| Error::Read { offset: range.start, len, source };
        self.file.read_exact_at(bytes, range.start).map_err(failed)?;
        Ok(bytes)
    }
}
