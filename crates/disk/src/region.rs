//! A partition's window into the image.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use bringup_fsimage::RegionSink;
use bringup_spec::Bytes;

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
    fn check(&self, offset: u64, len: u64) -> io::Result<()> {
        if offset.checked_add(len).is_some_and(|end| end <= self.len.0) {
            return Ok(());
        }
        let message =
            format!("{len} bytes at {offset:#x} leave partition {}, which has {}", self.number, self.len);
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    }
}

impl RegionSink for Region<'_> {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.check(offset, bytes.len() as u64)?;
        self.file.write_all_at(bytes, self.start.0 + offset)
    }

    fn zeros(&mut self, offset: u64, len: u64) -> io::Result<()> {
        // The file was made with its full size, so that what is not written reads as zeros.
        self.check(offset, len)
    }
}
