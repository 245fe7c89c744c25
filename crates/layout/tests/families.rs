//! Disks of the shapes that boot ROMs ask for, and those they rule out.

mod common;

use bringup_layout::{Error, Fix, Owner, PartitionRequest, PartitionType, Request, Table, plan};
use bringup_spec::{Bytes, Guid, Lba, PartitionTable};
use common::{SLOTS, at, partition, placement, request};

const ROOT: Bytes = Bytes::mib(64);

fn firmware(number: u8, name: &str, kind: u128, offset: Bytes, size: Bytes) -> PartitionRequest {
    let kind = PartitionType::Custom(Guid::from_u128(kind));
    at(offset, PartitionRequest { kind, ..partition(number, name, size) })
}

/// SiFive's and StarFive's: SPL right behind the GPT, what it loads behind 1 MiB.
fn spl_in_partitions() -> [PartitionRequest; 3] {
    [
        firmware(1, "spl", 0x5B193300_FC78_40CD_8002_E86C45580B47, Bytes(17_408), Bytes::mib(1)),
        firmware(2, "u-boot", 0x2E54B353_1271_4842_806F_E436D6AF6985, Bytes(1_065_984), Bytes::mib(4)),
        partition(3, "root", ROOT),
    ]
}

fn helps(wanted: &Request<'_>) -> Vec<String> {
    let error = plan(wanted).expect_err("the request cannot be planned");
    error.fixes().iter().map(ToString::to_string).collect()
}

#[test]
fn spl_partitions_lie_between_a_standard_gpt_and_the_first_partition() {
    let partitions = spl_in_partitions();
    let wanted = request(PartitionTable::Gpt, &[], &partitions);
    let plan = plan(&wanted).unwrap();
    let starts: Vec<u64> = plan.partitions().iter().map(|own| own.start_lba().0).collect();
    // The root file system comes behind the firmware although `first_partition` is 1 MiB.
    assert_eq!(starts, [34, 2082, 12_288]);
    assert_eq!(plan.owner_of(Bytes(17_407)).unwrap().owner, Owner::GptEntries);
}

#[test]
fn an_spl_partition_at_lba_34_leaves_room_for_the_standard_entries_only() {
    let partitions = spl_in_partitions();
    let more = Request { gpt_entry_count: 132, ..request(PartitionTable::Gpt, &[], &partitions) };
    assert_eq!(
        plan(&more).unwrap_err().to_string(),
        "GPT entries (1 KiB to 17.5 KiB, 0x400..0x4600) and partition 1 `spl` (17 KiB to 1.0 MiB (1065984 B), \
         0x4400..0x104400) overlap by 512 B\nhelp: use 128 GPT entries"
    );
    let moved =
        Request { gpt_entries_at: Some(Lba(16_384)), ..request(PartitionTable::Gpt, &[], &partitions[..2]) };
    let error = plan(&moved).unwrap_err();
    assert!(matches!(error, Error::BeforeFirstUsable { .. }), "{error}");
    assert_eq!(error.fixes(), [Fix::EntriesAt { lba: Lba(2), offset: Bytes::kib(1) }]);
}

#[test]
fn a_firmware_partition_that_hits_a_boot_program_is_moved_behind_it() {
    let partitions = spl_in_partitions();
    let environment = [placement("environment", Bytes::mib(3), Bytes::kib(64))];
    assert_eq!(
        plan(&request(PartitionTable::Gpt, &environment, &partitions)).unwrap_err().to_string(),
        "partition 2 `u-boot` (1.0 MiB (1065984 B) to 5.0 MiB (5260288 B), 0x104400..0x504400) and \
         `environment` (3 MiB to 3.1 MiB (3211264 B), 0x300000..0x310000) overlap by 64 KiB\n\
         help: start partition `u-boot` at 4 MiB (0x400000)"
    );
}

#[test]
fn allwinner_with_a_gpt_has_four_ways_out() {
    let spl = [placement("spl", SLOTS[0], Bytes::mib(1) - SLOTS[0])];
    let partitions = [partition(1, "root", ROOT)];
    let wanted = Request { boot_slots: &SLOTS, ..request(PartitionTable::Gpt, &spl, &partitions) };
    assert_eq!(
        helps(&wanted),
        [
            "use an MBR table",
            "move the GPT entries to 1 MiB (LBA 2048) and start the first partition at 2 MiB (0x200000)",
            "use 56 GPT entries",
            "put `spl` at the boot ROM's other slot, 128 KiB (0x20000) and reserve 896 KiB for `spl`",
        ]
    );
    let copies = [spl[0], placement("copy", SLOTS[1], Bytes::kib(896))];
    let both = Request { placements: &copies, ..wanted };
    assert_eq!(helps(&both)[0], "use an MBR table and reserve 120 KiB for `spl`");
}

