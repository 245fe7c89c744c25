//! What the writer writes, read by other people's crates; and what it never leaves behind.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use bringup_disk::{Error, ImageWriter};
use bringup_fsimage::RegionSink;
use bringup_layout::{
    DEFAULT_ALIGNMENT, DiskPlan, Guid, PartitionRequest, PartitionSize, PartitionType, Request, plan,
};
use bringup_spec::{Artifact, Bytes, Lba, PartitionTable, Placement};

fn disk(table: PartitionTable, entries_at: Option<Lba>) -> DiskPlan {
    let artifact = Artifact { package: "p", folder: "f", file: "spl.bin" };
    let spl = Placement {
        name: "spl.bin",
        artifact,
        offset: Bytes::kib(32),
        room: Bytes::kib(512),
        source: "test",
    };
    let partition = |name: &str, kind, size, bootable, id| PartitionRequest {
        name: name.to_owned(),
        size: PartitionSize::Exact(size),
        offset: None,
        kind,
        bootable,
        guid: Guid([id; 16]),
    };
    let partitions = [
        partition("esp", PartitionType::Esp, Bytes::mib(3), false, 1),
        partition("root", PartitionType::Linux, Bytes(512 * 9), true, 2),
    ];
    plan(&Request {
        sector: Bytes(512),
        table,
        placements: &[spl],
        boot_slots: &[],
        first_partition: Bytes::mib(2),
        partitions: &partitions,
        size: None,
        alignment: DEFAULT_ALIGNMENT,
        disk_id: 0xCAFE_F00D,
        disk_guid: Guid::from_u128(0x00112233_4455_6677_8899_AABBCCDDEEFF),
        gpt_entries_at: entries_at,
        gpt_entry_count: 128,
    })
    .unwrap()
}

fn write(path: &Path, plan: &DiskPlan) {
    let writer = ImageWriter::create(path, plan).unwrap();
    writer.place("spl.bin", b"eGON").unwrap();
    writer.partition(2).unwrap().data(512, b"in root").unwrap();
    writer.finish().unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn mbrman_reads_the_mbr() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    write(&path, &disk(PartitionTable::Mbr, None));
    let mbr = mbrman::MBR::read_from(&mut fs::File::open(&path).unwrap(), 512).unwrap();
    assert_eq!(u32::from_le_bytes(mbr.header.disk_signature), 0xCAFE_F00D);
    let found: Vec<_> = mbr.iter().map(|(n, p)| (n, p.sys, p.starting_lba, p.sectors, p.boot)).collect();
    assert_eq!(found[0], (1, 0xEF, 4096, 6144, 0));
    assert_eq!(found[1], (2, 0x83, 10240, 9, 0x80));
    assert!(mbr.get(3).unwrap().is_unused());
}

#[test]
fn the_gpt_crate_reads_the_gpt_wherever_its_entries_are() {
    for entries_at in [None, Some(Lba(2048))] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk.img");
        let plan = disk(PartitionTable::Gpt, entries_at);
        write(&path, &plan);
        let gpt = gpt::GptConfig::new().writable(false).open(&path).unwrap();
        let header = gpt.primary_header().unwrap();
        assert_eq!(header.part_start, entries_at.map_or(2, |lba| lba.0));
        assert_eq!(header.disk_guid.to_string().to_uppercase(), "00112233-4455-6677-8899-AABBCCDDEEFF");
        let backup = gpt.backup_header().unwrap();
        assert_eq!(backup.current_lba, plan.size().0 / 512 - 1);
        let root = &gpt.partitions()[&2];
        assert_eq!(
            (root.name.as_str(), root.first_lba, root.last_lba, root.flags),
            ("root", 10240, 10248, 4)
        );
        assert_eq!(root.part_guid.to_string(), "02020202-0202-0202-0202-020202020202");
        assert_eq!(root.part_type_guid, gpt::partition_types::LINUX_FS);
        assert_eq!(gpt.partitions()[&1].part_type_guid, gpt::partition_types::EFI);
        let protective = mbrman::MBR::read_from(&mut fs::File::open(&path).unwrap(), 512).unwrap();
        assert_eq!(protective[1].sys, 0xEE);
        assert_eq!(
            (protective[1].starting_lba, u64::from(protective[1].sectors)),
            (1, plan.size().0 / 512 - 1)
        );
    }
}

