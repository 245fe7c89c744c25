//! The DOS partition table in sector 0, and those in front of logical partitions.
//!
//! Layout: UEFI 2.10, 5.2.1, tables 5.1 and 5.2; all numbers little-endian.

use super::{EXTENDED, GPT_ARRAY, MBR_TAIL, Piece, Role, SECTOR};
use crate::config::{Disk, TableKind};

/// The entries' place in the sector.
const ENTRIES: usize = 446;
const ENTRY: usize = 16;
/// The type of the entry that keeps old tools away from a GPT (UEFI 2.10, 5.2.3).
const PROTECTIVE: u8 = 0xee;
/// The geometry that addresses by cylinder, head and sector mean, as tools agreed on.
const HEADS: u64 = 255;
const SECTORS_PER_TRACK: u64 = 63;

/// One entry.
struct Entry {
    active: bool,
    kind: u8,
    /// Counted from where the table says that it counts from.
    start: u64,
    sectors: u64,
    /// What `start` counts from, as addresses by cylinder count from the disk's start.
    base: u64,
}

/// The last 72 bytes of sector 0.
pub(super) fn table(disk: &Disk, pieces: &[Piece], signature: u32, size: u64) -> Vec<u8> {
    let entry = |piece: &Piece| Entry {
        active: piece.bootable,
        kind: piece.kind,
        start: piece.offset / SECTOR,
        sectors: piece.size / SECTOR,
        base: 0,
    };
    let protective = |sectors| Entry { active: false, kind: PROTECTIVE, start: 1, sectors, base: 0 };
    let own = pieces.iter().filter(|piece| piece.in_table && !piece.logical);
    let entries: Vec<Entry> = match disk.table {
        TableKind::Gpt => vec![protective((size / SECTOR).saturating_sub(1))],
        // genimage's own order: the protective entry comes last and covers the table alone.
        TableKind::Hybrid => own
            .filter(|piece| piece.kind != 0)
            .map(entry)
            .chain([protective((disk.gpt_location + GPT_ARRAY) / SECTOR - 1)])
            .collect(),
        TableKind::Mbr | TableKind::None => own.map(entry).collect(),
    };
    let mut sector = encode(&entries);
    sector[MBR_TAIL as usize..][..4].copy_from_slice(&signature.to_le_bytes());
    sector[MBR_TAIL as usize..].to_vec()
}

/// The table in front of the logical partition `pieces[index]`, from its entries on: where it lies
/// and its bytes.
pub(super) fn logical_table(disk: &Disk, pieces: &[Piece], index: usize) -> (u64, Vec<u8>) {
    let piece = &pieces[index];
    let own = (piece.offset - disk.align) / SECTOR;
    let mut entries = vec![Entry {
        active: false,
        kind: piece.kind,
        start: disk.align / SECTOR,
        sectors: piece.size / SECTOR,
        base: own,
    }];
    let extended = pieces.iter().find(|piece| piece.role == Role::Extended).map_or(0, |piece| piece.offset);
    if let Some(next) = pieces[index + 1..].iter().find(|piece| piece.logical) {
        entries.push(Entry {
            active: false,
            kind: EXTENDED,
            start: (next.offset - disk.align - extended) / SECTOR,
            sectors: (next.size + disk.align) / SECTOR,
            base: extended / SECTOR,
        });
    }
    (own * SECTOR + ENTRIES as u64, encode(&entries)[ENTRIES..].to_vec())
}

fn encode(entries: &[Entry]) -> [u8; SECTOR as usize] {
    let mut sector = [0; SECTOR as usize];
    for (entry, place) in entries.iter().zip(sector[ENTRIES..].chunks_mut(ENTRY)) {
        // The planner keeps all but the protective entry within 32 bits.
        let sectors = u32::try_from(entry.sectors).unwrap_or(u32::MAX);
        place[0] = if entry.active { 0x80 } else { 0 };
        place[1..4].copy_from_slice(&cylinders(entry.base + entry.start));
        place[4] = entry.kind;
        let last = entry.base + entry.start + u64::from(sectors);
        place[5..8].copy_from_slice(&cylinders(last.saturating_sub(1)));
        place[8..12].copy_from_slice(&(entry.start as u32).to_le_bytes());
        place[12..16].copy_from_slice(&sectors.to_le_bytes());
    }
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    sector
}

/// Head, sector and cylinder of a sector of the disk; beyond cylinder 1023 only the low bits, as
/// genimage has it. Nobody reads them where there are LBAs.
fn cylinders(lba: u64) -> [u8; 3] {
    if lba == 0 {
        return [0; 3];
    }
    let cylinder = lba / (SECTORS_PER_TRACK * HEADS);
    let head = (lba / SECTORS_PER_TRACK) % HEADS;
    let sector = lba % SECTORS_PER_TRACK + 1;
    [head as u8, ((cylinder & 0x300) >> 2) as u8 | sector as u8, cylinder as u8]
}
