//! FAT12, FAT16 and FAT32 with long names.
//!
//! Written after Microsoft, "FAT: General Overview of On-Disk Format", version 1.03, 2000
//! ("fatgen103" in the comments), whose field names the modules below keep.
//!
//! ```text
//! | reserved: boot sector, on FAT32 FSInfo and copies | FAT | FAT | root (FAT12, 16) | clusters |
//! ```
//!
//! Directories come first in the clusters, then files in the order of their paths, each in one
//! piece.

mod boot;
mod entry;
mod folders;
mod geometry;
mod name;
mod table;
mod time;

use std::io;

use bringup_spec::Bytes;
use bringup_tree::{Content, Tree};

use crate::coalesce::Coalesce;
use crate::{Error, FileSystem, RegionSink};

pub use geometry::FatKind;
use geometry::{Geometry, SECTOR};

/// What a FAT file system is to be, beside its files. Equal options and trees give equal bytes.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its exact size, a multiple of 512 bytes.
    pub size: Bytes,
    /// FAT12, FAT16 or FAT32; by its size, as Microsoft's formatter has it, where none is given.
    pub kind: Option<FatKind>,
    /// Volume label, at most 11 ASCII characters, kept in upper case; may be empty.
    pub label: String,
    /// Volume serial number (`BS_VolID`), by which Linux finds it: `1234-ABCD` is 0x1234ABCD.
    pub volume_id: u32,
    /// Time of the label, in seconds since 1970; files have their own. FAT's times have no zone,
    /// two-second steps and the years 1980 to 2107: UTC is stored, the nearest one possible.
    pub epoch: i64,
    /// Sectors on the disk in front of the partition (`BPB_HiddSec`).
    pub first_sector: u32,
}

/// A planned FAT file system.
#[derive(Debug)]
pub struct Fat {
    geometry: Geometry,
    /// Boot sector, FSInfo and their copies: the whole reserved region.
    reserved: Vec<u8>,
    /// One FAT, up to its last used entry, in whole sectors.
    table: Vec<u8>,
    /// The root directory of FAT12 and FAT16, which is in front of the clusters.
    root: Vec<u8>,
    /// What is in the clusters, in order.
    runs: Vec<Run>,
    /// Clusters in use.
    used: u64,
}

/// Contents of adjacent clusters.
#[derive(Debug)]
struct Run {
    /// The first cluster, counted from 2.
    cluster: u32,
    content: Content,
}

impl Fat {
    /// Lays out `tree`; every number and place is fixed from here on.
    ///
    /// Hard links become separate files; owners, modes and attributes, which FAT does not know,
    /// are dropped.
    ///
    /// # Errors
    /// [`Error::TooSmall`] with the size that is needed; a name FAT cannot hold or two that differ
    /// only in case; anything but files and directories; a file of 4 GiB or more; a label too long.
    pub fn plan(tree: &Tree, options: &Options) -> Result<Self, Error> {
        let geometry = Geometry::new(options.size, options.kind)?;
        let label = name::label(&options.label, geometry.kind)?;
        let mut folders = folders::collect(tree, geometry.kind, label, options.epoch)?;
        let clusters = folders.assign(&geometry)?;
        let root_cluster = folders.root_cluster();
        let (root, runs) = folders.render(geometry.kind);
        let table = table::build(&geometry, &runs);
        let reserved = boot::reserved(&geometry, options, label, root_cluster, clusters as u32);
        Ok(Self { geometry, reserved, table, root, runs, used: clusters })
    }

    /// Which of the three kinds it is.
    pub fn kind(&self) -> FatKind {
        self.geometry.kind
    }

    /// What is free in it, in whole clusters.
    pub fn free(&self) -> Bytes {
        Bytes((self.geometry.clusters - self.used) * self.geometry.cluster_bytes())
    }
}

impl FileSystem for Fat {
    fn size(&self) -> Bytes {
        Bytes(self.geometry.sectors * SECTOR)
    }

    fn write(&self, sink: &mut dyn RegionSink) -> io::Result<()> {
        let geometry = &self.geometry;
        let mut out = Coalesce::new(sink);
        let mut at = 0;
        let regions = [
            (&self.reserved, geometry.reserved),
            (&self.table, geometry.fat_sectors),
            (&self.table, geometry.fat_sectors),
            (&self.root, geometry.root_sectors()),
        ];
        for (bytes, sectors) in regions {
            let end = at + sectors * SECTOR;
            RegionSink::data(&mut out, at, bytes)?;
            at += bytes.len() as u64;
            RegionSink::zeros(&mut out, at, end - at)?;
            at = end;
        }
        for run in &self.runs {
            out.content(at, &run.content)?;
            let end = at + geometry.clusters_for(run.content.len()) * geometry.cluster_bytes();
            at += run.content.len();
            RegionSink::zeros(&mut out, at, end - at)?;
            at = end;
        }
        RegionSink::zeros(&mut out, at, self.size().0 - at)?;
        out.flush()
    }
}
