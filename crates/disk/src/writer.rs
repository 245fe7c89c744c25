//! One image, from its plan to its final name.

use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bringup_layout::{DiskPlan, Table};
use bringup_spec::Bytes;

use crate::partial::Partial;
use crate::{Error, Region, gpt, mbr};

/// Writes one image. Until [`finish`](Self::finish) there is nothing under the final name, or what
/// was there before.
#[derive(Debug)]
pub struct ImageWriter<'a> {
    plan: &'a DiskPlan,
    target: PathBuf,
    partial: Partial,
}

impl<'a> ImageWriter<'a> {
    /// Starts an image that will be `target`, in whose folder it is written; all of it reads as
    /// zeros at first.
    ///
    /// # Errors
    /// The folder is not there or not writable, or `target` is a folder itself.
    pub fn create(target: &Path, plan: &'a DiskPlan) -> Result<Self, Error> {
        let writer = Self { plan, target: target.to_owned(), partial: Partial::create(target)? };
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

    /// Puts `bytes` at the start of the placement of that name.
    ///
    /// # Errors
    /// There is none, or its room is smaller.
    pub fn place(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let claim = self.plan.placement(name).ok_or_else(|| Error::NoPlacement { name: name.to_owned() })?;
        let len = Bytes(bytes.len() as u64);
        if len > claim.len {
            return Err(Error::TooLarge { name: name.to_owned(), len, room: claim.len, offset: claim.start });
        }
        self.write(claim.start, bytes)
    }

    /// Writes the tables and gives the image its final name.
    ///
    /// # Errors
    /// The disk is full, or the name cannot be taken.
    pub fn finish(self) -> Result<(), Error> {
        match self.plan.table() {
            Table::Mbr { disk_id } => self.write_mbr(&mbr::encode(self.plan, *disk_id))?,
            Table::Gpt(plan) => {
                self.write_mbr(&mbr::encode_protective(self.plan))?;
                for piece in gpt::encode(self.plan, plan) {
                    self.write(piece.at.offset(), &piece.bytes)?;
                }
            }
        }
        let Self { partial, target, .. } = self;
        partial.keep_as(&target).map_err(|source| Error::Io { operation: "rename to", path: target, source })
    }

    /// What a failed write means: a full disk is told from everything else.
    pub fn failed(&self, operation: &'static str, source: io::Error) -> Error {
        let path = self.target.clone();
        if source.kind() != io::ErrorKind::StorageFull {
            return Error::Io { operation, path, source };
        }
        let free = rustix::fs::fstatvfs(&self.partial.file);
        let free = free.map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize));
        Error::NoSpace { path, needed: self.plan.size(), free: Bytes(free) }
    }

    /// The first 440 bytes of sector 0 belong to boot code, which a placement may have put there.
    fn write_mbr(&self, tail: &mbr::Tail) -> Result<(), Error> {
        self.write(Bytes(mbr::SIGNATURE_AT as u64), tail)
    }

    fn write(&self, at: Bytes, bytes: &[u8]) -> Result<(), Error> {
        let written = self.partial.file.write_all_at(bytes, at.0);
        written.map_err(|source| self.failed("write", source))
    }
}
