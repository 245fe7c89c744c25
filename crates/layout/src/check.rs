//! Checks of a request that need no arithmetic on places.
//!
//! Afterwards every number is at most [`DISK_SIZE_MAX`], so that sums of a few cannot overflow.

use std::collections::{HashMap, HashSet};

use bringup_spec::{Bytes, PartitionTable};

use crate::error::{of_partition, of_placement};
use crate::{
    DISK_SIZE_MAX, Error, GPT_ENTRY_COUNT_MAX, Guid, MBR_BOOT_CODE, MIRRORED_MAX, PartitionRequest,
    PartitionSize, PartitionType, Request, SECTOR_SIZES,
};

/// The most code units of a GPT partition's name (`PartitionName`, UEFI 2.10, table 5.6).
const GPT_NAME_UNITS: usize = 36;

/// Entries of an MBR (UEFI 2.10, table 5.1).
const MBR_ENTRIES: u32 = 4;

pub(crate) fn request(request: &Request<'_>) -> Result<(), Error> {
    numbers(request)?;
    placements(request)?;
    partitions(request)?;
    match request.table {
        PartitionTable::Mbr => mbr(request),
        PartitionTable::Gpt => gpt(request),
        PartitionTable::Hybrid { mirrored } => {
            gpt(request)?;
            hybrid(request, mirrored)
        }
    }
}

fn numbers(request: &Request<'_>) -> Result<(), Error> {
    let sector = request.sector;
    if !SECTOR_SIZES.contains(&sector) {
        return Err(Error::BadSector { sector });
    }
    positive("the alignment", request.alignment)?;
    sectors("the alignment", request.alignment, sector)?;
    sectors("the first partition's offset", request.first_partition, sector)?;
    if let Some(size) = request.size {
        positive("the disk's size", size)?;
        sectors("the disk's size", size, sector)?;
    }
    if let Some(lba) = request.gpt_entries_at {
        let offset = Bytes(lba.0.saturating_mul(sector.0));
        bounded("the offset of the GPT entries", offset)?;
    }
    Ok(())
}

fn placements(request: &Request<'_>) -> Result<(), Error> {
    let mut names = HashSet::new();
    for placement in request.placements {
        sectors(|| of_placement("offset", placement.name), placement.offset, request.sector)?;
        positive(|| of_placement("room", placement.name), placement.room)?;
        bounded(|| of_placement("room", placement.name), placement.room)?;
        if !names.insert(placement.name) {
            return Err(Error::DuplicateName { what: "placement", name: placement.name.to_owned() });
        }
    }
    Ok(())
}

fn partitions(request: &Request<'_>) -> Result<(), Error> {
    let mut names = HashSet::new();
    for (number, partition) in (1u32..).zip(request.partitions) {
        let name = &partition.name;
        let reason = if name.is_empty() {
            Some("is empty")
        } else if name.chars().any(char::is_control) {
            Some("has a control character")
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(Error::BadName { number, name: name.clone(), reason });
        }
        if !names.insert(name) {
            return Err(Error::DuplicateName { what: "partition", name: name.clone() });
        }
        if let PartitionSize::Exact(size) = partition.size {
            positive(|| of_partition("size", name), size)?;
            sectors(|| of_partition("size", name), size, request.sector)?;
        }
        if let Some(offset) = partition.offset {
            sectors(|| of_partition("offset", name), offset, request.sector)?;
        }
    }
    for pair in request.partitions.windows(2) {
        if pair[0].size == PartitionSize::Rest {
            return Err(Error::RestNotLast { name: pair[0].name.clone(), next: pair[1].name.clone() });
        }
    }
    match request.partitions.last() {
        Some(last) if last.size == PartitionSize::Rest && request.size.is_none() => {
            Err(Error::RestOfUnknown { name: last.name.clone() })
        }
        _ => Ok(()),
    }
}

fn mbr(request: &Request<'_>) -> Result<(), Error> {
    count(request, MBR_ENTRIES)?;
    mbr_entries(request.partitions.iter())
}

