//! FAT12, FAT16 and FAT32.
//!
//! Layout: Microsoft, "FAT: General Overview of On-Disk Format", 1.03
//! ("fatgen103"), whose field names are kept. All numbers are little-endian.

use super::extents::{Extents, Piece};
use super::{Entry, EntryNode, Fault, FileKind, Identity, Node, Part};
use crate::Error;

const WHAT: &str = "FAT";

/// Stands for the root directory of FAT12 and FAT16, which is in front of the clusters.
const FIXED_ROOT: u64 = 0;

#[derive(Clone, Copy, Debug)]
struct Geometry {
    cluster: u64,
    /// Of the first FAT.
    fat_at: u64,
    fat_len: u64,
    root_at: u64,
    root_len: u64,
    data_at: u64,
    clusters: u64,
    /// 12, 16 or 32.
    bits: u32,
    root_cluster: u64,
}

#[derive(Debug)]
pub(super) struct Fat<'d> {
    part: Part<'d>,
    geometry: Geometry,
    table: Vec<u8>,
    fault: Option<String>,
}

fn u16_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u64 {
    u16_at(bytes, at) | u16_at(bytes, at + 2) << 16
}

fn bad(field: &'static str, value: u64, rule: &'static str) -> Error {
    Error::BadField { what: WHAT, field, value, rule }
}

fn geometry(boot: &[u8]) -> Result<Geometry, Error> {
    let sector = u16_at(boot, 11);
    if !matches!(sector, 512 | 1024 | 2048 | 4096) {
        return Err(bad("BPB_BytsPerSec", sector, "be 512, 1024, 2048 or 4096"));
    }
    let per_cluster = u64::from(boot[13]);
    if !per_cluster.is_power_of_two() {
        return Err(bad("BPB_SecPerClus", per_cluster, "be a power of two"));
    }
    let reserved = u16_at(boot, 14);
    if reserved == 0 {
        return Err(bad("BPB_RsvdSecCnt", 0, "not be 0"));
    }
    let fats = u64::from(boot[16]);
    if !(1..=2).contains(&fats) {
        return Err(bad("BPB_NumFATs", fats, "be 1 or 2"));
    }
    let nonzero = |short: u64, long: u64| if short != 0 { short } else { long };
    let total = nonzero(u16_at(boot, 19), u32_at(boot, 32));
    let fat_sectors = nonzero(u16_at(boot, 22), u32_at(boot, 36));
    let root_sectors = (u16_at(boot, 17) * 32).div_ceil(sector);
    let data = reserved + fats * fat_sectors + root_sectors;
    if fat_sectors == 0 || total <= data {
        return Err(bad(
            "BPB_TotSec",
            total,
            "leave room behind the reserved sectors, the FATs and the root",
        ));
    }
    let clusters = (total - data) / per_cluster;
    // The only thing that tells the three apart ("FAT Type Determination").
    let bits = match clusters {
        0..4085 => 12,
        4085..65525 => 16,
        _ => 32,
    };
    let fat_len = fat_sectors * sector;
    if fat_len < ((clusters + 2) * u64::from(bits)).div_ceil(8) {
        return Err(bad("BPB_FATSz", fat_sectors, "hold an entry for every cluster"));
    }
    Ok(Geometry {
        cluster: per_cluster * sector,
        fat_at: reserved * sector,
        fat_len,
        root_at: (reserved + fats * fat_sectors) * sector,
        root_len: u16_at(boot, 17) * 32,
        data_at: data * sector,
        clusters,
        bits,
        root_cluster: if bits == 32 { u32_at(boot, 44) } else { FIXED_ROOT },
    })
}

