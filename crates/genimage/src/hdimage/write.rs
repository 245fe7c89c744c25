//! A disk's bytes, each written once.

use std::io;
use std::ops::Range;
use std::rc::Rc;

use bringup_fsimage::{FileSystem, RegionSink};
use bringup_spec::{Bytes, Guid};

use super::{Layout, Role, gpt, mbr};
use crate::config::{Disk, Image};

/// A planned disk image.
pub(crate) struct DiskImage {
    file_size: u64,
    /// Each with the ranges of the disk where nothing that comes later lies over it.
    parts: Vec<(Part, Vec<Range<u64>>)>,
}

/// Bytes for a place on the disk.
struct Part {
    offset: u64,
    len: u64,
    what: What,
}

enum What {
    Bytes(Vec<u8>),
    Image {
        image: Rc<dyn FileSystem>,
        /// Bytes at its start that are left out.
        skip: u64,
    },
}

impl DiskImage {
    /// A disk with that layout; `guids` are the partitions' own.
    pub(crate) fn new(
        image: &Image,
        disk: &Disk,
        layout: &Layout,
        children: &[Option<Rc<dyn FileSystem>>],
        (signature, own): (u32, Guid),
        guids: &[Guid],
    ) -> Self {
        let mut parts = Vec::new();
        let bytes = |(offset, bytes): (u64, Vec<u8>)| Part {
            offset,
            len: bytes.len() as u64,
            what: What::Bytes(bytes),
        };
        for (index, piece) in layout.pieces.iter().enumerate() {
            if piece.logical {
                parts.push(bytes(mbr::logical_table(disk, &layout.pieces, index)));
            }
            let Role::Partition(index) = piece.role else { continue };
            let Some(child) = &children[index] else { continue };
            let partition = &image.partitions[index];
            let skip = partition.image_offset;
            // The image's own claim: zeros as well as data are its bytes.
            let len = if partition.fill { piece.size } else { child.size().0.saturating_sub(skip) };
            let what = What::Image { image: child.clone(), skip };
            parts.push(Part { offset: piece.offset, len, what });
        }
        if disk.table.has_gpt() {
            parts.extend(gpt::tables(image, disk, layout, own, guids).into_iter().map(bytes));
        }
        if layout.pieces.iter().any(|piece| piece.role == Role::Mbr) {
            let table = mbr::table(disk, &layout.pieces, signature, layout.size);
            parts.push(bytes((super::MBR_TAIL, table)));
        }
        Self { file_size: layout.file_size, parts: visible(parts) }
    }
}

/// What later parts leave of each.
fn visible(parts: Vec<Part>) -> Vec<(Part, Vec<Range<u64>>)> {
    let places: Vec<Range<u64>> = parts.iter().map(|part| part.offset..part.offset + part.len).collect();
    let left = |index: usize| {
        let mut left = vec![places[index].clone()];
        for over in &places[index + 1..] {
            let cut = |range: Range<u64>| {
                [range.start..range.end.min(over.start), range.start.max(over.end)..range.end]
            };
            left = left.into_iter().flat_map(cut).filter(|range| range.start < range.end).collect();
        }
        left
    };
    let left: Vec<_> = (0..parts.len()).map(left).collect();
    parts.into_iter().zip(left).collect()
}

impl FileSystem for DiskImage {
    fn size(&self) -> Bytes {
        Bytes(self.file_size)
    }

    fn write(&self, sink: &mut dyn RegionSink) -> io::Result<()> {
        let mut claimed: Vec<&Range<u64>> = self.parts.iter().flat_map(|(_, ranges)| ranges).collect();
        claimed.sort_by_key(|range| range.start);
        let mut end = 0;
        for range in claimed {
            sink.zeros(end, range.start - end)?;
            end = range.end;
        }
        sink.zeros(end, self.file_size.saturating_sub(end))?;
        for (part, ranges) in &self.parts {
            let mut window = Window { sink: &mut *sink, ranges, offset: part.offset, skip: 0 };
            match &part.what {
                What::Bytes(bytes) => window.data(0, bytes)?,
                What::Image { image, skip } => {
                    window.skip = *skip;
                    image.write(&mut window)?;
                    let end = image.size().0;
                    window.zeros(end, (skip + part.len).saturating_sub(end))?;
                }
            }
        }
        Ok(())
    }
}

/// The visible part of what is written at a place of a disk.
struct Window<'a> {
    sink: &'a mut dyn RegionSink,
    /// Of the disk.
    ranges: &'a [Range<u64>],
    offset: u64,
    skip: u64,
}

impl Window<'_> {
    /// The visible ranges of `len` bytes at `at`: on the disk, and from the first of them.
    fn seen(&self, at: u64, len: u64) -> Vec<(Range<u64>, u64)> {
        let hidden = self.skip.saturating_sub(at).min(len);
        let start = self.offset + (at + hidden).saturating_sub(self.skip);
        let end = start + (len - hidden);
        let seen = self.ranges.iter().map(|range| range.start.max(start)..range.end.min(end));
        seen.filter(|range| range.start < range.end)
            .map(|range| (range.clone(), hidden + range.start - start))
            .collect()
    }
}

impl RegionSink for Window<'_> {
    fn data(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        for (range, from) in self.seen(at, bytes.len() as u64) {
            let from = from as usize;
            self.sink.data(range.start, &bytes[from..from + (range.end - range.start) as usize])?;
        }
        Ok(())
    }

    fn zeros(&mut self, at: u64, len: u64) -> io::Result<()> {
        for (range, _) in self.seen(at, len) {
            self.sink.zeros(range.start, range.end - range.start)?;
        }
        Ok(())
    }
}
