//! Where everything lies.

use super::check::MOST;
use super::{GPT_ARRAY, MBR_TAIL, Piece, Role, SECTOR, check, logical};
use crate::config::{Disk, Hole, Image, ImageSize, Partition, TableKind};
use crate::{Error, LayoutError};

/// Bytes of a GPT's second array and header.
const BACKUP: u64 = GPT_ARRAY + SECTOR;
/// To what a disk that grows as it is filled is rounded up where a GPT ends it (image-hd.c).
const BACKUP_END: u64 = 4096;
/// Sectors that an MBR's fields count.
const MBR_SECTORS: u64 = 1 << 32;

/// A disk of which every piece has its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// In the order of the configuration, with the extended partition in front of the first logical
    /// one, and the tables last: what comes later wins where holes let two share bytes.
    pub(crate) pieces: Vec<Piece>,
    /// Of the disk, in bytes.
    pub(crate) size: u64,
    /// Of the file: less than the disk where nothing is written at its end.
    pub(crate) file_size: u64,
}

/// What a partition gets: the size of its image, less what `imageoffset` leaves out, and the
/// ranges of it that others may overwrite.
#[derive(Clone, Debug, Default)]
pub(crate) struct Child {
    pub(crate) size: u64,
    pub(crate) holes: Vec<Hole>,
}

/// `value` rounded up to a multiple of `unit`.
fn up(value: u64, unit: u64) -> u64 {
    value.next_multiple_of(unit)
}

struct Planner<'a> {
    image: &'a Image,
    disk: &'a Disk,
    children: &'a [Option<Child>],
    /// 0 where none is given.
    size: u64,
    /// The end of what has its place.
    now: u64,
    file_size: u64,
}

/// Finds everything's place; `children` are the partitions' images.
pub(crate) fn lay_out(image: &Image, disk: &Disk, children: &[Option<Child>]) -> Result<Layout, Error> {
    let size = match image.size {
        ImageSize::Bytes(size) => size,
        _ => 0,
    };
    let mut planner = Planner { image, disk, children, size, now: 0, file_size: 0 };
    check::numbers(image, disk)?;
    check::words(image, disk)?;
    let mut pieces: Vec<Piece> = image
        .partitions
        .iter()
        .enumerate()
        .map(|(index, partition)| planner.piece(index, partition))
        .collect();
    logical::mark(image, disk, &mut pieces)?;
    planner.tables(&mut pieces);
    for index in 0..pieces.len() {
        let (before, rest) = pieces.split_at_mut(index);
        planner.place(before, &mut rest[0])?;
    }
    Ok(planner.finish(pieces)?)
}

