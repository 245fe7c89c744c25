//! What is in the partitions in front of root's.

use bringup_disk::ImageWriter;
use bringup_fsimage::fat::{self, Fat};
use bringup_fsimage::{FileSystem, RegionSink};
use bringup_layout::{DiskPlan, PlannedPartition};
use bringup_spec::{
    Board, Bytes, FileContents, FirmwareFile, FirmwarePartition, PartitionContents, PartitionType,
    SECTOR_BYTES,
};
use bringup_store::Digest;
use bringup_tree::{Content, Kind, Meta, Tree};

use crate::firmware::{Placed, Programs};
use crate::{Error, Uuid};

/// What the firmware partitions are made of.
pub(crate) struct PartitionParts<'a> {
    pub(crate) board: &'a Board,
    pub(crate) programs: &'a Programs<'a>,
    /// What the boot method puts on the EFI system partition, by path.
    pub(crate) esp: &'a [(String, Content)],
    /// A device tree of the board's kernel, by its path below the kernel's device-tree folder.
    pub(crate) device_tree: &'a dyn Fn(&str) -> Result<Vec<u8>, Error>,
    pub(crate) seed: &'a Digest,
    pub(crate) epoch: i64,
}

/// A firmware partition's contents, ready to be written.
pub(crate) enum Filled {
    Raw(Vec<u8>),
    Fat(Box<Fat>),
}

/// Makes every firmware partition's contents, in the order of their numbers; says what was placed.
///
/// # Errors
/// A file is missing or too large for its partition, or FAT cannot hold it.
pub(crate) fn fill(parts: &PartitionParts<'_>, plan: &DiskPlan) -> Result<(Vec<Filled>, Vec<Placed>), Error> {
    let mut filled = Vec::new();
    let mut placed = Vec::new();
    for (partition, planned) in parts.board.partitions.iter().zip(plan.partitions()) {
        filled.push(match &partition.contents {
            PartitionContents::Raw(artifact) => {
                let program = parts.programs.artifact(artifact, artifact.file, partition.source)?;
                let len = Bytes(program.bytes.len() as u64);
                if len > partition.size {
                    return Err(Error::FirmwareTooLarge {
                        board: parts.board.name,
                        name: artifact.file,
                        len,
                        room: partition.size,
                        offset: planned.start,
                    });
                }
                let bytes = program.bytes.clone();
                placed.push(Placed { offset: Some(planned.start), room: Some(partition.size), ..program });
                Filled::Raw(bytes)
            }
            PartitionContents::Fat { label, files } => {
                let tree = fat_tree(parts, partition, files, &mut placed)?;
                Filled::Fat(Box::new(Fat::plan(&tree, &fat_options(parts, planned, label))?))
            }
        });
    }
    Ok((filled, placed))
}

/// Writes what [`fill`] made.
pub(crate) fn write(writer: &ImageWriter<'_>, filled: &[Filled]) -> Result<(), Error> {
    for (number, contents) in (1..).zip(filled) {
        let mut region = writer.partition(number)?;
        let written = match contents {
            Filled::Raw(bytes) => region.data(0, bytes),
            Filled::Fat(fat) => fat.write(&mut region),
        };
        written.map_err(|source| writer.failed("write a firmware partition into", source))?;
    }
    Ok(())
}

fn fat_options(parts: &PartitionParts<'_>, planned: &PlannedPartition, label: &str) -> fat::Options {
    let id = Uuid::derive(parts.seed, &format!("file system {}", planned.name));
    fat::Options {
        size: planned.len,
        kind: None,
        label: label.to_owned(),
        volume_id: id.disk_signature(),
        epoch: parts.epoch,
        // A partition that starts beyond 2 TiB does not exist here: an MBR has no word for it either.
        first_sector: (planned.start.0 / SECTOR_BYTES) as u32,
    }
}

fn fat_tree(
    parts: &PartitionParts<'_>,
    partition: &FirmwarePartition,
    files: &[FirmwareFile],
    placed: &mut Vec<Placed>,
) -> Result<Tree, Error> {
    let folder = Meta::root(0o755, parts.epoch);
    let mut tree = Tree::new(folder.clone());
    let mut add = |path: &str, content: Content| {
        tree.insert_all(path, Meta::root(0o644, parts.epoch), Kind::File(content), &folder)
    };
    for file in files {
        let bytes = match file.contents {
            FileContents::Text(text) => text.as_bytes().to_vec(),
            FileContents::DeviceTree(path) => (parts.device_tree)(path)?,
            FileContents::Artifact(artifact) => {
                let program = parts.programs.artifact(&artifact, file.path, partition.source)?;
                let bytes = program.bytes.clone();
                placed.push(program);
                bytes
            }
        };
        add(file.path, Content::bytes(bytes))?;
    }
    if partition.kind == PartitionType::Esp {
        for (path, content) in parts.esp {
            add(path.trim_start_matches('/'), content.clone())?;
        }
    }
    Ok(tree)
}
