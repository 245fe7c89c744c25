//! Disks: partitions and whatever else lies on them, and up to three tables.
//!
//! After genimage's `image-hd.c` (18), whose rule this keeps: the tables' own sectors are pieces
//! like partitions, and no two pieces share a byte.
//!
//! ```text
//! | MBR's last 72 bytes | GPT header | GPT entries | pieces ... | GPT entries | GPT header |
//! ```

mod check;
mod error;
mod gpt;
mod layout;
mod logical;
mod mbr;
mod write;

use layout::Layout;

pub use error::LayoutError;
pub(crate) use layout::{Child, lay_out};
pub(crate) use write::DiskImage;

/// What the tables count in, whatever the disk's own sectors are (image-hd.c divides by 512).
const SECTOR: u64 = 512;
/// Entries of a GPT, as every tool has them (UEFI 2.10, 5.3.1).
const GPT_ENTRIES: u64 = 128;
/// Bytes of one (UEFI 2.10, table 5.6).
const GPT_ENTRY: u64 = 128;
/// Bytes of all.
const GPT_ARRAY: u64 = GPT_ENTRIES * GPT_ENTRY;
/// Where the MBR's boot code ends (UEFI 2.10, table 5.1).
const MBR_TAIL: u64 = 440;
/// Entries of an MBR.
const MBR_ENTRIES: usize = 4;
/// The type of a partition that holds others, found by LBA.
const EXTENDED: u8 = 0x0f;

/// What a piece of a disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The partition of that index in the configuration.
    Partition(usize),
    /// The partition that holds the logical ones.
    Extended,
    Mbr,
    GptHeader,
    GptArray,
    /// The second array and header.
    GptBackup,
}

/// A piece of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) role: Role,
    pub(crate) name: String,
    /// In bytes.
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) in_table: bool,
    /// Whether it lies in the extended partition.
    pub(crate) logical: bool,
    /// Its partition type in an MBR.
    pub(crate) kind: u8,
    pub(crate) bootable: bool,
    align: u64,
}

impl Piece {
    /// The byte after its last one.
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.size
    }
}
