//! The search for changes that make a failed request plan.
//!
//! Candidates are guessed generously; what counts is that each one offered was planned.

use std::mem::discriminant;

use bringup_spec::{Bytes, Lba, PartitionTable};

use crate::fix::Draft;
use crate::{Claim, Error, Fix, GPT_ENTRY_BYTES, Owner, PartitionSize, Request, planner};

/// What would help against `error`, each tried, best first.
pub(crate) fn find(request: &Request<'_>, error: &Error) -> Vec<Fix> {
    let mut fixes = Vec::new();
    // Of each group the first that plans is enough; two changes where no single one does.
    for group in candidates(request, error) {
        let alone = group.iter().find(|fix| works(request, fix)).cloned();
        fixes.extend(alone.or_else(|| group.iter().find_map(|fix| with_another(request, fix))));
    }
    fixes
}

fn works(request: &Request<'_>, fix: &Fix) -> bool {
    planner::attempt(&Draft::new(request, fix).request()).is_ok()
}

/// `fix` and what helps against the error that is left with it, unless that would do alone.
fn with_another(request: &Request<'_>, fix: &Fix) -> Option<Fix> {
    let draft = Draft::new(request, fix);
    let error = planner::attempt(&draft.request()).err()?;
    let second = candidates(&draft.request(), &error).into_iter().flatten().find(|second| {
        let table = |fix: &Fix| matches!(fix, Fix::MbrTable | Fix::GptTable);
        let undoes = discriminant(fix) == discriminant(second) || table(fix) && table(second);
        !undoes && works(&draft.request(), second) && !works(request, second)
    })?;
    Some(Fix::Both(Box::new(fix.clone()), Box::new(second)))
}

/// Changes that might help, in groups of the same kind, best first.
fn candidates(request: &Request<'_>, error: &Error) -> Vec<Vec<Fix>> {
    match error {
        Error::Overlap { first, second, .. } => {
            let mut groups = Vec::new();
            let is_gpt = |claim: &Claim| matches!(claim.owner, Owner::GptHeader | Owner::GptEntries);
            if is_gpt(first) || is_gpt(second) {
                groups.push(vec![Fix::MbrTable]);
                groups.push(entries_elsewhere(request, first.end().max(second.end())));
                if first.owner == Owner::GptEntries {
                    groups.push(fewer_entries(request, second.start));
                }
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
        Error::BeforeFirstUsable { claim, first_usable, .. } => vec![
            later(request, claim, *first_usable),
            vec![entries_at(request, Bytes(2 * request.sector.0))],
            fewer_entries(request, claim.start),
            vec![Fix::MbrTable],
        ],
        Error::PastEnd { .. } | Error::NoRest { .. } => vec![larger_disk(request)],
        Error::TooManyPartitions { wanted, .. } => match request.table {
            PartitionTable::Mbr => vec![vec![Fix::GptTable]],
            PartitionTable::Gpt | PartitionTable::Hybrid { .. } => {
                vec![u32::try_from(*wanted).map(Fix::EntryCount).into_iter().collect()]
            }
        },
        Error::MbrLimit { .. } | Error::NoMbrType { .. } => vec![vec![Fix::GptTable]],
        _ => vec![],
    }
}

/// Places for the entries: LBA 2, 1 MiB, behind what they collide with, behind each placement.
fn entries_elsewhere(request: &Request<'_>, collision_end: Bytes) -> Vec<Fix> {
    let ends = request.placements.iter().map(|placement| placement.offset + placement.room);
    [Bytes(2 * request.sector.0), Bytes::mib(1), collision_end]
        .into_iter()
        .chain(ends)
        .map(|place| entries_at(request, place))
        .collect()
}

/// Entries at the first sector that does not start before `place`.
fn entries_at(request: &Request<'_>, place: Bytes) -> Fix {
    let lba = Lba(place.0.div_ceil(request.sector.0));
    Fix::EntriesAt { lba, offset: planner::offset(lba, request.sector) }
}

/// As many entries as fit between their start and what follows, in whole sectors.
fn fewer_entries(request: &Request<'_>, next: Bytes) -> Vec<Fix> {
    let start = planner::offset(planner::entries_at(request), request.sector);
    let sectors = next.0.saturating_sub(start.0) / request.sector.0;
    let count = sectors * (request.sector.0 / GPT_ENTRY_BYTES);
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

/// Starts a partition behind `end`, or behind all boot programs and entries.
fn later(request: &Request<'_>, claim: &Claim, end: Bytes) -> Vec<Fix> {
    let Owner::Partition { name, .. } = &claim.owner else { return vec![] };
    let without_offset = request.partitions.iter().find(|own| own.offset.is_none());
    let is_first = without_offset.is_some_and(|first| first.name == *name);
    let entries =
        planner::offset(planner::entries_at(request), request.sector) + planner::entries_len(request);
    let ends = request.placements.iter().map(|placement| placement.offset + placement.room);
    let behind_placements = ends.max().unwrap_or_default().max(end);
    [end, behind_placements, behind_placements.max(entries)]
        .map(|end| {
            let offset = end.align_up(request.alignment);
            if is_first {
                Fix::FirstPartition(offset)
            } else {
                Fix::PartitionAt { name: name.clone(), offset }
            }
        })
        .into()
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
