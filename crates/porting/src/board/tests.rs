use super::*;
use crate::propose::fixture::{BOARD, ROCK};
use crate::{Config, Tree, propose};

const MANIFEST: &str = "[package]\nname = \"bringup-board-pine\"\ndescription = \"Pine.\"\nlicense = \"x\"\n";

const README: &str = "# Pine\n\n| | |\n|---|---|\n| SoC | Allwinner A64 |\n| Tier | twin |\n";

const RECORD: &str = r#"//! Pine, of a sort.

use bringup_u_boot::allwinner;

// U-Boot ends at 832.3 KiB.
const FIRST_PARTITION: Bytes = Bytes::mib(1);

/// The board.
pub const BOARD: Board = Board {
    name: "pine",
    // Its maker's shop.
    title: "Pine",
    platform: &AARCH64_LINUX,
    soc: &allwinner::A64,
    tier: Tier::Twin,
    firmware: Firmware {
        name: "u-boot",
        installer: &Verbatim {
            placements: &[allwinner::spl_at_8k("usr/lib/u-boot/pine", FIRST_PARTITION)],
        },
        next_stage: Some(allwinner::FIT_BEHIND_SPL),
    },
    load: Some(allwinner::LOAD_64),
    device_tree: Some("allwinner/sun50i-a64-pine.dtb"),
    // Some document.
    console: Console { tty: "ttyS0", baud: 115_200 },
    first_partition: FIRST_PARTITION,
    ram: Bytes::gib(2),
    root_storage: &[RootStorage::DeviceTreeNode("/soc/mmc@1c0f000")],
    twin: qemu::TWIN_ARM64,
    disagreements: &[],
};
"#;

const TEXTS: Texts<'_> = Texts {
    manifest: MANIFEST,
    record: RECORD,
    readme: README,
    golden: Some("disk of 257 MiB, MBR\n"),
    workspace: "[workspace.dependencies]\n\
                bringup-board-pine = { path = \"boards/pine\" }\n\
                bringup-board-rock = { path = \"boards/rock\" }\n\
                bringup-catalog = { path = \"crates/catalog\" }\n",
    catalog_manifest: "[dependencies]\n\
                       bringup-board-pine.workspace = true\n\
                       bringup-board-rock.workspace = true\n\
                       strsim.workspace = true\n",
    catalog: "pub const BOARDS: &[&Board] = &[\n    &bringup_board_pine::BOARD,\n    \
              &bringup_board_rock::BOARD,\n];\n",
};

const BOARDS: &[&Board] = &[&BOARD, &ROCK];

fn made(name: &str, proposals: &Proposals) -> NewBoard {
    new_board(name, &BOARD, BOARDS, proposals, &TEXTS).unwrap()
}

fn text<'a>(files: &'a [(String, String)], path: &str) -> &'a str {
    &files.iter().find(|(file, _)| file == path).unwrap_or_else(|| panic!("no `{path}`")).1
}

fn proposals() -> Proposals {
    let config = "CONFIG_MACH_SUN50I=y\nCONFIG_DEFAULT_DEVICE_TREE=\"sun50i-a64-pip\"\n";
    let tree = "/dts-v1/;\n#include \"sun50i-a64.dtsi\"\n/ {\n\tmodel = \"Maker Pip\";\n\tchosen {\n\t\t\
                stdout-path = \"serial0:115200n8\";\n\t};\n};\n&mmc0 {\n\tstatus = \"okay\";\n};\n";
    let config = Config::parse("pip-a64_defconfig", config).unwrap();
    let tree = Tree::parse("sun50i-a64-pip.dts", tree.as_bytes()).unwrap();
    propose(&BOARD, BOARDS, Some(&config), Some(&tree)).unwrap()
}

#[test]
fn without_proposals_only_name_and_tier_change_and_all_the_rest_is_listed() {
    let made = made("pip", &Proposals::default());
    let expected = RECORD
        .replace("//! Pine, of a sort.", "//! Pine (Allwinner A64).")
        .replace("name: \"pine\"", "name: \"pip\"")
        .replace("    tier: Tier::Twin", "    // Nobody has seen it boot yet.\n    tier: Tier::Built");
    assert_eq!(text(&made.created, "boards/pip/src/lib.rs"), expected);
    assert_eq!(made.applied, []);
    let checks: Vec<String> = made.checks.iter().map(ToString::to_string).collect();
    assert_eq!(
        checks,
        [
            "boards/pip/src/lib.rs:6: FIRST_PARTITION: still that of `pine`, and so is what is said above it",
            "boards/pip/src/lib.rs:12: title: still that of `pine`",
            "boards/pip/src/lib.rs:16: tier: `bringup boot` or the board itself tells",
            "boards/pip/src/lib.rs:17: firmware: still that of `pine`",
            "boards/pip/src/lib.rs:25: device_tree: still that of `pine`",
            "boards/pip/src/lib.rs:27: console: still that of `pine`",
            "boards/pip/src/lib.rs:28: first_partition: still that of `pine`",
            "boards/pip/src/lib.rs:29: ram: still that of `pine`",
            "boards/pip/src/lib.rs:30: root_storage: still that of `pine`",
            "boards/pip/src/lib.rs:31: twin: still that of `pine`",
            "boards/pip/README.md:3: README: all but the title is still that of `pine`",
        ]
    );
}

