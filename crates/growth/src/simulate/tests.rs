//! The simulation against the scripts themselves, run on files by this machine's shell.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

use bringup_bootchain::{Disk, table};
use bringup_spec::{Guid, PartitionTable, PartitionType};

use super::*;
use crate::definitions::{Wish, definitions};
use crate::rules::{FileSystem, NewPartition, Rules};

const MIB: u64 = 1 << 20;
const IMAGE: u64 = 40 * MIB;

fn new(name: &str, file_system: FileSystem, weight: u32, min: Option<u64>, max: Option<u64>) -> NewPartition {
    let mib = |size: Option<u64>| size.map(|size| Bytes(size * MIB));
    NewPartition { name: name.to_owned(), file_system, weight, min: mib(min), max: mib(max) }
}

fn rules(root: u32, grow: bool, new: Vec<NewPartition>) -> Rules {
    Rules { root, grow, new }
}

/// An image with a table: of a GPT an EFI system partition in front of root, of an MBR root alone.
fn image(folder: &Path, kind: PartitionTable) -> File {
    let file = File::options().read(true).write(true).create(true).truncate(true).open(folder.join("disk"));
    let file = file.unwrap();
    file.set_len(IMAGE).unwrap();
    let mut mbr = [0_u8; 512];
    mbr[510..].copy_from_slice(&[0x55, 0xAA]);
    let entry = |mbr: &mut [u8; 512], kind: u8, start: u32, len: u32| {
        mbr[450] = kind;
        mbr[454..458].copy_from_slice(&start.to_le_bytes());
        mbr[458..462].copy_from_slice(&len.to_le_bytes());
    };
    if kind == PartitionTable::Mbr {
        // Root need not begin or end at a whole MiB.
        entry(&mut mbr, 0x83, 2040, (20 * MIB / 512) as u32 + 9);
        file.write_all_at(&mbr, 0).unwrap();
        return file;
    }
    let last = IMAGE / 512 - 1;
    entry(&mut mbr, 0xEE, 1, last as u32);
    let mut entries = vec![0; 128 * 128];
    for (at, kind, start, end, id) in
        [(0, PartitionType::Esp, MIB, 5 * MIB, 7), (128, PartitionType::Linux, 5 * MIB, 39 * MIB, 8)]
    {
        let entry: &mut [u8] = &mut entries[at..at + 128];
        entry[..16].copy_from_slice(&kind.gpt_guid().to_gpt_bytes());
        entry[16] = id;
        entry[32..40].copy_from_slice(&(start / 512).to_le_bytes());
        entry[40..48].copy_from_slice(&(end / 512 - 1).to_le_bytes());
    }
    let header = |own: u64, other: u64, entries_at: u64| {
        let mut header = [0_u8; 512];
        header[..8].copy_from_slice(b"EFI PART");
        header[10] = 1;
        header[12] = 92;
        for (at, value) in [(24, own), (32, other), (40, 34), (48, last - 33), (72, entries_at)] {
            header[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        header[56] = 9;
        header[80] = 128;
        header[84] = 128;
        header[88..92].copy_from_slice(&crc32fast::hash(&entries).to_le_bytes());
        let sum = crc32fast::hash(&header[..92]);
        header[16..20].copy_from_slice(&sum.to_le_bytes());
        header
    };
    file.write_all_at(&mbr, 0).unwrap();
    file.write_all_at(&header(1, last, 2), 512).unwrap();
    file.write_all_at(&entries, 1024).unwrap();
    file.write_all_at(&entries, (last - 32) * 512).unwrap();
    file.write_all_at(&header(last, 1, last - 32), last * 512).unwrap();
    file
}

/// The script's files in `folder`.
fn write_script(folder: &Path, kind: PartitionTable, rules: &Rules) {
    let wish = Wish {
        fixed: 0,
        table: kind,
        firmware: &[],
        first_partition: Bytes(MIB),
        rules,
        systemd: false,
        guids: &[Guid::from_u128(21), Guid::from_u128(22), Guid::from_u128(23)],
    };
    for file in definitions(&wish).unwrap().initramfs {
        std::fs::write(folder.join(file.path.rsplit('/').next().unwrap()), file.bytes).unwrap();
    }
}

/// Runs the script; says its status.
fn run_script(folder: &Path, size: u64) -> Option<i32> {
    let disk = folder.join("disk");
    let mut command = Command::new("sh");
    command.arg(folder.join("grow-table")).arg(&disk).arg((size / 512).to_string()).arg(folder);
    command.env("TMPDIR", folder).output().unwrap().status.code()
}

fn found(folder: &Path, rules: &Rules) -> Found {
    let disk = Disk::open(&folder.join("disk")).unwrap();
    let table = table::read(&disk).unwrap();
    Found { size: Bytes(disk.len()), table, rules: rules.clone(), way: Way::Initramfs }
}

/// Numbers and places.
fn places(folder: &Path) -> Vec<(u32, u64, u64)> {
    let table = table::read(&Disk::open(&folder.join("disk")).unwrap()).unwrap();
    assert_eq!(table.faults, []);
    let places = table.partitions.iter();
    places.map(|part| (part.number, part.bytes.start, part.bytes.end - part.bytes.start)).collect()
}

/// Both on a disk of `size`; the script's second run must find nothing to do.
#[track_caller]
fn check(kind: PartitionTable, rules: &Rules, size: u64, status: i32) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = image(folder, kind);
    let grown = simulate(&found(folder, rules), Bytes(size)).unwrap();
    write_script(folder, kind, rules);
    file.set_len(size).unwrap();
    assert_eq!(run_script(folder, size), Some(status), "{rules:?} on {size}");
    if status == 0 {
        let wanted: Vec<_> =
            grown.partitions.iter().map(|part| (part.number, part.start, part.len)).collect();
        assert_eq!(places(folder), wanted, "{rules:?} on {size}");
        assert_eq!(grown.too_small, None);
        assert_eq!(run_script(folder, size), Some(1));
        assert_eq!(places(folder), wanted);
        for part in grown.partitions.iter().filter(|part| part.before.is_none()) {
            let mut mark = [0; 24];
            file.read_exact_at(&mut mark, part.start - MIB).unwrap();
            assert_eq!(&mark, b"growth: to be formatted\n");
        }
    } else {
        assert_eq!(grown.too_small.is_some(), status == 2);
        assert!(grown.partitions.iter().all(|part| part.before == Some(part.len)));
    }
}

const BOTH: [(PartitionTable, u32); 2] = [(PartitionTable::Mbr, 1), (PartitionTable::Gpt, 2)];

#[test]
fn root_grows_to_the_end_of_any_disk() {
    for (kind, root) in BOTH {
        for size in [100 * MIB + 512, 3 << 40] {
            check(kind, &rules(root, true, vec![]), size, 0);
        }
    }
    check(PartitionTable::Gpt, &rules(2, true, vec![]), IMAGE, 1);
}

#[test]
fn new_partitions_get_their_shares() {
    use FileSystem::{Ext4, Swap, Vfat};
    for (kind, root) in BOTH {
        let even = vec![new("home", Ext4, 1000, None, None), new("var", Ext4, 3000, None, None)];
        let odd = vec![new("swap", Swap, 500, Some(300), Some(600)), new("data", Vfat, 7, None, Some(11))];
        check(kind, &rules(root, true, even), 2 << 30, 0);
        check(kind, &rules(root, true, odd.clone()), 32 << 30, 0);
        check(kind, &rules(root, false, odd), 32 << 30, 0);
        check(kind, &rules(root, true, vec![new("home", Ext4, 1, Some(500), None)]), 200 * MIB, 2);
    }
}

#[test]
fn partitions_of_ones_own_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = image(folder, PartitionTable::Mbr);
    let rules = rules(1, true, vec![]);
    write_script(folder, PartitionTable::Mbr, &rules);
    // A third partition, far behind root.
    file.write_all_at(&[0, 0, 0, 0, 0x83, 0, 0, 0, 0, 0, 2, 0, 0, 8, 0, 0], 446 + 32).unwrap();
    file.set_len(8 << 30).unwrap();
    assert_eq!(run_script(folder, 8 << 30), Some(1));
    let grown = simulate(&found(folder, &rules), Bytes(8 << 30)).unwrap();
    assert!(grown.partitions.iter().all(|part| part.before == Some(part.len)));
}

