//! What cannot be planned, why, and what would help.

mod common;

use bringup_layout::{DISK_SIZE_MAX, Error, Fix, Guid, PartitionRequest, PartitionType, Request, plan};
use bringup_spec::{Bytes, Lba, PartitionTable, Placement};
use common::{SLOTS, at, partition, placement, request, rest};

const ROOT: Bytes = Bytes::mib(8);

fn spl_at_8k(room: Bytes) -> [Placement; 1] {
    [placement("spl.bin", Bytes::kib(8), room)]
}

fn refused(wanted: &Request<'_>) -> Error {
    plan(wanted).expect_err("the request cannot be planned")
}

#[test]
fn gpt_entries_may_not_overlap_spl() {
    let spl = spl_at_8k(Bytes::kib(32));
    let partitions = [partition(1, "root", ROOT)];
    let wanted = Request {
        boot_slots: &SLOTS,
        first_partition: Bytes::mib(4),
        ..request(PartitionTable::Gpt, &spl, &partitions)
    };
    assert_eq!(
        refused(&wanted).to_string(),
        "GPT entries (1 KiB to 17 KiB, 0x400..0x4400) and `spl.bin` (8 KiB to 40 KiB, 0x2000..0xa000) \
         overlap by 9 KiB\n\
         help: use an MBR table; or move the GPT entries to 1 MiB (LBA 2048); or use 56 GPT entries; \
         or put `spl.bin` at the boot ROM's other slot, 128 KiB (0x20000)"
    );
}

#[test]
fn each_fix_that_is_offered_plans() {
    let spl = spl_at_8k(Bytes::kib(1016));
    let partitions = [partition(1, "root", ROOT)];
    let wanted = Request { boot_slots: &SLOTS, ..request(PartitionTable::Gpt, &spl, &partitions) };
    let fixes = refused(&wanted).fixes().to_vec();
    let both = |first, second| Fix::Both(Box::new(first), Box::new(second));
    let moved = Fix::EntriesAt { lba: Lba(2048), offset: Bytes::mib(1) };
    let moved = both(moved, Fix::FirstPartition(Bytes::mib(2)));
    // At the other slot all of the room would reach into the partition.
    let slot = Fix::Slot { name: "spl.bin", offset: Bytes::kib(128) };
    let slot = both(slot, Fix::Room { name: "spl.bin", room: Bytes::kib(896) });
    assert_eq!(fixes, [Fix::MbrTable, moved, Fix::EntryCount(56), slot]);
    let mbr = Request { table: PartitionTable::Mbr, ..wanted };
    let entries = Request { gpt_entries_at: Some(Lba(2048)), first_partition: Bytes::mib(2), ..wanted };
    let fewer = Request { gpt_entry_count: 56, ..wanted };
    let one_more = Request { gpt_entry_count: 57, ..wanted };
    let at_slot = [placement("spl.bin", Bytes::kib(128), Bytes::kib(896))];
    let slot = Request { placements: &at_slot, ..wanted };
    assert!([mbr, entries, fewer, slot].iter().all(|fixed| plan(fixed).is_ok()));
    assert!(plan(&one_more).is_err());
}

#[test]
fn no_fix_is_offered_that_breaks_something_else() {
    let spl = spl_at_8k(Bytes::kib(32));
    let odd = PartitionType::Custom(Guid([7; 16]));
    let partitions = [PartitionRequest { kind: odd, ..partition(1, "spl", Bytes::kib(512)) }];
    let wanted = request(PartitionTable::Gpt, &spl, &partitions);
    assert!(!refused(&wanted).fixes().contains(&Fix::MbrTable));
}

#[test]
fn a_boot_program_may_not_reach_into_a_partition() {
    let spl = spl_at_8k(Bytes::mib(1));
    let partitions = [partition(1, "root", ROOT)];
    let wanted = request(PartitionTable::Mbr, &spl, &partitions);
    assert_eq!(
        refused(&wanted).to_string(),
        "`spl.bin` (8 KiB to 1.0 MiB (1056768 B), 0x2000..0x102000) and \
         partition 1 `root` (1 MiB to 9 MiB, 0x100000..0x900000) overlap by 8 KiB\n\
         help: reserve 1016 KiB for `spl.bin`; or start the first partition at 2 MiB (0x200000)"
    );
}

