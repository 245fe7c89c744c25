use super::*;
use crate::testing::{put_gpt, put_mbr};

const LINUX: Guid = PartitionType::Linux.gpt_guid();
const LEN: usize = 4 << 20;

fn gpt() -> Vec<u8> {
    let mut disk = vec![0; LEN];
    put_gpt(&mut disk, &[(LINUX, 1 << 20, 1 << 20), (PartitionType::Esp.gpt_guid(), 2 << 20, 1 << 20)]);
    disk
}

fn faults(disk: &[u8]) -> Vec<(bool, String)> {
    let table = read(&Disk::from_bytes(disk)).unwrap();
    table.faults.into_iter().map(|fault| (fault.fatal, fault.what)).collect()
}

#[test]
fn an_mbr_is_read() {
    let mut disk = vec![0; LEN];
    put_mbr(&mut disk, &[(0x80, 0x83, 1 << 20, 1 << 20), (0, 0xEF, 2 << 20, 1 << 20)]);
    let table = read(&Disk::from_bytes(&disk)).unwrap();
    assert_eq!(table.kind, TableKind::Mbr);
    assert_eq!(table.disk_id, "12345678");
    assert_eq!(table.faults, []);
    let [first, second] = &table.partitions[..] else { panic!("{table:?}") };
    assert_eq!(
        (first.bytes.clone(), first.bootable, first.part_uuid.as_str()),
        (1 << 20..2 << 20, true, "12345678-01")
    );
    assert!(second.kind.is(PartitionType::Esp) && !second.bootable);
}

/// A primary partition, and an extended one of 2 MiB with two in it.
fn logical() -> Vec<u8> {
    let mut disk = vec![0; LEN];
    put_mbr(&mut disk, &[(0, 0x83, 512, 512), (0, 0x0F, 1 << 20, 2 << 20)]);
    for (at, next) in [(1 << 20, 1 << 20), (2 << 20, 0)] {
        let own = (0, 0x83, 64 << 10, 512 << 10);
        let next = (0, 0x05, next, if next == 0 { 0 } else { 1 << 20 });
        put_mbr(&mut disk[at..at + 512], &[own, next]);
    }
    disk
}

#[test]
fn logical_partitions_count_from_5() {
    let mut disk = logical();
    let table = read(&Disk::from_bytes(&disk)).unwrap();
    assert_eq!(table.faults, []);
    let found: Vec<_> = table.partitions.iter().map(|found| (found.number, found.bytes.start)).collect();
    assert_eq!(found, [(1, 512), (5, (1 << 20) + (64 << 10)), (6, (2 << 20) + (64 << 10))]);
    assert_eq!(table.partitions[2].part_uuid, "12345678-06");
    assert_eq!(table.partitions[2].entry, (2 << 20) + 446..(2 << 20) + 462);
    disk[(2 << 20) + 510] = 0;
    let what = "the table of logical partitions at 0x200000 does not end in 0x55 0xaa";
    assert_eq!(faults(&disk), [(false, what.to_owned())]);
    // The second table leads back to the first.
    let mut disk = logical();
    put_mbr(&mut disk[2 << 20..(2 << 20) + 512], &[(0, 0, 0, 0), (0, 0x05, 0, 512)]);
    assert!(faults(&disk)[0].1.starts_with("more than 256 logical partitions"));
}

#[test]
fn a_gpt_is_read_with_its_backup() {
    let disk = gpt();
    let table = read(&Disk::from_bytes(&disk)).unwrap();
    assert_eq!(table.kind, TableKind::Gpt);
    assert_eq!(table.faults, []);
    assert_eq!(table.partitions[1].bytes, 2 << 20..3 << 20);
    assert_eq!(table.partitions[1].kind.to_string(), "ESP");
    assert_eq!(
        table.partitions[0].part_uuid,
        "01000000-0000-0000-0000-000000000000".replace("01000000", "00000001")
    );
    assert_eq!(table.bytes.len(), 5);
}

#[test]
fn each_broken_rule_is_named_with_both_numbers() {
    let one = |start, len| {
        let mut disk = vec![0; LEN];
        put_mbr(&mut disk, &[(0x80, 0x83, 1 << 20, 1 << 20), (0, 0x83, start, len)]);
        faults(&disk)
    };
    assert_eq!(
        one(3 << 20, 2 << 20),
        [(true, "partition 2 ends at 0x500000, but the disk ends at 0x400000".to_owned())]
    );
    assert_eq!(
        one(1 << 20, 2 << 20),
        [(true, "partition 1 ends at 0x200000, but partition 2 begins at 0x100000".to_owned())]
    );
    assert_eq!(one(0, 512), [(true, "partition 2 is at 0x0-0x1ff, over the MBR at 0x0-0x1ff".to_owned())]);
}

#[test]
fn a_gpts_checksums_cover_header_and_entries() {
    for (at, what) in [(512 + 48, "GPT header"), (1024 + 40, "GPT entries")] {
        let mut disk = gpt();
        disk[at] ^= 1;
        let [(true, fault)] = &faults(&disk)[..] else { panic!("{:?}", faults(&disk)) };
        assert!(
            fault.starts_with(&format!("the primary cannot be used: {what}: its checksum is")),
            "{fault}"
        );
        // Its copy is at the disk's end, where nobody finds it without the primary's help but here.
        assert!(fault.ends_with("the backup is sound"), "{fault}");
    }
    let mut disk = gpt();
    disk[LEN - 512 + 48] ^= 1;
    let [(false, fault)] = &faults(&disk)[..] else { panic!("{:?}", faults(&disk)) };
    assert!(fault.starts_with("the backup cannot be used: GPT header: its checksum is"), "{fault}");
}

#[test]
fn a_disk_without_signature_has_no_table() {
    assert_eq!(
        read(&Disk::from_bytes(&[0; 512])).unwrap_err().to_string(),
        "MBR: signature is 0x0, but it must be 0xaa55 (bytes 0x55 0xaa at 0x1fe)"
    );
}

#[test]
fn a_hybrid_names_what_the_gpt_has() {
    let mut disk = gpt();
    // In the second entry, beside the protective one.
    disk[462 + 4] = 0x83;
    disk[462] = 0x80;
    disk[470..474].copy_from_slice(&2048_u32.to_le_bytes());
    disk[474..478].copy_from_slice(&2048_u32.to_le_bytes());
    let table = read(&Disk::from_bytes(&disk)).unwrap();
    assert_eq!((table.kind, table.partitions[0].bootable, table.faults.len()), (TableKind::Hybrid, true, 0));
    disk[470] = 1;
    let [(false, fault)] = &faults(&disk)[..] else { panic!("{:?}", faults(&disk)) };
    assert_eq!(fault, "the MBR's partition 2 at 0x100200-0x2001ff is none of the GPT's");
}

#[test]
fn no_flip_panics() {
    let mut disk = gpt();
    for at in (0..2048).chain(LEN - 512..LEN - 420) {
        disk[at] ^= 0xFF;
        let _ = read(&Disk::from_bytes(&disk));
        disk[at] ^= 0xFF;
    }
}
