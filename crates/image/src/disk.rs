//! The disk of a board: its table, its firmware's places, its partitions.

use bringup_layout::{DEFAULT_ALIGNMENT, DiskPlan, PartitionRequest, PartitionSize, Request};
use bringup_spec::{Board, BootRom, Bytes, Guid, PartitionType, SECTOR_BYTES};
use bringup_store::Digest;

use crate::{Error, Uuid};

/// The number of the root partition: it is behind those of the firmware.
pub fn root_number(board: &Board) -> u32 {
    board.partitions.len() as u32 + 1
}

/// Plans the disk of `board` for a root file system of `root` bytes; ids follow from `seed`.
///
/// # Errors
/// Two owners want the same bytes; the error proposes what to change.
pub fn disk_plan(board: &Board, root: Bytes, seed: &Digest) -> Result<DiskPlan, Error> {
    let mut partitions: Vec<PartitionRequest> = board
        .partitions
        .iter()
        .map(|partition| PartitionRequest {
            name: partition.name.to_owned(),
            size: PartitionSize::Exact(partition.size),
            offset: partition.offset,
            kind: partition.kind,
            bootable: partition.bootable,
            guid: guid(seed, &format!("partition {}", partition.name)),
        })
        .collect();
    partitions.push(PartitionRequest {
        name: "root".to_owned(),
        size: PartitionSize::Exact(root),
        offset: None,
        kind: PartitionType::Linux,
        // U-Boot looks for a boot menu on the partition that is marked bootable
        // (boot/bootdev-uclass.c, `bootdev_find_in_blk`); a PC's GRUB does not mind.
        bootable: !board.partitions.iter().any(|partition| partition.bootable),
        guid: guid(seed, "partition root"),
    });
    let disk = Uuid::derive(seed, "disk");
    Ok(bringup_layout::plan(&Request {
        table: board.table,
        placements: board.firmware.installer.placements(),
        boot_slots: boot_slots(board.soc.boot_rom),
        first_partition: board.first_partition,
        partitions: &partitions,
        size: None,
        alignment: DEFAULT_ALIGNMENT,
        disk_id: disk.disk_signature(),
        disk_guid: guid(seed, "disk"),
        gpt_entries_at: Some(board.gpt_entries.at),
        gpt_entry_count: board.gpt_entries.count,
        sector: Bytes(SECTOR_BYTES),
    })?)
}

/// Other places that the boot ROM would look at, for advice.
fn boot_slots(boot_rom: BootRom) -> &'static [Bytes] {
    match boot_rom {
        BootRom::Allwinner { slots, .. }
        | BootRom::Am335x { slots, .. }
        | BootRom::Rockchip { slots, .. } => slots,
        BootRom::Imx { .. }
        | BootRom::GptPartition { .. }
        | BootRom::RaspberryPi { .. }
        | BootRom::Bios
        | BootRom::Uefi { .. }
        | BootRom::External => &[],
    }
}

fn guid(seed: &Digest, role: &str) -> Guid {
    Guid::from_u128(u128::from_be_bytes(Uuid::derive(seed, role).0))
}