#[test]
fn bytes_land_where_the_plan_says_and_the_rest_is_sparse() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    let plan = disk(PartitionTable::Mbr, None);
    write(&path, &plan);
    let file = fs::File::open(&path).unwrap();
    let mut bytes = [0; 7];
    file.read_exact_at(&mut bytes, plan.partition(2).unwrap().start.0 + 512).unwrap();
    assert_eq!(&bytes, b"in root");
    file.read_exact_at(&mut bytes[..4], 32 * 1024).unwrap();
    assert_eq!(&bytes[..4], b"eGON");
    let meta = file.metadata().unwrap();
    assert_eq!(meta.len(), plan.size().0);
    assert!(meta.blocks() * 512 < meta.len() / 4, "{} blocks", meta.blocks());
}

#[test]
fn nothing_can_be_written_outside_of_its_claim() {
    let folder = tempfile::tempdir().unwrap();
    let plan = disk(PartitionTable::Mbr, None);
    let writer = ImageWriter::create(&folder.path().join("disk.img"), &plan).unwrap();
    let too_large = writer.place("spl.bin", &vec![1; 512 * 1024 + 1]).unwrap_err();
    assert_eq!(
        too_large.to_string(),
        "artifact `spl.bin` is 512.0 KiB (524289 B), but 512 KiB are reserved for it at 32 KiB (0x8000)"
    );
    let mut region = writer.partition(2).unwrap();
    assert_eq!(
        region.data(512 * 9 - 1, b"xy").unwrap_err().to_string(),
        "2 B at 0x11ff leave partition 2, which has 4.5 KiB"
    );
    assert!(region.zeros(u64::MAX, 2).is_err());
    assert!(matches!(writer.partition(3), Err(Error::NoPartition { number: 3, count: 2 })));
    assert!(matches!(writer.place("other", b""), Err(Error::NoPlacement { .. })));
}

#[test]
fn an_image_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    fs::write(&path, "before").unwrap();
    let plan = disk(PartitionTable::Mbr, None);
    let writer = ImageWriter::create(&path, &plan).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"before");
    drop(writer);
    assert_eq!(fs::read(&path).unwrap(), b"before");
    assert_eq!(names(folder.path()), ["disk.img"]);
}

#[test]
fn what_a_killed_build_left_is_cleared_but_not_what_a_live_one_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    fs::write(folder.path().join(".disk.img.1.0.partial"), "left").unwrap();
    fs::write(folder.path().join(".other.img.1.0.partial"), "not ours").unwrap();
    let plan = disk(PartitionTable::Mbr, None);
    let first = ImageWriter::create(&path, &plan).unwrap();
    let second = ImageWriter::create(&path, &plan).unwrap();
    first.place("spl.bin", b"1").unwrap();
    second.place("spl.bin", b"2").unwrap();
    first.finish().unwrap();
    second.finish().unwrap();
    let mut left = names(folder.path());
    left.sort();
    assert_eq!(left, [".other.img.1.0.partial", "disk.img"]);
    let mut last = [0];
    fs::File::open(&path).unwrap().read_exact_at(&mut last, 32 * 1024).unwrap();
    assert_eq!(&last, b"2");
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let plan = disk(PartitionTable::Gpt, None);
    let bytes = ["a", "b"].map(|name| {
        let path = folder.path().join(name);
        write(&path, &plan);
        let mut bytes = Vec::new();
        fs::File::open(&path).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    });
    assert!(bytes[0] == bytes[1]);
}

#[test]
fn a_folder_that_takes_no_files_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let plan = disk(PartitionTable::Mbr, None);
    let missing = folder.path().join("no/such/disk.img");
    let error = ImageWriter::create(&missing, &plan).unwrap_err().to_string();
    assert!(error.contains("/no/such`") && error.contains("help: "), "{error}");
    let target = ImageWriter::create(folder.path(), &plan).unwrap_err().to_string();
    assert!(target.ends_with("does not name a regular file"), "{target}");
    // Nobody, root included, makes files in this one; the whole-system tests close a folder of their own.
    let error = ImageWriter::create(Path::new("/proc/self/fdinfo/disk.img"), &plan).unwrap_err();
    assert!(matches!(error, Error::NotWritable { .. }), "{error}");
}

