//! Directory entries of 32 bytes.

use super::name::{Short, long_units};
use super::time::Stamp;

/// `ATTR_DIRECTORY`.
const DIRECTORY: u8 = 0x10;
/// `ATTR_VOLUME_ID`.
const VOLUME_ID: u8 = 0x08;
/// `ATTR_ARCHIVE`, which every new file has.
const ARCHIVE: u8 = 0x20;
/// `ATTR_LONG_NAME`: read-only, hidden, system and volume label at once.
const LONG_NAME: u8 = 0x0f;
/// `LAST_LONG_ENTRY` in the order byte of the entry that comes first.
const LAST: u8 = 0x40;
/// UTF-16 units of a long name in one entry, and their places.
const UNITS: [usize; 13] = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/// What an entry is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Label,
    Directory { cluster: u32 },
    File { cluster: u32, size: u32 },
}

/// A short entry.
pub(super) fn short(name: &[u8; 11], case: u8, stamp: Stamp, target: Target) -> [u8; 32] {
    let (attributes, cluster, size) = match target {
        Target::Label => (VOLUME_ID, 0, 0),
        Target::Directory { cluster } => (DIRECTORY, cluster, 0),
        Target::File { cluster, size } => (ARCHIVE, cluster, size),
    };
    let mut entry = [0; 32];
    let mut put = |at: usize, bytes: &[u8]| entry[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name);
    put(11, &[attributes, case]);
    // Created, last read and last written.
    put(14, &stamp.time.to_le_bytes());
    put(16, &stamp.date.to_le_bytes());
    put(18, &stamp.date.to_le_bytes());
    put(22, &stamp.time.to_le_bytes());
    put(24, &stamp.date.to_le_bytes());
    let [low, low_high, high, highest] = cluster.to_le_bytes();
    put(20, &[high, highest]);
    put(26, &[low, low_high]);
    put(28, &size.to_le_bytes());
    entry
}

/// All entries of a file or directory: those of its long name, the last part first, and the short one.
pub(super) fn named(name: &str, short_name: &Short, stamp: Stamp, target: Target) -> Vec<u8> {
    let mut bytes = Vec::new();
    if short_name.needs_long {
        let mut units = long_units(name);
        let checksum = checksum(&short_name.bytes);
        // A name that does not fill its last entry ends with a zero, then all ones.
        if !units.len().is_multiple_of(UNITS.len()) {
            units.push(0);
            units.resize(units.len().next_multiple_of(UNITS.len()), 0xffff);
        }
        let count = units.len() / UNITS.len();
        for (index, part) in units.chunks(UNITS.len()).enumerate().rev() {
            let mut entry = [0; 32];
            entry[0] = (index as u8 + 1) | if index + 1 == count { LAST } else { 0 };
            entry[11] = LONG_NAME;
            entry[13] = checksum;
            for (at, unit) in UNITS.into_iter().zip(part) {
                entry[at..at + 2].copy_from_slice(&unit.to_le_bytes());
            }
            bytes.extend_from_slice(&entry);
        }
    }
    bytes.extend_from_slice(&short(&short_name.bytes, short_name.case, stamp, target));
    bytes
}

/// How many entries [`named`] makes.
pub(super) fn count(name: &str, short_name: &Short) -> u64 {
    let long = if short_name.needs_long { long_units(name).len().div_ceil(UNITS.len()) } else { 0 };
    long as u64 + 1
}

/// Binds a long name to its short one (fatgen103, `ChkSum`).
fn checksum(name: &[u8; 11]) -> u8 {
    name.iter().fold(0_u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte))
}
