//! Rules that hold for every board of the catalog.

use std::collections::BTreeSet;
use std::path::Path;

use bringup_catalog::{BOARDS, PLATFORMS};
use bringup_spec::{Board, BootRom, Bytes, PartitionTable};

/// The end of a GPT with its usual 128 entries: LBA 0 to 33 (UEFI 2.10, 5.3.1).
const GPT_END: Bytes = Bytes(34 * 512);

/// The end of a DOS partition table: sector 0.
const MBR_END: Bytes = Bytes(512);

fn is_kebab_case(name: &str) -> bool {
    name.split('-').all(|word| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

fn table_end(board: &Board) -> Bytes {
    match board.table {
        PartitionTable::Mbr => MBR_END,
        PartitionTable::Gpt => GPT_END,
    }
}

#[test]
fn names_are_unique_sorted_and_in_kebab_case() {
    let names: Vec<&str> = BOARDS.iter().map(|board| board.name).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    for name in names {
        assert!(is_kebab_case(name), "`{name}`");
    }
}

#[test]
fn every_folder_of_boards_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../boards");
    let folders: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<String> = BOARDS.iter().map(|board| board.name.to_owned()).collect();
    assert_eq!(folders, listed);
}

#[test]
fn every_platform_of_a_board_is_listed() {
    for board in BOARDS {
        assert!(PLATFORMS.iter().any(|platform| platform.name == board.platform.name), "{}", board.name);
    }
}

#[test]
fn every_fact_has_a_source() {
    for board in BOARDS {
        assert!(!board.soc.source.is_empty(), "{}: its SoC", board.name);
        assert!(!board.twin.source.is_empty(), "{}: its twin", board.name);
        for placement in board.firmware.installer.placements() {
            assert!(!placement.source.is_empty(), "{}: `{}`", board.name, placement.name);
        }
    }
}

#[test]
fn placements_lie_in_order_between_the_table_and_the_first_partition() {
    for board in BOARDS {
        let mut free_from = table_end(board);
        for placement in board.firmware.installer.placements() {
            assert!(placement.offset >= free_from, "{}: `{}` overlaps", board.name, placement.name);
            assert!(placement.room > Bytes(0), "{}: `{}` has no room", board.name, placement.name);
            free_from = placement.offset + placement.room;
        }
        assert!(free_from <= board.first_partition, "{}: firmware reaches a partition", board.name);
    }
}

#[test]
fn placement_names_are_unique_in_a_board() {
    for board in BOARDS {
        let placements = board.firmware.installer.placements();
        let names: BTreeSet<&str> = placements.iter().map(|placement| placement.name).collect();
        assert_eq!(names.len(), placements.len(), "{}", board.name);
    }
}

#[test]
fn an_allwinner_board_has_a_program_at_a_slot_of_its_boot_rom() {
    for board in BOARDS {
        let BootRom::Allwinner { slots, max_len } = board.soc.boot_rom else { continue };
        let at_slot =
            board.firmware.installer.placements().iter().find(|placement| slots.contains(&placement.offset));
        assert!(at_slot.is_some_and(|placement| placement.room >= max_len), "{}", board.name);
    }
}

#[test]
fn first_partitions_are_aligned_to_erase_blocks() {
    for board in BOARDS {
        assert_eq!(board.first_partition, board.first_partition.align_up(Bytes::mib(1)), "{}", board.name);
    }
}

#[test]
fn root_has_somewhere_to_live() {
    for board in BOARDS {
        assert!(!board.root_storage.is_empty(), "{}", board.name);
    }
}
