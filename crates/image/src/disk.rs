//! The disk of a board: its table, its firmware's places, its one partition.

use bringup_layout::{
    DEFAULT_ALIGNMENT, DiskPlan, Guid, PartitionRequest, PartitionSize, PartitionType, Request,
};
use bringup_spec::{Board, BootRom, Bytes};
use bringup_store::Digest;

use crate::{Error, Uuid};

/// The number of the root partition.
pub const ROOT: u32 = 1;

/// Plans the disk of `board` for a root file system of `root` bytes; ids follow from `seed`.
///
/// # Errors
/// Two owners want the same bytes; the error proposes what to change.
pub fn disk_plan(board: &Board, root: Bytes, seed: &Digest) -> Result<DiskPlan, Error> {
    let slots: &[Bytes] = match board.soc.boot_rom {
        BootRom::Allwinner { slots, .. }
        | BootRom::Am335x { slots, .. }
        | BootRom::Rockchip { slots, .. } => slots,
        _ => &[],
    };
    let partitions = [PartitionRequest {
        name: "root".to_owned(),
        size: PartitionSize::Exact(root),
        offset: None,
        kind: PartitionType::Linux,
        // U-Boot looks for a boot menu on the partition that is marked bootable
        // (boot/bootdev-uclass.c, `bootdev_find_in_blk`).
        bootable: true,
        guid: guid(seed, "partition root"),
    }];
    let disk = Uuid::derive(seed, "disk");
    Ok(bringup_layout::plan(&Request {
        table: board.table,
        placements: board.firmware.installer.placements(),
        boot_slots: slots,
        first_partition: board.first_partition,
        partitions: &partitions,
        size: None,
        alignment: DEFAULT_ALIGNMENT,
        disk_id: disk.disk_signature(),
        disk_guid: guid(seed, "disk"),
        gpt_entries_at: Some(board.gpt_entries.at),
        gpt_entry_count: board.gpt_entries.count,
    })?)
}

fn guid(seed: &Digest, role: &str) -> Guid {
    Guid::from_u128(u128::from_be_bytes(Uuid::derive(seed, role).0))
}