#[test]
fn each_boot_program_is_placed_exactly_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    let plan = disk(PartitionTable::Mbr, None);
    let writer = ImageWriter::create(&path, &plan).unwrap();
    let missing = writer.finish().unwrap_err();
    assert!(matches!(missing, Error::NotPlaced { name } if name == "spl.bin"));
    assert_eq!(names(folder.path()), [""; 0]);
    let writer = ImageWriter::create(&path, &plan).unwrap();
    writer.place("spl.bin", b"eGON").unwrap();
    let twice = writer.place("spl.bin", b"eGON").unwrap_err();
    assert!(matches!(twice, Error::PlacedTwice { name } if name == "spl.bin"));
}

#[test]
fn long_runs_of_zeros_take_no_space() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    let plan = disk(PartitionTable::Mbr, None);
    let writer = ImageWriter::create(&path, &plan).unwrap();
    writer.place("spl.bin", &[0; 512 * 1024]).unwrap();
    let mut bytes = vec![0; 3 << 20];
    bytes[2 << 20] = 1;
    writer.partition(1).unwrap().data(0, &bytes).unwrap();
    let written = writer.finish().unwrap();
    assert_eq!((written.path.as_path(), written.size), (path.as_path(), plan.size()));
    assert!(written.allocated < Bytes::kib(64), "{}", written.allocated);
    let mut one = [0];
    fs::File::open(&path).unwrap().read_exact_at(&mut one, (2 << 20) + (2 << 20)).unwrap();
    assert_eq!(one, [1]);
}

#[test]
fn partitions_are_written_from_several_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    let plan = disk(PartitionTable::Mbr, None);
    let writer = ImageWriter::create(&path, &plan).unwrap();
    std::thread::scope(|scope| {
        for number in [1, 2] {
            let writer = &writer;
            scope.spawn(move || writer.partition(number).unwrap().data(0, &[number as u8; 4096]).unwrap());
        }
    });
    writer.place("spl.bin", b"eGON").unwrap();
    writer.finish().unwrap();
    let image = fs::read(&path).unwrap();
    for number in [1, 2] {
        let start = plan.partition(number).unwrap().start.0 as usize;
        assert_eq!(image[start..start + 4096], [number as u8; 4096]);
    }
}

#[test]
fn boot_code_in_the_first_sector_survives_the_table() {
    let artifact = Artifact { package: "p", folder: "f", file: "boot.img" };
    let boot = Placement { name: "boot.img", artifact, offset: Bytes(0), room: Bytes(440), source: "test" };
    let plan = plan(&Request {
        sector: Bytes(512),
        table: PartitionTable::Gpt,
        placements: &[boot],
        boot_slots: &[],
        first_partition: Bytes::mib(1),
        partitions: &[],
        size: None,
        alignment: DEFAULT_ALIGNMENT,
        disk_id: 0,
        disk_guid: Guid([3; 16]),
        gpt_entries_at: None,
        gpt_entry_count: 128,
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.img");
    let writer = ImageWriter::create(&path, &plan).unwrap();
    writer.place("boot.img", &[0xEB; 440]).unwrap();
    writer.finish().unwrap();
    let image = fs::read(&path).unwrap();
    assert_eq!(image[..440], [0xEB; 440]);
    assert_eq!(image[510..512], [0x55, 0xAA]);
}

#[test]
fn a_device_or_an_overlong_name_is_no_target() {
    let plan = disk(PartitionTable::Mbr, None);
    let device = ImageWriter::create(Path::new("/dev/null"), &plan).unwrap_err();
    assert!(matches!(device, Error::NotAFile { .. }), "{device}");
    let folder = tempfile::tempdir().unwrap();
    let long = ImageWriter::create(&folder.path().join("x".repeat(225)), &plan).unwrap_err();
    assert!(matches!(long, Error::NameTooLong { len: 225, max: 224, .. }), "{long}");
    let longest = folder.path().join("x".repeat(224));
    let writer = ImageWriter::create(&longest, &plan).unwrap();
    writer.place("spl.bin", b"").unwrap();
    writer.finish().unwrap();
    assert!(longest.is_file());
}
