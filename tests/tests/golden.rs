//! Every board's disk, as text, so that a review shows what moved; and the README's table of boards.
//!
//! `cargo xtask golden` rewrites both; CI never does.

use std::fmt::Write as _;
use std::path::Path;

use bringup_catalog::BOARDS;
use bringup_image::disk_plan;
use bringup_spec::{Board, BootMethod, BootRom, Bytes, Disagreement, PartitionTable, Tier};
use bringup_store::Digest;
use bringup_tests::workspace;

/// A size for root, so that a golden does not depend on packages.
const ROOT: Bytes = Bytes::mib(256);

/// Where the README's table begins and ends.
const TABLE_MARKS: [&str; 2] =
    ["<!-- boards: written by `cargo xtask golden` -->\n", "<!-- end of boards -->"];

#[test]
fn every_boards_disk_is_as_reviewed() {
    for board in BOARDS {
        let path = workspace().join("tests/golden").join(board.name).join("plan.txt");
        let mut text = disk_plan(board, &[("root", ROOT)], None, &Digest::of(b"golden")).unwrap().dump();
        for disagreement in board.disagreements {
            text += &in_words(disagreement);
        }
        expect_golden(&path, &text);
    }
}

#[test]
fn every_golden_is_of_a_board() {
    for name in bringup_tests::files::names(&workspace().join("tests/golden")) {
        assert!(BOARDS.iter().any(|board| board.name == name), "tests/golden/{name}");
    }
}

#[test]
fn the_readme_lists_every_board() {
    let path = workspace().join("README.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(TABLE_MARKS[0]).expect("the table begins with its mark");
    let (_, after) = rest.split_once(TABLE_MARKS[1]).expect("the table ends with its mark");
    let table = table();
    expect_golden(&path, &format!("{before}{}{table}{}{after}", TABLE_MARKS[0], TABLE_MARKS[1]));
}

/// Fails unless the file has this text; writes it instead if that is asked for.
fn expect_golden(path: &Path, text: &str) {
    let update = std::env::var_os("BRINGUP_UPDATE_GOLDEN").is_some();
    assert!(!(update && std::env::var_os("CI").is_some()), "goldens are reviewed, not made, in CI");
    if update {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(golden, text, "{}: `cargo xtask golden` rewrites it", path.display());
}

fn in_words(disagreement: &Disagreement) -> String {
    let mut text = format!("\n{}: sources disagree\n", disagreement.about);
    for (index, (source, value)) in disagreement.said.iter().enumerate() {
        let followed = if index == 0 { ", followed here" } else { "" };
        writeln!(text, "  {source}: {value}{followed}").unwrap();
    }
    writeln!(text, "  because {}", disagreement.reason).unwrap();
    text
}

fn table() -> String {
    let mut text = "| Board | Platform | Disk | Tested |\n|---|---|---|---|\n".to_owned();
    for board in BOARDS {
        let (name, title, platform) = (board.name, board.title, board.platform.name);
        let (disk, tested) = (disk(board), tested(board));
        writeln!(text, "| `{name}`: {title} | `{platform}` | {disk} | {tested} |").unwrap();
    }
    text
}

fn disk(board: &Board) -> String {
    let table = match board.table {
        PartitionTable::Mbr => "MBR",
        PartitionTable::Gpt => "GPT",
        PartitionTable::Hybrid { .. } => "hybrid",
    };
    let mut parts = vec![table.to_owned()];
    let placements = board.firmware.installer.placements().iter();
    parts.extend(placements.map(|placement| format!("{} at {}", placement.name, placement.offset)));
    parts.extend(board.partitions.iter().map(|partition| format!("partition `{}`", partition.name)));
    parts.join(", ")
}

fn tested(board: &Board) -> String {
    let machine = board.twin.machine.split(',').next().unwrap_or_default();
    let method = board.boot.first().map_or("", |method: &BootMethod| method.name());
    match (board.tier, board.soc.boot_rom) {
        (Tier::Built, _) => "**built**: proved, not booted".to_owned(),
        (Tier::RealSpl, _) => format!("**real SPL**: its own boot programs on QEMU's `{machine}`"),
        (Tier::Twin, BootRom::Bios | BootRom::Uefi { .. }) => {
            format!("**whole chain**: QEMU's `{machine}` boots it by {method}")
        }
        (Tier::Twin, BootRom::External) => format!("**itself**: QEMU's `{machine}` is the board"),
        (Tier::Twin, _) => format!("**twin**: proved; the same image on QEMU's `{machine}`"),
    }
}