#[test]
fn redundant_copies_each_have_a_place() {
    let slots = [128, 256].map(Bytes::kib);
    let copies = [
        placement("MLO", slots[0], Bytes::kib(128)),
        placement("MLO, second copy", slots[1], Bytes::kib(128)),
        placement("u-boot.img", Bytes::kib(384), Bytes::mib(1)),
    ];
    let partitions = [partition(1, "root", ROOT)];
    let wanted =
        Request { first_partition: Bytes::mib(4), ..request(PartitionTable::Mbr, &copies, &partitions) };
    let plan = plan(&wanted).unwrap();
    for copy in &copies {
        assert_eq!(plan.placement(copy.name).unwrap().start, copy.offset);
    }
}

#[test]
fn mlo_at_the_start_of_an_mbr_disk_goes_to_the_next_slot() {
    let slots = [0, 128, 256, 384].map(Bytes::kib);
    let boot = [
        placement("MLO", slots[0], Bytes::kib(128)),
        placement("u-boot.img", Bytes::kib(384), Bytes::kib(640)),
    ];
    let partitions = [partition(1, "root", ROOT)];
    let wanted = Request { boot_slots: &slots, ..request(PartitionTable::Mbr, &boot, &partitions) };
    assert_eq!(
        plan(&wanted).unwrap_err().to_string(),
        "MBR (0 B to 512 B, 0x0..0x200) and `MLO` (0 B to 128 KiB, 0x0..0x20000) overlap by 512 B\n\
         help: put `MLO` at the boot ROM's other slot, 128 KiB (0x20000)"
    );
}

#[test]
fn rockchips_second_program_pushes_the_first_partition_back() {
    let boot = [
        placement("idbloader.img", Bytes::kib(32), Bytes::kib(992)),
        placement("u-boot.itb", Bytes::mib(8), Bytes::mib(8)),
    ];
    let partitions = [partition(1, "root", ROOT)];
    let wanted = request(PartitionTable::Gpt, &boot, &partitions);
    assert_eq!(helps(&wanted), ["start the first partition at 16 MiB (0x1000000)"]);
    // A second partition that reaches it is moved alone.
    let small = [partition(1, "esp", Bytes::mib(4)), partition(2, "root", ROOT)];
    assert_eq!(
        helps(&Request { partitions: &small, ..wanted }),
        ["start partition `root` at 16 MiB (0x1000000)"]
    );
    assert!(plan(&Request { first_partition: Bytes::mib(16), ..wanted }).is_ok());
}

#[test]
fn imx_with_a_gpt_leaves_no_entry_in_place() {
    let boot = [
        placement("SPL", Bytes::kib(1), Bytes::kib(68)),
        placement("u-boot.img", Bytes::kib(69), Bytes::kib(955)),
    ];
    let partitions = [partition(1, "root", ROOT)];
    let wanted = request(PartitionTable::Gpt, &boot, &partitions);
    assert_eq!(
        plan(&wanted).unwrap_err().to_string(),
        "GPT entries (1 KiB to 17 KiB, 0x400..0x4400) and `SPL` (1 KiB to 69 KiB, 0x400..0x11400) overlap by \
         16 KiB\nhelp: use an MBR table; or move the GPT entries to 1 MiB (LBA 2048) and start the first \
         partition at 2 MiB (0x200000)"
    );
    let moved = Request { gpt_entries_at: Some(Lba(2048)), first_partition: Bytes::mib(2), ..wanted };
    assert!(plan(&moved).is_ok());
}

#[test]
fn grub_behind_an_mbr_has_the_gap_but_not_behind_a_gpt() {
    let boot = [
        placement("boot.img", Bytes(0), Bytes(440)),
        placement("core.img", Bytes(512), Bytes::mib(1) - Bytes(512)),
    ];
    let partitions = [partition(1, "root", ROOT)];
    assert!(plan(&request(PartitionTable::Mbr, &boot, &partitions)).is_ok());
    assert_eq!(helps(&request(PartitionTable::Gpt, &boot, &partitions)), ["use an MBR table"]);
}

#[test]
fn five_partitions_on_an_allwinner_board_need_a_gpt_with_fewer_entries() {
    let spl = [placement("spl", SLOTS[0], Bytes::kib(1016))];
    let partitions: Vec<_> = (1..=5).map(|n| partition(n, &format!("p{n}"), ROOT)).collect();
    let wanted = Request { boot_slots: &SLOTS, ..request(PartitionTable::Mbr, &spl, &partitions) };
    let helps = helps(&wanted);
    assert!(helps[0].starts_with("use a GPT and "), "{helps:?}");
}