/// What an MBR asks of each partition it names, and of all of them.
fn mbr_entries<'a>(named: impl Iterator<Item = &'a PartitionRequest> + Clone) -> Result<(), Error> {
    for partition in named.clone() {
        if let PartitionType::Custom(guid) = partition.kind {
            return Err(Error::NoMbrType { name: partition.name.clone(), guid, fixes: vec![] });
        }
    }
    let mut active = named.filter(|partition| partition.bootable);
    match (active.next(), active.next()) {
        (Some(first), Some(second)) => {
            Err(Error::TwoBootable { first: first.name.clone(), second: second.name.clone() })
        }
        _ => Ok(()),
    }
}

fn gpt(request: &Request<'_>) -> Result<(), Error> {
    if !(1..=GPT_ENTRY_COUNT_MAX).contains(&request.gpt_entry_count) {
        return Err(Error::BadEntryCount { count: request.gpt_entry_count, max: GPT_ENTRY_COUNT_MAX });
    }
    count(request, request.gpt_entry_count)?;
    let mut guids: HashMap<Guid, String> = HashMap::new();
    let mut unique = |guid: Guid, party: String| {
        if guid == Guid::NIL {
            return Err(Error::NilGuid { what: format!("the GUID of {party}") });
        }
        match guids.insert(guid, party.clone()) {
            Some(first) => Err(Error::DuplicateGuid { first, second: party, guid }),
            None => Ok(()),
        }
    };
    unique(request.disk_guid, "the disk".to_owned())?;
    for (number, partition) in (1u32..).zip(request.partitions) {
        if partition.name.encode_utf16().count() > GPT_NAME_UNITS {
            let reason = "has more than 36 UTF-16 code units";
            return Err(Error::BadName { number, name: partition.name.clone(), reason });
        }
        if partition.kind.gpt_guid() == Guid::NIL {
            return Err(Error::NilGuid { what: of_partition("type", &partition.name) });
        }
        unique(partition.guid, format!("partition `{}`", partition.name))?;
    }
    Ok(())
}

fn hybrid(request: &Request<'_>, mirrored: &[&'static str]) -> Result<(), Error> {
    if !(1..=MIRRORED_MAX).contains(&mirrored.len()) {
        return Err(Error::MirroredCount { wanted: mirrored.len(), max: MIRRORED_MAX });
    }
    let mut named = Vec::with_capacity(mirrored.len());
    for (index, name) in mirrored.iter().enumerate() {
        if mirrored[..index].contains(name) {
            return Err(Error::DuplicateName { what: "mirrored partition", name: (*name).to_owned() });
        }
        let partition = request.partitions.iter().find(|partition| partition.name == *name);
        named.push(partition.ok_or_else(|| {
            let known = request.partitions.iter().map(|partition| partition.name.clone()).collect();
            Error::NoSuchPartition { name, known }
        })?);
    }
    mbr_entries(named.iter().copied())
}

/// No table holds more partitions than it has entries.
fn count(request: &Request<'_>, max: u32) -> Result<(), Error> {
    let wanted = request.partitions.len();
    if u32::try_from(wanted).is_ok_and(|wanted| wanted <= max) {
        return Ok(());
    }
    Err(Error::TooManyPartitions { wanted, max, fixes: vec![] })
}

/// Whether a placement lies wholly in the MBR's boot code, as GRUB's `boot.img` does.
pub(crate) fn in_boot_code(offset: Bytes, room: Bytes) -> bool {
    offset == Bytes(0) && room <= MBR_BOOT_CODE
}

/// A name that is only put together for an error.
trait What {
    fn say(self) -> String;
}

impl What for &str {
    fn say(self) -> String {
        self.to_owned()
    }
}

impl<F: FnOnce() -> String> What for F {
    fn say(self) -> String {
        self()
    }
}

fn positive(what: impl What, value: Bytes) -> Result<(), Error> {
    if value == Bytes(0) { Err(Error::Zero { what: what.say() }) } else { Ok(()) }
}

fn bounded(what: impl What, value: Bytes) -> Result<(), Error> {
    if value > DISK_SIZE_MAX {
        return Err(Error::TooLarge { what: what.say(), value, max: DISK_SIZE_MAX });
    }
    Ok(())
}

fn sectors(what: impl What, value: Bytes, sector: Bytes) -> Result<(), Error> {
    if value > DISK_SIZE_MAX {
        return bounded(what, value);
    }
    if !value.0.is_multiple_of(sector.0) {
        return Err(Error::Unaligned { what: what.say(), value, unit: sector });
    }
    Ok(())
}
