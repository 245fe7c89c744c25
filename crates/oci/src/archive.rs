//! The archive around the blobs: tar, whose headers are written once the blob behind is known.

use std::io::{self, Seek, SeekFrom, Write};

/// Headers and contents come in blocks of this size (IEEE Std 1003.1-2017, pax, "ustar Interchange Format").
const BLOCK: u64 = 512;

/// The most that eleven octal digits hold.
const MOST_OCTAL: u64 = 0o77_777_777_777;

/// A tar archive in the making.
pub(crate) struct Archive<W> {
    to: W,
    mtime: u64,
}

impl<W: Write + Seek> Archive<W> {
    /// An archive from `to`'s place on, all of it modified at `mtime`.
    pub(crate) fn new(to: W, mtime: u64) -> Self {
        Self { to, mtime }
    }

    /// Adds a folder.
    pub(crate) fn folder(&mut self, name: &str) -> io::Result<()> {
        let header = self.header(name, 0o755, b'5', 0);
        self.to.write_all(&header)
    }

    /// Adds a file.
    pub(crate) fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let header = self.header(name, 0o644, b'0', bytes.len() as u64);
        self.to.write_all(&header)?;
        self.to.write_all(bytes)?;
        self.pad(bytes.len() as u64)
    }

    /// Where contents are written before their header is known; see [`name`](Self::name).
    pub(crate) fn unnamed(&mut self) -> io::Result<&mut W> {
        self.to.write_all(&[0; BLOCK as usize])?;
        Ok(&mut self.to)
    }

    /// Gives the `len` bytes written since [`unnamed`](Self::unnamed) their name.
    pub(crate) fn name(&mut self, name: &str, len: u64) -> io::Result<()> {
        let end = self.to.stream_position()?;
        self.to.seek(SeekFrom::Start(end - len - BLOCK))?;
        let header = self.header(name, 0o644, b'0', len);
        self.to.write_all(&header)?;
        self.to.seek(SeekFrom::Start(end))?;
        self.pad(len)
    }

    /// Ends the archive: two empty blocks.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.to.write_all(&[0; 2 * BLOCK as usize])?;
        self.to.flush()
    }

    fn pad(&mut self, len: u64) -> io::Result<()> {
        self.to.write_all(&[0; BLOCK as usize][..(len.next_multiple_of(BLOCK) - len) as usize])
    }

    fn header(&self, name: &str, mode: u32, kind: u8, len: u64) -> [u8; BLOCK as usize] {
        let mut header = [0; BLOCK as usize];
        let mut put =
            |offset: usize, bytes: &[u8]| header[offset..offset + bytes.len()].copy_from_slice(bytes);
        debug_assert!(name.len() <= 100, "the names of an image's blobs are short");
        put(0, name.as_bytes());
        put(100, format!("{mode:07o}").as_bytes());
        // Owner and group: root.
        put(108, b"0000000");
        put(116, b"0000000");
        if len <= MOST_OCTAL {
            put(124, format!("{len:011o}").as_bytes());
        } else {
            // Base-256, which Go's reader and GNU tar know (GNU tar manual, "Basic Tar Format").
            put(124, &[0x80, 0, 0, 0]);
            put(128, &len.to_be_bytes());
        }
        put(136, format!("{:011o}", self.mtime.min(MOST_OCTAL)).as_bytes());
        put(148, b"        ");
        put(156, &[kind]);
        put(257, b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    }
}
