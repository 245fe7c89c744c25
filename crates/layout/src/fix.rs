//! Small changes to a request that make it plan.
//!
//! Candidates are guessed generously; what counts is that each one offered was planned.

use std::fmt;

use bringup_spec::{Bytes, Lba, PartitionTable, Placement, SECTOR_BYTES};

use crate::{
    Claim, DiskPlan, Error, GPT_ENTRY_BYTES, Owner, PartitionRequest, PartitionSize, Request, planner,
};

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
        /// Where to.
        lba: Lba,
        /// Where the first partition then has to start, if elsewhere than now.
        first_partition: Option<Bytes>,
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
    /// Start the first partition elsewhere.
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
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MbrTable => f.write_str("use an MBR table"),
            Self::GptTable => f.write_str("use a GPT"),
            Self::EntriesAt { lba, first_partition } => {
                write!(f, "move the GPT entries to {} (LBA {})", lba.offset(), lba.0)?;
                match first_partition {
                    Some(at) => write!(f, " and the first partition to {at} ({:#x})", at.0),
                    None => Ok(()),
                }
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
        }
    }
}

/// The `help:` line, or nothing.
pub(crate) fn help(fixes: &[Fix]) -> String {
    let fixes: Vec<String> = fixes.iter().map(Fix::to_string).collect();
    if fixes.is_empty() { String::new() } else { format!("\nhelp: {}", fixes.join("; or ")) }
}

impl Fix {
    /// Plans `request` with this change.
    pub(crate) fn attempt(&self, request: &Request<'_>) -> Result<DiskPlan, Error> {
        let mut changed = *request;
        let mut placements: Vec<Placement> = request.placements.to_vec();
        let mut partitions: Vec<PartitionRequest> = request.partitions.to_vec();
        match self {
            Self::MbrTable => changed.table = PartitionTable::Mbr,
            Self::GptTable => changed.table = PartitionTable::Gpt,
            Self::EntriesAt { lba, first_partition } => {
                changed.gpt_entries_at = Some(*lba);
                changed.first_partition = first_partition.unwrap_or(request.first_partition);
            }
            Self::EntryCount(count) => changed.gpt_entry_count = *count,
            Self::Slot { name, offset } => {
                placements.iter_mut().filter(|own| own.name == *name).for_each(|own| own.offset = *offset);
            }
            Self::Room { name, room } => {
                placements.iter_mut().filter(|own| own.name == *name).for_each(|own| own.room = *room);
            }
            Self::FirstPartition(at) => changed.first_partition = *at,
            Self::PartitionAt { name, offset } => {
                partitions.iter_mut().filter(|own| own.name == *name).for_each(|own| {
                    own.offset = Some(*offset);
                });
            }
            Self::DiskSize(size) => changed.size = Some(*size),
        }
        planner::attempt(&Request { placements: &placements, partitions: &partitions, ..changed })
    }
}

/// What would help against `error`, each tried, best first.
pub(crate) fn find(request: &Request<'_>, error: &Error) -> Vec<Fix> {
    let mut fixes = Vec::new();
    // Of each group the first that plans is enough.
    for group in candidates(request, error) {
        fixes.extend(group.into_iter().find(|fix| fix.attempt(request).is_ok()));
    }
    fixes
}

fn candidates(request: &Request<'_>, error: &Error) -> Vec<Vec<Fix>> {
    match error {
        Error::Overlap { first, second, .. } => {
            let mut groups = Vec::new();
            let is_gpt = |claim: &Claim| matches!(claim.owner, Owner::GptHeader | Owner::GptEntries);
            if is_gpt(first) || is_gpt(second) {
                groups.push(vec![Fix::MbrTable]);
                groups.push(entries_elsewhere(request, first.end().max(second.end())));
                groups.push(fewer_entries(first, second));
            }
            for claim in [first, second] {
                groups.push(other_slots(request, claim));
            }
            groups.push(less_room(first, second));
            for (claim, other) in [(first, second), (second, first)] {
                groups.push(later(request, claim, other.end()));
            }
            groups
        }
        Error::BeforeFirstUsable { claim, first_usable, .. } => {
            vec![later(request, claim, *first_usable), vec![Fix::MbrTable]]
        }
        Error::PastEnd { .. } | Error::NoRest { .. } => vec![larger_disk(request)],
        Error::TooManyPartitions { wanted, .. } => match request.table {
            PartitionTable::Mbr => vec![vec![Fix::GptTable]],
            PartitionTable::Gpt => vec![u32::try_from(*wanted).map(Fix::EntryCount).into_iter().collect()],
        },
        Error::MbrLimit { .. } | Error::NoMbrType { .. } => vec![vec![Fix::GptTable]],
        _ => vec![],
    }
}

