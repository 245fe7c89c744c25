//! What can be said of a disk before anything has its place.

use super::{GPT_ENTRIES, SECTOR};
use crate::config::{Disk, Image, ImageSize, Partition, TableKind};
use crate::{Error, LayoutError};

/// The largest disk or offset: far below where adding a few of them overflows.
pub(super) const MOST: u64 = 1 << 60;
/// Partitions that the MBR of a hybrid table can name, beside its protective entry.
const MIRRORED: usize = 3;

/// Numbers that could overflow, entries that could not be counted.
pub(super) fn numbers(image: &Image, disk: &Disk) -> Result<(), LayoutError> {
    let size = match image.size {
        ImageSize::Bytes(size) => size,
        _ => 0,
    };
    let at = |partition: &Partition| partition.at.clone();
    for partition in &image.partitions {
        let sizes = [partition.offset, partition.size, partition.align.unwrap_or(0), partition.image_offset];
        if let Some(size) = sizes.into_iter().find(|size| *size > MOST) {
            let name = partition.name.clone();
            return Err(LayoutError::TooLarge { at: at(partition), name, size, most: MOST });
        }
    }
    for size in [size, disk.align, disk.gpt_location] {
        if size > MOST {
            let (at, name) = (image.at.clone(), image.file.clone());
            return Err(LayoutError::TooLarge { at, name, size, most: MOST });
        }
    }
    if disk.table.has_gpt() && !size.is_multiple_of(SECTOR) {
        let (at, name) = (image.at.clone(), image.file.clone());
        return Err(LayoutError::Unaligned { at, name, what: "size", value: size, unit: SECTOR });
    }
    let mut in_table = image.partitions.iter().filter(|partition| partition.in_table);
    match in_table.nth(GPT_ENTRIES as usize) {
        Some(partition) if disk.table.has_gpt() => Err(LayoutError::TooManyPrimary {
            at: at(partition),
            partition: partition.name.clone(),
            most: GPT_ENTRIES as usize,
        }),
        _ => Ok(()),
    }
}

/// What a partition says that its table has no word for.
pub(super) fn words(image: &Image, disk: &Disk) -> Result<(), Error> {
    let table = disk.table;
    for partition in &image.partitions {
        let misplaced = |key, tables| Err(Error::Misplaced { at: partition.at.clone(), key, tables });
        if partition.kind_guid.is_some() && !table.has_gpt() {
            return misplaced("partition-type-uuid", "`gpt` and `hybrid`");
        }
        if partition.kind != 0 && !table.has_mbr() {
            return misplaced("partition-type", "`mbr` and `hybrid`");
        }
        if !partition.in_table && partition.image.is_none() {
            let (at, name) = (partition.at.clone(), partition.name.clone());
            return Err(Error::NoImage { at, what: "partition", name });
        }
    }
    if table != TableKind::Hybrid {
        return Ok(());
    }
    let mut mirrored = image.partitions.iter().filter(|partition| partition.in_table && partition.kind != 0);
    match (mirrored.clone().next(), mirrored.nth(MIRRORED)) {
        (None, _) => Err(LayoutError::NoMirrored { at: image.at.clone(), image: image.file.clone() }.into()),
        (_, Some(beyond)) => {
            let (at, partition) = (beyond.at.clone(), beyond.name.clone());
            Err(LayoutError::TooManyPrimary { at, partition, most: MIRRORED }.into())
        }
        _ => Ok(()),
    }
}