#[test]
fn two_boot_programs_may_not_overlap() {
    let both = [
        placement("mlo", Bytes::kib(128), Bytes::kib(384)),
        placement("u-boot", Bytes::kib(384), Bytes::mib(1)),
    ];
    let wanted = Request { first_partition: Bytes::mib(4), ..request(PartitionTable::Mbr, &both, &[]) };
    let room = Fix::Room { name: "mlo", room: Bytes::kib(256) };
    assert_eq!(refused(&wanted).fixes(), [room]);
}

#[test]
fn two_partitions_may_not_overlap() {
    let partitions = [
        at(Bytes::mib(1), partition(1, "a", Bytes::mib(4))),
        at(Bytes::mib(2), partition(2, "b", Bytes::mib(1))),
    ];
    let error = refused(&request(PartitionTable::Mbr, &[], &partitions));
    assert!(matches!(error, Error::Overlap { .. }));
    let places: Vec<_> = error.fixes().iter().map(ToString::to_string).collect();
    assert_eq!(
        places,
        ["start partition `a` at 3 MiB (0x300000)", "start partition `b` at 5 MiB (0x500000)"]
    );
}

#[test]
fn a_partition_may_not_end_in_the_backup_of_the_gpt() {
    let partitions = [partition(1, "root", ROOT)];
    let wanted = Request { size: Some(Bytes::mib(9)), ..request(PartitionTable::Gpt, &[], &partitions) };
    assert_eq!(
        refused(&wanted).to_string(),
        "partition 1 `root` (1 MiB to 9 MiB, 0x100000..0x900000) ends 16.5 KiB past what a disk of 9 MiB \
         leaves: 9.0 MiB (9420288 B) (0x8fbe00)\n\
         help: make the disk 10 MiB or larger"
    );
}

#[test]
fn a_disk_too_small_for_its_own_table_is_refused() {
    for size in [512, 1024, 1536, 34 * 512] {
        let wanted = Request { size: Some(Bytes(size)), ..request(PartitionTable::Gpt, &[], &[]) };
        let error = refused(&wanted);
        assert!(matches!(error, Error::PastEnd { .. }), "{error}");
        assert_eq!(error.fixes(), [Fix::DiskSize(Bytes::mib(1))]);
    }
}

#[test]
fn no_room_for_the_rest_is_refused() {
    let partitions = [partition(1, "a", Bytes::mib(7)), rest(partition(2, "b", Bytes(0)))];
    let wanted = Request { size: Some(Bytes::mib(8)), ..request(PartitionTable::Mbr, &[], &partitions) };
    let error = refused(&wanted);
    assert!(matches!(&error, Error::NoRest { name, .. } if name == "b"), "{error}");
    assert_eq!(error.fixes(), [Fix::DiskSize(Bytes::mib(9))]);
}

#[test]
fn the_rest_needs_a_size_and_the_last_place() {
    let last = [rest(partition(1, "a", ROOT))];
    let error = refused(&request(PartitionTable::Mbr, &[], &last));
    assert_eq!(error, Error::RestOfUnknown { name: "a".to_owned() });
    let early = [rest(partition(1, "a", ROOT)), partition(2, "b", ROOT)];
    let error = refused(&request(PartitionTable::Mbr, &[], &early));
    assert_eq!(error, Error::RestNotLast { name: "a".to_owned(), next: "b".to_owned() });
}

#[test]
fn an_mbr_holds_four_partitions() {
    let partitions: Vec<_> = (1..=5).map(|n| partition(n, &format!("p{n}"), Bytes::mib(1))).collect();
    assert!(plan(&request(PartitionTable::Mbr, &[], &partitions[..4])).is_ok());
    let fixes = vec![Fix::GptTable];
    let error = refused(&request(PartitionTable::Mbr, &[], &partitions));
    assert_eq!(error, Error::TooManyPartitions { wanted: 5, max: 4, fixes });
    let two = Request { gpt_entry_count: 2, ..request(PartitionTable::Gpt, &[], &partitions) };
    assert_eq!(refused(&two).fixes(), [Fix::EntryCount(5)]);
}