#[test]
fn a_hybrid_table_is_a_gpt_whose_mbr_names_some_partitions() {
    let fat = PartitionRequest { kind: PartitionType::Fat32, bootable: true, ..partition(1, "fat", ROOT) };
    let partitions = [fat, partition(2, "data", ROOT), partition(3, "root", ROOT)];
    let wanted = request(PartitionTable::Hybrid { mirrored: &["root", "fat"] }, &[], &partitions);
    let planned = plan(&wanted).unwrap();
    let Table::Gpt(gpt) = planned.table() else { panic!("{}", planned.dump()) };
    let hybrid = gpt.hybrid.unwrap();
    assert_eq!(hybrid.disk_id, wanted.disk_id);
    assert_eq!(hybrid.mirrored, [Some(3), Some(1), None]);
    assert_eq!(planned.owner_of(Bytes(0)).unwrap().owner, Owner::HybridMbr);
    assert!(planned.dump().contains("partition 1 `fat`: FAT32, bootable, in the MBR too\n"));
    let plain = plan(&Request { table: PartitionTable::Gpt, ..wanted }).unwrap();
    assert_eq!(plain.partitions(), planned.partitions());
}

#[test]
fn a_hybrid_table_names_partitions_that_an_mbr_can() {
    let custom = spl_in_partitions();
    let refused = |mirrored, partitions: &[PartitionRequest]| {
        plan(&request(PartitionTable::Hybrid { mirrored }, &[], partitions)).unwrap_err()
    };
    let guid = Guid::from_u128(0x5B193300_FC78_40CD_8002_E86C45580B47);
    let fixes = vec![Fix::GptTable];
    assert_eq!(refused(&["spl"], &custom), Error::NoMbrType { name: "spl".to_owned(), guid, fixes });
    assert_eq!(
        refused(&["boot"], &custom).to_string(),
        "the MBR is to name partition `boot`, but the disk has `spl`, `u-boot`, `root`"
    );
    assert_eq!(refused(&[], &custom), Error::MirroredCount { wanted: 0, max: 3 });
    assert_eq!(refused(&["a", "b", "c", "d"], &custom), Error::MirroredCount { wanted: 4, max: 3 });
    let twice = Error::DuplicateName { what: "mirrored partition", name: "root".to_owned() };
    assert_eq!(refused(&["root", "root"], &custom), twice);
    let far = [at(Bytes(2 << 40), partition(1, "far", ROOT)), partition(2, "near", ROOT)];
    let error = refused(&["far"], &far);
    assert!(matches!(error, Error::MbrLimit { .. }), "{error}");
    // Only what the MBR names has to be within its reach.
    let near = [partition(1, "near", ROOT), at(Bytes(2 << 40), partition(2, "far", ROOT))];
    assert!(plan(&request(PartitionTable::Hybrid { mirrored: &["near"] }, &[], &near)).is_ok());
}

#[test]
fn sectors_of_4096_bytes_are_the_unit_of_every_lba() {
    let partitions = [partition(1, "root", ROOT)];
    let wanted = Request { sector: Bytes(4096), ..request(PartitionTable::Gpt, &[], &partitions) };
    let planned = plan(&wanted).unwrap();
    let Table::Gpt(gpt) = planned.table() else { panic!("{}", planned.dump()) };
    assert_eq!((gpt.entries_at, gpt.first_usable), (Lba(2), Lba(6)));
    assert_eq!(gpt.backup_header_at, Lba(planned.size().0 / 4096 - 1));
    assert_eq!(planned.partitions()[0].start_lba(), Lba(256));
    assert_eq!(planned.partitions()[0].sectors(), ROOT.0 / 4096);
    assert_eq!(planned.owner_of(Bytes(4096)).unwrap().owner, Owner::GptHeader);
    assert_eq!(planned.owner_of(Bytes(8192)).unwrap().owner, Owner::GptEntries);
    let mbr = plan(&Request { table: PartitionTable::Mbr, ..wanted }).unwrap();
    assert_eq!(mbr.owner_of(Bytes(4095)).unwrap().owner, Owner::Mbr);
    assert!(mbr.dump().starts_with("disk of 65 MiB in sectors of 4 KiB, MBR\n"), "{}", mbr.dump());
}

#[test]
fn a_sector_is_512_or_4096_bytes() {
    for sector in [0, 1, 511, 1024, 2048, 8192, u64::MAX] {
        let wanted = Request { sector: Bytes(sector), ..request(PartitionTable::Mbr, &[], &[]) };
        assert_eq!(plan(&wanted).unwrap_err(), Error::BadSector { sector: Bytes(sector) });
    }
    let odd = [partition(1, "a", Bytes(512))];
    let wanted = Request { sector: Bytes(4096), ..request(PartitionTable::Mbr, &[], &odd) };
    assert_eq!(
        plan(&wanted).unwrap_err().to_string(),
        "the size of partition `a` is 512 B (0x200), not a multiple of 4 KiB\nhelp: the next multiple is 4 KiB (0x1000)"
    );
}
