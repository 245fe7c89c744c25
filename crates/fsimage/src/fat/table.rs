//! The file allocation table.

use super::geometry::{Geometry, SECTOR};
use super::{FatKind, Run};

/// `BPB_Media` of a fixed disk, which the FAT's first entry repeats.
pub(super) const MEDIA: u8 = 0xf8;

/// The table up to the last used entry, in whole sectors.
///
/// Entry 0 holds the media byte, entry 1 the end mark with both flags set: cleanly unmounted,
/// no error seen (fatgen103, "FAT Data Structure").
pub(super) fn build(geometry: &Geometry, runs: &[Run]) -> Vec<u8> {
    let (mask, media) = match geometry.kind {
        FatKind::Fat12 => (0xfff, 0xf00),
        FatKind::Fat16 => (0xffff, 0xff00),
        FatKind::Fat32 => (0x0fff_ffff, 0x0fff_ff00),
    };
    // Each of these is also the mark of a chain's end.
    let mut entries: Vec<u32> = vec![media | u32::from(MEDIA), mask];
    for run in runs {
        let first = entries.len() as u32;
        debug_assert_eq!(first, run.cluster, "runs are in order and adjacent");
        let count = geometry.clusters_for(run.content.len()) as u32;
        entries.extend(first + 1..first + count);
        entries.push(mask);
    }
    let mut bytes = match geometry.kind {
        FatKind::Fat12 => entries.chunks(2).flat_map(pair).collect(),
        FatKind::Fat16 => entries.iter().flat_map(|entry| (*entry as u16).to_le_bytes()).collect(),
        FatKind::Fat32 => entries.iter().flat_map(|entry| entry.to_le_bytes()).collect::<Vec<u8>>(),
    };
    bytes.resize(bytes.len().next_multiple_of(SECTOR as usize), 0);
    bytes
}

/// Two entries of twelve bits in three bytes, the first one in the low bits.
fn pair(entries: &[u32]) -> [u8; 3] {
    let both = entries[0] | entries.get(1).unwrap_or(&0) << 12;
    let [low, middle, high, _] = both.to_le_bytes();
    [low, middle, high]
}
