//! One layer: a tree as a compressed tar archive, and both of its digests.

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use bringup_tree::Tree;

use crate::digest::{Digest, Hashing};
use crate::error::Error;
use crate::options::{Compression, Options};

/// What is known of a layer once it is written.
pub(crate) struct Blob {
    /// Of the compressed bytes: the layer's name.
    pub(crate) digest: Digest,
    /// How many those are.
    pub(crate) len: u64,
    /// Of the archive itself: what `rootfs.diff_ids` lists.
    pub(crate) diff_id: Digest,
    /// Bytes of the archive itself.
    pub(crate) archive_len: u64,
}

/// Writes `tree` as layer `number`, counted from 1.
///
/// One thread makes the archive, others compress its blocks, this one writes: a few blocks a thread
/// are in memory.
pub(crate) fn write(tree: &Tree, number: usize, options: &Options, to: impl Write) -> Result<Blob, Error> {
    let compression = options.compression;
    let mut out = Hashing::new(to);
    out.write_all(compression.head()).map_err(Error::Write)?;
    let archived = thread::scope(|scope| {
        // Two blocks ahead: the archive is made faster than it is compressed.
        let (give, blocks) = sync_channel(2);
        let archive = thread::Builder::new().spawn_scoped(scope, move || {
            let mut cut = Cut::new(compression, give);
            tree.to_tar(&mut cut).map(|()| cut.finish())
        });
        let archive = archive.map_err(Error::Thread)?;
        let compressed = bringup_parallel::ordered(
            options.threads,
            blocks,
            || compression.compressor(),
            |compressor, block| compressor.block(block),
            |block| {
                let block = block.map_err(|source| Error::Compress { number, source })?;
                out.write_all(&block).map_err(Error::Write)
            },
        );
        let archived = archive.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // Where the blocks were not taken, the archive failed for that.
        compressed?;
        archived.map_err(|source| Error::Layer { number, source })
    })?;
    out.write_all(&compression.tail(archived.crc, archived.len)).map_err(Error::Write)?;
    let (digest, len) = out.finish();
    Ok(Blob { digest, len, diff_id: archived.digest, archive_len: archived.len })
}

struct Archived {
    digest: Digest,
    crc: u32,
    len: u64,
}

/// Cuts what is written into blocks and hands them on.
struct Cut {
    blocks: Hashing<Blocks>,
    crc: Option<crc32fast::Hasher>,
}

struct Blocks {
    size: usize,
    block: Vec<u8>,
    give: SyncSender<Vec<u8>>,
}

impl Cut {
    fn new(compression: Compression, give: SyncSender<Vec<u8>>) -> Self {
        let size = compression.block();
        let crc = matches!(compression, Compression::Gzip { .. }).then(crc32fast::Hasher::new);
        let block = Vec::with_capacity(size);
        Self { blocks: Hashing::new(Blocks { size, block, give }), crc }
    }

    fn finish(mut self) -> Archived {
        let rest = std::mem::take(&mut self.blocks.to.block);
        if !rest.is_empty() {
            // If nobody takes it, whoever took the others says why.
            let _ = self.blocks.to.give.send(rest);
        }
        let (digest, len) = self.blocks.finish();
        Archived { digest, crc: self.crc.map_or(0, crc32fast::Hasher::finalize), len }
    }
}

impl Write for Cut {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.blocks.write(bytes)?;
        if let Some(crc) = &mut self.crc {
            crc.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.size - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        if self.block.len() == self.size {
            let full = std::mem::replace(&mut self.block, Vec::with_capacity(self.size));
            self.give.send(full).map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
