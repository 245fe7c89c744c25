//! ext2 without a journal, for GRUB, GNU/Hurd and small read-mostly roots.
//!
//! Written after Linux, Documentation/filesystems/ext4/ (whose field names the modules below keep)
//! and fs/ext2/ext2.h. Revision 1 with what every reader of ext2 knows: `sparse_super`,
//! `large_file`, `ext_attr` and, but for the Hurd, `filetype`. Directories are not hashed, blocks
//! are found through indirect blocks, times have 32 bits.
//!
//! ```text
//! group: | superblock, descriptors (groups 0, 1, 3^n, 5^n, 7^n) | bitmaps | inodes | data |
//! ```
//!
//! The first KiB of the disk, in front of the superblock, is left zero for a boot program. The
//! data blocks of all groups are one sequence, filled from its start without gaps: directories
//! first, then files in the order of their paths, each in one piece with its indirect blocks in
//! front of what they list.

mod collect;
mod directory;
mod geometry;
mod inode;
mod map;
mod options;
mod superblock;
mod write;
mod xattr;

use std::io;

use bringup_spec::Bytes;
use bringup_tree::{Content, Tree};

use crate::{Error, FileSystem, RegionSink};

pub use crate::ext4::Size;
use geometry::Geometry;
pub use options::{Creator, Options};

const FORMAT: &str = "ext2";

/// Bytes in a block.
pub const BLOCK_BYTES: u64 = 4096;
/// [`BLOCK_BYTES`] as the length of a buffer.
const BLOCK: usize = BLOCK_BYTES as usize;

/// A planned ext2 file system.
#[derive(Debug)]
pub struct Ext2 {
    options: Options,
    geometry: Geometry,
    size: Bytes,
    /// The inode table from inode 1 to the last one used.
    inodes: Vec<u8>,
    /// For each group, how many directories' inodes are in it.
    directories: Vec<u16>,
    /// What is in the data blocks, in order and without gaps.
    pieces: Vec<Piece>,
    /// Data blocks in use.
    used: u64,
}

/// Something that fills data blocks, through indirect blocks where it is long.
#[derive(Debug)]
struct Piece {
    /// Its first block in the sequence of data blocks.
    first: u64,
    content: Content,
}

impl Ext2 {
    /// Lays out `tree`; every number and place is fixed from here on.
    ///
    /// The tree's own `lost+found` is kept; where there is none, one is made.
    ///
    /// # Errors
    /// [`Error::TooSmall`] with the size that is needed, or something in the tree or the options
    /// that ext2 cannot hold.
    pub fn plan(tree: &Tree, options: &Options) -> Result<Self, Error> {
        options.check()?;
        let found = collect::collect(tree, options)?;
        let wanted = found.inodes.len() as u64 + u64::from(options.free_inodes);
        let geometry = match options.size {
            Size::ContentPlus(free) => {
                Geometry::smallest(found.blocks + free.0.div_ceil(BLOCK_BYTES), wanted)?
            }
            Size::Exact(size) => match Geometry::within(size.0 / BLOCK_BYTES, wanted) {
                Some(geometry) if geometry.capacity() >= found.blocks => geometry,
                _ => {
                    let needed = Geometry::smallest(found.blocks, wanted)?.size();
                    return Err(Error::TooSmall { format: FORMAT, needed, size });
                }
            },
        };
        let size = match options.size {
            Size::Exact(size) => size,
            Size::ContentPlus(_) => geometry.size(),
        };
        let mut directories = vec![0; geometry.groups() as usize];
        let mut inodes = Vec::with_capacity(found.inodes.len() * inode::BYTES);
        for (index, each) in found.inodes.iter().enumerate() {
            let group = index as u64 / geometry.inodes_per_group();
            directories[group as usize] += u16::from(each.is_directory());
            inodes.extend_from_slice(&each.encode(&geometry, options.creator));
        }
        let options = options.clone();
        Ok(Self { options, geometry, size, inodes, directories, pieces: found.pieces, used: found.blocks })
    }

    /// What is free in it, root's reserve included.
    pub fn free(&self) -> Bytes {
        Bytes((self.geometry.capacity() - self.used) * BLOCK_BYTES)
    }

    /// How many inodes are free in it.
    pub fn free_inodes(&self) -> u32 {
        (self.geometry.inodes() - self.used_inodes()) as u32
    }

    fn used_inodes(&self) -> u64 {
        (self.inodes.len() / inode::BYTES) as u64
    }
}

impl FileSystem for Ext2 {
    fn size(&self) -> Bytes {
        self.size
    }

    fn write(&self, sink: &mut dyn RegionSink) -> io::Result<()> {
        write::write(self, sink)
    }
}
