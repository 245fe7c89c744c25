//! Bytes one behind the other, in large pieces.

use std::io;

use bringup_fsimage::RegionSink;
use bringup_tree::Content;

/// Size of one write to the sink: large enough that calls cost nothing beside the copying,
/// small enough to stay in the processor's second-level cache.
const BUFFER: usize = 1 << 20;

/// Zeros of at most this many bytes are written rather than skipped.
const SMALL_GAP: u64 = 4096;

/// Fills a sink from its first byte on.
pub(crate) struct Sequence<'a> {
    sink: &'a mut dyn RegionSink,
    buffer: Vec<u8>,
    used: usize,
    /// Bytes given so far.
    at: u64,
}

impl<'a> Sequence<'a> {
    pub(crate) fn new(sink: &'a mut dyn RegionSink) -> Self {
        Self { sink, buffer: vec![0; BUFFER], used: 0, at: 0 }
    }

    pub(crate) fn bytes(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = self.room()?;
            let len = room.len().min(bytes.len());
            room[..len].copy_from_slice(&bytes[..len]);
            self.advance(len);
            bytes = &bytes[len..];
        }
        Ok(())
    }

    pub(crate) fn content(&mut self, content: &Content) -> io::Result<()> {
        let mut done = 0;
        let mut reader = content.reader();
        while done < content.len() {
            let room = self.room()?;
            let len = room.len().min(usize::try_from(content.len() - done).unwrap_or(usize::MAX));
            io::Read::read_exact(&mut reader, &mut room[..len]).map_err(|error| {
                io::Error::new(error.kind(), format!("cannot read `{}`: {error}", content.path().display()))
            })?;
            self.advance(len);
            done += len as u64;
        }
        Ok(())
    }

    /// Zeros up to byte `end`, counted from the sink's first.
    pub(crate) fn zeros_to(&mut self, end: u64) -> io::Result<()> {
        debug_assert!(end >= self.at, "{end} lies behind {}", self.at);
        let len = end.saturating_sub(self.at);
        if len <= SMALL_GAP {
            return self.bytes(&[0; SMALL_GAP as usize][..len as usize]);
        }
        self.flush()?;
        self.sink.zeros(self.at, len)?;
        self.at = end;
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let used = std::mem::take(&mut self.used);
        if used == 0 { Ok(()) } else { self.sink.data(self.at - used as u64, &self.buffer[..used]) }
    }

    fn advance(&mut self, len: usize) {
        self.used += len;
        self.at += len as u64;
    }

    fn room(&mut self) -> io::Result<&mut [u8]> {
        if self.used == BUFFER {
            self.flush()?;
        }
        Ok(&mut self.buffer[self.used..])
    }
}
