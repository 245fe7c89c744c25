//! The reserved region: boot sector, FSInfo and their copies.

use super::geometry::{FATS, Geometry, ROOT_ENTRIES, SECTOR};
use super::table::MEDIA;
use super::{FatKind, Options};

/// The name that fatgen103 recommends, as some systems look at it (`BS_OEMName`).
const OEM_NAME: &[u8; 8] = b"MSWIN4.1";
/// Sector of FSInfo (`BPB_FSInfo`) and of the boot sector's copy (`BPB_BkBootSec`); FSInfo's own
/// copy is behind that.
const FS_INFO: u16 = 1;
const BACKUP: u16 = 6;
/// Boot code: `int 0x18`, with which a BIOS goes on to the next disk, then `hlt` for ever.
const CODE: [u8; 5] = [0xcd, 0x18, 0xf4, 0xeb, 0xfd];

pub(super) fn reserved(
    geometry: &Geometry,
    options: &Options,
    label: Option<[u8; 11]>,
    root_cluster: u32,
    used: u32,
) -> Vec<u8> {
    let boot = boot_sector(geometry, options, label, root_cluster);
    let mut bytes = vec![0; (geometry.reserved * SECTOR) as usize];
    let mut put = |sector: u16, content: &[u8; SECTOR as usize]| {
        let at = usize::from(sector) * content.len();
        bytes[at..at + content.len()].copy_from_slice(content);
    };
    put(0, &boot);
    if geometry.kind == FatKind::Fat32 {
        let info = fs_info(geometry, used);
        put(FS_INFO, &info);
        put(BACKUP, &boot);
        put(BACKUP + FS_INFO, &info);
    }
    bytes
}

fn boot_sector(
    geometry: &Geometry,
    options: &Options,
    label: Option<[u8; 11]>,
    root_cluster: u32,
) -> [u8; SECTOR as usize] {
    let fat32 = geometry.kind == FatKind::Fat32;
    let short = |value: u64| u16::try_from(value).unwrap_or(0).to_le_bytes();
    let mut sector = [0; SECTOR as usize];
    let mut put = |at: usize, bytes: &[u8]| sector[at..at + bytes.len()].copy_from_slice(bytes);
    // The fields up to 36 are the same for all three kinds (fatgen103, "Boot Sector and BPB").
    put(3, OEM_NAME);
    put(11, &(SECTOR as u16).to_le_bytes());
    put(13, &[geometry.sectors_per_cluster as u8]);
    put(14, &short(geometry.reserved));
    put(16, &[FATS as u8]);
    put(17, &short(if fat32 { 0 } else { ROOT_ENTRIES }));
    // BPB_TotSec16, 0 where the number is in BPB_TotSec32.
    let small = !fat32 && geometry.sectors < 0x10000;
    put(19, &short(if small { geometry.sectors } else { 0 }));
    put(21, &[MEDIA]);
    put(22, &short(if fat32 { 0 } else { geometry.fat_sectors }));
    // BPB_SecPerTrk and BPB_NumHeads: what a BIOS with LBA makes of any large disk.
    put(24, &63_u16.to_le_bytes());
    put(26, &255_u16.to_le_bytes());
    put(28, &options.first_sector.to_le_bytes());
    put(32, &(if small { 0 } else { geometry.sectors as u32 }).to_le_bytes());
    // What follows starts at another place in FAT32.
    let tail = if fat32 { 64 } else { 36 };
    if fat32 {
        put(36, &(geometry.fat_sectors as u32).to_le_bytes());
        put(44, &root_cluster.to_le_bytes());
        put(48, &FS_INFO.to_le_bytes());
        put(50, &BACKUP.to_le_bytes());
    }
    // BS_DrvNum, a reserved byte, BS_BootSig (the next three fields are there), BS_VolID.
    put(tail, &[0x80, 0, 0x29]);
    put(tail + 3, &options.volume_id.to_le_bytes());
    put(tail + 7, &label.unwrap_or(*b"NO NAME    "));
    put(tail + 18, format!("{:<8}", geometry.kind.name()).as_bytes());
    // A short jump over the fields to the code, counted from behind itself.
    let code = tail + 26;
    put(0, &[0xeb, code as u8 - 2, 0x90]);
    put(code, &CODE);
    put(510, &[0x55, 0xaa]);
    sector
}

/// How many clusters are free, and where to look for one (fatgen103, "FAT32 FSInfo Sector").
fn fs_info(geometry: &Geometry, used: u32) -> [u8; SECTOR as usize] {
    let free = geometry.clusters as u32 - used;
    let next = if free == 0 { u32::MAX } else { used + 2 };
    let mut sector = [0; SECTOR as usize];
    for (at, value) in
        [(0, 0x4161_5252), (484, 0x6141_7272), (488, free), (492, next), (508, 0xaa55_0000_u32)]
    {
        sector[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    sector
}
