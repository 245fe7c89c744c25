//! Every byte has exactly one owner, tried over all small disks.

mod common;

use bringup_layout::{DiskPlan, Error, Owner, PartitionRequest, Request, Table, plan};
use bringup_spec::{Bytes, Lba, PartitionTable};
use common::{at, partition, placement, request, rest};

fn assert_covered(plan: &DiskPlan) {
    let mut at = Bytes(0);
    for claim in plan.claims() {
        assert_eq!(claim.start, at, "{claim}");
        assert!(claim.len > Bytes(0), "{claim}");
        assert_eq!(plan.owner_of(claim.start), Some(claim));
        assert_eq!(plan.owner_of(claim.end() - Bytes(1)), Some(claim));
        at = claim.end();
    }
    assert_eq!(at, plan.size());
    assert_eq!(plan.owner_of(at), None);
    for partition in plan.partitions() {
        let owner = &plan.owner_of(partition.start).expect("a partition is on its disk").owner;
        assert_eq!(*owner, Owner::Partition { number: partition.number, name: partition.name.clone() });
        if let Table::Gpt(gpt) = plan.table() {
            assert!(partition.start_lba() >= gpt.first_usable && partition.last_lba() <= gpt.last_usable);
        }
    }
}

/// Independent of the planner: two ranges that share a byte.
fn any_two_overlap(ranges: &[(u64, u64)]) -> bool {
    ranges.iter().enumerate().any(|(index, a)| ranges[..index].iter().any(|b| a.0 < b.1 && b.0 < a.1))
}

