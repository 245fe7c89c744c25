//! Joins small adjacent writes into large ones.

use std::io;

use bringup_tree::Content;

use crate::RegionSink;

/// Size of one write to the sink: large enough that calls cost nothing beside the copying,
/// small enough to stay in the processor's second-level cache.
const BUFFER: usize = 1 << 20;

/// Zeros of at most this many bytes between two pieces of data are written rather than skipped.
const SMALL_GAP: u64 = 4096;

/// A sink in front of another one, which gets fewer and larger pieces.
pub(crate) struct Coalesce<'a> {
    sink: &'a mut dyn RegionSink,
    /// Where the buffered bytes go.
    start: u64,
    buffer: Vec<u8>,
    used: usize,
}

impl<'a> Coalesce<'a> {
    pub(crate) fn new(sink: &'a mut dyn RegionSink) -> Self {
        Self { sink, start: 0, buffer: vec![0; BUFFER], used: 0 }
    }

    /// Streams all of `content` to `offset`.
    pub(crate) fn content(&mut self, offset: u64, content: &Content) -> io::Result<()> {
        self.part(offset, content, 0, content.len())
    }

    /// Streams `len` bytes of `content`, from byte `from`, to `offset`.
    pub(crate) fn part(&mut self, offset: u64, content: &Content, from: u64, len: u64) -> io::Result<()> {
        let mut done = 0;
        while done < len {
            let room = self.room(offset + done)?;
            let wanted = room.len().min(usize::try_from(len - done).unwrap_or(usize::MAX));
            content.read_exact_at(&mut room[..wanted], from + done).map_err(|error| {
                io::Error::new(error.kind(), format!("cannot read `{}`: {error}", content.path().display()))
            })?;
            self.used += wanted;
            done += wanted as u64;
        }
        Ok(())
    }

    /// Passes on what is still buffered.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let used = std::mem::take(&mut self.used);
        if used > 0 {
            self.sink.data(self.start, &self.buffer[..used])?;
        }
        Ok(())
    }

    /// The free part of the buffer, whose first byte goes to `offset`.
    fn room(&mut self, offset: u64) -> io::Result<&mut [u8]> {
        if self.used == self.buffer.len() || offset != self.start + self.used as u64 {
            self.flush()?;
            self.start = offset;
        }
        Ok(&mut self.buffer[self.used..])
    }
}

impl RegionSink for Coalesce<'_> {
    fn data(&mut self, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = self.room(offset)?;
            let len = room.len().min(bytes.len());
            room[..len].copy_from_slice(&bytes[..len]);
            self.used += len;
            offset += len as u64;
            bytes = &bytes[len..];
        }
        Ok(())
    }

    fn zeros(&mut self, offset: u64, len: u64) -> io::Result<()> {
        let next = self.used > 0 && offset == self.start + self.used as u64;
        if next && len <= SMALL_GAP {
            return self.data(offset, &[0; SMALL_GAP as usize][..len as usize]);
        }
        self.flush()?;
        if len > 0 { self.sink.zeros(offset, len) } else { Ok(()) }
    }
}

impl mkext4::RegionSink for Coalesce<'_> {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        RegionSink::data(self, offset, bytes)
    }

    fn zeros(&mut self, offset: u64, len: u64) -> io::Result<()> {
        RegionSink::zeros(self, offset, len)
    }
}
