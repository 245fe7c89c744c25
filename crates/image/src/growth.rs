//! What a record says of the disk's growth, for the crate that knows how.

use bringup_growth::{Definitions, FileSystem, NewPartition, Rules, Wish};
use bringup_spec::{Board, Guid};
use bringup_store::Digest;
use bringup_system::{Init, PartitionFileSystem, System};

use crate::{Error, Uuid, root_number};

/// The files that make the image of `system` for `board` grow at its first boot; none if it does not.
pub(crate) fn definitions(board: &Board, system: &System, root_uuid: &str) -> Result<Definitions, Error> {
    let seed = Digest::of(root_uuid.as_bytes());
    let guid = |name: &str| Uuid::derive(&seed, &format!("partition {name}")).0;
    let guids: Vec<Guid> = system
        .partitions
        .iter()
        .map(|partition| Guid::from_u128(u128::from_be_bytes(guid(&partition.name))))
        .collect();
    let new = system.partitions.iter().map(|partition| NewPartition {
        name: partition.name.clone(),
        file_system: match partition.file_system {
            PartitionFileSystem::Ext4 => FileSystem::Ext4,
            PartitionFileSystem::Vfat => FileSystem::Vfat,
            PartitionFileSystem::Swap => FileSystem::Swap,
        },
        weight: partition.weight,
        min: partition.size_min,
        max: partition.size_max,
    });
    let rules = Rules { root: root_number(board), grow: system.first_boot.grow, new: new.collect() };
    Ok(bringup_growth::definitions(&Wish {
        table: board.table,
        firmware: board.partitions,
        first_partition: board.first_partition,
        rules: &rules,
        systemd: system.init == Init::Systemd,
        guids: &guids,
    })?)
}
