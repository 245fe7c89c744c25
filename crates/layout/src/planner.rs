//! From a request to a plan.

use bringup_spec::{Bytes, Lba, PartitionTable};

use crate::{
    Claim, DISK_SIZE_MAX, DiskPlan, Error, GPT_ENTRY_BYTES, GptPlan, HybridMbr, MBR_BOOT_CODE, MIRRORED_MAX,
    Owner, PartitionSize, PlannedPartition, Request, Table, check, remedy,
};

/// UEFI 2.10, 5.3.1: room for this much of entries is kept, however few there are. The first
/// usable sector is then 34 or later, or 6 where sectors have 4096 bytes.
const GPT_ENTRIES_MIN: Bytes = Bytes::kib(16);

/// An MBR holds a start and a length of 32 bits each, in sectors (UEFI 2.10, table 5.2).
const MBR_SECTORS: u64 = 1 << 32;

const MBR_SOURCE: &str = "UEFI 2.10, 5.2.1";
const PROTECTIVE_SOURCE: &str = "UEFI 2.10, 5.2.3";
/// UEFI knows no hybrid table; these are the rules of the program that made them known.
const HYBRID_SOURCE: &str = "GPT fdisk, hybrid MBRs";
const HEADER_SOURCE: &str = "UEFI 2.10, 5.3.2";
const ENTRIES_SOURCE: &str = "UEFI 2.10, 5.3.3";

/// Plans a disk.
///
/// The order of placements does not matter; that of partitions gives their numbers. Equal
/// requests give equal plans.
///
/// # Errors
/// The request contradicts itself, or its parts do not fit on the disk together. Where a small
/// change would help, the error names it, having [tried](Error::fixes) it.
pub fn plan(request: &Request<'_>) -> Result<DiskPlan, Error> {
    attempt(request).map_err(|mut error| {
        error.set_fixes(remedy::find(request, &error));
        error
    })
}

/// Plans without looking for fixes.
pub(crate) fn attempt(request: &Request<'_>) -> Result<DiskPlan, Error> {
    check::request(request)?;
    let entries_len = entries_len(request);
    // The second array of entries and the second header.
    let backup_len = match request.table {
        PartitionTable::Mbr => Bytes(0),
        PartitionTable::Gpt | PartitionTable::Hybrid { .. } => entries_len + request.sector,
    };

    let mut claims = table_claims(request, entries_len);
    claims.extend(request.placements.iter().map(|placement| Claim {
        owner: Owner::Placement(placement.name),
        start: placement.offset,
        len: placement.room,
        source: Some(placement.source),
    }));
    let given_end = request.size.map(|size| Bytes(size.0.saturating_sub(backup_len.0)));
    let partitions = partitions(request, &claims, given_end)?;
    claims.extend(partitions.iter().map(|partition| Claim {
        owner: Owner::Partition { number: partition.number, name: partition.name.clone() },
        start: partition.start,
        len: partition.len,
        source: None,
    }));
    claims.sort_by_key(|claim| (claim.start, claim.end()));

    let content_end = claims.iter().map(Claim::end).max().unwrap_or_default();
    let size = match request.size {
        Some(size) => size,
        None => (content_end.align_up(request.sector) + backup_len).align_up(request.alignment),
    };
    if size > DISK_SIZE_MAX {
        return Err(Error::TooLarge { what: "the disk's size".to_owned(), value: size, max: DISK_SIZE_MAX });
    }
    // A size of its own leaves room for the backup; a given one may not.
    let usable = Bytes(size.0.saturating_sub(backup_len.0));

    disjoint(&claims)?;
    if let Some(claim) = claims.iter().find(|claim| claim.end() > usable) {
        return Err(Error::PastEnd { claim: claim.clone(), size, usable, fixes: vec![] });
    }
    let table = match request.table {
        PartitionTable::Mbr => {
            within_mbr(partition_claims(&claims), request.sector)?;
            Table::Mbr { disk_id: request.disk_id }
        }
        PartitionTable::Gpt | PartitionTable::Hybrid { .. } => {
            let gpt = gpt(request, size, entries_len);
            within_gpt(&claims, offset(gpt.first_usable, request.sector))?;
            if let Some(hybrid) = gpt.hybrid {
                let named = |claim: &&Claim| match claim.owner {
                    Owner::Partition { number, .. } => hybrid.mirrored.contains(&Some(number)),
                    _ => false,
                };
                within_mbr(partition_claims(&claims).filter(named), request.sector)?;
            }
            claims.push(claim(Owner::BackupGptEntries, usable, entries_len, ENTRIES_SOURCE));
            claims.push(claim(Owner::BackupGptHeader, size - request.sector, request.sector, HEADER_SOURCE));
            Table::Gpt(gpt)
        }
    };
    Ok(DiskPlan { size, sector: request.sector, table, claims: with_gaps(claims, size), partitions })
}

