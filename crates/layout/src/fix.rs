//! Small changes to a request.

use std::fmt;

use bringup_spec::{Bytes, Lba, PartitionTable, Placement};

use crate::{PartitionRequest, Request};

/// A change that makes a failed request plan. It was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fix {
    /// Use an MBR instead of a GPT.
    MbrTable,
    /// Use a GPT instead of an MBR.
    GptTable,
    /// Move the primary GPT entries.
    EntriesAt {
        /// Where to, in sectors of the disk.
        lba: Lba,
        /// The same in bytes.
        offset: Bytes,
    },
    /// Have fewer or more GPT entries.
    EntryCount(u32),
    /// Use another of the boot ROM's slots.
    Slot {
        /// The placement.
        name: &'static str,
        /// The slot.
        offset: Bytes,
    },
    /// Reserve less for a boot program.
    Room {
        /// The placement.
        name: &'static str,
        /// The most it can have.
        room: Bytes,
    },
    /// Start the first partition without an offset of its own elsewhere.
    FirstPartition(Bytes),
    /// Give a partition another offset.
    PartitionAt {
        /// The partition.
        name: String,
        /// Its offset.
        offset: Bytes,
    },
    /// Make the disk larger.
    DiskSize(Bytes),
    /// Two changes, neither of which is enough alone.
    Both(Box<Fix>, Box<Fix>),
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MbrTable => f.write_str("use an MBR table"),
            Self::GptTable => f.write_str("use a GPT"),
            Self::EntriesAt { lba, offset } => {
                write!(f, "move the GPT entries to {offset} (LBA {})", lba.0)
            }
            Self::EntryCount(count) => write!(f, "use {count} GPT entries"),
            Self::Slot { name, offset } => {
                write!(f, "put `{name}` at the boot ROM's other slot, {offset} ({:#x})", offset.0)
            }
            Self::Room { name, room } => write!(f, "reserve {room} for `{name}`"),
            Self::FirstPartition(at) => write!(f, "start the first partition at {at} ({:#x})", at.0),
            Self::PartitionAt { name, offset } => {
                write!(f, "start partition `{name}` at {offset} ({:#x})", offset.0)
            }
            Self::DiskSize(size) => write!(f, "make the disk {size} or larger"),
            Self::Both(first, second) => write!(f, "{first} and {second}"),
        }
    }
}

/// The `help:` line, or nothing.
pub(crate) fn help(fixes: &[Fix]) -> String {
    let fixes: Vec<String> = fixes.iter().map(Fix::to_string).collect();
    if fixes.is_empty() { String::new() } else { format!("\nhelp: {}", fixes.join("; or ")) }
}

/// A request that can be changed.
#[derive(Clone)]
pub(crate) struct Draft<'a> {
    request: Request<'a>,
    placements: Vec<Placement>,
    partitions: Vec<PartitionRequest>,
}

impl<'a> Draft<'a> {
    /// `request` with `fix`.
    pub(crate) fn new(request: &Request<'a>, fix: &Fix) -> Self {
        let (placements, partitions) = (request.placements.to_vec(), request.partitions.to_vec());
        let mut draft = Self { request: *request, placements, partitions };
        draft.apply(fix);
        draft
    }

    pub(crate) fn request(&self) -> Request<'_> {
        Request { placements: &self.placements, partitions: &self.partitions, ..self.request }
    }

    fn apply(&mut self, fix: &Fix) {
        let request = &mut self.request;
        match fix {
            Fix::MbrTable => request.table = PartitionTable::Mbr,
            Fix::GptTable => request.table = PartitionTable::Gpt,
            Fix::EntriesAt { lba, .. } => request.gpt_entries_at = Some(*lba),
            Fix::EntryCount(count) => request.gpt_entry_count = *count,
            Fix::Slot { name, offset } => self.placement(name, |own| own.offset = *offset),
            Fix::Room { name, room } => self.placement(name, |own| own.room = *room),
            Fix::FirstPartition(at) => request.first_partition = *at,
            Fix::PartitionAt { name, offset } => {
                if let Some(own) = self.partitions.iter_mut().find(|own| own.name == *name) {
                    own.offset = Some(*offset);
                }
            }
            Fix::DiskSize(size) => request.size = Some(*size),
            Fix::Both(first, second) => {
                self.apply(first);
                self.apply(second);
            }
        }
    }

    fn placement(&mut self, name: &str, change: impl FnOnce(&mut Placement)) {
        if let Some(own) = self.placements.iter_mut().find(|own| own.name == name) {
            change(own);
        }
    }
}
