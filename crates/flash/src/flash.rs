//! Writing an image, the device's first bytes last.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use bringup_compress::{BlockMap, Mapped};
use bringup_spec::Bytes;
use sha2::{Digest, Sha256};

use crate::buffer::{ALIGN, Buffer};
use crate::plan::{CHUNK, HEAD, chunks, runs};
use crate::source::{Source, fill};
use crate::target::write_all;
use crate::verify::{Sum, sum, verify};
use crate::{Error, Image, Phase, Progress, Target};

/// Blocks between the thread that reads and the one that writes.
const AHEAD: usize = 3;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flashed {
    /// How long the image is.
    pub image_len: u64,
    /// How many bytes of it were written, read back and found right.
    pub written: u64,
}

/// A block on its way.
struct Block {
    at: u64,
    /// In whole sectors; zeros behind the image's end.
    buffer: Buffer,
    len: usize,
    sum: Sum,
}

impl Block {
    fn bytes(&self) -> &[u8] {
        &self.buffer.bytes()[..self.len]
    }

    fn range(&self) -> Range<u64> {
        self.at..self.at + self.len as u64
    }
}

/// Writes an image to a target and compares what can be read back: the first [`HEAD`] bytes become
/// zeros, the rest is written and compared, and then the first bytes are. `stop` ends it early.
///
/// Nothing is written before the image's own first bytes have been read.
///
/// # Errors
/// [`Error::TooSmall`], [`Error::Empty`], [`Error::Read`] and the like before anything is written;
/// [`Error::Unfinished`] after that, and then the target does not boot.
pub fn flash(
    image: Image,
    target: &dyn Target,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Flashed, Error> {
    let Image { source, len, map, .. } = image;
    let fits = |needed: u64| match needed > target.size() {
        true => Err(Error::TooSmall {
            path: "the device".into(),
            size: Bytes(target.size()),
            needed: Bytes(needed),
        }),
        false => Ok(()),
    };
    fits(len.unwrap_or(0))?;
    let runs = runs(map.as_ref(), len);
    let total = len.map(|_| runs.iter().map(|run| run.end - run.start).sum());
    thread::scope(|scope| {
        let (give, given) = sync_channel(AHEAD);
        let (back, free) = sync_channel(AHEAD + 2);
        let sector = target.sector();
        scope.spawn(move || {
            let mut reading = Reading { source, at: 0, checks: Checks::of(map), sector, free };
            // Whoever no longer takes blocks knows why.
            let _ = reading.run(runs, len, &give).or_else(|error| give.send(Err(error)));
        });
        let head: Block = given.recv().unwrap_or(Err(Error::Empty))?;
        fits(head.len as u64)?;
        progress.begins(Phase::Write, total);
        let mut flashing = Flashing { target, progress, stop, written: 0, sums: Vec::new() };
        let flashed = flashing.run(&head, given, &back, &fits);
        let written = flashing.written;
        let image_len = flashed.map_err(|source| Error::Unfinished { written, source: Box::new(source) })?;
        Ok(Flashed { image_len: len.unwrap_or(image_len), written: written + head.len as u64 })
    })
}

struct Flashing<'a> {
    target: &'a dyn Target,
    progress: &'a dyn Progress,
    stop: &'a AtomicBool,
    /// Bytes written behind the head.
    written: u64,
    sums: Vec<(Range<u64>, Sum)>,
}

impl Flashing<'_> {
    /// Says where the last block ends.
    fn run(
        &mut self,
        head: &Block,
        given: Receiver<Result<Block, Error>>,
        back: &SyncSender<Buffer>,
        fits: &dyn Fn(u64) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        self.clear_head(head)?;
        let mut end = head.len as u64;
        for block in given {
            let block = block?;
            end = block.range().end;
            fits(end)?;
            if self.stop.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            write_all(self.target, block.bytes(), block.at)?;
            self.written += block.len as u64;
            self.sums.push((block.range(), block.sum));
            self.progress.reached(self.written);
            // The reader may have ended and need it no more.
            let _ = back.try_send(block.buffer);
        }
        self.settle(end)?;
        self.progress.begins(Phase::Verify, Some(self.written + head.len as u64));
        verify(self.target, &self.sums, &mut |bytes| self.progress.reached(bytes), self.stop)?;
        let last = self.write_head(head);
        if last.is_err() {
            // A table that is half right is worse than none. Whether this helps, the error is the other.
            let _ = self.clear_head(head);
        }
        last?;
        self.progress.reached(self.written + head.len as u64);
        Ok(end)
    }

    fn clear_head(&self, head: &Block) -> Result<(), Error> {
        let sector = self.target.sector();
        let len = HEAD.min(self.target.size() / sector * sector).max(head.len as u64);
        write_all(self.target, Buffer::new(len as usize).bytes(), 0)?;
        self.settle(0)
    }

    fn write_head(&self, head: &Block) -> Result<(), Error> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        write_all(self.target, head.bytes(), 0)?;
        self.settle(0)?;
        // Nobody stops it any more.
        verify(self.target, &[(head.range(), head.sum)], &mut |_| {}, &AtomicBool::new(false))
    }

    fn settle(&self, at: u64) -> Result<(), Error> {
        self.target.settle().map_err(|source| Error::Write { at, len: 0, source })
    }
}

