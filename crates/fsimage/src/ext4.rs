//! ext4, by `mkext4`: what this module adds is the exact size, checks and large writes.

mod declare;
mod geometry;
mod seal;

use std::io;

use bringup_spec::Bytes;
use bringup_tree::{Content, Tree};
use mkext4::{InodeHandle, Layout};

use crate::coalesce::Coalesce;
use crate::{Error, FileSystem, RegionSink};

pub(crate) const FORMAT: &str = "ext4";

/// Bytes in a block; the only size that `mkext4` writes.
pub const BLOCK_BYTES: u64 = 4096;

/// What an ext4 file system is to be, beside its files. Equal options and trees give equal bytes.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its UUID, by which a kernel finds its root.
    pub uuid: [u8; 16],
    /// Seed of the hash that orders large directories (`s_hash_seed`).
    pub hash_seed: [u8; 16],
    /// Volume label, at most 16 bytes; may be empty.
    pub label: String,
    /// Time of the file system itself and of `lost+found`, in seconds since 1970.
    pub epoch: i64,
    /// How large it is.
    pub size: Size,
    /// Inodes left free, at least. There are never fewer inodes than one for every 16 KiB of the
    /// file system, as `mke2fs` has it: growing it later keeps the ratio.
    pub free_inodes: u32,
    /// Percentage of all blocks that only root may use; `mke2fs` takes 5.
    pub reserved_percent: u8,
    /// Size of the journal, at most a quarter of the file system; by the file system's size, as
    /// `mke2fs` has it, where none is given.
    pub journal: Option<Bytes>,
}

/// How large a file system is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Exactly this.
    Exact(Bytes),
    /// The least that holds the files and leaves this much free.
    ContentPlus(Bytes),
}

/// A planned ext4 file system.
#[derive(Debug)]
pub struct Ext4 {
    layout: Layout,
    files: Vec<(InodeHandle, Content)>,
    size: Bytes,
    free: Bytes,
    free_inodes: u32,
}

impl Ext4 {
    /// Lays out `tree`; every number and place is fixed from here on.
    ///
    /// # Errors
    /// [`Error::TooSmall`] with the size that is needed, or something in the tree or the options
    /// that ext4 cannot hold.
    pub fn plan(tree: &Tree, options: &Options) -> Result<Self, Error> {
        seal::plan(tree, options)
    }

    /// What is free in it, root's reserve included.
    pub fn free(&self) -> Bytes {
        self.free
    }

    /// How many inodes are free in it.
    pub fn free_inodes(&self) -> u32 {
        self.free_inodes
    }
}

impl FileSystem for Ext4 {
    fn size(&self) -> Bytes {
        self.size
    }

    fn write(&self, sink: &mut dyn RegionSink) -> io::Result<()> {
        let mut out = Coalesce::new(sink);
        // Making the writer emits all metadata, and everything that is zero. The files' places
        // are known, so that their bytes are read straight into the buffer that gets written.
        self.layout.writer(&mut out).map_err(|error| match error {
            mkext4::Error::Io(error) => error,
            error => io::Error::other(error),
        })?;
        for (handle, content) in &self.files {
            let mut from = 0;
            let mut end = 0;
            for (offset, len) in self.layout.extents(*handle) {
                out.part(offset, content, from, len)?;
                from += len;
                end = offset + len;
            }
            RegionSink::zeros(&mut out, end, end.next_multiple_of(BLOCK_BYTES) - end)?;
        }
        let len = self.layout.image_len();
        RegionSink::zeros(&mut out, len, self.size.0 - len)?;
        out.flush()
    }
}