#[test]
fn a_gpt_that_was_cut_while_written_is_made_whole() {
    let rules = rules(2, true, vec![new("home", FileSystem::Ext4, 1000, None, None)]);
    let size = 1 << 30;
    // Each is what a cut leaves: the first sectors of the table, or those of the copy, of an earlier time.
    for broken in [512, 1024, size - 512, size - 33 * 512] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let file = image(folder, PartitionTable::Gpt);
        write_script(folder, PartitionTable::Gpt, &rules);
        file.set_len(size).unwrap();
        let wanted = simulate(&found(folder, &rules), Bytes(size)).unwrap();
        assert_eq!(run_script(folder, size), Some(0));
        let whole = places(folder);
        file.write_all_at(&[0xFF; 512], broken).unwrap();
        assert_eq!(run_script(folder, size), Some(if broken < 2048 { 0 } else { 1 }), "{broken}");
        let again = table::read(&Disk::open(&folder.join("disk")).unwrap()).unwrap();
        assert_eq!(again.partitions.len(), whole.len());
        assert_eq!(again.fatal(), None);
        assert_eq!(wanted.partitions.len(), whole.len());
    }
}

#[test]
fn a_smaller_disk_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    image(folder.path(), PartitionTable::Mbr);
    let found = found(folder.path(), &rules(1, true, vec![]));
    assert!(matches!(simulate(&found, Bytes(IMAGE - 512)), Err(Error::Smaller { .. })));
    let other = Found { rules: rules(3, true, vec![]), ..found };
    assert!(matches!(simulate(&other, Bytes(IMAGE)), Err(Error::NoRoot { number: 3 })));
}