fn claim(owner: Owner, start: Bytes, len: Bytes, source: &'static str) -> Claim {
    Claim { owner, start, len, source: Some(source) }
}

/// Bytes of one array of entries, in whole sectors.
pub(crate) fn entries_len(request: &Request<'_>) -> Bytes {
    Bytes(u64::from(request.gpt_entry_count) * GPT_ENTRY_BYTES).align_up(request.sector)
}

/// The byte offset of a sector.
pub(crate) fn offset(lba: Lba, sector: Bytes) -> Bytes {
    Bytes(lba.0 * sector.0)
}

pub(crate) fn entries_at(request: &Request<'_>) -> Lba {
    request.gpt_entries_at.unwrap_or(Lba(2))
}

/// What the table itself needs in front of everything else.
fn table_claims(request: &Request<'_>, entries_len: Bytes) -> Vec<Claim> {
    let boot_code_taken =
        request.placements.iter().any(|placement| check::in_boot_code(placement.offset, placement.room));
    let start = if boot_code_taken { MBR_BOOT_CODE } else { Bytes(0) };
    let sector = request.sector;
    let first = |owner, source| claim(owner, start, sector - start, source);
    let first = match request.table {
        PartitionTable::Mbr => return vec![first(Owner::Mbr, MBR_SOURCE)],
        PartitionTable::Gpt => first(Owner::ProtectiveMbr, PROTECTIVE_SOURCE),
        PartitionTable::Hybrid { .. } => first(Owner::HybridMbr, HYBRID_SOURCE),
    };
    let entries = offset(entries_at(request), sector);
    vec![
        first,
        claim(Owner::GptHeader, offset(Lba(1), sector), sector, HEADER_SOURCE),
        claim(Owner::GptEntries, entries, entries_len, ENTRIES_SOURCE),
    ]
}

/// Gives every partition its place, without regard to anything in its way.
fn partitions(
    request: &Request<'_>,
    fixed: &[Claim],
    usable: Option<Bytes>,
) -> Result<Vec<PlannedPartition>, Error> {
    let mut planned: Vec<PlannedPartition> = Vec::with_capacity(request.partitions.len());
    // Nothing but the first partition starts there, so only those behind it are aligned.
    let mut next = request.first_partition;
    for (number, wanted) in (1u32..).zip(request.partitions) {
        let start = wanted.offset.unwrap_or(next);
        let len = match wanted.size {
            PartitionSize::Exact(size) => size,
            PartitionSize::Rest => {
                let starts = fixed.iter().map(|claim| claim.start);
                let starts = starts.chain(planned.iter().map(|partition| partition.start));
                let end = starts.filter(|other| *other > start).chain(usable).min().unwrap_or(start);
                let left = end.0.saturating_sub(start.0) / request.alignment.0;
                if left == 0 {
                    let (name, alignment) = (wanted.name.clone(), request.alignment);
                    return Err(Error::NoRest { name, start, end, alignment, fixes: vec![] });
                }
                Bytes(left * request.alignment.0)
            }
        };
        let end = start + len;
        if end > DISK_SIZE_MAX {
            let what = format!("the end of partition `{}`", wanted.name);
            return Err(Error::TooLarge { what, value: end, max: DISK_SIZE_MAX });
        }
        next = next.max(end).align_up(request.alignment);
        planned.push(PlannedPartition {
            number,
            name: wanted.name.clone(),
            start,
            len,
            kind: wanted.kind,
            guid: wanted.guid,
            bootable: wanted.bootable,
            sector: request.sector,
        });
    }
    Ok(planned)
}

