//! Rules that hold for every board of the catalog.

use std::collections::BTreeSet;
use std::path::Path;

use bringup_catalog::{BOARDS, PLATFORMS};
use bringup_spec::{
    Board, BootMethod, BootRom, Bytes, Class, Firmware, Kernel, NextStage, PartitionContents, PartitionTable,
    Placement, RootStorage, StagePlace, Tier, TwinDisk, TwinFirmware,
};

/// An entry of a GPT (UEFI 2.10, table 5.6).
const GPT_ENTRY: u64 = 128;

/// A DOS partition table with the disk's signature in front of it: the rest of sector 0. What lies
/// before is for boot code.
const MBR: (Bytes, Bytes) = (Bytes(440), Bytes(512));

fn is_kebab_case(name: &str) -> bool {
    name.split('-').all(|word| {
        // `x86_64` is one word.
        let in_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        !word.is_empty() && word.bytes().all(in_word)
    })
}

/// What a partition table takes of a disk: first byte, first byte behind it.
fn table(board: &Board) -> Vec<(Bytes, Bytes)> {
    let entries = board.gpt_entries;
    match board.table {
        PartitionTable::Mbr => vec![MBR],
        // The header is in sector 1, the entries where the board wants them.
        PartitionTable::Gpt | PartitionTable::Hybrid { .. } => vec![
            (Bytes(0), Bytes(1024)),
            (entries.at.offset(), entries.at.offset() + Bytes(u64::from(entries.count) * GPT_ENTRY)),
        ],
    }
}

fn placements(board: &Board) -> &[Placement] {
    board.firmware.installer.placements()
}

