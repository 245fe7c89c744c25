//! What is wanted of a disk.

use bringup_spec::{Bytes, Guid, Lba, PartitionTable, PartitionType, Placement};

/// The erase-block alignment that partitioning tools agreed on.
pub const DEFAULT_ALIGNMENT: Bytes = Bytes::mib(1);

/// The number of entries every GPT tool writes; 16 KiB of them (UEFI 2.10, 5.3.1).
pub const DEFAULT_GPT_ENTRY_COUNT: u32 = 128;

/// The most entries allowed here. UEFI sets no limit; a bound keeps the array
/// (128 KiB of it) a size that firmware holds in memory.
pub const GPT_ENTRY_COUNT_MAX: u32 = 1024;

/// Bytes in one GPT entry (`SizeOfPartitionEntry`, UEFI 2.10, table 5.5).
pub const GPT_ENTRY_BYTES: u64 = 128;

/// The sizes of sectors that disks have.
pub const SECTOR_SIZES: [Bytes; 2] = [Bytes(512), Bytes(4096)];

/// The most partitions of a hybrid table that its MBR can name: one of the four entries is the
/// protective one.
pub const MIRRORED_MAX: usize = 3;

/// Length of the boot code in an MBR, before the disk's signature (UEFI 2.10, table 5.1).
pub const MBR_BOOT_CODE: Bytes = Bytes(440);

/// The largest disk or offset accepted: 1 EiB. Far below where adding a few of them overflows.
pub const DISK_SIZE_MAX: Bytes = Bytes(1 << 60);

/// What is wanted of a disk.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Bytes in a sector of the disk, the unit of every LBA: 512, or 4096 on a disk that does not
    /// pretend to have smaller ones.
    pub sector: Bytes,
    /// The kind of partition table.
    pub table: PartitionTable,
    /// The boot programs' places. One may lie in the MBR's [boot code](MBR_BOOT_CODE).
    pub placements: &'a [Placement],
    /// Other offsets at which the boot ROM looks for its first program; used for advice only.
    pub boot_slots: &'a [Bytes],
    /// Where the first partition without an offset of its own starts.
    pub first_partition: Bytes,
    /// The partitions, in the order of their numbers, from 1.
    pub partitions: &'a [PartitionRequest],
    /// Size of the whole disk; none for just enough, rounded up to `alignment`.
    pub size: Option<Bytes>,
    /// To which further partitions without an offset of their own are aligned.
    pub alignment: Bytes,
    /// The disk's signature in an MBR, a hybrid one's too.
    pub disk_id: u32,
    /// The disk's GUID in a GPT.
    pub disk_guid: Guid,
    /// Where the primary GPT entries start, in sectors of this disk; none for LBA 2.
    pub gpt_entries_at: Option<Lba>,
    /// How many GPT entries there are.
    pub gpt_entry_count: u32,
}

/// One partition that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionRequest {
    /// Its name, unique on the disk. A GPT stores it; at most 36 UTF-16 code units.
    pub name: String,
    /// How large it is.
    pub size: PartitionSize,
    /// Its first byte on the disk; none for the next aligned place.
    pub offset: Option<Bytes>,
    /// What is in it.
    pub kind: PartitionType,
    /// The active flag of an MBR; attribute bit 2, *legacy BIOS bootable*, of a GPT.
    pub bootable: bool,
    /// Its own GUID in a GPT.
    pub guid: Guid,
}

/// How large a partition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionSize {
    /// So many bytes, in whole sectors.
    Exact(Bytes),
    /// What is left, down to a multiple of the alignment; only for the last partition.
    Rest,
}
