//! The DOS partition table in sector 0, as four entries and a signature.
//!
//! Layout: UEFI 2.10, 5.2.1, tables 5.1 and 5.2; all numbers little-endian. It has 512 bytes
//! however large the sectors are that it counts in.

use bringup_layout::{DiskPlan, GptPlan, HybridMbr, PlannedPartition};

/// Where the boot code ends and the table's own part of the sector begins: the disk signature.
pub(crate) const SIGNATURE_AT: usize = 440;
/// What the table has of sector 0, whose end is zero where it is larger.
const TABLE_BYTES: usize = 512;
const ENTRIES_AT: usize = 446;
const ENTRY_BYTES: usize = 16;
/// The type of the one entry of a protective MBR (UEFI 2.10, 5.2.3).
const PROTECTIVE: u8 = 0xEE;
/// Cylinder, head and sector of what lies beyond them (UEFI 2.10, 5.2.3: 0xFFFFFF); the
/// addresses that count are the LBAs.
const CHS_BEYOND: [u8; 3] = [0xFE, 0xFF, 0xFF];

/// The bytes of sector 0 from [`SIGNATURE_AT`] on.
pub(crate) type Tail = [u8; TABLE_BYTES - SIGNATURE_AT];

/// The table of a disk with an MBR.
pub(crate) fn encode(plan: &DiskPlan, disk_id: u32) -> Tail {
    let mut sector = [0; TABLE_BYTES];
    sector[SIGNATURE_AT..][..4].copy_from_slice(&disk_id.to_le_bytes());
    for (partition, entry) in plan.partitions().iter().zip(sector[ENTRIES_AT..].chunks_mut(ENTRY_BYTES)) {
        entry.copy_from_slice(&entry_of(partition));
    }
    close(sector)
}

/// The table of a disk with a GPT.
pub(crate) fn encode_beside(plan: &DiskPlan, gpt: &GptPlan) -> Tail {
    match &gpt.hybrid {
        Some(hybrid) => encode_hybrid(plan, hybrid),
        None => encode_protective(plan),
    }
}

/// One entry over everything.
fn encode_protective(plan: &DiskPlan) -> Tail {
    let mut sector = [0; TABLE_BYTES];
    let end = plan.size().0 / plan.sector().0;
    sector[ENTRIES_AT..][..ENTRY_BYTES].copy_from_slice(&protective(end));
    close(sector)
}

/// The table of a disk with a hybrid one: the protective entry, cut where the first of the mirrored
/// partitions begins, then those.
///
/// As gdisk writes it by default. Linux (block/partitions/efi.c, `is_pmbr_valid`) and U-Boot
/// (disk/part_efi.c, `is_pmbr_valid`) accept the protective entry in any place, if it starts at
/// LBA 1, and then read the GPT.
fn encode_hybrid(plan: &DiskPlan, hybrid: &HybridMbr) -> Tail {
    let mut sector = [0; TABLE_BYTES];
    sector[SIGNATURE_AT..][..4].copy_from_slice(&hybrid.disk_id.to_le_bytes());
    let named = || hybrid.mirrored.iter().flatten().filter_map(|number| plan.partition(*number));
    let end = named().map(|partition| partition.start_lba().0).min();
    let end = end.unwrap_or(plan.size().0 / plan.sector().0);
    let entries = std::iter::once(protective(end)).chain(named().map(entry_of));
    for (entry, place) in entries.zip(sector[ENTRIES_AT..].chunks_mut(ENTRY_BYTES)) {
        place.copy_from_slice(&entry);
    }
    close(sector)
}

/// The entry that keeps old tools away from what lies between this sector and sector `end`.
fn protective(end: u64) -> [u8; ENTRY_BYTES] {
    let sectors = u32::try_from(end - 1).unwrap_or(u32::MAX);
    // Starts at CHS 0/0/2, the sector behind this one.
    encode_entry(0, [0x00, 0x02, 0x00], PROTECTIVE, 1, sectors)
}

fn entry_of(partition: &PlannedPartition) -> [u8; ENTRY_BYTES] {
    let kind = partition.kind.mbr_byte().expect("the planner refuses types that an MBR has no word for");
    let start = u32::try_from(partition.start_lba().0).expect("the planner keeps an MBR below 2^32 sectors");
    let sectors = u32::try_from(partition.sectors()).expect("the planner keeps an MBR below 2^32 sectors");
    let active = if partition.bootable { 0x80 } else { 0 };
    encode_entry(active, CHS_BEYOND, kind, start, sectors)
}

fn encode_entry(active: u8, chs: [u8; 3], kind: u8, start_lba: u32, sectors: u32) -> [u8; ENTRY_BYTES] {
    let mut entry = [0; ENTRY_BYTES];
    entry[0] = active;
    entry[1..4].copy_from_slice(&chs);
    entry[4] = kind;
    entry[5..8].copy_from_slice(&CHS_BEYOND);
    entry[8..12].copy_from_slice(&start_lba.to_le_bytes());
    entry[12..16].copy_from_slice(&sectors.to_le_bytes());
    entry
}

fn close(mut sector: [u8; TABLE_BYTES]) -> Tail {
    sector[510..].copy_from_slice(&[0x55, 0xAA]);
    sector[SIGNATURE_AT..].try_into().expect("the tail's length is the sector's less the signature's place")
}
