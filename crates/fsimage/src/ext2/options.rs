//! What an ext2 file system is to be.

use bringup_spec::Bytes;
use bringup_tree::Kind;

use super::geometry::MOST_BLOCKS;
use super::{BLOCK_BYTES, FORMAT, Size};
use crate::Error;

/// Longest volume label (`s_volume_name`).
const MAX_LABEL: usize = 16;
/// Inode numbers have 32 bits; this leaves room for the tree's and for whole tables.
const MAX_FREE_INODES: i64 = 1 << 30;

/// What an ext2 file system is to be, beside its files. Equal options and trees give equal bytes.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its UUID, by which a kernel finds its root.
    pub uuid: [u8; 16],
    /// Volume label, at most 16 bytes; may be empty.
    pub label: String,
    /// Time of the file system itself and of `lost+found`, in seconds since 1970, until 2038.
    pub epoch: i64,
    /// How large it is.
    pub size: Size,
    /// Inodes left free, at least; 2^30 at most. There are never fewer inodes than one for every 16 KiB of the
    /// file system, as `mke2fs` has it.
    pub free_inodes: u32,
    /// Percentage of all blocks that only root may use; `mke2fs` takes 5.
    pub reserved_percent: u8,
    /// For which system it is made.
    pub creator: Creator,
}

/// The system whose own fields the inodes have (`s_creator_os`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creator {
    /// Linux; the Hurd would read the low 16 bits of owners only.
    Linux,
    /// GNU/Hurd, which has no `filetype` feature (e2fsprogs, e2fsck/problem.h,
    /// `PR_0_HURD_CLEAR_FILETYPE`) and keeps a file's author. Linux mounts it as well.
    Hurd,
}

impl Creator {
    /// Whether directory entries say what kind of thing they name.
    pub(super) fn has_file_types(self) -> bool {
        self == Self::Linux
    }

    /// What a directory entry says of its inode's kind (Linux,
    /// Documentation/filesystems/ext4/directory.rst, `file_type`).
    pub(super) fn file_type(self, kind: &Kind) -> u8 {
        match kind {
            _ if !self.has_file_types() => 0,
            Kind::File(_) => 1,
            Kind::Directory => 2,
            Kind::CharDevice(_) => 3,
            Kind::BlockDevice(_) => 4,
            Kind::Fifo => 5,
            Kind::Socket => 6,
            Kind::Symlink(_) => 7,
        }
    }

    /// `s_creator_os` (Linux, fs/ext2/ext2.h, `EXT2_OS_LINUX` and `EXT2_OS_HURD`).
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Linux => 0,
            Self::Hurd => 1,
        }
    }
}

impl Options {
    pub(super) fn check(&self) -> Result<(), Error> {
        let within = |option, value, least, most| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Error::BadOption { format: FORMAT, option, value, least, most })
        };
        if self.label.len() > MAX_LABEL {
            let (label, len) = (self.label.clone(), self.label.len());
            return Err(Error::LabelTooLong { label, len, most: MAX_LABEL, format: FORMAT });
        }
        // An inode of 128 bytes has signed times of 32 bits.
        within("epoch", self.epoch, 0, i64::from(i32::MAX))?;
        within("reserved_percent", i64::from(self.reserved_percent), 0, 50)?;
        within("free_inodes", i64::from(self.free_inodes), 0, MAX_FREE_INODES)?;
        let (Size::Exact(size) | Size::ContentPlus(size)) = self.size;
        let most = Bytes(MOST_BLOCKS * BLOCK_BYTES);
        if size > most { Err(Error::TooLarge { format: FORMAT, most, size }) } else { Ok(()) }
    }
}
