//! A finished plan.

use bringup_spec::{Bytes, Lba};

use crate::{Claim, Guid, MIRRORED_MAX, Owner, PartitionType};

/// A disk of which every byte has exactly one owner. Only [`plan`](crate::plan) makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskPlan {
    pub(crate) size: Bytes,
    pub(crate) sector: Bytes,
    pub(crate) table: Table,
    pub(crate) claims: Vec<Claim>,
    pub(crate) partitions: Vec<PlannedPartition>,
}

/// The partition table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// A DOS table.
    Mbr {
        /// The disk's signature.
        disk_id: u32,
    },
    /// A GUID partition table.
    Gpt(GptPlan),
}

/// The numbers in a GPT's headers. Every LBA counts the disk's own sectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GptPlan {
    /// The disk's GUID.
    pub disk_guid: Guid,
    /// How many entries each array has.
    pub entry_count: u32,
    /// Where the primary entries start.
    pub entries_at: Lba,
    /// `FirstUsableLBA`: partitions start here at the earliest.
    pub first_usable: Lba,
    /// `LastUsableLBA`: no partition goes beyond this sector.
    pub last_usable: Lba,
    /// Where the second array of entries starts.
    pub backup_entries_at: Lba,
    /// The disk's last sector, which holds the second header.
    pub backup_header_at: Lba,
    /// What sector 0 says besides, on a disk with a hybrid table.
    pub hybrid: Option<HybridMbr>,
}

/// The MBR of a hybrid table: a protective entry up to the first partition it names, then those
/// partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HybridMbr {
    /// The disk's signature.
    pub disk_id: u32,
    /// The numbers of the partitions in its second to fourth entry.
    pub mirrored: [Option<u32>; MIRRORED_MAX],
}

/// A partition with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedPartition {
    /// Its number, from 1.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its first byte, from the start of the disk; a whole sector.
    pub start: Bytes,
    /// Its length in whole sectors.
    pub len: Bytes,
    /// What is in it.
    pub kind: PartitionType,
    /// Its own GUID in a GPT.
    pub guid: Guid,
    /// The active flag, or legacy BIOS bootable.
    pub bootable: bool,
    /// Bytes in a sector of its disk.
    pub sector: Bytes,
}

impl PlannedPartition {
    /// Its first sector.
    pub fn start_lba(&self) -> Lba {
        Lba(self.start.0 / self.sector.0)
    }

    /// Its last sector.
    pub fn last_lba(&self) -> Lba {
        Lba(self.end().0 / self.sector.0 - 1)
    }

    /// Its length in sectors.
    pub fn sectors(&self) -> u64 {
        self.len.0 / self.sector.0
    }

    /// The byte after its last one.
    pub fn end(&self) -> Bytes {
        self.start + self.len
    }
}

impl DiskPlan {
    /// The size of the whole disk, in whole sectors.
    pub fn size(&self) -> Bytes {
        self.size
    }

    /// Bytes in a sector: 512 or 4096.
    pub fn sector(&self) -> Bytes {
        self.sector
    }

    /// The partition table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// All claims in the order of their offsets, each starting where the one before ends,
    /// from byte 0 to the disk's end.
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// The partitions in the order of their numbers.
    pub fn partitions(&self) -> &[PlannedPartition] {
        &self.partitions
    }

    /// The partition of that number, counted from 1.
    pub fn partition(&self, number: u32) -> Option<&PlannedPartition> {
        self.partitions.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    /// The partition of that name.
    pub fn partition_named(&self, name: &str) -> Option<&PlannedPartition> {
        self.partitions.iter().find(|partition| partition.name == name)
    }

    /// The claim of the placement of that name.
    pub fn placement(&self, name: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| matches!(claim.owner, Owner::Placement(own) if own == name))
    }

    /// The claim that holds the byte at `offset`, or none behind the disk's end.
    pub fn owner_of(&self, offset: Bytes) -> Option<&Claim> {
        let after = self.claims.partition_point(|claim| claim.end() <= offset);
        self.claims.get(after)
    }
}
