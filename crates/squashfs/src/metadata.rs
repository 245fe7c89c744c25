//! Metadata: inodes, directories and tables, in blocks of 8 KiB, each behind its length.

use crate::Error;
use crate::compress::Compressor;
use crate::error::fits;

/// Bytes in a full block (`SQUASHFS_METADATA_SIZE`).
pub(crate) const BLOCK: usize = 8192;

/// Set in a block's length if the block is not compressed (`SQUASHFS_COMPRESSED_BIT`).
const STORED: u16 = 1 << 15;

/// Where something is in a run of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where its block starts, from the first one's start.
    pub(crate) block: u32,
    /// Where it is in the block, once that is decompressed.
    pub(crate) offset: u16,
}

impl Place {
    /// In the form of inode numbers and attributes (`SQUASHFS_MKINODE`).
    pub(crate) fn packed(self) -> u64 {
        u64::from(self.block) << 16 | u64::from(self.offset)
    }
}

/// Compresses a run of blocks as bytes come.
#[derive(Default)]
pub(crate) struct Metadata {
    /// What is compressed, with lengths.
    done: Vec<u8>,
    /// Where each block starts.
    starts: Vec<u64>,
    /// The next block so far.
    open: Vec<u8>,
}

impl Metadata {
    /// Where the next byte goes; `what` is what the run holds, for messages.
    pub(crate) fn place(&self, what: &'static str) -> Result<Place, Error> {
        Ok(Place { block: fits(what, self.done.len() as u64)?, offset: self.open.len() as u16 })
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8], compressor: &mut Compressor) -> Result<(), Error> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.open.len()));
            self.open.extend_from_slice(now);
            bytes = later;
            if self.open.len() == BLOCK {
                self.close(compressor)?;
            }
        }
        Ok(())
    }

    /// The blocks, and where each of them starts.
    pub(crate) fn finish(mut self, compressor: &mut Compressor) -> Result<(Vec<u8>, Vec<u64>), Error> {
        if !self.open.is_empty() {
            self.close(compressor)?;
        }
        Ok((self.done, self.starts))
    }

    fn close(&mut self, compressor: &mut Compressor) -> Result<(), Error> {
        self.starts.push(self.done.len() as u64);
        let packed = compressor.pack(&self.open)?;
        let bytes = packed.as_deref().unwrap_or(&self.open);
        let flag = if packed.is_none() { STORED } else { 0 };
        // At most 8,192 bytes: what does not get smaller is stored.
        self.done.extend_from_slice(&(bytes.len() as u16 | flag).to_le_bytes());
        self.done.extend_from_slice(bytes);
        self.open.clear();
        Ok(())
    }
}

/// The blocks of a table that starts `at` bytes into the file system, and the list of where each
/// block is, by which the table is found.
pub(crate) fn table(bytes: &[u8], at: u64, compressor: &mut Compressor) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let mut blocks = Metadata::default();
    blocks.push(bytes, compressor)?;
    let (blocks, starts) = blocks.finish(compressor)?;
    Ok((blocks, starts.iter().flat_map(|start| (at + start).to_le_bytes()).collect()))
}
