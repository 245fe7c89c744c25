//! Every board's disk by other people's readers: tables, partitions, root file systems.

use std::mem::discriminant;
use std::path::Path;

use bringup_catalog::BOARDS;
use bringup_spec::{Board, Bytes, Kernel, PartitionTable, SECTOR_BYTES};
use bringup_tests::Image;
use bringup_tests::every::{every_image, tool};
use serde_json::Value;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// One board of each family: of those with the same platform, partition table and way of the boot
/// ROM, the first.
fn families() -> Vec<(&'static Board, &'static Image)> {
    let images = every_image(BRINGUP);
    let mut families: Vec<(&Board, &Image)> = Vec::new();
    for board in BOARDS {
        let same = |known: &Board| {
            known.platform.name == board.platform.name
                && discriminant(&known.table) == discriminant(&board.table)
                && discriminant(&known.soc.boot_rom) == discriminant(&board.soc.boot_rom)
        };
        if !families.iter().any(|(known, _)| same(known)) {
            families.push((board, &images[board.name]));
        }
    }
    families
}

fn partitions(image: &Image) -> &[Value] {
    image.manifest["partitions"].as_array().unwrap()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("no number `{key}` in {value}"))
}

/// A partition as a reader found it: number, first sector, sectors, type, whether it is bootable.
type Found = (u32, u64, u64, String, bool);

/// The crate `mbrman`.
fn mbr(image: &Image) -> (String, Vec<Found>) {
    let mut file = std::fs::File::open(&image.path).unwrap();
    let table = mbrman::MBR::read_from(&mut file, SECTOR_BYTES as u32).unwrap();
    let signature = u32::from_le_bytes(table.header.disk_signature);
    let used = table.iter().filter(|(_, entry)| entry.is_used());
    let found = used.map(|(number, entry)| {
        let kind = format!("0x{:02X}", entry.sys);
        (number as u32, entry.starting_lba.into(), entry.sectors.into(), kind, entry.is_active())
    });
    (format!("0x{signature:08x}"), found.collect())
}

/// The crate `gpt`, which checks all checksums; both headers and both arrays must agree.
fn gpt(image: &Image) -> (String, Vec<Found>) {
    let disk = gpt::GptConfig::new().writable(false).open(&image.path).unwrap();
    let (first, backup) = (disk.primary_header().unwrap(), disk.backup_header().unwrap());
    assert_eq!(first.disk_guid, backup.disk_guid);
    assert_eq!((first.current_lba, first.backup_lba), (backup.backup_lba, backup.current_lba));
    assert_eq!(first.crc32_parts, backup.crc32_parts);
    assert_eq!((first.backup_lba + 1) * SECTOR_BYTES, std::fs::metadata(&image.path).unwrap().len());
    let found = disk.partitions().iter().map(|(number, entry)| {
        let kind = entry.part_type_guid.guid.to_string().to_uppercase();
        // UEFI 2.10, 5.3.3: bit 2 says that a BIOS may boot it, and U-Boot that it shall.
        let bootable = entry.flags & 4 != 0;
        (*number, entry.first_lba, entry.last_lba - entry.first_lba + 1, kind, bootable)
    });
    (disk.guid().to_string().to_uppercase(), found.collect())
}

#[test]
fn other_readers_find_every_partition_where_the_manifest_says() {
    let images = every_image(BRINGUP);
    for board in BOARDS {
        let image = &images[board.name];
        let (id, found) = match board.table {
            PartitionTable::Mbr => mbr(image),
            PartitionTable::Gpt | PartitionTable::Hybrid { .. } => gpt(image),
        };
        assert_eq!(image.manifest["disk"]["id"].as_str().unwrap(), id, "{}", board.name);
        let root = bringup_spec::PartitionType::Linux;
        let kinds = board.partitions.iter().map(|partition| partition.kind).chain([root]);
        let planned = partitions(image).iter().zip(kinds).map(|(planned, kind)| {
            let kind = match board.table {
                PartitionTable::Mbr => format!("0x{:02X}", kind.mbr_byte().unwrap()),
                PartitionTable::Gpt | PartitionTable::Hybrid { .. } => kind.gpt_guid().to_string(),
            };
            let sectors = |key: &str| number(planned, key) / SECTOR_BYTES;
            let bootable = planned["bootable"].as_bool().unwrap();
            (number(planned, "number") as u32, sectors("start_bytes"), sectors("len_bytes"), kind, bootable)
        });
        assert_eq!(found, planned.collect::<Vec<_>>(), "{}", board.name);
        // The board's own: a partition at a fixed place is there, the others not before the first.
        for (partition, (_, start, sectors, ..)) in board.partitions.iter().zip(&found) {
            let start = Bytes(start * SECTOR_BYTES);
            match partition.offset {
                Some(offset) => assert_eq!(start, offset, "{}", board.name),
                None => assert!(start >= board.first_partition, "{}", board.name),
            }
            assert_eq!(Bytes(sectors * SECTOR_BYTES), partition.size, "{}", board.name);
        }
    }
}

