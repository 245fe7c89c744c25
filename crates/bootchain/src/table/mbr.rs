//! The DOS table: four entries of 16 bytes at 446 of sector 0.
//!
//! Layout: UEFI 2.10, 5.2.1; extended partitions are left to operating systems.

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
        if let Some(partition) = partition(disk, number, entry, id, table) {
            table.partitions.push(partition);
        }
    }
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
    let place = at..at + 16;
    if entry.kind == 0 {
        return None;
    }
    let mut fault =
        |fatal, what| table.faults.push(Fault { fatal, backup: false, what, bytes: place.clone() });
    if !matches!(entry.status, 0 | 0x80) {
        // Linux refuses such a table, block/partitions/msdos.c, `msdos_partition`.
        fault(
            true,
            format!("partition {number}: its status is {:#04x}, neither 0x00 nor 0x80", entry.status),
        );
    }
    // Extended partitions: CHS, LBA and Linux's own.
    if matches!(entry.kind, 0x05 | 0x0F | 0x85) {
        fault(false, format!("partition {number} is an extended one; what is in it is not read here"));
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
