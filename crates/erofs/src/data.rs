//! The contents of files, read and compressed on all threads, in order.

use std::io;
use std::ops::Range;

use bringup_tree::{Content, Kind};

use crate::collect::Item;
use crate::compress::{Compressor, Extent};
use crate::{BLOCK, BLOCK_BYTES, Options, index, inode};

/// Least bytes of a file that are worked on as one piece; also about how much a job has.
const PIECE: u64 = 1 << 20;
/// A piece has room for several clusters, so that the last one of each, which may not be full,
/// counts for little.
const CLUSTERS: u64 = 4;
/// Most files of a job.
const FILES: usize = 256;

/// A part of a file's contents.
#[derive(Clone, Copy, Debug)]
struct Piece<'a> {
    item: usize,
    content: &'a Content,
    at: u64,
    len: usize,
    /// Most bytes that can stand behind the inode, if it is the last piece.
    tail_room: TailRoom,
}

/// Most bytes that can stand behind the inode.
#[derive(Clone, Copy, Debug, Default)]
struct TailRoom {
    /// If the file is not compressed.
    plain: usize,
    /// If it is.
    packed: usize,
}

/// What became of a piece.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) item: usize,
    /// Whole blocks, in [`Output::bytes`].
    pub(crate) blocks: Range<usize>,
    /// What is to stand behind the inode.
    pub(crate) tail: Range<usize>,
    /// What is in the blocks and the tail; none if they hold the piece as it is.
    pub(crate) extents: Vec<Extent>,
    /// Whether it is the file's first piece.
    pub(crate) first: bool,
    /// Whether it is the file's last piece.
    pub(crate) last: bool,
}

/// What became of a job.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) bytes: Vec<u8>,
    pub(crate) pieces: Vec<Done>,
    /// An item that cannot be read, behind all of `pieces`.
    pub(crate) failed: Option<(usize, io::Error)>,
}

/// A thread's tools.
struct Worker<'a> {
    compressor: Option<Compressor>,
    options: &'a Options,
    items: &'a [Item<'a>],
    input: Vec<u8>,
}

/// Hands what became of every file's contents to `take`, in the items' order.
pub(crate) fn pack<Error>(
    items: &[Item<'_>],
    options: &Options,
    take: impl FnMut(Output) -> Result<(), Error>,
) -> Result<(), Error> {
    let worker = || Worker {
        compressor: options.compression.as_ref().map(Compressor::new),
        options,
        items,
        input: Vec::new(),
    };
    let work = |worker: &mut Worker<'_>, job: Vec<Piece<'_>>| worker.work(&job);
    bringup_parallel::ordered(options.threads, jobs(items, options), worker, work, take)
}

/// The pieces of all files, some of them at a time.
fn jobs<'a>(items: &'a [Item<'a>], options: &'a Options) -> impl Iterator<Item = Vec<Piece<'a>>> {
    let clusters = options.compression.map_or(0, |compression| u64::from(compression.cluster_bytes));
    let most = PIECE.max(clusters * CLUSTERS);
    let mut pieces = items
        .iter()
        .enumerate()
        .filter_map(|(number, item)| match &item.node.kind {
            Kind::File(content) if !content.is_empty() => Some((number, item, content)),
            _ => None,
        })
        .flat_map(move |(number, item, content)| {
            let tail_room = tail_room(item, content.len(), options);
            (0..content.len().div_ceil(most)).map(move |piece| {
                let at = piece * most;
                let len = most.min(content.len() - at) as usize;
                Piece { item: number, content, at, len, tail_room }
            })
        })
        .peekable();
    std::iter::from_fn(move || {
        let mut job = vec![pieces.next()?];
        let mut bytes = job[0].len as u64;
        while job.len() < FILES
            && let Some(piece) = pieces.next_if(|piece| bytes + piece.len as u64 <= PIECE)
        {
            bytes += piece.len as u64;
            job.push(piece);
        }
        Some(job)
    })
}

/// The tail must not leave its block, and what is shorter than a block does not.
fn tail_room(item: &Item<'_>, size: u64, options: &Options) -> TailRoom {
    let inode = inode::len(item, size, options.time);
    let packed = match options.compression {
        Some(compression) if compression.pack_tails => inode + index::len(inode, size),
        _ => BLOCK,
    };
    TailRoom { plain: BLOCK.saturating_sub(inode), packed: BLOCK.saturating_sub(packed) }
}

impl Worker<'_> {
    fn work(&mut self, job: &[Piece<'_>]) -> Output {
        let mut output = Output::default();
        for piece in job {
            if let Err(error) = self.piece(piece, &mut output) {
                output.failed = Some((piece.item, error));
                break;
            }
        }
        output
    }

    fn piece(&mut self, piece: &Piece<'_>, output: &mut Output) -> io::Result<()> {
        let Piece { item, content, at, len, tail_room } = *piece;
        let (first, last) = (at == 0, at + len as u64 == content.len());
        let start = output.bytes.len();
        let mut done = Done { item, blocks: start..start, tail: 0..0, extents: Vec::new(), first, last };
        if let Some(compressor) = &mut self.compressor
            && (content.len() > BLOCK_BYTES || tail_room.packed > 0)
        {
            self.input.resize(len, 0);
            content.read_exact_at(&mut self.input, at)?;
            let mut tail = Vec::new();
            let room = if last { tail_room.packed } else { 0 };
            let extents = compressor.pack(&self.input, &mut output.bytes, &mut tail, room);
            let blocks = output.bytes.len() - start;
            let inode = inode::len(&self.items[item], content.len(), self.options.time);
            let packed = blocks + tail.len() + index::len(inode, content.len());
            if !(first && last && packed >= len) {
                done.blocks = start..output.bytes.len();
                output.bytes.extend_from_slice(&tail);
                done.tail = done.blocks.end..output.bytes.len();
                done.extents = extents;
                output.pieces.push(done);
                return Ok(());
            }
            // Not worth it: as it is.
            output.bytes.truncate(start);
            output.bytes.extend_from_slice(&self.input);
        } else {
            output.bytes.resize(start + len, 0);
            content.read_exact_at(&mut output.bytes[start..], at)?;
        }
        let rest = len % BLOCK;
        if last && rest <= tail_room.plain {
            done.blocks.end = start + len - rest;
            done.tail = done.blocks.end..start + len;
        } else {
            output.bytes.resize(start + len.next_multiple_of(BLOCK), 0);
            done.blocks.end = output.bytes.len();
        }
        output.pieces.push(done);
        Ok(())
    }
}
