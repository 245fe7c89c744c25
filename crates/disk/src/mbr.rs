//! The DOS partition table in sector 0, as four entries and a signature.
//!
//! Layout: UEFI 2.10, 5.2.1, tables 5.1 and 5.2; all numbers little-endian.

use bringup_layout::{DiskPlan, PlannedPartition};
use bringup_spec::SECTOR_BYTES;

/// Where the boot code ends and the table's own part of the sector begins: the disk signature.
pub(crate) const SIGNATURE_AT: usize = 440;
const ENTRIES_AT: usize = 446;
const ENTRY_BYTES: usize = 16;
/// The type of the one entry of a protective MBR (UEFI 2.10, 5.2.3).
const PROTECTIVE: u8 = 0xEE;
/// Cylinder, head and sector of what lies beyond them (UEFI 2.10, 5.2.3: 0xFFFFFF); the
/// addresses that count are the LBAs.
const CHS_BEYOND: [u8; 3] = [0xFE, 0xFF, 0xFF];

/// The bytes of sector 0 from [`SIGNATURE_AT`] on.
pub(crate) type Tail = [u8; SECTOR_BYTES as usize - SIGNATURE_AT];

/// The table of a disk with an MBR.
pub(crate) fn encode(plan: &DiskPlan, disk_id: u32) -> Tail {
    let mut sector = [0; SECTOR_BYTES as usize];
    sector[SIGNATURE_AT..][..4].copy_from_slice(&disk_id.to_le_bytes());
    for (partition, entry) in plan.partitions().iter().zip(sector[ENTRIES_AT..].chunks_mut(ENTRY_BYTES)) {
        entry.copy_from_slice(&entry_of(partition));
    }
    close(sector)
}

/// The table of a disk with a GPT: one entry over everything, so that old tools keep away.
pub(crate) fn encode_protective(plan: &DiskPlan) -> Tail {
    let mut sector = [0; SECTOR_BYTES as usize];
    let sectors = u32::try_from(plan.size().0 / SECTOR_BYTES - 1).unwrap_or(u32::MAX);
    // Starts at CHS 0/0/2, the sector behind this one.
    let entry = encode_entry(0, [0x00, 0x02, 0x00], PROTECTIVE, 1, sectors);
    sector[ENTRIES_AT..][..ENTRY_BYTES].copy_from_slice(&entry);
    close(sector)
}

fn entry_of(partition: &PlannedPartition) -> [u8; ENTRY_BYTES] {
    let kind = partition.kind.mbr_byte().expect("the planner refuses types that an MBR has no word for");
    let start = u32::try_from(partition.start_lba().0).expect("the planner keeps an MBR below 2 TiB");
    let sectors = u32::try_from(partition.sectors()).expect("the planner keeps an MBR below 2 TiB");
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

fn close(mut sector: [u8; SECTOR_BYTES as usize]) -> Tail {
    sector[510..].copy_from_slice(&[0x55, 0xAA]);
    sector[SIGNATURE_AT..].try_into().expect("the tail's length is the sector's less the signature's place")
}