/// Whether a boot sector describes a FAT, and its names. Nothing but the sum of its rules tells.
pub(super) fn identify(head: &[u8]) -> Option<Identity> {
    if head.len() < 512 || head[510..512] != [0x55, 0xAA] || !matches!(head[0], 0xEB | 0xE9) {
        return None;
    }
    let geometry = geometry(head).ok()?;
    // BS_VolID and BS_VolLab, which follow the signature 0x29.
    let at = if geometry.bits == 32 { 66 } else { 38 };
    let (id, label) = match head[at] {
        0x29 => (u32_at(head, at + 1), String::from_utf8_lossy(&head[at + 5..at + 16]).trim_end().to_owned()),
        _ => (0, String::new()),
    };
    let label = if label == "NO NAME" { String::new() } else { label };
    let uuid = if id == 0 { String::new() } else { format!("{:04X}-{:04X}", id >> 16, id & 0xFFFF) };
    Some(Identity { kind: "vfat", uuid, label })
}

impl<'d> Fat<'d> {
    pub(super) fn open(part: Part<'d>) -> Result<Self, Error> {
        let boot = part.read(0, 512)?;
        let geometry = geometry(&boot)?;
        let end = geometry.data_at + geometry.clusters * geometry.cluster;
        if end > part.len {
            return Err(Error::Outside { within: "the partition", offset: 0, len: end, end: part.len });
        }
        let used = ((geometry.clusters + 2) * u64::from(geometry.bits)).div_ceil(8);
        let table = part.read(geometry.fat_at, used)?;
        let mut fault = None;
        // BPB_NumFATs: whether a second FAT is there and the same.
        if boot[16] == 2 && part.read(geometry.fat_at + geometry.fat_len, used)? != table {
            fault = Some("its two FATs differ".to_owned());
        }
        Ok(Self { part, geometry, table, fault })
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.clone().map(|what| Fault { fatal: false, what })
    }

    pub(super) fn root(&self) -> Node {
        self.node_of(self.geometry.root_cluster, FileKind::Directory, self.geometry.root_len)
    }

    fn node_of(&self, id: u64, kind: FileKind, len: u64) -> Node {
        Node { id, kind, len, mode: 0o755, owner: 0, group: 0 }
    }

    /// The clusters of a file, from its first one on.
    fn chain(&self, first: u64) -> Result<Vec<u64>, Error> {
        let last = self.geometry.clusters + 1;
        let mut chain = Vec::new();
        let mut at = first;
        loop {
            if !(2..=last).contains(&at) {
                return Err(bad("a cluster number", at, "be that of a cluster of the volume"));
            }
            if chain.len() as u64 > self.geometry.clusters {
                return Err(Error::TooMany {
                    what: WHAT,
                    parts: "clusters of a file",
                    limit: self.geometry.clusters,
                });
            }
            chain.push(at);
            let (next, end) = self.next(at as usize);
            if next >= end {
                return Ok(chain);
            }
            at = next;
        }
    }

    /// An entry of the FAT, and the least value that ends a chain.
    fn next(&self, cluster: usize) -> (u64, u64) {
        match self.geometry.bits {
            12 => {
                // Two entries share three bytes.
                let at = cluster + cluster / 2;
                let high = u64::from(self.table.get(at + 1).copied().unwrap_or(0));
                let pair = u64::from(self.table[at]) | high << 8;
                (if cluster.is_multiple_of(2) { pair & 0xFFF } else { pair >> 4 }, 0xFF8)
            }
            16 => (u16_at(&self.table, cluster * 2), 0xFFF8),
            _ => (u32_at(&self.table, cluster * 4) & 0x0FFF_FFFF, 0x0FFF_FFF8),
        }
    }

    pub(super) fn extents(&self, node: &Node) -> Result<Extents<'d>, Error> {
        let Geometry { cluster, data_at, .. } = self.geometry;
        let disk = self.part.disk;
        let is_directory = node.kind == FileKind::Directory;
        if node.id == 0 && is_directory {
            let disk_at = Some(self.part.start + self.geometry.root_at);
            let piece = Piece { at: 0, disk: disk_at, len: self.geometry.root_len };
            return Ok(Extents::new(disk, self.geometry.root_len, vec![piece]));
        }
        if node.len == 0 && !is_directory {
            return Ok(Extents::new(disk, 0, Vec::new()));
        }
        let chain = self.chain(node.id)?;
        let room = chain.len() as u64 * cluster;
        // A directory's length is that of its chain.
        let len = if is_directory { room } else { node.len };
        if len > room {
            return Err(bad("DIR_FileSize", len, "not be more than its clusters hold"));
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for (index, number) in (0..).zip(chain) {
            let place = self.part.start + data_at + (number - 2) * cluster;
            match pieces.last_mut() {
                Some(last) if last.disk.map(|start| start + last.len) == Some(place) => last.len += cluster,
                _ => pieces.push(Piece { at: index * cluster, disk: Some(place), len: cluster }),
            }
        }
        Ok(Extents::new(disk, len, pieces))
    }

