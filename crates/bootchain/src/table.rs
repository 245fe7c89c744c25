//! Partition tables, as firmware and kernels read them.

mod gpt;
mod mbr;

use std::fmt;
use std::ops::Range;

use bringup_spec::{Guid, PartitionType};
use serde::Serialize;

use crate::{Disk, Error};

/// What kind of table a disk has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableKind {
    /// A DOS table in sector 0.
    Mbr,
    /// A GPT behind a protective MBR.
    Gpt,
    /// A GPT, and an MBR that names some of its partitions.
    Hybrid,
}

/// What a partition says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An MBR's type byte.
    Byte(u8),
    /// A GPT's type.
    Guid(Guid),
}

impl Kind {
    /// Whether it is what a board means by `kind`.
    pub fn is(self, kind: PartitionType) -> bool {
        match self {
            Self::Byte(0x0B | 0x0C) => kind == PartitionType::Fat32,
            Self::Byte(byte) => kind.mbr_byte() == Some(byte),
            Self::Guid(guid) => guid == kind.gpt_guid(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = [PartitionType::Linux, PartitionType::Esp, PartitionType::Fat32, PartitionType::Swap];
        match (self, known.into_iter().find(|kind| self.is(*kind))) {
            (_, Some(kind)) => kind.fmt(f),
            (Self::Byte(byte), None) => write!(f, "type {byte:#04x}"),
            (Self::Guid(guid), None) => write!(f, "type {guid}"),
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Byte(byte) => serializer.serialize_str(&format!("{byte:#04x}")),
            Self::Guid(guid) => serializer.collect_str(guid),
        }
    }
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// Its number, from 1: the place of its entry.
    pub number: u32,
    /// What it says it is.
    pub kind: Kind,
    /// Its bytes on the disk.
    pub bytes: Range<u64>,
    /// An MBR's active flag, or a GPT's *legacy BIOS bootable*.
    pub bootable: bool,
    /// A GPT's name for it.
    pub name: String,
    /// How `PARTUUID=` calls it, in lower case.
    pub part_uuid: String,
    /// Where the entry is.
    pub entry: Range<u64>,
}

/// Something in a table that is against the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Whether firmware refuses the table, or a copy or a detail of it only is wrong.
    pub fatal: bool,
    /// Whether it is about the copy at the disk's end.
    pub backup: bool,
    /// In one line, with both numbers.
    pub what: String,
    /// Where.
    pub bytes: Range<u64>,
}

/// A disk's partition table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its kind.
    pub kind: TableKind,
    /// What identifies the disk: an MBR's signature or a GPT's GUID.
    pub disk_id: String,
    /// Its partitions, in the order of their numbers.
    pub partitions: Vec<Partition>,
    /// Everything that is against the rules.
    pub faults: Vec<Fault>,
    /// The bytes that it is stored in.
    pub bytes: Vec<(Range<u64>, &'static str)>,
    /// Whether sector 0 has boot code.
    pub boot_code: bool,
}

impl Table {
    /// The partition of that number.
    pub fn partition(&self, number: u32) -> Option<&Partition> {
        self.partitions.iter().find(|partition| partition.number == number)
    }

    /// The first fault for which firmware refuses the table.
    pub fn fatal(&self) -> Option<&Fault> {
        self.faults.iter().find(|fault| fault.fatal)
    }
}

/// Reads the table of a disk; what is wrong with it is among its [faults](Table::faults).
///
/// # Errors
/// There is no table: sector 0 is not there, or does not end in 0x55 0xAA.
pub fn read(disk: &Disk<'_>) -> Result<Table, Error> {
    let sector = disk.read(0, 512)?;
    let signature = u16::from_le_bytes([sector[510], sector[511]]);
    if signature != 0xAA55 {
        let (what, field, rule) = ("MBR", "signature", "be 0xaa55 (bytes 0x55 0xaa at 0x1fe)");
        return Err(Error::BadField { what, field, value: signature.into(), rule });
    }
    let boot_code = sector[..440].iter().any(|&byte| byte != 0);
    let mut table = Table {
        kind: TableKind::Mbr,
        disk_id: String::new(),
        partitions: Vec::new(),
        faults: Vec::new(),
        bytes: vec![(0..512, "MBR")],
        boot_code,
    };
    let entries = mbr::entries(&sector);
    // UEFI 2.10, 5.2.3: a protective MBR has an entry of type 0xEE.
    if entries.iter().any(|entry| entry.kind == 0xEE) {
        gpt::read(disk, &entries, &mut table)?;
    } else {
        mbr::read(disk, &sector, &entries, &mut table);
    }
    overlaps(&mut table);
    table.faults.sort_by_key(|fault| !fault.fatal);
    Ok(table)
}

fn overlaps(table: &mut Table) {
    let mut sorted: Vec<&Partition> = table.partitions.iter().collect();
    sorted.sort_by_key(|partition| partition.bytes.start);
    let mut faults = Vec::new();
    for pair in sorted.windows(2) {
        let [first, second] = pair else { continue };
        if first.bytes.end > second.bytes.start {
            faults.push(Fault {
                fatal: true,
                backup: false,
                what: format!(
                    "partition {} ends at {:#x}, but partition {} begins at {:#x}",
                    first.number, first.bytes.end, second.number, second.bytes.start
                ),
                bytes: second.bytes.start..first.bytes.end.min(second.bytes.end),
            });
        }
    }
    for (bytes, what) in table.bytes.clone() {
        for partition in &table.partitions {
            if partition.bytes.start < bytes.end && bytes.start < partition.bytes.end {
                faults.push(Fault {
                    fatal: true,
                    backup: false,
                    what: format!(
                        "partition {} is at {:#x}-{:#x}, over the {what} at {:#x}-{:#x}",
                        partition.number,
                        partition.bytes.start,
                        partition.bytes.end - 1,
                        bytes.start,
                        bytes.end - 1
                    ),
                    bytes: bytes.start.max(partition.bytes.start)..bytes.end.min(partition.bytes.end),
                });
            }
        }
    }
    table.faults.extend(faults);
}

#[cfg(test)]
mod tests;
