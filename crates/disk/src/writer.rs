//! One image, from its plan to its final name.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bringup_layout::{DiskPlan, Owner, Table};
use bringup_spec::Bytes;

use crate::partial::Partial;
use crate::{Error, Region, gpt, mbr, sparse};

/// Writes one image. Until [`finish`](Self::finish) there is nothing under the final name, or what
/// was there before.
#[derive(Debug)]
pub struct ImageWriter<'a> {
    plan: &'a DiskPlan,
    target: PathBuf,
    partial: Partial,
    placed: Mutex<BTreeSet<String>>,
}

/// A finished image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// Its size as a disk.
    pub size: Bytes,
    /// What it takes of the file system; less than `size` where it is sparse.
    pub allocated: Bytes,
}

impl<'a> ImageWriter<'a> {
    /// Starts an image that will be `target`, in whose folder it is written; all of it reads as
    /// zeros at first.
    ///
    /// # Errors
    /// The folder is not there or not writable, or `target` is a folder itself.
    pub fn create(target: &Path, plan: &'a DiskPlan) -> Result<Self, Error> {
        let partial = Partial::create(target)?;
        let writer = Self { plan, target: target.to_owned(), partial, placed: Mutex::default() };
        let sized = writer.partial.file.set_len(plan.size().0);
        sized.map_err(|source| writer.failed("size", source))?;
        Ok(writer)
    }

    /// The window of the partition of that number, counted from 1.
    ///
    /// # Errors
    /// There is none.
    pub fn partition(&self, number: u32) -> Result<Region<'_>, Error> {
        let partition = self.plan.partition(number);
        let partition =
            partition.ok_or(Error::NoPartition { number, count: self.plan.partitions().len() })?;
        Ok(Region { file: &self.partial.file, start: partition.start, len: partition.len, number })
    }

    /// Puts `bytes` at the start of the placement of that name, once.
    ///
    /// # Errors
    /// There is none, its room is smaller, or it has been filled before.
    pub fn place(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let claim = self.plan.placement(name).ok_or_else(|| Error::NoPlacement { name: name.to_owned() })?;
        let len = Bytes(bytes.len() as u64);
        if len > claim.len {
            return Err(Error::TooLarge { name: name.to_owned(), len, room: claim.len, offset: claim.start });
        }
        // The set is whole even if a thread panicked beside it.
        if !self.placed.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned()) {
            return Err(Error::PlacedTwice { name: name.to_owned() });
        }
        self.write(claim.start, bytes)
    }

    /// Writes the tables, after which the image has all of its bytes but not its name.
    ///
    /// # Errors
    /// A boot program is missing, or the disk is full.
    pub fn tables(&self) -> Result<(), Error> {
        self.all_placed()?;
        match self.plan.table() {
            Table::Mbr { disk_id } => self.write_mbr(&mbr::encode(self.plan, *disk_id))?,
            Table::Gpt(plan) => {
                self.write_mbr(&mbr::encode_beside(self.plan, plan))?;
                for piece in gpt::encode(self.plan, plan) {
                    self.write(piece.at, &piece.bytes)?;
                }
            }
        }
        Ok(())
    }

    /// The unfinished image, to be read.
    pub fn file(&self) -> &File {
        &self.partial.file
    }

    /// Writes the tables and gives the image its final name.
    ///
    /// # Errors
    /// A boot program is missing, the disk is full, or the name cannot be taken.
    pub fn finish(self) -> Result<Written, Error> {
        let target = self.target.clone();
        self.finish_as(&target)
    }

    /// As [`finish`](Self::finish), under another name in the same file system.
    ///
    /// # Errors
    /// As for [`finish`](Self::finish).
    pub fn finish_as(self, path: &Path) -> Result<Written, Error> {
        self.tables()?;
        let meta = self.partial.file.metadata().map_err(|source| self.failed("look at", source))?;
        // `st_blocks` counts 512 bytes each, whatever the file system's blocks are (stat(2)).
        let allocated = Bytes(meta.blocks() * 512);
        let Self { plan, partial, .. } = self;
        let path = path.to_owned();
        match partial.keep_as(&path) {
            Ok(()) => Ok(Written { path, size: plan.size(), allocated }),
            Err(source) => Err(Error::Io { operation: "rename to", path, source }),
        }
    }

    /// An image without one of its boot programs would be found out by the board alone.
    fn all_placed(&self) -> Result<(), Error> {
        let placed = self.placed.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = self.plan.claims().iter().find_map(|claim| match claim.owner {
            Owner::Placement(name) if !placed.contains(name) => Some(name),
            _ => None,
        });
        missing.map_or(Ok(()), |name| Err(Error::NotPlaced { name: name.to_owned() }))
    }

    /// What a failed write means: a full disk is told from everything else.
    pub fn failed(&self, operation: &'static str, source: io::Error) -> Error {
        let path = self.target.clone();
        if source.kind() != io::ErrorKind::StorageFull {
            return Error::Io { operation, path, source };
        }
        let free = rustix::fs::fstatvfs(&self.partial.file);
        let free = free.map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize));
        // What has been written so far is given back when this writer is dropped.
        let own = self.partial.file.metadata().map_or(0, |meta| meta.blocks() * 512);
        Error::NoSpace { path, needed: self.plan.size(), free: Bytes(free.saturating_add(own)) }
    }

    /// The first 440 bytes of sector 0 belong to boot code, which a placement may have put there.
    fn write_mbr(&self, tail: &mbr::Tail) -> Result<(), Error> {
        self.write(Bytes(mbr::SIGNATURE_AT as u64), tail)
    }

    fn write(&self, at: Bytes, bytes: &[u8]) -> Result<(), Error> {
        let written = sparse::write(&self.partial.file, bytes, at.0);
        written.map_err(|source| self.failed("write", source))
    }
}