#[test]
fn an_mbr_addresses_two_tib() {
    let end_at = |end: Bytes| [partition(1, "a", end - Bytes::mib(1))];
    let two_tib = Bytes(2 << 40);
    assert!(plan(&request(PartitionTable::Mbr, &[], &end_at(two_tib))).is_ok());
    let error = refused(&request(PartitionTable::Mbr, &[], &end_at(two_tib + Bytes(512))));
    assert!(matches!(error, Error::MbrLimit { max, .. } if max == two_tib), "{error}");
    assert_eq!(error.fixes(), [Fix::GptTable]);
}

#[test]
fn an_mbr_has_one_active_partition_and_few_types() {
    let active = |n, name| PartitionRequest { bootable: true, ..partition(n, name, ROOT) };
    let error = refused(&request(PartitionTable::Mbr, &[], &[active(1, "a"), active(2, "b")]));
    assert_eq!(error, Error::TwoBootable { first: "a".to_owned(), second: "b".to_owned() });
    let guid = Guid([9; 16]);
    let odd = [PartitionRequest { kind: PartitionType::Custom(guid), ..partition(1, "a", ROOT) }];
    let error = refused(&request(PartitionTable::Mbr, &[], &odd));
    assert_eq!(error, Error::NoMbrType { name: "a".to_owned(), guid, fixes: vec![Fix::GptTable] });
}

#[test]
fn a_gpt_partition_starts_behind_the_entries_even_if_they_moved() {
    let partitions = [partition(1, "a", Bytes(512))];
    let wanted = Request {
        first_partition: Bytes::kib(64),
        gpt_entries_at: Some(Lba(2048)),
        ..request(PartitionTable::Gpt, &[], &partitions)
    };
    let error = refused(&wanted);
    assert!(matches!(error, Error::BeforeFirstUsable { .. }), "{error}");
    let back = Fix::EntriesAt { lba: Lba(2), offset: Bytes::kib(1) };
    assert_eq!(error.fixes(), [Fix::FirstPartition(Bytes::mib(2)), back, Fix::MbrTable]);
}

#[test]
fn offsets_and_sizes_are_whole_sectors_and_not_zero() {
    let good = [partition(1, "a", ROOT)];
    let base = request(PartitionTable::Mbr, &[], &good);
    let odd = [placement("spl", Bytes(8191), Bytes(512))];
    let (odd_size, odd_offset) = ([partition(1, "a", Bytes(513))], [at(Bytes(1), partition(1, "a", ROOT))]);
    for (wanted, expected) in [
        (Request { placements: &odd, ..base }, "the offset of `spl` is 8.0 KiB (8191 B) (0x1fff)"),
        (Request { partitions: &odd_size, ..base }, "the size of partition `a` is 513 B (0x201)"),
        (Request { partitions: &odd_offset, ..base }, "the offset of partition `a` is 1 B (0x1)"),
        (Request { first_partition: Bytes(7), ..base }, "the first partition's offset is 7 B (0x7)"),
        (Request { size: Some(Bytes(7)), ..base }, "the disk's size is 7 B (0x7)"),
        (Request { alignment: Bytes(7), ..base }, "the alignment is 7 B (0x7)"),
    ] {
        let text = refused(&wanted).to_string();
        assert!(text.starts_with(&format!("{expected}, not a multiple of 512 B\nhelp: ")), "{text}");
    }
    let (no_size, no_room) = ([partition(1, "a", Bytes(0))], [placement("spl", Bytes(512), Bytes(0))]);
    for (wanted, expected) in [
        (Request { partitions: &no_size, ..base }, "the size of partition `a` is zero"),
        (Request { placements: &no_room, ..base }, "the room of `spl` is zero"),
        (Request { size: Some(Bytes(0)), ..base }, "the disk's size is zero"),
        (Request { alignment: Bytes(0), ..base }, "the alignment is zero"),
    ] {
        assert_eq!(refused(&wanted).to_string(), expected);
    }
}

