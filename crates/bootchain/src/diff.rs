//! What differs between two disks, in the terms of a disk.

use std::fmt;
use std::ops::Range;

use bringup_spec::{Board, Bytes};
use serde::Serialize;

use crate::files::{File, Files};
use crate::map::{AreaKind, map};
use crate::table::{self, Partition, Table};
use crate::volume::{self, FileKind, Part, Volume};
use crate::{Disk, Error};

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about: `disk`, `table`, `partition 1`, `partition 1: /etc/passwd`, `boot-rom`.
    pub about: String,
    /// What the first disk has; none if it has nothing.
    pub before: Option<String>,
    /// What the second disk has; none if it has nothing.
    pub after: Option<String>,
}

/// Everything that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// In the order of the disk, files by path.
    pub changes: Vec<Change>,
}

/// How much is compared at a time.
const PIECE: u64 = 1 << 18;

/// Compares two disks: tables, partitions, boot programs, and files by their paths.
///
/// # Errors
/// One of them cannot be read.
pub fn diff(first: &Disk<'_>, second: &Disk<'_>, board: Option<&Board>) -> Result<Difference, Error> {
    let mut found = Difference::default();
    found.compare("disk", Bytes(first.len()).to_string(), Bytes(second.len()).to_string());
    let tables = (table::read(first), table::read(second));
    for area in
        map(first, board).areas.iter().filter(|area| matches!(area.kind, AreaKind::Program | AreaKind::Gap))
    {
        let range = area.bytes.start.min(second.len())..area.bytes.end.min(second.len());
        if let Some(at) = first_difference(first, second, &range, range.start)? {
            found.differs(format!("{} at {:#x}", area.owner, area.bytes.start), at);
        }
    }
    match tables {
        (Ok(before), Ok(after)) => {
            found.table(&before, &after);
            if let Some(at) = first_difference(first, second, &(0..440), 0)? {
                found.differs("boot code of the MBR".to_owned(), at);
            }
            for partition in &before.partitions {
                if let Some(other) = after.partition(partition.number) {
                    found.contents((first, partition), (second, other))?;
                }
            }
        }
        (before, after) => {
            let shown = |table: &Result<Table, Error>| {
                table.as_ref().map_or_else(ToString::to_string, |table| table.disk_id.clone())
            };
            found.compare("table", shown(&before), shown(&after));
        }
    }
    Ok(found)
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn put(&mut self, about: impl Into<String>, before: Option<String>, after: Option<String>) {
        self.changes.push(Change { about: about.into(), before, after });
    }

    fn compare(&mut self, about: &str, before: String, after: String) {
        if before != after {
            self.put(about, Some(before), Some(after));
        }
    }

    fn differs(&mut self, about: String, at: u64) {
        self.put(about, Some("its bytes".to_owned()), Some(format!("others, from {at:#x} on")));
    }

    fn table(&mut self, before: &Table, after: &Table) {
        self.compare("table's kind", format!("{:?}", before.kind), format!("{:?}", after.kind));
        self.compare("table's disk id", before.disk_id.clone(), after.disk_id.clone());
        let faults = |table: &Table| {
            table.faults.iter().map(|fault| fault.what.clone()).collect::<Vec<_>>().join("; ")
        };
        self.compare("table's faults", faults(before), faults(after));
        let numbers = before.partitions.iter().chain(&after.partitions).map(|partition| partition.number);
        let mut numbers: Vec<u32> = numbers.collect();
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            let shown = |table: &Table| table.partition(number).map(described);
            let (before, after) = (shown(before), shown(after));
            if before != after {
                self.put(format!("partition {number}"), before, after);
            }
        }
    }

    fn contents(
        &mut self,
        first: (&Disk<'_>, &Partition),
        second: (&Disk<'_>, &Partition),
    ) -> Result<(), Error> {
        let about = format!("partition {}", first.1.number);
        let volumes = (open(first), open(second));
        if let (Ok(before), Ok(after)) = &volumes {
            let shown = |volume: &Volume<'_>| {
                format!("{} `{}` {}", volume.identity.kind, volume.identity.label, volume.identity.uuid)
            };
            self.compare(&format!("{about}: file system"), shown(before), shown(after));
            let count = self.changes.len();
            self.files(&about, before, after)?;
            if self.changes.len() > count {
                return Ok(());
            }
        }
        let len = (first.1.bytes.end - first.1.bytes.start).min(second.1.bytes.end - second.1.bytes.start);
        let range = first.1.bytes.start..(first.1.bytes.start + len).min(first.0.len());
        if let Some(at) = first_difference(first.0, second.0, &range, second.1.bytes.start)? {
            let what = if volumes.0.is_ok() && volumes.1.is_ok() {
                "structures of the file system"
            } else {
                "contents"
            };
            self.differs(format!("{about}: {what}"), at);
        }
        Ok(())
    }

    fn files(&mut self, about: &str, before: &Volume<'_>, after: &Volume<'_>) -> Result<(), Error> {
        let (first, second) = (Files::read(before)?, Files::read(after)?);
        for (path, file) in &first.all {
            let name = format!("{about}: /{}", String::from_utf8_lossy(path));
            match second.all.get(path) {
                None => self.put(name, Some(of_file(file)), None),
                Some(other) if of_file(file) != of_file(other) => {
                    self.put(name, Some(of_file(file)), Some(of_file(other)));
                }
                Some(other) => {
                    if let Some(at) = file_difference((before, file), (after, other))? {
                        self.differs(name, at);
                    }
                }
            }
        }
        for (path, file) in second.all.iter().filter(|(path, _)| !first.all.contains_key(*path)) {
            self.put(format!("{about}: /{}", String::from_utf8_lossy(path)), None, Some(of_file(file)));
        }
        Ok(())
    }
}

