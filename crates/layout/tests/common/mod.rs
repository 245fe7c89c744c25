//! A small disk, of which each test changes one thing.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part")]

use bringup_layout::{
    DEFAULT_ALIGNMENT, DEFAULT_GPT_ENTRY_COUNT, Guid, PartitionRequest, PartitionSize, PartitionType, Request,
};
use bringup_spec::{Artifact, Bytes, PartitionTable, Placement};

pub const SLOTS: [Bytes; 2] = [Bytes::kib(8), Bytes::kib(128)];

pub fn placement(name: &'static str, offset: Bytes, room: Bytes) -> Placement {
    let artifact = Artifact { package: "p", folder: "f", file: "a" };
    Placement { name, artifact, offset, room, source: "the data sheet" }
}

pub fn partition(number: u8, name: &str, size: Bytes) -> PartitionRequest {
    PartitionRequest {
        name: name.to_owned(),
        size: PartitionSize::Exact(size),
        offset: None,
        kind: PartitionType::Linux,
        bootable: false,
        guid: Guid([number; 16]),
    }
}

pub fn at(offset: Bytes, partition: PartitionRequest) -> PartitionRequest {
    PartitionRequest { offset: Some(offset), ..partition }
}

pub fn rest(partition: PartitionRequest) -> PartitionRequest {
    PartitionRequest { size: PartitionSize::Rest, ..partition }
}

pub fn request<'a>(
    table: PartitionTable,
    placements: &'a [Placement],
    partitions: &'a [PartitionRequest],
) -> Request<'a> {
    Request {
        sector: Bytes(512),
        table,
        placements,
        boot_slots: &[],
        first_partition: Bytes::mib(1),
        partitions,
        size: None,
        alignment: DEFAULT_ALIGNMENT,
        disk_id: 0x1234_5678,
        disk_guid: Guid([0xDD; 16]),
        gpt_entries_at: None,
        gpt_entry_count: DEFAULT_GPT_ENTRY_COUNT,
    }
}
