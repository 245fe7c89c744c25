//! The disk of a board: its table, its firmware's places, its partitions.

use bringup_layout::{DEFAULT_ALIGNMENT, DiskPlan, PartitionRequest, PartitionSize, Request};
use bringup_spec::{Board, BootRom, Bytes, Guid, PartitionType, SECTOR_BYTES};
use bringup_store::Digest;

use crate::{Error, Uuid};

/// The number of the root partition: it is behind those of the firmware.
pub fn root_number(board: &Board) -> u32 {
    board.partitions.len() as u32 + 1
}

/// Plans the disk of `board` for these partitions behind the firmware's, each with its name and the size of
/// its file system; ids follow from `seed`. The disk is just large enough if no `size` is given.
///
/// # Errors
/// Two owners want the same bytes; the error proposes what to change.
pub fn disk_plan(
    board: &Board,
    volumes: &[(&str, Bytes)],
    size: Option<Bytes>,
    seed: &Digest,
) -> Result<DiskPlan, Error> {
    let mut partitions: Vec<PartitionRequest> = board
        .partitions
        .iter()
        .map(|partition| PartitionRequest {
            name: partition.name.to_owned(),
            size: PartitionSize::Exact(partition.size),
            offset: partition.offset,
            kind: partition.kind,
            bootable: partition.bootable,
            guid: partition_guid(seed, partition.name),
        })
        .collect();
    // U-Boot looks for a boot menu on the partition that is marked bootable
    // (boot/bootdev-uclass.c, `bootdev_find_in_blk`); a PC's GRUB does not mind.
    let mut bootable = !board.partitions.iter().any(|partition| partition.bootable);
    partitions.extend(volumes.iter().map(|(name, len)| PartitionRequest {
        name: (*name).to_owned(),
        size: PartitionSize::Exact(*len),
        offset: None,
        kind: PartitionType::Linux,
        bootable: std::mem::take(&mut bootable),
        guid: partition_guid(seed, name),
    }));
    let disk = id(seed);
    Ok(bringup_layout::plan(&Request {
        table: board.table,
        placements: board.firmware.installer.placements(),
        boot_slots: boot_slots(board.soc.boot_rom),
        first_partition: board.first_partition,
        partitions: &partitions,
        size,
        alignment: DEFAULT_ALIGNMENT,
        disk_id: disk.disk_signature(),
        disk_guid: guid(disk),
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

/// What the disk's signature and its GUID follow from.
pub(crate) fn id(seed: &Digest) -> Uuid {
    Uuid::derive(seed, "disk")
}

/// The GUID of the partition of that name.
pub(crate) fn partition_guid(seed: &Digest, name: &str) -> Guid {
    guid(Uuid::derive(seed, &format!("partition {name}")))
}

fn guid(uuid: Uuid) -> Guid {
    Guid::from_u128(u128::from_be_bytes(uuid.0))
}
