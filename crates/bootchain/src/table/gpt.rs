//! The GUID partition table and its copy.
//!
//! Layout: UEFI 2.10, 5.3.2 (header) and 5.3.3 (entries). All numbers are
//! little-endian.

use std::ops::Range;

use bringup_spec::Guid;

use super::mbr::Entry;
use super::{Fault, Kind, Partition, Table, TableKind, mbr};
use crate::{Disk, Error};

/// The longest array of entries that is read: U-Boot and Linux hold no more in memory either.
const ARRAY_MAX: u64 = 4 << 20;

struct Header {
    my_lba: u64,
    alternate_lba: u64,
    usable: Range<u64>,
    guid: Guid,
    entries_at: u64,
    count: u32,
    entry_len: u32,
    array: Vec<u8>,
    bytes: Range<u64>,
    array_bytes: Range<u64>,
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at)) | u64::from(word(bytes, at + 4)) << 32
}

/// A GUID as a GPT stores it: its first three fields are little-endian (UEFI 2.10, appendix A).
fn guid(bytes: &[u8], at: usize) -> Guid {
    let stored: [u8; 16] = std::array::from_fn(|index| bytes[at + index]);
    // Swapping the fields' bytes again gives them back.
    Guid(Guid(stored).to_gpt_bytes())
}

/// Reads the header at `lba` and its entries, and verifies both checksums.
fn header(disk: &Disk<'_>, lba: u64) -> Result<Header, Error> {
    const WHAT: &str = "GPT header";
    let bad = |field, value, rule| Error::BadField { what: WHAT, field, value, rule };
    let sector = disk.sector_bytes();
    let at = lba.checked_mul(sector).ok_or(bad("LBA", lba, "be on the disk"))?;
    let bytes = disk.read(at, 512)?;
    if &bytes[..8] != b"EFI PART" {
        return Err(bad("signature", long(&bytes, 0), "be 0x5452415020494645 (`EFI PART`)"));
    }
    let len = word(&bytes, 12) as usize;
    if !(92..=512).contains(&len) {
        return Err(bad("HeaderSize", len as u64, "be from 92 to 512"));
    }
    let stored = word(&bytes, 16);
    let mut zeroed = bytes[..len].to_vec();
    zeroed[16..20].fill(0);
    let computed = crc32fast::hash(&zeroed);
    if stored != computed {
        return Err(Error::BadChecksum { what: WHAT.to_owned(), stored, computed });
    }
    let my_lba = long(&bytes, 24);
    if my_lba != lba {
        return Err(bad("MyLBA", my_lba, "be the LBA that it was read from"));
    }
    let (count, entry_len) = (word(&bytes, 80), word(&bytes, 84));
    if entry_len < 128 || !entry_len.is_power_of_two() {
        return Err(bad("SizeOfPartitionEntry", entry_len.into(), "be 128 times a power of two"));
    }
    let array_len = u64::from(count) * u64::from(entry_len);
    if array_len > ARRAY_MAX {
        return Err(bad("NumberOfPartitionEntries", count.into(), "keep the array within 4 MiB"));
    }
    let entries_at = long(&bytes, 72);
    let array_at =
        entries_at.checked_mul(sector).ok_or(bad("PartitionEntryLBA", entries_at, "be on the disk"))?;
    let array = disk.read(array_at, array_len)?;
    let (stored, computed) = (word(&bytes, 88), crc32fast::hash(&array));
    if stored != computed {
        return Err(Error::BadChecksum { what: "GPT entries".to_owned(), stored, computed });
    }
    Ok(Header {
        my_lba,
        alternate_lba: long(&bytes, 32),
        usable: long(&bytes, 40)..long(&bytes, 48).saturating_add(1),
        guid: guid(&bytes, 56),
        entries_at,
        count,
        entry_len,
        array,
        bytes: at..at + len as u64,
        array_bytes: array_at..array_at + array_len,
    })
}

