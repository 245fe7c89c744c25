//! Tables of every shape, read by other people's crates: hybrid ones, moved and short arrays of
//! entries, sectors of 4096 bytes.

use std::fs::File;
use std::path::PathBuf;

use bringup_disk::ImageWriter;
use bringup_layout::{
    DEFAULT_ALIGNMENT, DiskPlan, Guid, PartitionRequest, PartitionSize, PartitionType, Request, Table, plan,
};
use bringup_spec::{Bytes, Lba, PartitionTable};
use gpt::disk::LogicalBlockSize;

/// An image that is removed with its folder.
struct Image {
    plan: DiskPlan,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Image {
    fn open(&self) -> File {
        File::open(&self.path).unwrap()
    }

    fn sector(&self) -> LogicalBlockSize {
        if self.plan.sector() == Bytes(4096) { LogicalBlockSize::Lb4096 } else { LogicalBlockSize::Lb512 }
    }

    /// Its GPT as the `gpt` crate reads it, which checks both headers and arrays.
    fn gpt(&self) -> gpt::GptDisk<File> {
        let config = gpt::GptConfig::new().writable(false).logical_block_size(self.sector());
        config.only_valid_headers(true).open_from_device(self.open()).unwrap()
    }

    /// Its MBR as the `mbrman` crate reads it.
    fn mbr(&self) -> mbrman::MBR {
        mbrman::MBR::read_from(&mut self.open(), self.plan.sector().0 as u32).unwrap()
    }
}

fn partition(
    id: u8,
    name: &str,
    kind: PartitionType,
    offset: Option<Bytes>,
    size: Bytes,
) -> PartitionRequest {
    let (name, guid) = (name.to_owned(), Guid([id; 16]));
    PartitionRequest { name, size: PartitionSize::Exact(size), offset, kind, bootable: id == 1, guid }
}

fn image(table: PartitionTable, sector: u64, entries: (u64, u32), partitions: &[PartitionRequest]) -> Image {
    let plan = plan(&Request {
        sector: Bytes(sector),
        table,
        placements: &[],
        boot_slots: &[],
        first_partition: Bytes::mib(2),
        partitions,
        size: None,
        alignment: DEFAULT_ALIGNMENT,
        disk_id: 0xCAFE_F00D,
        disk_guid: Guid([0xDD; 16]),
        gpt_entries_at: Some(Lba(entries.0)),
        gpt_entry_count: entries.1,
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    ImageWriter::create(&path, &plan).unwrap().finish().unwrap();
    Image { plan, path, _folder: folder }
}

fn boot_and_root() -> [PartitionRequest; 2] {
    [
        partition(1, "boot", PartitionType::Fat32, None, Bytes::mib(3)),
        partition(2, "root", PartitionType::Linux, None, Bytes::mib(5)),
    ]
}

#[test]
fn both_copies_of_a_gpt_are_valid_whatever_its_entries_and_sectors() {
    for sector in [512, 4096] {
        for (at, count) in [(2, 128), (2, 56), (2, 8), ((1 << 20) / sector, 128), (3, 130)] {
            let image = image(PartitionTable::Gpt, sector, (at, count), &boot_and_root());
            let Table::Gpt(planned) = *image.plan.table() else { panic!("a GPT was asked for") };
            let gpt = image.gpt();
            let (primary, backup) = (gpt.primary_header().unwrap(), gpt.backup_header().unwrap());
            assert_eq!((primary.part_start, primary.num_parts), (at, count));
            assert_eq!((backup.part_start, backup.num_parts), (planned.backup_entries_at.0, count));
            assert_eq!(
                (primary.first_usable, primary.last_usable),
                (planned.first_usable.0, planned.last_usable.0)
            );
            assert_eq!(backup.current_lba, image.plan.size().0 / sector - 1);
            assert_eq!(primary.crc32_parts, backup.crc32_parts);
            for partition in image.plan.partitions() {
                let read = &gpt.partitions()[&partition.number];
                assert_eq!(read.bytes_start(image.sector()).unwrap(), partition.start.0);
                assert_eq!(read.bytes_len(image.sector()).unwrap(), partition.len.0);
            }
            let protective = image.mbr();
            assert_eq!((protective[1].sys, protective[1].starting_lba), (0xEE, 1));
            assert_eq!(u64::from(protective[1].sectors), image.plan.size().0 / sector - 1);
        }
    }
}

#[test]
fn an_mbr_counts_the_sectors_of_its_disk() {
    let image = image(PartitionTable::Mbr, 4096, (2, 128), &boot_and_root());
    let mbr = image.mbr();
    assert_eq!((mbr[1].starting_lba, mbr[1].sectors, mbr[1].boot), (512, 768, 0x80));
    assert_eq!((mbr[2].starting_lba, mbr[2].sectors, mbr[2].boot), (1280, 1280, 0));
}

#[test]
fn the_mbr_of_a_hybrid_table_agrees_with_its_gpt() {
    let table = PartitionTable::Hybrid { mirrored: &["root", "boot"] };
    for sector in [512, 4096] {
        let image = image(table, sector, (2, 128), &boot_and_root());
        let (gpt, mbr) = (image.gpt(), image.mbr());
        assert_eq!(u32::from_le_bytes(mbr.header.disk_signature), 0xCAFE_F00D);
        // The protective entry covers the GPT and ends where the first mirrored partition begins.
        assert_eq!((mbr[1].sys, mbr[1].starting_lba, mbr[1].boot), (0xEE, 1, 0));
        assert_eq!(u64::from(mbr[1].sectors), gpt.partitions()[&1].first_lba - 1);
        for (entry, number, kind, active) in [(2, 2, 0x83, 0), (3, 1, 0x0C, 0x80)] {
            let (entry, partition) = (&mbr[entry], &gpt.partitions()[&number]);
            assert_eq!((entry.sys, entry.boot), (kind, active));
            assert_eq!(u64::from(entry.starting_lba), partition.first_lba);
            assert_eq!(u64::from(entry.sectors), partition.last_lba - partition.first_lba + 1);
        }
        assert!(mbr.get(4).unwrap().is_unused());
    }
}

#[test]
fn firmware_partitions_start_right_behind_the_entries() {
    let spl = PartitionType::Custom(Guid::from_u128(0x5B193300_FC78_40CD_8002_E86C45580B47));
    let partitions = [
        partition(1, "spl", spl, Some(Bytes(17_408)), Bytes::mib(1)),
        partition(2, "root", PartitionType::Linux, None, Bytes::mib(5)),
    ];
    let image = image(PartitionTable::Gpt, 512, (2, 128), &partitions);
    let gpt = image.gpt();
    assert_eq!(gpt.primary_header().unwrap().first_usable, 34);
    let spl = &gpt.partitions()[&1];
    assert_eq!((spl.first_lba, spl.last_lba), (34, 2081));
    assert_eq!(spl.part_type_guid.guid.to_string(), "5b193300-fc78-40cd-8002-e86c45580b47");
}