/// What the thread that reads has.
struct Reading {
    source: Source,
    /// Where the source is.
    at: u64,
    checks: Checks,
    sector: u64,
    free: Receiver<Buffer>,
}

impl Reading {
    fn run(
        &mut self,
        runs: Vec<Range<u64>>,
        len: Option<u64>,
        give: &SyncSender<Result<Block, Error>>,
    ) -> Result<(), Error> {
        for chunk in chunks(runs) {
            let failed = |source| Error::Read { at: chunk.start, source };
            self.source.skip(chunk.start - self.at).map_err(|error| short(error, self.at, len, failed))?;
            let wanted = (chunk.end - chunk.start) as usize;
            let mut buffer = self.free.try_recv().unwrap_or_else(|_| Buffer::new(CHUNK as usize));
            let read = fill(&mut self.source, &mut buffer.bytes_mut()[..wanted]).map_err(failed)?;
            self.at = chunk.start + read as u64;
            if read < wanted
                && let Some(expected) = len
            {
                return Err(Error::WrongLen { len: Bytes(self.at), expected: Bytes(expected) });
            }
            if read == 0 {
                return Ok(());
            }
            self.checks.feed(chunk.start, &buffer.bytes()[..read])?;
            // A chunk is a multiple of any sector.
            let padded = read.next_multiple_of(self.sector as usize);
            buffer.bytes_mut()[read..padded].fill(0);
            let sum = sum(&buffer.bytes()[..padded]);
            let block = Block { at: chunk.start, buffer, len: padded, sum };
            if give.send(Ok(block)).is_err() || read < wanted {
                return Ok(());
            }
        }
        self.ends(len)
    }

    /// Nothing may be left behind the length that was promised: a damaged end of a compressed image
    /// shows there, too.
    fn ends(&mut self, len: Option<u64>) -> Result<(), Error> {
        let Some(len) = len else { return Ok(()) };
        let at = self.at;
        let failed = |source| Error::Read { at, source };
        self.source.skip(len - at).map_err(|error| short(error, at, Some(len), failed))?;
        match fill(&mut self.source, &mut [0]).map_err(failed)? {
            0 => Ok(()),
            more => Err(Error::WrongLen { len: Bytes(len + more as u64), expected: Bytes(len) }),
        }
    }
}

/// An early end, if the length was promised; any other error otherwise.
fn short(error: io::Error, at: u64, len: Option<u64>, other: impl Fn(io::Error) -> Error) -> Error {
    match (error.kind(), len) {
        (io::ErrorKind::UnexpectedEof, Some(expected)) => {
            Error::WrongLen { len: Bytes(at), expected: Bytes(expected) }
        }
        _ => other(error),
    }
}

/// The checksums of a block map, held against the bytes that come by.
struct Checks {
    left: std::vec::IntoIter<Mapped>,
    now: Option<(Mapped, Sha256)>,
}

impl Checks {
    fn of(map: Option<BlockMap>) -> Self {
        let mut left = map.map(|map| map.ranges).unwrap_or_default().into_iter();
        let now = left.next().map(|range| (range, Sha256::new()));
        Self { left, now }
    }

    /// Takes the image's bytes from `at` on; every range is fed whole and in order.
    fn feed(&mut self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let end = at + bytes.len() as u64;
        while let Some((range, hash)) = &mut self.now {
            let (from, to) = (range.bytes.start.max(at), range.bytes.end.min(end));
            if from < to {
                hash.update(&bytes[(from - at) as usize..(to - at) as usize]);
            }
            if range.bytes.end > end {
                return Ok(());
            }
            if hash.finalize_reset()[..] != range.sha256 {
                return Err(Error::NotAsMapped { bytes: range.bytes.clone() });
            }
            self.now = self.left.next().map(|range| (range, Sha256::new()));
        }
        Ok(())
    }
}

const _: () = assert!(CHUNK.is_multiple_of(ALIGN as u64));

#[cfg(test)]
#[path = "flash_tests.rs"]
mod tests;
