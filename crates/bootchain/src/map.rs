//! Every byte range of a disk, with its owner.

use std::fmt;
use std::ops::Range;

use bringup_spec::{Board, Bytes};
use serde::Serialize;

use crate::volume::{self, Part};
use crate::{Disk, Options, Proof, table, verify};

/// What an area is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AreaKind {
    /// A partition table, or a copy of it.
    Table,
    /// A boot program outside of partitions.
    Program,
    /// A partition.
    Partition,
    /// Nobody's.
    Gap,
}

/// Adjacent bytes with one owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Area {
    /// Where it is.
    pub bytes: Range<u64>,
    /// What it is.
    pub kind: AreaKind,
    /// Its owner's name: `GPT header`, `boot-rom`, `partition 1`.
    pub owner: String,
    /// What is in it, in one line.
    pub what: String,
    /// The document or source tree that says so.
    pub source: String,
}

/// All areas of a disk, from its first byte to its last. `Display` draws them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiskMap {
    /// How long the disk is.
    pub len: u64,
    /// The areas in their order; none overlaps another, and none is missing.
    pub areas: Vec<Area>,
}

/// The links that rest on programs which are outside of partitions as a rule.
const PROGRAMS: [&str; 4] = ["boot-rom", "boot-rom-copy", "next-stage", "grub-core"];

/// Says who owns each byte of a disk.
pub fn map(disk: &Disk<'_>, board: Option<&Board>) -> DiskMap {
    let options = Options { programs: false, ..Options::default() };
    map_with(disk, board, &verify(disk, board, &options))
}

/// As [`map`], with a proof at hand.
pub(crate) fn map_with(disk: &Disk<'_>, board: Option<&Board>, proof: &Proof) -> DiskMap {
    // Whoever comes first keeps the bytes.
    let mut claims: Vec<Area> = Vec::new();
    let table = table::read(disk).ok();
    for (bytes, name) in table.iter().flat_map(|table| &table.bytes) {
        claims.push(area(
            bytes.clone(),
            AreaKind::Table,
            (*name).to_owned(),
            String::new(),
            "UEFI 2.10, chapter 5",
        ));
    }
    for partition in table.iter().flat_map(|table| &table.partitions) {
        let identity = volume::identify(Part::new(disk, &partition.bytes)).ok().flatten();
        let contents = identity.map_or_else(
            || "no file system".to_owned(),
            |found| format!("{} `{}` {}", found.kind, found.label, found.uuid),
        );
        let name = if partition.name.is_empty() { String::new() } else { format!(" `{}`", partition.name) };
        let bootable = if partition.bootable { ", bootable" } else { "" };
        let what = format!("{}{bootable}, {contents}", partition.kind);
        let owner = format!("partition {}{name}", partition.number);
        claims.push(area(partition.bytes.clone(), AreaKind::Partition, owner, what, "the partition table"));
    }
    for link in proof.all().into_iter().filter(|link| PROGRAMS.contains(&link.name)) {
        for bytes in &link.bytes {
            claims.push(area(
                bytes.clone(),
                AreaKind::Program,
                link.name.to_owned(),
                link.what.clone(),
                &link.source,
            ));
        }
    }
    for placement in board.iter().flat_map(|board| board.firmware.installer.placements()) {
        let end = placement.offset.0.saturating_add(placement.room.0);
        let what = format!("room for it: {} at {}", placement.room, placement.offset);
        let owner = format!("`{}`", placement.name);
        claims.push(area(placement.offset.0..end, AreaKind::Program, owner, what, placement.source));
    }
    let mut areas: Vec<Area> = Vec::new();
    for claim in claims {
        let mut left = vec![claim.bytes.start.min(disk.len())..claim.bytes.end.min(disk.len())];
        for taken in &areas {
            left = left.into_iter().flat_map(|range| without(range, &taken.bytes)).collect();
        }
        areas.extend(
            left.into_iter().filter(|range| !range.is_empty()).map(|bytes| Area { bytes, ..claim.clone() }),
        );
    }
    areas.sort_by_key(|area| area.bytes.start);
    DiskMap { len: disk.len(), areas: with_gaps(disk, areas) }
}

fn area(bytes: Range<u64>, kind: AreaKind, owner: String, what: String, source: &str) -> Area {
    Area { bytes, kind, owner, what, source: source.to_owned() }
}

fn without(range: Range<u64>, taken: &Range<u64>) -> [Range<u64>; 2] {
    let before = range.start..range.end.min(taken.start).max(range.start);
    let behind = range.start.max(taken.end).min(range.end)..range.end;
    if before.end > behind.start { [range, 0..0] } else { [before, behind] }
}

fn with_gaps(disk: &Disk<'_>, areas: Vec<Area>) -> Vec<Area> {
    let mut all = Vec::new();
    let mut at = 0;
    let gap = |bytes: Range<u64>| {
        let what = match disk.is_zero(bytes.clone()) {
            Ok(true) => "zeros".to_owned(),
            Ok(false) => "not all zero, and nobody's".to_owned(),
            Err(error) => error.to_string(),
        };
        area(bytes, AreaKind::Gap, "gap".to_owned(), what, "")
    };
    for area in areas {
        if area.bytes.start > at {
            all.push(gap(at..area.bytes.start));
        }
        at = area.bytes.end;
        all.push(area);
    }
    if at < disk.len() {
        all.push(gap(at..disk.len()));
    }
    all
}

impl DiskMap {
    /// The area that a byte is in; none behind the disk's end.
    pub fn at(&self, offset: u64) -> Option<&Area> {
        self.areas.iter().find(|area| area.bytes.contains(&offset))
    }
}

/// Columns of the drawing.
const WIDTH: u64 = 64;

impl fmt::Display for DiskMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bar = String::new();
        for area in &self.areas {
            let mark = match area.kind {
                AreaKind::Table => 'T',
                AreaKind::Program => 'B',
                AreaKind::Partition => '#',
                AreaKind::Gap => '.',
            };
            // As much of the bar as of the disk, and never nothing.
            let share = u128::from(area.bytes.end - area.bytes.start) * u128::from(WIDTH)
                / u128::from(self.len.max(1));
            bar.extend(std::iter::repeat_n(mark, (share as usize).max(1)));
        }
        writeln!(f, "disk of {}", Bytes(self.len))?;
        writeln!(f, "[{bar}]  T table, B boot program, # partition, . gap\n")?;
        let rows: Vec<[String; 4]> = self
            .areas
            .iter()
            .map(|area| {
                let len = Bytes(area.bytes.end - area.bytes.start).to_string();
                [
                    format!("{:#x}", area.bytes.start),
                    format!("{:#x}", area.bytes.end - 1),
                    len,
                    area.owner.clone(),
                ]
            })
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let [first, second, third, fourth] = [width(0), width(1), width(2), width(3)];
        for (row, area) in rows.iter().zip(&self.areas) {
            let [start, end, len, owner] = row;
            let line =
                format!("{start:>first$}  {end:>second$}  {len:<third$}  {owner:<fourth$}  {}", area.what);
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