#[test]
fn numbers_near_the_end_of_64_bits_are_refused_without_a_panic() {
    let huge = [Bytes(u64::MAX), Bytes(u64::MAX - 511), Bytes(DISK_SIZE_MAX.0 + 512), DISK_SIZE_MAX];
    for table in [PartitionTable::Mbr, PartitionTable::Gpt] {
        for n in huge {
            let (by_size, by_offset) = ([partition(1, "a", n)], [at(n, partition(1, "a", ROOT))]);
            let (room, offset) = ([placement("s", Bytes(512), n)], [placement("s", n, Bytes(512))]);
            let base = request(table, &[], &[]);
            for wanted in [
                Request { partitions: &by_size, ..base },
                Request { partitions: &by_offset, ..base },
                Request { placements: &room, ..base },
                Request { placements: &offset, ..base },
                Request { partitions: &by_size, placements: &offset, first_partition: n, ..base },
                Request { partitions: &by_size, alignment: n, ..base },
            ] {
                assert!(plan(&wanted).is_err());
            }
            let entries = Request { gpt_entries_at: Some(Lba(n.0)), ..base };
            assert!(plan(&entries).is_err());
        }
    }
}

#[test]
fn names_are_unique_and_fit() {
    let twice = [placement("s", Bytes(512), Bytes(512)), placement("s", Bytes(1024), Bytes(512))];
    let error = refused(&request(PartitionTable::Mbr, &twice, &[]));
    assert_eq!(error.to_string(), "two placements have the name `s`");
    let twice = [partition(1, "a", ROOT), partition(2, "a", ROOT)];
    let error = refused(&request(PartitionTable::Mbr, &[], &twice));
    assert_eq!(error.to_string(), "two partitions have the name `a`");
    // Each of these takes two UTF-16 code units.
    let of_units = |pairs| [partition(1, &"\u{1F600}".repeat(pairs), ROOT)];
    assert!(plan(&request(PartitionTable::Gpt, &[], &of_units(18))).is_ok());
    for bad in [of_units(19), [partition(1, "", ROOT)], [partition(1, "a\nb", ROOT)]] {
        let error = refused(&request(PartitionTable::Gpt, &[], &bad));
        assert!(matches!(error, Error::BadName { number: 1, .. }), "{error}");
    }
}

#[test]
fn guids_are_unique_and_not_nil() {
    let same = [partition(1, "a", ROOT), partition(1, "b", ROOT)];
    let error = refused(&request(PartitionTable::Gpt, &[], &same));
    assert!(matches!(error, Error::DuplicateGuid { guid: Guid([1, ..]), .. }), "{error}");
    let as_disk = [partition(0xDD, "a", ROOT)];
    assert_eq!(
        refused(&request(PartitionTable::Gpt, &[], &as_disk)).to_string(),
        "the disk and partition `a` have the same GUID DDDDDDDD-DDDD-DDDD-DDDD-DDDDDDDDDDDD"
    );
    let nil = [partition(0, "a", ROOT)];
    let nil_type = [PartitionRequest { kind: PartitionType::Custom(Guid::NIL), ..partition(1, "a", ROOT) }];
    for (partitions, what) in [(nil, "the GUID of partition `a`"), (nil_type, "the type of partition `a`")] {
        let error = refused(&request(PartitionTable::Gpt, &[], &partitions));
        assert_eq!(error, Error::NilGuid { what: what.to_owned() });
    }
    // An MBR stores none of them.
    assert!(plan(&request(PartitionTable::Mbr, &[], &same)).is_ok());
}

#[test]
fn the_number_of_gpt_entries_is_bounded() {
    for count in [0, 1025, u32::MAX] {
        let wanted = Request { gpt_entry_count: count, ..request(PartitionTable::Gpt, &[], &[]) };
        assert_eq!(refused(&wanted), Error::BadEntryCount { count, max: 1024 });
    }
}
