//! Random access to the bytes of an image.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::SeekFrom;
use rustix::io::Errno;

use crate::Error;

/// An image, read where it is asked to and nowhere else.
#[derive(Debug)]
pub struct Disk<'a> {
    backing: Backing<'a>,
    len: u64,
    sector: u64,
    read: AtomicU64,
}

#[derive(Debug)]
enum Backing<'a> {
    File(File),
    Bytes(&'a [u8]),
}

impl<'a> Disk<'a> {
    /// Opens an image file, or a block device, to be read only.
    ///
    /// # Errors
    /// It cannot be opened, or its length not be found.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|source| Error::Io { operation: "open", source })?;
        Self::from_file(file)
    }

    /// An image that is open for reading already.
    ///
    /// # Errors
    /// Its length cannot be found.
    pub fn from_file(file: File) -> Result<Self, Error> {
        // A block device has no length of its own; its end does.
        let end = rustix::fs::seek(&file, SeekFrom::End(0));
        let len = end.map_err(|errno| Error::Io { operation: "measure", source: errno.into() })?;
        Ok(Self { backing: Backing::File(file), len, sector: 512, read: AtomicU64::new(0) })
    }

    /// An image in memory.
    pub fn from_bytes(bytes: &'a [u8]) -> Self {
        Self { backing: Backing::Bytes(bytes), len: bytes.len() as u64, sector: 512, read: AtomicU64::new(0) }
    }

    /// The same with logical sectors of this many bytes, 512 or 4,096, in which tables count.
    #[must_use]
    pub fn with_sector_bytes(self, sector: u64) -> Self {
        Self { sector, ..self }
    }

    /// How long it is, in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it has no byte at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes in a logical sector.
    pub fn sector_bytes(&self) -> u64 {
        self.sector
    }

    /// How many bytes have been read from it so far.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Fills `into` with what begins at `offset`.
    ///
    /// # Errors
    /// [`Error::Outside`], or the host cannot read it.
    pub fn read_into(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let len = into.len() as u64;
        if offset.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(Error::Outside { within: "the disk", offset, len, end: self.len });
        }
        self.read.fetch_add(len, Ordering::Relaxed);
        match &self.backing {
            Backing::File(file) => file
                .read_exact_at(into, offset)
                .map_err(|source| Error::Io { operation: "read from", source }),
            Backing::Bytes(bytes) => {
                let start = offset as usize;
                into.copy_from_slice(&bytes[start..start + into.len()]);
                Ok(())
            }
        }
    }

    /// `len` bytes from `offset` on.
    ///
    /// # Errors
    /// As for [`read_into`](Self::read_into); nothing is allocated for what the disk does not have.
    pub fn read(&self, offset: u64, len: u64) -> Result<Vec<u8>, Error> {
        if offset.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(Error::Outside { within: "the disk", offset, len, end: self.len });
        }
        let mut bytes = vec![0; len as usize];
        self.read_into(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// Up to `len` bytes from `offset` on: fewer, or none, at the disk's end.
    ///
    /// # Errors
    /// The host cannot read it.
    pub fn read_up_to(&self, offset: u64, len: u64) -> Result<Vec<u8>, Error> {
        self.read(offset.min(self.len), len.min(self.len.saturating_sub(offset)))
    }

    /// The parts of `range` that the host stores; what lies between them is a hole and reads as
    /// zeros. All of it, where the host cannot tell.
    pub fn stored(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let range = range.start..range.end.min(self.len);
        let Backing::File(file) = &self.backing else { return vec![range] };
        let mut parts = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let start = match rustix::fs::seek(file, SeekFrom::Data(at)) {
                Ok(start) => start.min(range.end),
                // Nothing but a hole up to the end.
                Err(Errno::NXIO) => break,
                Err(_) => at,
            };
            let end = rustix::fs::seek(file, SeekFrom::Hole(start)).unwrap_or(range.end).min(range.end);
            if end <= start {
                break;
            }
            parts.push(start..end);
            at = end;
        }
        parts
    }

    /// Whether every byte of `range` is zero.
    ///
    /// # Errors
    /// As for [`read_into`](Self::read_into).
    pub fn is_zero(&self, range: Range<u64>) -> Result<bool, Error> {
        let mut buffer = vec![0; 1 << 16];
        for part in self.stored(range) {
            let mut at = part.start;
            while at < part.end {
                let len = (part.end - at).min(buffer.len() as u64) as usize;
                self.read_into(at, &mut buffer[..len])?;
                if buffer[..len].iter().any(|&byte| byte != 0) {
                    return Ok(false);
                }
                at += len as u64;
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    #[test]
    fn nothing_outside_is_read_or_allocated() {
        let disk = Disk::from_bytes(&[1, 2, 3]);
        assert_eq!(disk.read(1, 2).unwrap(), [2, 3]);
        assert_eq!(
            disk.read(2, 1 << 40).unwrap_err().to_string(),
            "1 TiB at 0x2 needed, but the disk ends at 0x3"
        );
        assert_eq!(disk.read_up_to(2, 99).unwrap(), [3]);
        assert!(disk.read_up_to(99, 1).unwrap().is_empty());
        assert_eq!(disk.bytes_read(), 3);
    }

    #[test]
    fn holes_are_zero_without_being_read() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(64 << 20).unwrap();
        file.seek(std::io::SeekFrom::Start(32 << 20)).unwrap();
        file.write_all(b"x").unwrap();
        let disk = Disk::open(file.path()).unwrap();
        assert_eq!(disk.len(), 64 << 20);
        assert!(disk.is_zero(0..16 << 20).unwrap());
        assert!(!disk.is_zero(0..64 << 20).unwrap());
        assert!(disk.bytes_read() <= 1 << 20, "{}", disk.bytes_read());
    }
}