#[test]
fn proposals_are_in_the_record_with_their_sources() {
    let made = made("pip", &proposals());
    let record = text(&made.created, "boards/pip/src/lib.rs");
    for expected in [
        "//! Maker Pip (Allwinner A64).\n",
        "    // sun50i-a64-pip.dts, line 4: model.\n    title: \"Maker Pip\",\n",
        "allwinner::spl_at_8k(\"usr/lib/u-boot/pip-a64\", FIRST_PARTITION)",
        "    // sun50i-a64-pip.dts.\n    device_tree: Some(\"allwinner/sun50i-a64-pip.dtb\"),\n",
        "    // sun50i-a64-pip.dts, line 6: stdout-path.\n    console: Console { tty: \"ttyS0\", baud: 115_200 },\n",
    ] {
        assert!(record.contains(expected), "{expected}\nis not in\n{record}");
    }
    assert!(!record.contains("Its maker's shop") && !record.contains("Some document"), "{record}");
    let still: Vec<&str> = made
        .checks
        .iter()
        .filter(|it| it.remark == "still that of `pine`")
        .map(|it| it.about.as_str())
        .collect();
    assert_eq!(still, ["first_partition", "ram", "root_storage", "twin"]);
    assert!(made.checks.iter().any(|it| it.about == "root_storage" && it.remark.starts_with("`mmc0` is on")));
}

#[test]
fn the_crates_other_files_bear_its_name() {
    let made = made("pip", &proposals());
    assert_eq!(
        text(&made.created, "boards/pip/Cargo.toml"),
        MANIFEST.replace("board-pine", "board-pip").replace("Pine.", "Maker Pip.")
    );
    assert_eq!(
        text(&made.created, "boards/pip/README.md"),
        "# Maker Pip\n\n> Still that of the Pine: check each line, then remove this one.\n\n| | |\n|---|---|\n\
         | SoC | Allwinner A64 |\n| Tier | built: nobody has seen it boot yet |\n"
    );
    assert_eq!(text(&made.created, "tests/golden/pip/plan.txt"), "disk of 257 MiB, MBR\n");
}

#[test]
fn the_lists_stay_sorted() {
    for (name, at) in [("a64", 0), ("pip", 1), ("zero-plus2", 2)] {
        let made = made(name, &Proposals::default());
        let lines = |path: &str, part: &str| -> Vec<String> {
            text(&made.changed, path).lines().filter(|it| it.contains(part)).map(str::to_owned).collect()
        };
        let workspace = lines("Cargo.toml", "bringup-board-");
        assert_eq!(workspace[at], format!("bringup-board-{name} = {{ path = \"boards/{name}\" }}"));
        let manifest = lines("crates/catalog/Cargo.toml", "bringup-board-");
        assert_eq!(manifest[at], format!("bringup-board-{name}.workspace = true"));
        let catalog = lines("crates/catalog/src/lib.rs", "::BOARD,");
        assert_eq!(catalog[at], format!("    &bringup_board_{}::BOARD,", name.replace('-', "_")));
        assert!(workspace.len() == 3 && manifest.len() == 3 && catalog.len() == 3);
    }
}

#[test]
fn a_taken_or_wrong_name_and_another_form_are_errors() {
    let new = |name: &str, texts: &Texts<'_>| new_board(name, &BOARD, BOARDS, &Proposals::default(), texts);
    assert_eq!(new("rock", &TEXTS).unwrap_err(), Error::Taken { name: "rock".to_owned() });
    assert_eq!(new("Pip", &TEXTS).unwrap_err(), Error::BadName { name: "Pip".to_owned() });
    let error = new("pip", &Texts { catalog: "", ..TEXTS }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`crates/catalog/src/lib.rs` has no line `    &bringup_board_rock::BOARD,`"
    );
    let error = new("pip", &Texts { manifest: "[package]\n", ..TEXTS }).unwrap_err();
    assert_eq!(error.to_string(), "`boards/pip/Cargo.toml` has no line `name = `");
}
