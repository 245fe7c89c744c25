//! Partitions: their types, and those that a board's firmware lives in.

use std::fmt;

use crate::{Artifact, Bytes, Guid, Lba};

/// The kind of partition table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionTable {
    /// A DOS table in sector 0.
    Mbr,
    /// A GUID partition table behind a protective MBR.
    Gpt,
    /// A GPT, and an MBR that names some of its partitions beside the protective entry: for boot
    /// ROMs that only know an MBR. UEFI has no such thing; the form is gdisk's.
    Hybrid {
        /// The names of the partitions that the MBR has, too: one to three of them, in the order of
        /// their entries. Their types must be ones that an [MBR knows](PartitionType::mbr_byte).
        mirrored: &'static [&'static str],
    },
}

/// The array of entries of a GPT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GptEntries {
    /// Where the primary array starts, in the disk's own sectors.
    pub at: Lba,
    /// How many entries it has.
    pub count: u32,
}

impl GptEntries {
    /// What every tool writes: 128 entries from LBA 2 on, 16 KiB of them (UEFI 2.10, 5.3.1).
    pub const STANDARD: Self = Self { at: Lba(2), count: 128 };
}

/// What is in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionType {
    /// A Linux file system.
    Linux,
    /// An EFI system partition.
    Esp,
    /// A FAT32 file system that is no EFI system partition.
    Fat32,
    /// Linux swap space.
    Swap,
    /// Whatever this GPT type says; an MBR has no word for it.
    Custom(Guid),
}

impl PartitionType {
    /// The type byte in an MBR, or none where an MBR has no word for it.
    ///
    /// 0xEF: UEFI 2.10, 5.2.2. The others: `fdisk -l`'s list, util-linux, `include/pt-mbr-partnames.h`.
    pub const fn mbr_byte(self) -> Option<u8> {
        match self {
            Self::Linux => Some(0x83),
            Self::Esp => Some(0xEF),
            // FAT32 with LBA addressing; 0x0B means the same with CHS.
            Self::Fat32 => Some(0x0C),
            Self::Swap => Some(0x82),
            Self::Custom(_) => None,
        }
    }

    /// The type GUID in a GPT.
    ///
    /// ESP: UEFI 2.10, table 5.7. FAT: Microsoft's basic data. Linux: the Discoverable Partitions
    /// Specification and util-linux, `include/pt-gpt-partnames.h`.
    pub const fn gpt_guid(self) -> Guid {
        match self {
            Self::Linux => Guid::from_u128(0x0FC63DAF_8483_4772_8E79_3D69D8477DE4),
            Self::Esp => Guid::from_u128(0xC12A7328_F81F_11D2_BA4B_00A0C93EC93B),
            Self::Fat32 => Guid::from_u128(0xEBD0A0A2_B9E5_4433_87C0_68B6B72699C7),
            Self::Swap => Guid::from_u128(0x0657FD6D_A4AB_43C4_84E5_0933C84B4F4F),
            Self::Custom(guid) => guid,
        }
    }
}

impl fmt::Display for PartitionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linux => f.write_str("Linux"),
            Self::Esp => f.write_str("ESP"),
            Self::Fat32 => f.write_str("FAT32"),
            Self::Swap => f.write_str("swap"),
            Self::Custom(guid) => write!(f, "{guid}"),
        }
    }
}

/// A partition that firmware lives in, in front of the root file system's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirmwarePartition {
    /// Its name, unique within a board; a GPT stores it.
    pub name: &'static str,
    /// What it says it is.
    pub kind: PartitionType,
    /// Its first byte on the disk; none for the next aligned place, from the board's
    /// `first_partition` on.
    pub offset: Option<Bytes>,
    /// How large it is.
    pub size: Bytes,
    /// The active flag of an MBR; attribute bit 2, *legacy BIOS bootable*, of a GPT.
    pub bootable: bool,
    /// What is in it.
    pub contents: PartitionContents,
    /// The document or source tree that says so.
    pub source: &'static str,
}

/// What a firmware partition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionContents {
    /// One file of a package, from the partition's first byte on.
    Raw(Artifact),
    /// A FAT file system.
    Fat {
        /// Its label: at most 11 characters.
        label: &'static str,
        /// Its files, besides those that the boot method adds to an EFI system partition.
        files: &'static [FirmwareFile],
    },
}

/// A file of a firmware partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirmwareFile {
    /// Its path, without a leading slash.
    pub path: &'static str,
    /// Where its bytes are from.
    pub contents: FileContents,
}

/// Where the bytes of a file are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileContents {
    /// A file of a package.
    Artifact(Artifact),
    /// A device tree of the board's kernel, by its path below the kernel's device-tree folder.
    DeviceTree(&'static str),
    /// This text.
    Text(&'static str),
}
