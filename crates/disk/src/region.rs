//! A partition's window into the image.

use std::fs::File;
use std::io;

use bringup_fsimage::RegionSink;
use bringup_spec::Bytes;

use crate::{Error, sparse};

/// Takes the bytes of one partition; nothing outside of it can be reached.
///
/// Several may be written at once, from several threads.
#[derive(Debug)]
pub struct Region<'a> {
    pub(crate) file: &'a File,
    pub(crate) start: Bytes,
    pub(crate) len: Bytes,
    pub(crate) number: u32,
}

impl Region<'_> {
    /// How many bytes there are.
    pub fn len(&self) -> Bytes {
        self.len
    }

    fn check(&self, offset: u64, len: u64) -> io::Result<()> {
        if offset.checked_add(len).is_some_and(|end| end <= self.len.0) {
            return Ok(());
        }
        let (number, room) = (self.number, self.len);
        let error = Error::OutsidePartition { number, offset, len: Bytes(len), room };
        Err(io::Error::new(io::ErrorKind::InvalidInput, error))
    }
}

impl RegionSink for Region<'_> {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.check(offset, bytes.len() as u64)?;
        sparse::write(self.file, bytes, self.start.0 + offset)
    }

    fn zeros(&mut self, offset: u64, len: u64) -> io::Result<()> {
        // The file was made with its full size, so that what is not written reads as zeros.
        self.check(offset, len)
    }
}
