//! What a record says of the disk's growth, for the crate that knows how.

use bringup_growth::{Definitions, FileSystem, NewPartition, Rules, Wish};
use bringup_spec::{Board, Guid};
use bringup_store::Digest;
use bringup_system::{Init, PartitionFileSystem, System};

use crate::volumes::{Role, number};
use crate::{Error, Uuid};

/// The files that make the image of `system` for `board` grow at its first boot; none if it does not.
pub(crate) fn definitions(
    board: &Board,
    system: &System,
    roles: &[Role],
    seed: &Digest,
) -> Result<Definitions, Error> {
    let guid = |name: &str| Uuid::derive(seed, &format!("partition {name}")).0;
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
    // The last one grows, unless it is a root that never changes.
    let last = roles.last().copied().unwrap_or(Role::Root);
    let grow = system.first_boot.grow && !system.root.volatile;
    let rules = Rules { root: number(board, roles, last), grow, new: new.collect() };
    Ok(bringup_growth::definitions(&Wish {
        table: board.table,
        firmware: board.partitions,
        fixed: roles.len().saturating_sub(1),
        first_partition: board.first_partition,
        rules: &rules,
        systemd: system.init == Init::Systemd,
        guids: &guids,
    })?)
}