#[test]
fn sfdisk_and_sgdisk_find_nothing_wrong() {
    for (board, image) in families() {
        let path = image.path.to_str().unwrap();
        let verdict = tool(BRINGUP, "sfdisk", &["--verify", path]);
        assert!(verdict.contains("No errors detected"), "{}: {verdict}", board.name);
        let dump: Value = serde_json::from_str(&tool(BRINGUP, "sfdisk", &["--json", path])).unwrap();
        let found = dump["partitiontable"]["partitions"].as_array().unwrap().iter();
        let found: Vec<_> = found.map(|found| (number(found, "start"), number(found, "size"))).collect();
        let planned = partitions(image).iter();
        let planned =
            planned.map(|one| ["start_bytes", "len_bytes"].map(|key| number(one, key) / SECTOR_BYTES));
        assert_eq!(found, planned.map(|[start, len]| (start, len)).collect::<Vec<_>>(), "{}", board.name);
        if board.table != PartitionTable::Mbr {
            let verdict = tool(BRINGUP, "sgdisk", &["--verify", path]);
            assert!(verdict.contains("No problems found"), "{}: {verdict}", board.name);
        }
    }
}

#[test]
fn e2fsck_finds_every_familys_root_clean() {
    for (board, image) in families() {
        let root = partitions(image).last().unwrap();
        let device = format!("{}?offset={}", image.path.display(), number(root, "start_bytes"));
        let check = tool(BRINGUP, "e2fsck", &["-fn", &device]);
        assert!(check.contains("Pass 5") && !check.contains("Fix?"), "{}: {check}", board.name);
        let kind = match board.platform.kernel {
            Kernel::Linux => "ext4",
            // What the Hurd's own server mounts.
            Kernel::Hurd => "ext2",
        };
        assert_eq!(root["file_system"]["type"], kind, "{}", board.name);
    }
}

/// FAT by fsck.fat, for the firmware partition of each family that has one.
#[test]
fn fsck_finds_every_familys_fat_clean() {
    let mut checked = 0;
    for (board, image) in families() {
        for partition in partitions(image).iter().filter(|one| one["file_system"]["type"] == "vfat") {
            // fsck.fat takes no offset.
            let folder = tempfile::tempdir().unwrap();
            let alone = folder.path().join("fat");
            copy_sparse(
                &image.path,
                number(partition, "start_bytes"),
                number(partition, "len_bytes"),
                &alone,
            );
            let check = tool(BRINGUP, "fsck.fat", &["-n", alone.to_str().unwrap()]);
            assert!(check.contains(" files, ") && !check.contains("Dirty bit"), "{}: {check}", board.name);
            checked += 1;
        }
    }
    assert!(checked >= 2, "{checked}");
}

/// Copies a range of a file; blocks of zeros become holes.
fn copy_sparse(from: &Path, start: u64, len: u64, to: &Path) {
    use std::os::unix::fs::FileExt;
    const BLOCK: u64 = 1 << 20;
    let (from, to) = (std::fs::File::open(from).unwrap(), std::fs::File::create(to).unwrap());
    to.set_len(len).unwrap();
    let mut block = vec![0; BLOCK as usize];
    for at in (0..len).step_by(BLOCK as usize) {
        let block = &mut block[..BLOCK.min(len - at) as usize];
        from.read_exact_at(block, start + at).unwrap();
        if block.iter().any(|byte| *byte != 0) {
            to.write_all_at(block, at).unwrap();
        }
    }
}
