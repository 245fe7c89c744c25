//! ext2 and ext4 file systems.

use std::rc::Rc;

use bringup_fsimage::ext4::Size;
use bringup_fsimage::{Ext2, Ext4, FileSystem, ext2, ext4};
use bringup_spec::Bytes;
use bringup_tree::{Kind, Tree};

use crate::Error;
use crate::config::{Ext, ExtKind, Image, ImageSize};
use crate::identity::Seed;

/// The block that genimage counts a folder's size in (util.c, `image_dir_size`).
const BLOCK: u64 = 4096;

/// Lays out the file system of `image`, which has `tree`.
pub(crate) fn plan(
    image: &Image,
    ext: &Ext,
    mut tree: Tree,
    epoch: i64,
    seed: &Seed,
) -> Result<Rc<dyn FileSystem>, Error> {
    let size = Bytes(size(image, &tree)?);
    if let Some(root) = tree.get_mut("") {
        (root.meta.uid, root.meta.gid) = ext.root_owner;
    }
    let guid = ext.guid.unwrap_or_else(|| seed.guid(&image.file, "file system"));
    let failed = |source| Error::FileSystem { at: image.at.clone(), image: image.file.clone(), source };
    let (uuid, label, epoch) = (guid.0, ext.label.clone(), ext.time.unwrap_or(epoch));
    let (size, free_inodes, reserved_percent) = (Size::Exact(size), ext.inodes, ext.reserved);
    Ok(match ext.kind {
        ExtKind::Ext2 => {
            let creator = ext2::Creator::Linux;
            let options = ext2::Options { uuid, label, epoch, size, free_inodes, reserved_percent, creator };
            Rc::new(Ext2::plan(&tree, &options).map_err(failed)?)
        }
        ExtKind::Ext4 => {
            let hash_seed = seed.bytes(&image.file, "order of large directories");
            let journal = ext.journal.map(Bytes);
            let options =
                ext4::Options { uuid, hash_seed, label, epoch, size, free_inodes, reserved_percent, journal };
            Rc::new(Ext4::plan(&tree, &options).map_err(failed)?)
        }
    })
}

/// An image's size in bytes: as it says, or so many hundredths of its files.
pub(crate) fn size(image: &Image, tree: &Tree) -> Result<u64, Error> {
    match image.size {
        ImageSize::Bytes(size) => Ok(size),
        ImageSize::Unsaid => Err(Error::SizeNeeded { at: image.at.clone(), image: image.file.clone() }),
        ImageSize::Percent(percent) => {
            let blocks = |kind: &Kind| match kind {
                Kind::Directory => 1,
                Kind::File(content) => content.len().div_ceil(BLOCK),
                _ => 0,
            };
            let blocks: u64 = tree.iter().map(|(_, _, node)| blocks(&node.kind)).sum();
            let bytes = u128::from(blocks * BLOCK) * u128::from(percent) / 100;
            // Whole blocks, as both file systems have no others.
            Ok(u64::try_from(bytes).unwrap_or(u64::MAX / 2) / BLOCK * BLOCK)
        }
    }
}
