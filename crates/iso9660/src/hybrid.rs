//! What makes the image a disk too: boot code, protective MBR and GPT.

use std::ops::Range;

use bringup_spec::{Bytes, Guid, SECTOR_BYTES};

use crate::error::Error;
use crate::field::put;
use crate::options::Hybrid;

/// Bytes in front of the volume descriptors that ISO 9660 leaves to others (ECMA-119, 6.2.1).
pub(crate) const SYSTEM_AREA: u64 = 32 << 10;

/// Sectors of the GPT's second copy: 32 of entries, one of its header (UEFI 2.10, 5.3.1).
pub(crate) const COPY_SECTORS: u64 = 33;

/// Bytes of boot code: behind them are the disk's signature and the MBR's table (UEFI 2.10, 5.2.1).
const BOOT_CODE: usize = 440;

/// Entries of the table, and bytes of each (UEFI 2.10, 5.3.2 and 5.3.3).
const ENTRIES: usize = 128;
const ENTRY: usize = 128;

/// The first sector behind MBR, header and entries.
const FIRST_USABLE: u64 = 34;

const SECTOR: usize = SECTOR_BYTES as usize;

/// "EFI System" (UEFI 2.10, 5.3.3, table 5.6).
const EFI_SYSTEM: Guid = Guid::from_u128(0xC12A7328_F81F_11D2_BA4B_00A0C93EC93B);
/// "Basic data" (Microsoft, PARTITION_BASIC_DATA_GUID), which the partitions around an EFI image
/// have on hybrid images of xorriso's, too.
const BASIC_DATA: Guid = Guid::from_u128(0xEBD0A0A2_B9E5_4433_87C0_68B6B72699C7);

/// Puts boot code and a signature into the first sector.
pub(crate) fn set_boot_code(system_area: &mut [u8], code: &[u8]) -> Result<(), Error> {
    if code.len() > BOOT_CODE {
        let (len, most) = (Bytes(code.len() as u64), Bytes(BOOT_CODE as u64));
        return Err(Error::BootCodeTooLong { len, most });
    }
    system_area[..BOOT_CODE].fill(0);
    put(system_area, 0, code);
    put(system_area, 510, &[0x55, 0xaa]);
    Ok(())
}

/// The table at the image's start, written into `system_area`, and its copy for the end.
///
/// `bytes` is the whole image, `efi` the EFI image's place in it, both in whole sectors.
pub(crate) fn tables(
    options: &Hybrid,
    bytes: u64,
    efi: Option<Range<u64>>,
    system_area: &mut [u8],
) -> Vec<u8> {
    let sectors = bytes / SECTOR_BYTES;
    protect(system_area, sectors);
    let first = SYSTEM_AREA / SECTOR_BYTES;
    let end = sectors - COPY_SECTORS;
    let efi = efi.map(|efi| efi.start / SECTOR_BYTES..efi.end / SECTOR_BYTES);
    let files_end = efi.as_ref().map_or(end, |efi| efi.start);
    let mut entries = entry(BASIC_DATA, options.partition_guids[0], first..files_end, "ISO9660");
    if let Some(efi) = efi {
        entries.extend(entry(EFI_SYSTEM, options.partition_guids[1], efi, "EFI"));
    }
    entries.resize(ENTRIES * ENTRY, 0);

    let head = |at: u64, other: u64, table: u64| {
        header(options, [at, other, FIRST_USABLE, end - 1, table], &entries)
    };
    put(system_area, SECTOR, &head(1, sectors - 1, 2));
    put(system_area, 2 * SECTOR, &entries);
    let mut copy = entries.clone();
    copy.extend(head(sectors - 1, 1, end));
    copy.resize(COPY_SECTORS as usize * SECTOR, 0);
    copy
}

/// The protective MBR (UEFI 2.10, 5.2.3).
fn protect(system_area: &mut [u8], sectors: u64) {
    let len = u32::try_from(sectors - 1).unwrap_or(u32::MAX);
    let entry = &mut system_area[446..][..16];
    // From sector 1, cylinder 0, head 0, sector 2, to what cylinders cannot say.
    put(entry, 0, &[0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff]);
    put(entry, 8, &1u32.to_le_bytes());
    put(entry, 12, &len.to_le_bytes());
    // Some BIOSes start no disk without an active entry, and some UEFIs know no GPT whose
    // protective entry is: an empty one of one sector is active (xorriso's manual,
    // "mbr_force_bootable").
    put(system_area, 446 + 16, &[0x80, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    put(system_area, 510, &[0x55, 0xaa]);
}

fn entry(kind: Guid, guid: Guid, sectors: Range<u64>, name: &str) -> Vec<u8> {
    let mut entry = [kind.to_gpt_bytes(), guid.to_gpt_bytes()].concat();
    entry.extend(sectors.start.to_le_bytes());
    entry.extend((sectors.end - 1).to_le_bytes());
    // Attributes: none.
    entry.extend([0; 8]);
    entry.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
    entry.resize(ENTRY, 0);
    entry
}

/// The header (UEFI 2.10, 5.3.2) for five places: its own, the other's, the first and the last
/// usable sector, the entries'.
fn header(options: &Hybrid, places: [u64; 5], entries: &[u8]) -> Vec<u8> {
    const LEN: u32 = 92;
    let [at, other, first, last, table] = places;
    let mut header = b"EFI PART\0\0\x01\0".to_vec();
    header.extend(LEN.to_le_bytes());
    header.extend([0; 8]);
    for place in [at, other, first, last] {
        header.extend(place.to_le_bytes());
    }
    header.extend(options.disk_guid.to_gpt_bytes());
    header.extend(table.to_le_bytes());
    for number in [ENTRIES as u32, ENTRY as u32, crc32fast::hash(entries)] {
        header.extend(number.to_le_bytes());
    }
    let sum = crc32fast::hash(&header);
    put(&mut header, 16, &sum.to_le_bytes());
    header
}