/// Places for the entries: LBA 2, 1 MiB, behind what they collide with, behind each placement;
/// first with the first partition where it is, then with it moved behind the entries.
fn entries_elsewhere(request: &Request<'_>, collision_end: Bytes) -> Vec<Fix> {
    let entries = Bytes(u64::from(request.gpt_entry_count) * GPT_ENTRY_BYTES);
    let ends = request.placements.iter().map(|placement| placement.offset + placement.room);
    let places: Vec<Lba> = [Lba(2).offset(), Bytes::mib(1), collision_end]
        .into_iter()
        .chain(ends)
        .map(|place| Lba(place.0.div_ceil(SECTOR_BYTES)))
        .collect();
    let stay = places.iter().map(|lba| Fix::EntriesAt { lba: *lba, first_partition: None });
    let moved = places.iter().map(|lba| Fix::EntriesAt {
        lba: *lba,
        first_partition: Some((lba.offset() + entries).align_up(request.alignment)),
    });
    stay.chain(moved).collect()
}

/// As many entries as fit between their start and what follows, in whole sectors.
fn fewer_entries(first: &Claim, second: &Claim) -> Vec<Fix> {
    if first.owner != Owner::GptEntries {
        return vec![];
    }
    let sectors = (second.start - first.start).0 / SECTOR_BYTES;
    let count = sectors * (SECTOR_BYTES / GPT_ENTRY_BYTES);
    u32::try_from(count).map(Fix::EntryCount).into_iter().collect()
}

fn other_slots(request: &Request<'_>, claim: &Claim) -> Vec<Fix> {
    match claim.owner {
        Owner::Placement(name) if request.boot_slots.contains(&claim.start) => {
            let others = request.boot_slots.iter().filter(|slot| **slot != claim.start);
            others.map(|slot| Fix::Slot { name, offset: *slot }).collect()
        }
        _ => vec![],
    }
}

/// Cuts the room of a boot program that runs into what follows.
fn less_room(first: &Claim, second: &Claim) -> Vec<Fix> {
    match first.owner {
        Owner::Placement(name) if second.start > first.start => {
            vec![Fix::Room { name, room: second.start - first.start }]
        }
        _ => vec![],
    }
}

/// Starts a partition behind `end`, or behind all boot programs.
fn later(request: &Request<'_>, claim: &Claim, end: Bytes) -> Vec<Fix> {
    let Owner::Partition { number, name } = &claim.owner else { return vec![] };
    // Numbers count from 1, and the claim was made from this very request.
    let has_offset = request.partitions.iter().any(|own| own.name == *name && own.offset.is_some());
    let behind_all = request.placements.iter().map(|placement| placement.offset + placement.room).max();
    [Some(end), behind_all.map(|behind| behind.max(end))]
        .into_iter()
        .flatten()
        .map(|end| {
            let offset = end.align_up(request.alignment);
            if *number == 1 && !has_offset {
                Fix::FirstPartition(offset)
            } else {
                Fix::PartitionAt { name: name.clone(), offset }
            }
        })
        .collect()
}

/// The size the disk would have if it were free to choose.
fn larger_disk(request: &Request<'_>) -> Vec<Fix> {
    let mut partitions = request.partitions.to_vec();
    for partition in &mut partitions {
        if partition.size == PartitionSize::Rest {
            partition.size = PartitionSize::Exact(request.alignment);
        }
    }
    let free = Request { size: None, partitions: &partitions, ..*request };
    planner::attempt(&free).map(|plan| Fix::DiskSize(plan.size())).into_iter().collect()
}