#[test]
fn claims_cover_the_disk_exactly_and_overlaps_are_always_found() {
    let sector = |n: u64| Bytes(n * 512);
    let (mut planned, mut refused) = (0, 0);
    for placement_at in 0..6 {
        for placement_len in 1..4 {
            for first_at in 0..6 {
                for second_at in 0..6 {
                    for size in [None, Some(6), Some(8)] {
                        let placements = [placement("spl", sector(placement_at), sector(placement_len))];
                        let partitions = [
                            at(sector(first_at), partition(1, "a", sector(2))),
                            at(sector(second_at), partition(2, "b", sector(1))),
                        ];
                        let wanted = Request {
                            size: size.map(sector),
                            alignment: Bytes(512),
                            ..request(PartitionTable::Mbr, &placements, &partitions)
                        };
                        let ranges = [
                            (0, 1),
                            (placement_at, placement_at + placement_len),
                            (first_at, first_at + 2),
                            (second_at, second_at + 1),
                        ];
                        let too_long = ranges.iter().any(|range| size.is_some_and(|size| range.1 > size));
                        match plan(&wanted) {
                            Ok(plan) => {
                                assert!(!any_two_overlap(&ranges) && !too_long, "{}", plan.dump());
                                assert_covered(&plan);
                                planned += 1;
                            }
                            Err(Error::Overlap { .. }) => {
                                assert!(any_two_overlap(&ranges), "{ranges:?}");
                                refused += 1;
                            }
                            Err(Error::PastEnd { .. }) => {
                                assert!(too_long, "{ranges:?} {size:?}");
                                refused += 1;
                            }
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            }
        }
    }
    assert!(planned > 50 && refused > 500, "{planned} planned, {refused} refused");
}

#[test]
fn gpt_disks_are_covered_wherever_the_entries_are() {
    const HYBRID: PartitionTable = PartitionTable::Hybrid { mirrored: &["a"] };
    let tables = [(PartitionTable::Gpt, Owner::ProtectiveMbr), (HYBRID, Owner::HybridMbr)];
    let places = [None, Some(2), Some(40), Some(255), Some(256), Some(2048), Some(2047), Some(0)];
    let sizes = [
        None,
        Some(Bytes::mib(4)),
        Some(Bytes(512)),
        Some(Bytes(1536)),
        Some(Bytes(8192)),
        Some(Bytes::mib(3)),
    ];
    for (sector, first_usable) in [(512, Lba(34)), (4096, Lba(6))] {
        for (table, first_owner) in &tables {
            let mut planned = 0;
            for (count, entries_at, size) in product(&[1, 3, 4, 56, 128, 130], &places, &sizes) {
                let partitions = [partition(1, "a", Bytes::mib(1)), rest(partition(2, "b", Bytes(0)))];
                let wanted = Request {
                    sector: Bytes(sector),
                    size,
                    gpt_entries_at: entries_at.map(Lba),
                    gpt_entry_count: count,
                    ..request(*table, &[], &partitions[..if size.is_some() { 2 } else { 1 }])
                };
                let Ok(plan) = plan(&wanted) else { continue };
                planned += 1;
                assert_covered(&plan);
                let Table::Gpt(gpt) = plan.table() else { panic!("a GPT was asked for") };
                assert_eq!((gpt.backup_header_at.0 + 1) * sector, plan.size().0);
                assert!(gpt.first_usable >= first_usable);
                for (at, owner) in [
                    (Lba(0), first_owner),
                    (Lba(1), &Owner::GptHeader),
                    (gpt.entries_at, &Owner::GptEntries),
                    (gpt.backup_entries_at, &Owner::BackupGptEntries),
                    (gpt.backup_header_at, &Owner::BackupGptHeader),
                ] {
                    assert_eq!(plan.owner_of(Bytes(at.0 * sector)).map(|claim| &claim.owner), Some(owner));
                }
            }
            assert!(planned > 20, "{planned}");
        }
    }
}

/// Every combination of three values.
fn product<A: Copy, B: Copy, C: Copy>(a: &[A], b: &[B], c: &[C]) -> Vec<(A, B, C)> {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (*a, *b)));
    pairs.flat_map(|(a, b)| c.iter().map(move |c| (a, b, *c))).collect()
}

#[test]
fn a_disk_without_a_size_is_just_large_enough() {
    let partitions = [partition(1, "a", Bytes(512 * 3))];
    let mbr = plan(&request(PartitionTable::Mbr, &[], &partitions)).unwrap();
    assert_eq!(mbr.size(), Bytes::mib(2));
    let behind = [placement("env", Bytes::mib(5), Bytes(512))];
    let mbr = plan(&request(PartitionTable::Mbr, &behind, &partitions)).unwrap();
    assert_eq!(mbr.size(), Bytes::mib(6));
    // The backup of the GPT takes 33 sectors, for which another MiB is needed.
    let full = [partition(1, "a", Bytes::mib(1))];
    let gpt = plan(&request(PartitionTable::Gpt, &[], &full)).unwrap();
    assert_eq!(gpt.size(), Bytes::mib(3));
    assert_eq!(plan(&request(PartitionTable::Mbr, &[], &[])).unwrap().size(), Bytes::mib(1));
}

#[test]
fn the_rest_ends_at_the_next_claim() {
    let behind = [placement("env", Bytes::mib(5), Bytes(512))];
    let partitions = [partition(1, "a", Bytes(512)), rest(partition(2, "b", Bytes(0)))];
    let plan_of = |table, placements, size| {
        let wanted = Request { size: Some(size), ..request(table, placements, &partitions) };
        plan(&wanted).map(|plan| (plan.partitions()[1].start, plan.partitions()[1].len))
    };
    let two = Bytes::mib(2);
    assert_eq!(plan_of(PartitionTable::Mbr, &behind, Bytes::mib(8)), Ok((two, Bytes::mib(3))));
    assert_eq!(plan_of(PartitionTable::Mbr, &[], Bytes::mib(8)), Ok((two, Bytes::mib(6))));
    assert_eq!(plan_of(PartitionTable::Gpt, &[], Bytes::mib(8)), Ok((two, Bytes::mib(5))));
}

#[test]
fn the_first_partition_starts_where_the_board_says_and_later_ones_are_aligned() {
    let partitions: Vec<PartitionRequest> =
        vec![partition(1, "spl", Bytes(512)), partition(2, "root", Bytes(512))];
    let wanted =
        Request { first_partition: Lba(34).offset(), ..request(PartitionTable::Gpt, &[], &partitions) };
    let plan = plan(&wanted).unwrap();
    assert_eq!(plan.partition(1).unwrap().start_lba(), Lba(34));
    assert_eq!(plan.partition_named("root").unwrap().start, Bytes::mib(1));
    assert_eq!(plan.partition(0), None);
    assert_eq!(plan.partition(3), None);
}

#[test]
fn boot_code_may_have_the_first_440_bytes_but_not_more() {
    let boot = [placement("boot.img", Bytes(0), Bytes(440))];
    let plan_of = |placements| plan(&request(PartitionTable::Mbr, placements, &[]));
    let covered = plan_of(&boot).unwrap();
    assert_covered(&covered);
    assert_eq!(covered.owner_of(Bytes(439)).unwrap().owner, Owner::Placement("boot.img"));
    assert_eq!(covered.owner_of(Bytes(440)).unwrap().owner, Owner::Mbr);
    let long = [placement("boot.img", Bytes(0), Bytes(441))];
    assert!(matches!(plan_of(&long), Err(Error::Overlap { .. })));
}
