//! One directory: its records, block by block, and what continues behind them.

use crate::BLOCK;
use crate::field::{both16, both32, put};
use crate::system_use::{Area, relocate};

/// Bytes of a record in front of its identifier (ECMA-119, 9.1).
const HEAD: usize = 33;

/// The most bytes of a record, which is even in length.
const MOST: usize = 254;

/// File flags (ECMA-119, 9.1.6).
pub(crate) const IS_DIRECTORY: u8 = 1 << 1;
pub(crate) const GOES_ON: u8 = 1 << 7;

/// Where in a record are block and length of what it names.
const EXTENT: usize = 2;
const LENGTH: usize = 10;

/// What a record names, whose place comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The directory of this number.
    Directory(usize),
    /// The file of this number, from this block of it on.
    File(usize, u32),
    /// Nothing that has contents.
    Nothing,
}

/// A record that is to be added.
pub(crate) struct Record<'a> {
    pub(crate) identifier: &'a [u8],
    pub(crate) flags: u8,
    pub(crate) date: [u8; 7],
    /// Length of what it names in bytes; 0 for a directory, as it comes with its place.
    pub(crate) len: u32,
    pub(crate) target: Target,
}

/// A directory in the making.
#[derive(Default)]
pub(crate) struct Directory {
    records: Vec<u8>,
    area: Area,
    /// Where in `records` are fields that lead to the area.
    jumps: Vec<usize>,
    /// Where in `records` are records that name something.
    targets: Vec<(usize, Target)>,
}

impl Directory {
    /// Adds a record with its System Use fields; the caller keeps the order (ECMA-119, 9.3).
    pub(crate) fn add(&mut self, record: &Record<'_>, fields: &[Vec<u8>]) {
        let name = record.identifier.len();
        let head = HEAD + name + usize::from(name.is_multiple_of(2));
        let behind = self.area.place(fields, MOST - head);
        let len = (head + behind.bytes.len()).next_multiple_of(2);

        // No record crosses the end of a block (ECMA-119, 6.8.1.1).
        let block = BLOCK as usize;
        if self.records.len() % block + len > block {
            self.records.resize(self.records.len().next_multiple_of(block), 0);
        }
        let start = self.records.len();
        self.records.resize(start + len, 0);
        let bytes = &mut self.records[start..];
        bytes[0] = len as u8;
        put(bytes, LENGTH, &both32(record.len));
        put(bytes, 18, &record.date);
        bytes[25] = record.flags;
        // The volume's number in its set.
        put(bytes, 28, &both16(1));
        bytes[32] = name as u8;
        put(bytes, HEAD, record.identifier);
        put(bytes, head, &behind.bytes);
        if record.target != Target::Nothing {
            self.targets.push((start, record.target));
        }
        self.jumps.extend(behind.jump.map(|jump| start + head + jump));
    }

    /// Appends the directory to `to`, whose end is at block `block`.
    pub(crate) fn finish(mut self, block: u32, to: &mut Vec<u8>) -> Finished {
        self.records.resize(self.records.len().next_multiple_of(BLOCK as usize), 0);
        let len = self.records.len() as u32;
        let area_block = block + len / BLOCK as u32;
        for jump in self.jumps {
            relocate(&mut self.records, jump, area_block);
        }
        let start = to.len();
        to.extend(self.records);
        to.extend(self.area.finish(area_block));
        let targets = self.targets.into_iter().map(|(at, target)| (start + at, target)).collect();
        Finished { place: Place { block, len }, targets }
    }
}

/// Where something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) block: u32,
    /// In bytes.
    pub(crate) len: u32,
}

/// A directory in its place.
pub(crate) struct Finished {
    pub(crate) place: Place,
    /// The offsets of its records, and what each names.
    pub(crate) targets: Vec<(usize, Target)>,
}

/// Writes the block of what the record at `at` names.
pub(crate) fn set_block(bytes: &mut [u8], at: usize, block: u32) {
    put(bytes, at + EXTENT, &both32(block));
}

/// Writes block and length of the directory that the record at `at` names.
pub(crate) fn set_place(bytes: &mut [u8], at: usize, place: Place) {
    set_block(bytes, at, place.block);
    put(bytes, at + LENGTH, &both32(place.len));
}

/// A directory's own first record in a volume descriptor: without System Use fields.
pub(crate) fn root_record(place: Place, date: [u8; 7]) -> [u8; 34] {
    let mut root = Directory::default();
    let record = Record { identifier: &[0], flags: IS_DIRECTORY, date, len: 0, target: Target::Nothing };
    root.add(&record, &[]);
    set_place(&mut root.records, 0, place);
    let mut bytes = [0; 34];
    bytes.copy_from_slice(&root.records);
    bytes
}
