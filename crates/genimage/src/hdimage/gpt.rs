//! The GUID partition table: headers and entries.
//!
//! Layout: UEFI 2.10, 5.3, tables 5.5 and 5.6; all numbers little-endian.

use bringup_spec::Guid;

use super::{GPT_ARRAY, GPT_ENTRIES, GPT_ENTRY, Layout, Piece, Role, SECTOR};
use crate::config::{Disk, Image};
use crate::types;

/// `Revision`: 1.0.
const REVISION: u32 = 0x0001_0000;
/// `HeaderSize`: the fields that UEFI 2.10 knows.
const HEADER: usize = 92;
/// UTF-16 code units in an entry's name.
const NAME_UNITS: usize = 36;

// Attributes: *legacy BIOS bootable* (UEFI 2.10, table 5.8), and of the type's own bits those that
// the Discoverable Partitions Specification and Microsoft's basic data partitions have.
const BOOTABLE: u64 = 1 << 2;
const READ_ONLY: u64 = 1 << 60;
const HIDDEN: u64 = 1 << 62;
const NO_AUTOMOUNT: u64 = 1 << 63;

/// All pieces of the table with their places; `guids` are the partitions' own.
pub(super) fn tables(
    image: &Image,
    disk: &Disk,
    layout: &Layout,
    own: Guid,
    guids: &[Guid],
) -> Vec<(u64, Vec<u8>)> {
    let array = entries(image, layout, guids);
    let crc = crc32fast::hash(&array);
    let last = layout.size / SECTOR - 1;
    let second = last * SECTOR - GPT_ARRAY;
    let starts = layout.pieces.iter().filter(|piece| piece.in_table).map(|piece| piece.offset / SECTOR);
    let first_usable = starts.min().unwrap_or((disk.gpt_location + GPT_ARRAY) / SECTOR);
    let header = |at: u64, other: u64, array_at: u64| {
        let mut header = vec![0; HEADER];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"EFI PART");
        put(8, &REVISION.to_le_bytes());
        put(12, &(HEADER as u32).to_le_bytes());
        put(24, &at.to_le_bytes());
        put(32, &other.to_le_bytes());
        put(40, &first_usable.to_le_bytes());
        put(48, &(second / SECTOR - 1).to_le_bytes());
        put(56, &own.to_gpt_bytes());
        put(72, &(array_at / SECTOR).to_le_bytes());
        put(80, &(GPT_ENTRIES as u32).to_le_bytes());
        put(84, &(GPT_ENTRY as u32).to_le_bytes());
        put(88, &crc.to_le_bytes());
        // Over the header with its own field as zero.
        let crc = crc32fast::hash(&header);
        header[16..20].copy_from_slice(&crc.to_le_bytes());
        header
    };
    let mut tables = vec![
        (SECTOR, header(1, if disk.gpt_backup { last } else { 1 }, disk.gpt_location)),
        (disk.gpt_location, array.clone()),
    ];
    if disk.gpt_backup {
        tables.push((second, array));
        tables.push((last * SECTOR, header(last, 1, second)));
    }
    tables
}

fn entries(image: &Image, layout: &Layout, guids: &[Guid]) -> Vec<u8> {
    let mut bytes = vec![0; GPT_ARRAY as usize];
    let partition = |piece: &Piece| match piece.role {
        Role::Partition(index) => Some(index),
        _ => None,
    };
    let pieces = layout.pieces.iter().filter(|piece| piece.in_table);
    let pieces = pieces.filter_map(|piece| partition(piece).map(|index| (piece, index)));
    for ((piece, index), entry) in pieces.zip(bytes.chunks_mut(GPT_ENTRY as usize)) {
        let partition = &image.partitions[index];
        let kind = partition.kind_guid.as_ref().map_or(types::DEFAULT, |said| said.value);
        entry[..16].copy_from_slice(&kind.to_gpt_bytes());
        entry[16..32].copy_from_slice(&guids[index].to_gpt_bytes());
        entry[32..40].copy_from_slice(&(piece.offset / SECTOR).to_le_bytes());
        entry[40..48].copy_from_slice(&(piece.end() / SECTOR - 1).to_le_bytes());
        let flags = [
            (partition.bootable, BOOTABLE),
            (partition.read_only, READ_ONLY),
            (partition.hidden, HIDDEN),
            (partition.no_automount, NO_AUTOMOUNT),
        ];
        let attributes: u64 = flags.iter().filter(|(set, _)| *set).map(|(_, bit)| bit).sum();
        entry[48..56].copy_from_slice(&attributes.to_le_bytes());
        let units = partition.name.encode_utf16().take(NAME_UNITS);
        for (unit, place) in units.zip(entry[56..].chunks_mut(2)) {
            place.copy_from_slice(&unit.to_le_bytes());
        }
    }
    bytes
}