impl Planner<'_> {
    fn piece(&self, index: usize, partition: &Partition) -> Piece {
        let has_table = self.disk.table != TableKind::None;
        let in_table = partition.in_table && has_table;
        let default = if in_table || !has_table { self.disk.align } else { 1 };
        Piece {
            role: Role::Partition(index),
            name: partition.name.clone(),
            offset: partition.offset,
            size: partition.size,
            in_table,
            logical: false,
            kind: partition.kind,
            bootable: partition.bootable,
            align: partition.align.unwrap_or(default),
        }
    }

    /// Adds the tables' own sectors, and lets what has no offset begin behind them.
    fn tables(&mut self, pieces: &mut Vec<Piece>) {
        let mut add = |role, name: &str, offset, size| {
            let name = name.to_owned();
            let (in_table, logical, kind, bootable, align) = (false, false, 0, false, 1);
            pieces.push(Piece { role, name, offset, size, in_table, logical, kind, bootable, align });
        };
        if self.disk.table != TableKind::None {
            add(Role::Mbr, "[MBR]", MBR_TAIL, SECTOR - MBR_TAIL);
            self.now = SECTOR;
        }
        if self.disk.table.has_gpt() {
            add(Role::GptHeader, "[GPT header]", SECTOR, SECTOR);
            add(Role::GptArray, "[GPT array]", self.disk.gpt_location, GPT_ARRAY);
            self.now = self.disk.gpt_location + GPT_ARRAY;
            add(Role::GptBackup, "[GPT backup]", self.size.saturating_sub(BACKUP), BACKUP);
        }
    }

    fn child(&self, role: Role) -> Option<&Child> {
        let Role::Partition(index) = role else { return None };
        self.children.get(index)?.as_ref()
    }

    fn partition(&self, role: Role) -> Option<&Partition> {
        let Role::Partition(index) = role else { return None };
        self.image.partitions.get(index)
    }

    /// Gives `piece` its offset and size, beside those `before` it.
    fn place(&mut self, before: &mut [Piece], piece: &mut Piece) -> Result<(), LayoutError> {
        let at = self.partition(piece.role).map_or(&self.image.at, |partition| &partition.at).clone();
        let name = || piece.name.clone();
        if piece.in_table && !piece.align.is_multiple_of(self.disk.align) {
            let (what, value, unit) = ("alignment", piece.align, self.disk.align);
            return Err(LayoutError::Unaligned { at, name: name(), what, value, unit });
        }
        if piece.logical {
            // Room for the sector that describes it.
            self.now = up(self.now + self.disk.align, piece.align);
        }
        if piece.role == Role::GptBackup && self.size == 0 {
            piece.offset = up(self.now + BACKUP, BACKUP_END) - BACKUP;
        }
        let follows = piece.in_table || self.disk.table == TableKind::None;
        if piece.offset == 0 && follows {
            piece.offset = up(self.now, piece.align);
        }
        if !piece.offset.is_multiple_of(piece.align) {
            let (what, value, unit) = ("offset", piece.offset, piece.align);
            return Err(LayoutError::Unaligned { at, name: name(), what, value, unit });
        }
        if let Some(partition) = self.partition(piece.role) {
            piece.size = self.size_of(piece, partition, before)?;
        }
        if piece.size == 0 && piece.role != Role::Extended {
            return Err(LayoutError::NoSize { at, name: name() });
        }
        if piece.in_table && !piece.size.is_multiple_of(SECTOR) {
            let (what, value, unit) = ("size", piece.size, SECTOR);
            return Err(LayoutError::Unaligned { at, name: name(), what, value, unit });
        }
        if piece.offset.saturating_add(piece.size) > MOST {
            let size = piece.offset.saturating_add(piece.size);
            return Err(LayoutError::TooLarge { at, name: name(), size, most: MOST });
        }
        self.check(before, piece)?;
        self.now = self.now.max(piece.end());
        if let Some(child) = self.child(piece.role) {
            let filled = self.partition(piece.role).is_some_and(|partition| partition.fill);
            let len = if filled { piece.size } else { child.size };
            self.file_size = self.file_size.max(piece.offset + len);
        }
        if piece.logical {
            self.file_size = self.file_size.max(piece.offset - self.disk.align + SECTOR);
            let extended = before.iter_mut().find(|piece| piece.role == Role::Extended);
            let extended = extended.expect("the extended partition stands in front of the logical ones");
            extended.size = self.now - extended.offset;
        }
        Ok(())
    }

    fn size_of(&self, piece: &Piece, partition: &Partition, before: &[Piece]) -> Result<u64, LayoutError> {
        let (at, name) = (partition.at.clone(), piece.name.clone());
        let mut size = partition.size;
        if partition.autoresize {
            let resized =
                |other: &&Partition| other.autoresize && before.iter().any(|piece| piece.name == other.name);
            if let Some(other) = self.image.partitions.iter().find(resized) {
                return Err(LayoutError::ResizedTwice { at, name, other: other.name.clone() });
            }
            if self.size == 0 {
                return Err(LayoutError::NoRoomKnown { at, name, image: self.image.file.clone() });
            }
            let end = if self.disk.table.has_gpt() { BACKUP } else { 0 };
            let rest = self.size.saturating_sub(piece.offset).saturating_sub(end);
            let rest = rest - rest % piece.align;
            if rest == 0 || rest < size {
                return Err(LayoutError::NoRoom { at, name, room: rest, least: size });
            }
            size = rest;
        }
        if let Some(child) = self.child(piece.role) {
            let image = partition.image.as_ref().map(|said| said.value.clone()).unwrap_or_default();
            if size == 0 {
                size = if piece.in_table { up(child.size, piece.align) } else { child.size };
            }
            if child.size > size {
                return Err(LayoutError::TooSmall { at, name, size, image, needed: child.size });
            }
        }
        Ok(size)
    }

    /// No two pieces share a byte, but where the one written first has a hole.
    fn check(&self, before: &[Piece], piece: &Piece) -> Result<(), LayoutError> {
        let at = self.partition(piece.role).map_or(&self.image.at, |partition| &partition.at);
        let overlap = |other: &Piece| LayoutError::Overlap {
            at: at.clone(),
            image: self.image.file.clone(),
            name: piece.name.clone(),
            start: piece.offset,
            end: piece.end(),
            other: other.name.clone(),
            other_start: other.offset,
            other_end: other.end(),
            hole: !other.in_table && self.child(other.role).is_some(),
        };
        if piece.logical {
            // All others in front of it end below; the extended partition grows with it.
            let last =
                before.iter().filter(|other| other.role != Role::Extended).max_by_key(|other| other.end());
            return match last {
                Some(last) if self.now > piece.offset => Err(overlap(last)),
                None if self.now > piece.offset => {
                    Err(LayoutError::NoSize { at: at.clone(), name: piece.name.clone() })
                }
                _ => Ok(()),
            };
        }
        for other in before {
            let (start, end) = (piece.offset.max(other.offset), piece.end().min(other.end()));
            let apart = piece.offset >= other.end() || other.offset >= piece.end();
            let inner = |hole: &Hole| hole.start <= start - other.offset && end - other.offset <= hole.end;
            if apart || self.child(other.role).is_some_and(|child| child.holes.iter().any(inner)) {
                continue;
            }
            return Err(overlap(other));
        }
        Ok(())
    }

    fn finish(self, pieces: Vec<Piece>) -> Result<Layout, LayoutError> {
        if self.size > 0 && self.now > self.size {
            let (at, image) = (self.image.at.clone(), self.image.file.clone());
            return Err(LayoutError::BeyondDisk { at, image, end: self.now, size: self.size });
        }
        let beyond = pieces.iter().find(|piece| {
            self.disk.table.has_mbr() && piece.in_table && piece.end().div_ceil(SECTOR) >= MBR_SECTORS
        });
        if let Some(piece) = beyond.filter(|piece| !self.disk.table.has_gpt() || piece.kind != 0) {
            let at = self.partition(piece.role).map_or(&self.image.at, |partition| &partition.at).clone();
            let most = MBR_SECTORS * SECTOR;
            return Err(LayoutError::TooLarge { at, name: piece.name.clone(), size: piece.end(), most });
        }
        let size = if self.size == 0 { self.now } else { self.size };
        let whole = self.disk.fill || (self.disk.table.has_gpt() && self.disk.gpt_backup);
        // The tables in front are there even if no partition has an image.
        let tables =
            pieces.iter().filter(|piece| matches!(piece.role, Role::Mbr | Role::GptHeader | Role::GptArray));
        let tables = tables.map(Piece::end).max().unwrap_or(0);
        let file_size = if whole { size } else { self.file_size.max(tables) };
        Ok(Layout { pieces, size, file_size })
    }
}
