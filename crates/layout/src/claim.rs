//! Byte ranges and who owns them.

use std::fmt;

use bringup_spec::Bytes;

/// Who a byte of the disk belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Owner {
    /// The first sector, or what of it follows the boot code where a placement has that.
    Mbr,
    /// The first sector of a disk with a GPT.
    ProtectiveMbr,
    /// The first sector of a disk with a hybrid table.
    HybridMbr,
    /// LBA 1 of a GPT.
    GptHeader,
    /// The primary array of GPT entries.
    GptEntries,
    /// The second array of GPT entries.
    BackupGptEntries,
    /// The last LBA of a GPT.
    BackupGptHeader,
    /// A boot program, by the name of its placement.
    Placement(&'static str),
    /// A partition.
    Partition {
        /// Its number, from 1.
        number: u32,
        /// Its name.
        name: String,
    },
    /// Nobody: zero bytes.
    Gap,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mbr => f.write_str("MBR"),
            Self::ProtectiveMbr => f.write_str("protective MBR"),
            Self::HybridMbr => f.write_str("hybrid MBR"),
            Self::GptHeader => f.write_str("GPT header"),
            Self::GptEntries => f.write_str("GPT entries"),
            Self::BackupGptEntries => f.write_str("backup GPT entries"),
            Self::BackupGptHeader => f.write_str("backup GPT header"),
            Self::Placement(name) => write!(f, "`{name}`"),
            Self::Partition { number, name } => write!(f, "partition {number} `{name}`"),
            Self::Gap => f.write_str("gap"),
        }
    }
}

/// A planned byte range and its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who owns it.
    pub owner: Owner,
    /// Its first byte, from the start of the disk.
    pub start: Bytes,
    /// Its length, never 0. For a placement its whole room, however little goes in.
    pub len: Bytes,
    /// The document or source tree that puts it there.
    pub source: Option<&'static str>,
}

impl Claim {
    /// The byte after its last one.
    pub fn end(&self) -> Bytes {
        self.start + self.len
    }
}

/// Owner and range, the end being the byte after the last one:
/// ``GPT entries (1 KiB to 17 KiB, 0x400..0x4400)``.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.start, self.end());
        write!(f, "{} ({start} to {end}, {:#x}..{:#x})", self.owner, start.0, end.0)
    }
}