fn open<'d>((disk, partition): (&'d Disk<'d>, &Partition)) -> Result<Volume<'d>, Error> {
    volume::open(Part::new(disk, &partition.bytes))
}

fn described(partition: &Partition) -> String {
    let Partition { kind, bytes, bootable, name, part_uuid, .. } = partition;
    let bootable = if *bootable { ", bootable" } else { "" };
    format!("{kind} at {:#x}-{:#x}{bootable}, `{name}`, {part_uuid}", bytes.start, bytes.end - 1)
}

fn of_file(file: &File) -> String {
    let node = &file.node;
    let kind = match node.kind {
        FileKind::File => format!("file of {}", Bytes(node.len)),
        FileKind::Directory => "directory".to_owned(),
        FileKind::Symlink => {
            format!("link to `{}`", String::from_utf8_lossy(file.target.as_deref().unwrap_or_default()))
        }
        FileKind::Other => "device, pipe or socket".to_owned(),
    };
    format!("{kind}, mode {:o}, owner {}:{}", node.mode, node.owner, node.group)
}

/// Where in a file contents of the same length differ.
fn file_difference(first: (&Volume<'_>, &File), second: (&Volume<'_>, &File)) -> Result<Option<u64>, Error> {
    if first.1.node.kind != FileKind::File {
        return Ok(None);
    }
    let (before, after) = (first.0.extents(&first.1.node)?, second.0.extents(&second.1.node)?);
    let mut at = 0;
    while at < before.len() {
        let (one, other) = (before.read_up_to(at, PIECE)?, after.read_up_to(at, PIECE)?);
        if let Some(index) = one.iter().zip(&other).position(|(one, other)| one != other) {
            return Ok(Some(at + index as u64));
        }
        at += PIECE;
    }
    Ok(None)
}

/// The first byte of `range` that the second disk, from `other` on, does not have.
fn first_difference(
    first: &Disk<'_>,
    second: &Disk<'_>,
    range: &Range<u64>,
    other: u64,
) -> Result<Option<u64>, Error> {
    let mut at = range.start;
    while at < range.end {
        let len = PIECE.min(range.end - at);
        let there = other + (at - range.start);
        // Holes on both sides are the same.
        if first.stored(at..at + len).is_empty() && second.stored(there..there + len).is_empty() {
            at += len;
            continue;
        }
        let (one, two) = (first.read_up_to(at, len)?, second.read_up_to(there, len)?);
        if let Some(index) = one.iter().zip(&two).position(|(one, two)| one != two) {
            return Ok(Some(at + index as u64));
        }
        if one.len() != two.len() {
            return Ok(Some(at + one.len().min(two.len()) as u64));
        }
        at += len;
    }
    Ok(None)
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "no difference");
        }
        for change in &self.changes {
            match (&change.before, &change.after) {
                (Some(before), Some(after)) => writeln!(f, "~ {}\n    {before}\n    {after}", change.about)?,
                (Some(before), None) => writeln!(f, "- {}: {before}", change.about)?,
                (None, after) => writeln!(f, "+ {}: {}", change.about, after.as_deref().unwrap_or_default())?,
            }
        }
        Ok(())
    }
}