/// Fills `table` from both copies; the primary counts, as it does for firmware, if it is sound.
pub(super) fn read(disk: &Disk<'_>, protective: &[Entry; 4], table: &mut Table) -> Result<(), Error> {
    table.kind = TableKind::Gpt;
    let sector = disk.sector_bytes();
    let last_lba = (disk.len() / sector).saturating_sub(1);
    let fault = |fatal, backup, what: String, bytes| Fault { fatal, backup, what, bytes };
    let primary = header(disk, 1);
    let backup_lba = primary.as_ref().map_or(last_lba, |header| header.alternate_lba);
    let backup = header(disk, backup_lba);
    let backup_place =
        backup_lba.saturating_mul(sector)..backup_lba.saturating_mul(sector).saturating_add(92);
    match (&primary, &backup) {
        (Ok(first), Ok(second)) => {
            agree(first, second, table);
            if backup_lba != last_lba {
                let what = format!("the backup is at LBA {backup_lba}, but the disk's last is {last_lba}");
                table.faults.push(fault(false, true, what, backup_place));
            }
        }
        (Ok(_), Err(error)) => {
            table.faults.push(fault(
                false,
                true,
                format!("the backup cannot be used: {error}"),
                backup_place,
            ));
        }
        (Err(error), second) => {
            // U-Boot and Linux take the backup then, UEFI restores the primary; boot ROMs do not.
            let spare = if second.is_ok() { "sound" } else { "no better" };
            let what = format!("the primary cannot be used: {error}; the backup is {spare}");
            table.faults.push(fault(true, false, what, sector..sector + 92));
        }
    }
    for (header, name) in
        [(&primary, ["GPT header", "GPT entries"]), (&backup, ["GPT backup header", "GPT backup entries"])]
    {
        if let Ok(header) = header {
            table.bytes.push((header.bytes.clone(), name[0]));
            table.bytes.push((header.array_bytes.clone(), name[1]));
        }
    }
    let Ok(header) = primary.or(backup) else { return Ok(()) };
    table.disk_id = header.guid.to_string().to_lowercase();
    for index in 0..header.count {
        entry(disk, &header, index, table);
    }
    hybrid(disk, protective, table);
    Ok(())
}

fn entry(disk: &Disk<'_>, header: &Header, index: u32, table: &mut Table) {
    let at = index as usize * header.entry_len as usize;
    let bytes = &header.array[at..at + 128];
    let kind = guid(bytes, 0);
    if kind == Guid::NIL {
        return;
    }
    let number = index + 1;
    let place = header.array_bytes.start + at as u64;
    let place = place..place + 128;
    let (first, last) = (long(bytes, 32), long(bytes, 40));
    let mut fault =
        |what| table.faults.push(Fault { fatal: true, backup: false, what, bytes: place.clone() });
    let sector = disk.sector_bytes();
    // A whole disk's sectors, so that the products below fit.
    if last < first || last > u64::MAX / sector - 1 {
        fault(format!("partition {number} goes from LBA {first} to {last}"));
        return;
    }
    if first < header.usable.start || last >= header.usable.end {
        fault(format!(
            "partition {number} is at LBA {first} to {last}, but partitions may be at {} to {}",
            header.usable.start,
            header.usable.end.saturating_sub(1)
        ));
    }
    if (last + 1) * sector > disk.len() {
        let end = (last + 1) * sector;
        fault(format!("partition {number} ends at {end:#x}, but the disk ends at {:#x}", disk.len()));
    }
    let units = bytes[56..128].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let name = char::decode_utf16(units.take_while(|unit| *unit != 0));
    table.partitions.push(Partition {
        number,
        kind: Kind::Guid(kind),
        bytes: first * sector..(last + 1) * sector,
        // Attribute bit 2, UEFI 2.10, table 5.8.
        bootable: long(bytes, 48) & 4 != 0,
        name: name.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
        part_uuid: guid(bytes, 16).to_string().to_lowercase(),
        entry: place,
    });
}

fn agree(first: &Header, second: &Header, table: &mut Table) {
    let mut fault = |what| {
        table.faults.push(Fault { fatal: false, backup: true, what, bytes: second.bytes.clone() });
    };
    if second.alternate_lba != first.my_lba {
        fault(format!("the backup names LBA {} as the primary, which is at 1", second.alternate_lba));
    }
    if second.guid != first.guid {
        fault(format!("the disk is {} in the primary, but {} in the backup", first.guid, second.guid));
    }
    if second.array != first.array {
        fault(format!("the entries at LBA {} and at LBA {} differ", first.entries_at, second.entries_at));
    }
}

/// An MBR beside a GPT may name only what the GPT has.
fn hybrid(disk: &Disk<'_>, entries: &[Entry; 4], table: &mut Table) {
    for (number, entry) in (1..).zip(entries).filter(|(_, entry)| !matches!(entry.kind, 0 | 0xEE)) {
        table.kind = TableKind::Hybrid;
        let mut ignored = table.clone();
        let Some(legacy) = mbr::partition(disk, number, entry, 0, &mut ignored) else { continue };
        let twin = table.partitions.iter_mut().find(|partition| partition.bytes == legacy.bytes);
        match twin {
            Some(twin) => twin.bootable |= legacy.bootable,
            None => table.faults.push(Fault {
                fatal: false,
                backup: false,
                what: format!(
                    "the MBR's partition {number} at {:#x}-{:#x} is none of the GPT's",
                    legacy.bytes.start,
                    legacy.bytes.end - 1
                ),
                bytes: legacy.entry,
            }),
        }
    }
}