/// The one rule over all claims, which come sorted by their starts: none starts before the one
/// in front of it ends. Where any two overlap, two neighbours do.
fn disjoint(claims: &[Claim]) -> Result<(), Error> {
    match claims.windows(2).find(|pair| pair[1].start < pair[0].end()) {
        Some(pair) => Err(Error::Overlap {
            first: Box::new(pair[0].clone()),
            second: Box::new(pair[1].clone()),
            fixes: vec![],
        }),
        None => Ok(()),
    }
}

fn partition_claims(claims: &[Claim]) -> impl Iterator<Item = &Claim> {
    claims.iter().filter(|claim| matches!(claim.owner, Owner::Partition { .. }))
}

fn within_mbr<'a>(mut named: impl Iterator<Item = &'a Claim>, sector: Bytes) -> Result<(), Error> {
    // The last sector a 32-bit start and a 32-bit length could reach lies at twice that, but
    // readers that keep 32-bit ends (fdisk among them) do not follow.
    let max = Bytes(MBR_SECTORS * sector.0);
    match named.find(|claim| claim.end() > max) {
        Some(claim) => Err(Error::MbrLimit { claim: claim.clone(), max, fixes: vec![] }),
        None => Ok(()),
    }
}

fn within_gpt(claims: &[Claim], first_usable: Bytes) -> Result<(), Error> {
    match partition_claims(claims).find(|claim| claim.start < first_usable) {
        Some(claim) => Err(Error::BeforeFirstUsable { claim: claim.clone(), first_usable, fixes: vec![] }),
        None => Ok(()),
    }
}

fn gpt(request: &Request<'_>, size: Bytes, entries_len: Bytes) -> GptPlan {
    let sector = request.sector.0;
    let entries_at = entries_at(request);
    let entry_sectors = entries_len.0 / sector;
    let backup_header_at = Lba(size.0 / sector - 1);
    let backup_entries_at = Lba(backup_header_at.0 - entry_sectors);
    GptPlan {
        disk_guid: request.disk_guid,
        entry_count: request.gpt_entry_count,
        entries_at,
        first_usable: Lba(2 + GPT_ENTRIES_MIN.0 / sector).max(Lba(entries_at.0 + entry_sectors)),
        last_usable: Lba(backup_entries_at.0 - 1),
        backup_entries_at,
        backup_header_at,
        hybrid: hybrid(request),
    }
}

fn hybrid(request: &Request<'_>) -> Option<HybridMbr> {
    let PartitionTable::Hybrid { mirrored: names } = request.table else { return None };
    let mut mirrored = [None; MIRRORED_MAX];
    for (number, name) in mirrored.iter_mut().zip(names) {
        *number =
            (1u32..).zip(request.partitions).find_map(|(number, own)| (own.name == *name).then_some(number));
    }
    Some(HybridMbr { disk_id: request.disk_id, mirrored })
}

/// Fills what is between sorted, disjoint claims, and behind them.
fn with_gaps(claims: Vec<Claim>, size: Bytes) -> Vec<Claim> {
    let mut complete = Vec::with_capacity(claims.len() * 2 + 1);
    let mut at = Bytes(0);
    let gap = |start: Bytes, end: Bytes| Claim { owner: Owner::Gap, start, len: end - start, source: None };
    for claim in claims {
        if claim.start > at {
            complete.push(gap(at, claim.start));
        }
        at = claim.end();
        complete.push(claim);
    }
    if size > at {
        complete.push(gap(at, size));
    }
    complete
}
