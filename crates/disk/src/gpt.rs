//! The GUID partition table: two headers and two arrays of entries.
//!
//! Layout: UEFI 2.10, 5.3, tables 5.5 and 5.6; all numbers little-endian.

use bringup_layout::{DiskPlan, GPT_ENTRY_BYTES, GptPlan, PlannedPartition};
use bringup_spec::{Bytes, Lba};

/// `Revision`: 1.0.
const REVISION: u32 = 0x0001_0000;
/// `HeaderSize`: the fields that UEFI 2.10 knows.
const HEADER_BYTES: usize = 92;
/// Attribute bit 2, *legacy BIOS bootable*; U-Boot takes it for the boot flag.
const LEGACY_BOOTABLE: u64 = 1 << 2;
/// UTF-16 code units in an entry's name.
const NAME_UNITS: usize = 36;

/// A piece of the table and where it goes.
pub(crate) struct Piece {
    pub(crate) at: Bytes,
    pub(crate) bytes: Vec<u8>,
}

/// Headers and entries, the primary ones first.
pub(crate) fn encode(plan: &DiskPlan, gpt: &GptPlan) -> [Piece; 4] {
    let sector = plan.sector();
    let piece = |at: Lba, bytes| Piece { at: Bytes(at.0 * sector.0), bytes };
    let entries = entries(plan.partitions(), gpt.entry_count);
    let crc = crc32fast::hash(&entries);
    let primary = header(gpt, Lba(1), gpt.backup_header_at, gpt.entries_at, crc);
    let backup = header(gpt, gpt.backup_header_at, Lba(1), gpt.backup_entries_at, crc);
    [
        piece(Lba(1), primary.to_vec()),
        piece(gpt.entries_at, entries.clone()),
        piece(gpt.backup_entries_at, entries),
        piece(gpt.backup_header_at, backup.to_vec()),
    ]
}

/// A header without the zeros that fill its sector.
fn header(gpt: &GptPlan, own: Lba, other: Lba, entries_at: Lba, entries_crc: u32) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"EFI PART");
    put(8, &REVISION.to_le_bytes());
    put(12, &(HEADER_BYTES as u32).to_le_bytes());
    put(24, &own.0.to_le_bytes());
    put(32, &other.0.to_le_bytes());
    put(40, &gpt.first_usable.0.to_le_bytes());
    put(48, &gpt.last_usable.0.to_le_bytes());
    put(56, &gpt.disk_guid.to_gpt_bytes());
    put(72, &entries_at.0.to_le_bytes());
    put(80, &gpt.entry_count.to_le_bytes());
    put(84, &(GPT_ENTRY_BYTES as u32).to_le_bytes());
    put(88, &entries_crc.to_le_bytes());
    // Over the header with its own field as zero.
    let crc = crc32fast::hash(&header);
    header[16..20].copy_from_slice(&crc.to_le_bytes());
    header
}

fn entries(partitions: &[PlannedPartition], count: u32) -> Vec<u8> {
    let mut bytes = vec![0; (u64::from(count) * GPT_ENTRY_BYTES) as usize];
    for (partition, entry) in partitions.iter().zip(bytes.chunks_mut(GPT_ENTRY_BYTES as usize)) {
        entry[..16].copy_from_slice(&partition.kind.gpt_guid().to_gpt_bytes());
        entry[16..32].copy_from_slice(&partition.guid.to_gpt_bytes());
        entry[32..40].copy_from_slice(&partition.start_lba().0.to_le_bytes());
        entry[40..48].copy_from_slice(&partition.last_lba().0.to_le_bytes());
        let attributes = if partition.bootable { LEGACY_BOOTABLE } else { 0 };
        entry[48..56].copy_from_slice(&attributes.to_le_bytes());
        let units = partition.name.encode_utf16().take(NAME_UNITS);
        for (unit, place) in units.zip(entry[56..].chunks_mut(2)) {
            place.copy_from_slice(&unit.to_le_bytes());
        }
    }
    bytes
}
