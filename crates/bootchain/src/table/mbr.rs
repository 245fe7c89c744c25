//! The DOS table: four entries of 16 bytes at 446 of sector 0.
//!
//! Layout: UEFI 2.10, 5.2.1; for logical partitions Linux, block/partitions/msdos.c, `parse_extended`.

use std::ops::Range;

use super::{Fault, Kind, Partition, Table};
use crate::Disk;

/// One entry as it is stored; numbers are in sectors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) status: u8,
    pub(super) kind: u8,
    pub(super) start: u32,
    pub(super) len: u32,
}

const ENTRIES_AT: usize = 446;

/// Logical partitions are counted from here, however many others there are; empty tables do not count.
const FIRST_LOGICAL: u32 = 5;

/// Linux, include/linux/genhd.h, `DISK_MAX_PARTS`.
const PARTITIONS_MAX: u32 = 256;

pub(super) fn entries(sector: &[u8]) -> [Entry; 4] {
    std::array::from_fn(|index| {
        let entry = &sector[ENTRIES_AT + index * 16..][..16];
        let word = |at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
        Entry { status: entry[0], kind: entry[4], start: word(8), len: word(12) }
    })
}

/// Fills `table` with the entries of an MBR that is not a protective one.
pub(super) fn read(disk: &Disk<'_>, sector: &[u8], entries: &[Entry; 4], table: &mut Table) {
    let id = u32::from_le_bytes([sector[440], sector[441], sector[442], sector[443]]);
    table.disk_id = format!("{id:08x}");
    for (number, entry) in (1..).zip(entries) {
        match partition(disk, number, entry, id, table) {
            // It is a place for others, and none for a file system.
            Some(partition) if is_extended(entry.kind) => logical(disk, partition.bytes.start, id, table),
            Some(partition) => table.partitions.push(partition),
            None => {}
        }
    }
    table.partitions.sort_by_key(|partition| partition.number);
}

/// Extended partitions: CHS, LBA and Linux's own.
fn is_extended(kind: u8) -> bool {
    matches!(kind, 0x05 | 0x0F | 0x85)
}

/// The partitions in an extended one: a chain of tables, each with an entry for the partition behind it
/// and one for the next table, counted from the extended partition's start.
fn logical(disk: &Disk<'_>, base: u64, id: u32, table: &mut Table) {
    let mut at = base;
    let mut number = FIRST_LOGICAL;
    for _ in FIRST_LOGICAL..PARTITIONS_MAX {
        let sector = disk.read(at, 512).unwrap_or_default();
        if sector.get(510..) != Some(&[0x55, 0xAA]) {
            let what = format!("the table of logical partitions at {at:#x} does not end in 0x55 0xaa");
            table.faults.push(Fault { fatal: false, backup: false, what, bytes: at..at + 512 });
            return;
        }
        table.bytes.push((at..at + 512, "EBR"));
        let entries = entries(&sector);
        let start = at / disk.sector_bytes();
        let own = entries.iter().zip(0_u64..).find(|(entry, _)| entry.kind != 0 && !is_extended(entry.kind));
        if let Some((entry, slot)) = own {
            let first = u64::from(entry.start).saturating_add(start);
            let entry = Entry { start: u32::try_from(first).unwrap_or(u32::MAX), ..*entry };
            let at = at + ENTRIES_AT as u64 + slot * 16;
            table.partitions.extend(placed(disk, number, &entry, id, at..at + 16, &mut table.faults));
            number += 1;
        }
        let next = entries.iter().find(|entry| is_extended(entry.kind) && entry.len != 0);
        let Some(next) = next else { return };
        at = base + u64::from(next.start) * disk.sector_bytes();
    }
    let what = format!("more than {PARTITIONS_MAX} logical partitions, or a chain of them in a circle");
    table.faults.push(Fault { fatal: true, backup: false, what, bytes: at..at + 512 });
}

/// The partition that an entry stands for; what is wrong with it goes to the faults.
pub(super) fn partition(
    disk: &Disk<'_>,
    number: u32,
    entry: &Entry,
    id: u32,
    table: &mut Table,
) -> Option<Partition> {
    let at = (ENTRIES_AT + (number as usize - 1) * 16) as u64;
    placed(disk, number, entry, id, at..at + 16, &mut table.faults)
}

/// As [`partition`], for an entry that is anywhere.
fn placed(
    disk: &Disk<'_>,
    number: u32,
    entry: &Entry,
    id: u32,
    place: Range<u64>,
    faults: &mut Vec<Fault>,
) -> Option<Partition> {
    if entry.kind == 0 {
        return None;
    }
    let mut fault = |fatal, what| faults.push(Fault { fatal, backup: false, what, bytes: place.clone() });
    if !matches!(entry.status, 0 | 0x80) {
        // Linux refuses such a table, block/partitions/msdos.c, `msdos_partition`.
        fault(
            true,
            format!("partition {number}: its status is {:#04x}, neither 0x00 nor 0x80", entry.status),
        );
    }
    let start = u64::from(entry.start) * disk.sector_bytes();
    let end = start + u64::from(entry.len) * disk.sector_bytes();
    if entry.len == 0 {
        fault(true, format!("partition {number} has no sectors"));
        return None;
    }
    if end > disk.len() {
        fault(true, format!("partition {number} ends at {end:#x}, but the disk ends at {:#x}", disk.len()));
    }
    Some(Partition {
        number,
        kind: Kind::Byte(entry.kind),
        bytes: start..end,
        bootable: entry.status == 0x80,
        name: String::new(),
        // Linux, block/partitions/msdos.c, `set_info`.
        part_uuid: format!("{id:08x}-{number:02x}"),
        entry: place,
    })
}