/// Everything that a board says lies on its disk, by first byte: name, first byte, first byte behind it.
fn regions(board: &Board) -> Vec<(&str, Bytes, Bytes)> {
    let tables = table(board).into_iter().map(|(start, end)| ("partition table", start, end));
    let placed = placements(board).iter().map(|it| (it.name, it.offset, it.offset + it.room));
    let fixed = board.partitions.iter().filter_map(|it| {
        let offset = it.offset?;
        Some((it.name, offset, offset + it.size))
    });
    let mut regions: Vec<_> = tables.chain(placed).chain(fixed).collect();
    regions.sort_by_key(|&(_, start, _)| start);
    regions
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
fn tables_programs_and_partitions_do_not_overlap() {
    for board in BOARDS {
        for pair in regions(board).windows(2) {
            assert!(pair[0].2 <= pair[1].1, "{}: {:?} and {:?} overlap", board.name, pair[0], pair[1]);
        }
    }
}

#[test]
fn programs_have_room_and_end_before_the_first_partition() {
    for board in BOARDS {
        for placement in placements(board) {
            assert!(placement.room > Bytes(0), "{}: `{}` has no room", board.name, placement.name);
            let end = placement.offset + placement.room;
            assert!(end <= board.first_partition, "{}: `{}` reaches a partition", board.name, placement.name);
        }
    }
}

#[test]
fn placements_are_in_the_order_of_their_offsets() {
    for board in BOARDS {
        assert!(placements(board).is_sorted_by_key(|placement| placement.offset), "{}", board.name);
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
fn the_boot_rom_finds_a_program() {
    for board in BOARDS {
        let at = |slots: &[Bytes], max_len: Bytes| {
            let mut found = placements(board).iter().filter(|placement| slots.contains(&placement.offset));
            found.any(|placement| placement.room >= max_len)
        };
        let found = match board.soc.boot_rom {
            BootRom::Allwinner { slots, max_len }
            | BootRom::Am335x { slots, max_len }
            | BootRom::Rockchip { slots, max_len } => at(slots, max_len),
            // It loads from the disk's first byte on.
            BootRom::Imx { offset, max_len } => at(&[offset], max_len - offset),
            BootRom::GptPartition { kind, .. } => {
                board.table != PartitionTable::Mbr && board.partitions.iter().any(|it| it.kind == kind)
            }
            BootRom::RaspberryPi { .. } => {
                let first = board.partitions.first();
                first.is_some_and(|it| matches!(it.contents, PartitionContents::Fat { .. }))
            }
            BootRom::Bios | BootRom::Uefi { .. } => {
                board.boot.iter().all(|method| *method != BootMethod::Extlinux)
            }
            // Whatever plays it is not on the disk.
            BootRom::External => placements(board).is_empty(),
        };
        assert!(found, "{}: {:?}", board.name, board.soc.boot_rom);
    }
}

#[test]
fn the_next_stage_is_where_something_is() {
    for board in BOARDS {
        let Firmware { next_stage: Some(NextStage { place, source, .. }), .. } = board.firmware else {
            continue;
        };
        let found = match place {
            StagePlace::BehindSpl(behind) => placements(board)[0].room > behind,
            StagePlace::Offset(offset) => {
                placements(board).iter().any(|it| it.offset == offset)
                    || board.partitions.iter().any(|it| it.offset == Some(offset))
            }
            StagePlace::Partition(kind) => board.partitions.iter().any(|it| it.kind == kind),
            StagePlace::File(path) => board.partitions.iter().any(|it| match it.contents {
                PartitionContents::Fat { files, .. } => files.iter().any(|file| file.path == path),
                PartitionContents::Raw(_) => false,
            }),
        };
        assert!(found, "{}: {place:?}", board.name);
        assert!(!source.is_empty(), "{}: its next stage", board.name);
    }
}

#[test]
fn where_u_boot_loads_to_is_in_memory() {
    for board in BOARDS {
        let Some(load) = board.load else { continue };
        assert!(board.boot.contains(&BootMethod::Extlinux), "{}", board.name);
        assert!(!load.source.is_empty(), "{}", board.name);
        let compressed = load.compressed_kernel.map(|(at, _)| at);
        let all = [Some(load.kernel), Some(load.device_tree), Some(load.initramfs), compressed];
        for address in all.into_iter().flatten() {
            let memory = load.ram_start..load.ram_start + board.ram.0;
            assert!(memory.contains(&address), "{}: {address:#x}", board.name);
        }
    }
}

#[test]
fn kernel_and_device_tree_are_for_the_platform() {
    for board in BOARDS {
        let package = match board.platform.kernel {
            Kernel::Linux => "linux-image-",
            Kernel::Hurd => "gnumach-image-",
        };
        assert!(board.kernel_package.starts_with(package), "{}", board.name);
        let Some(path) = board.device_tree else { continue };
        assert!(path.ends_with(".dtb") && !path.starts_with('/'), "{}: {path}", board.name);
        // Debian keeps the device trees of 32-bit Arm in one folder, those of 64-bit ones by maker.
        let in_folder = board.platform.elf.class == Class::Elf64;
        assert_eq!(path.contains('/'), in_folder, "{}: {path}", board.name);
    }
}

#[test]
fn nodes_of_root_are_of_boards_with_a_device_tree() {
    for board in BOARDS {
        for storage in board.root_storage {
            let RootStorage::DeviceTreeNode(path) = storage else { continue };
            assert!(board.device_tree.is_some(), "{}: {path}", board.name);
        }
    }
}

#[test]
fn the_tier_follows_from_the_twin() {
    for board in BOARDS {
        let own = matches!(board.twin.firmware, TwinFirmware::Machine | TwinFirmware::Partition(_));
        if board.tier == Tier::RealSpl {
            assert!(own, "{}: something else than its own SPL starts the twin", board.name);
        }
        // A board's own SPL reads the board's own disk.
        if own && board.twin.disk == TwinDisk::Virtio {
            assert_ne!(board.tier, Tier::RealSpl, "{}", board.name);
        }
    }
}

#[test]
fn who_disagrees_is_named_with_what_is_said_and_why_one_is_followed() {
    for board in BOARDS {
        for about in board.disagreements {
            assert!(about.said.len() >= 2, "{}: {}", board.name, about.about);
            assert!(
                about.said.iter().all(|(who, what)| !who.is_empty() && !what.is_empty()),
                "{}",
                board.name
            );
            assert!(!about.reason.is_empty(), "{}: {}", board.name, about.about);
            let mut values: Vec<_> = about.said.iter().map(|(_, what)| what).collect();
            values.dedup();
            assert!(values.len() >= 2, "{}: all say the same about {}", board.name, about.about);
        }
    }
}

#[test]
fn every_board_has_a_readme_of_its_own() {
    for board in BOARDS {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../boards").join(board.name).join("README.md");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", board.name));
        assert!(text.starts_with(&format!("# {}\n", board.title)), "{}: the title", board.name);
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