    pub(super) fn entries(&self, directory: &Node) -> Result<Vec<Entry>, Error> {
        if directory.kind != FileKind::Directory {
            return Err(Error::WrongKind { path: format!("cluster {}", directory.id), wanted: "directory" });
        }
        // 65,536 entries are the most (fatgen103, "FAT Directory Structure").
        const LIMIT: u64 = 65536 * 32;
        let bytes = self.extents(directory)?.read_all(LIMIT)?;
        let mut entries = Vec::new();
        let mut long = LongName::default();
        for entry in bytes.chunks_exact(32) {
            match (entry[0], entry[11]) {
                (0, _) => break,
                (0xE5, _) => long = LongName::default(),
                (_, attributes) if attributes & 0x3F == 0x0F => long.add(entry),
                // A volume label.
                (_, attributes) if attributes & 0x08 != 0 => long = LongName::default(),
                (b'.', _) => long = LongName::default(),
                (_, attributes) => {
                    let name = std::mem::take(&mut long).finish(entry).unwrap_or_else(|| short_name(entry));
                    let cluster = u16_at(entry, 26)
                        | if self.geometry.bits == 32 { u16_at(entry, 20) << 16 } else { 0 };
                    let kind = if attributes & 0x10 != 0 { FileKind::Directory } else { FileKind::File };
                    let node = self.node_of(cluster, kind, u32_at(entry, 28));
                    entries.push(Entry { name: name.into_bytes(), node: EntryNode::Whole(node) });
                }
            }
        }
        Ok(entries)
    }
}

/// The parts of a long name, which stand in front of its short one, the last part first.
#[derive(Default)]
struct LongName {
    units: Vec<u16>,
    checksum: u8,
    /// How many parts are still to come.
    left: u8,
}

impl LongName {
    fn add(&mut self, entry: &[u8]) {
        let order = entry[0] & 0x3F;
        if entry[0] & 0x40 != 0 {
            *self = Self { units: Vec::new(), checksum: entry[13], left: order };
        } else if order + 1 != self.left || entry[13] != self.checksum {
            *self = Self::default();
            return;
        }
        self.left = order;
        let places = (1..11).step_by(2).chain((14..26).step_by(2)).chain((28..32).step_by(2));
        let mut units: Vec<u16> = places.map(|at| u16::from_le_bytes([entry[at], entry[at + 1]])).collect();
        units.append(&mut self.units);
        self.units = units;
    }

    /// The name, if it belongs to this short one.
    fn finish(self, entry: &[u8]) -> Option<String> {
        let sum = entry[..11].iter().fold(0_u8, |sum, &byte| sum.rotate_right(1).wrapping_add(byte));
        if self.left != 1 || self.checksum != sum {
            return None;
        }
        let units = self.units.into_iter().take_while(|unit| *unit != 0);
        Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    }
}

/// Eight and three characters, padded with blanks; Windows NT marks lower case in byte 12.
fn short_name(entry: &[u8]) -> String {
    let part = |bytes: &[u8], lower: bool| {
        let text = String::from_utf8_lossy(bytes).trim_end().to_owned();
        if lower { text.to_ascii_lowercase() } else { text }
    };
    let name = part(&entry[..8], entry[12] & 0x08 != 0);
    let extension = part(&entry[8..11], entry[12] & 0x10 != 0);
    if extension.is_empty() { name } else { format!("{name}.{extension}") }
}
