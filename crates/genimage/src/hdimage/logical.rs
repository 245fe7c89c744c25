//! Which partitions are logical, and where the extended one stands among them.

use super::{EXTENDED, MBR_ENTRIES, Piece, Role};
use crate::LayoutError;
use crate::config::{Disk, Image, TableKind};

/// Marks logical partitions, and puts the extended one in front of the first.
pub(super) fn mark(image: &Image, disk: &Disk, pieces: &mut Vec<Piece>) -> Result<(), LayoutError> {
    if disk.table != TableKind::Mbr {
        return Ok(());
    }
    let in_table = pieces.iter().filter(|piece| piece.in_table).count();
    let first = match disk.extended {
        0 if in_table <= MBR_ENTRIES => return Ok(()),
        0 => MBR_ENTRIES,
        given => given as usize,
    };
    let mut entries = 0;
    let mut extended = None;
    let mut closed = false;
    for (index, piece) in pieces.iter_mut().enumerate().filter(|(_, piece)| piece.in_table) {
        let Role::Partition(number) = piece.role else { continue };
        let partition = &image.partitions[number];
        if extended.is_none() && entries + 1 == first {
            let offset = piece.offset.saturating_sub(disk.align);
            extended = Some((index, offset));
            entries += 1;
        }
        match (extended, partition.forced_primary) {
            (None, true) => {
                return Err(LayoutError::ForcedPrimary {
                    at: partition.at.clone(),
                    partition: piece.name.clone(),
                });
            }
            (Some(_), false) if closed => {
                return Err(LayoutError::AfterPrimary {
                    at: partition.at.clone(),
                    partition: piece.name.clone(),
                });
            }
            (Some(_), false) => piece.logical = true,
            (None, false) => entries += 1,
            (Some(_), true) => {
                closed = true;
                entries += 1;
            }
        }
        if entries > MBR_ENTRIES {
            let (at, partition) = (partition.at.clone(), piece.name.clone());
            return Err(LayoutError::TooManyPrimary { at, partition, most: MBR_ENTRIES });
        }
    }
    if let Some((index, offset)) = extended {
        let piece = Piece {
            role: Role::Extended,
            name: "[Extended]".to_owned(),
            offset,
            size: 0,
            in_table: true,
            logical: false,
            kind: EXTENDED,
            bootable: false,
            align: disk.align,
        };
        pieces.insert(index, piece);
    }
    Ok(())
}
