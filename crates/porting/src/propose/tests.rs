use bringup_spec::{Board, Bytes, Firmware, NextStage, Placement, Platform, Verbatim};
use bringup_u_boot::{allwinner, imx};

use super::fixture::{BOARD, ROCK};
use super::*;
use crate::tree::fixture::Blob;

const BOARD32: Board = Board { platform: ARM, device_tree: Some("sun8i-h3-one.dtb"), ..BOARD };
const ARM: &Platform = &bringup_platforms::ARMV7_LINUX;

fn config(text: &str) -> Config {
    Config::parse("new-board_defconfig", text).unwrap()
}

fn tree(inside: &str) -> Tree {
    Tree::parse("sun50i-a64-new.dts", format!("/dts-v1/;\n/ {{\n{inside}\n}};\n").as_bytes()).unwrap()
}

fn of(like: &Board, config: Option<&str>, tree: Option<&Tree>) -> Proposals {
    let config = config.map(self::config);
    propose(like, &[&BOARD, &ROCK], config.as_ref(), tree).unwrap()
}

/// The value and source proposed for a field.
fn field(all: &Proposals, name: &str) -> Option<(String, String)> {
    let found = all.fields.iter().find(|proposal| proposal.field == name)?;
    Some((found.value.clone(), found.source.clone()))
}

fn value(all: &Proposals, name: &str) -> Option<String> {
    field(all, name).map(|(value, _)| value)
}

fn remarks(all: &Proposals, name: &str) -> Vec<String> {
    all.remarks.iter().filter(|(field, _)| *field == name).map(|(_, remark)| remark.clone()).collect()
}

#[test]
fn nothing_is_proposed_from_nothing() {
    assert_eq!(of(&BOARD, None, None), Proposals::default());
}

#[test]
fn the_device_tree_is_in_its_makers_folder_on_64_bit_machines_only() {
    let text = "CONFIG_DEFAULT_DEVICE_TREE=\"sun50i-a64-new\"";
    assert_eq!(
        field(&of(&BOARD, Some(text), None), "device_tree"),
        Some((
            "Some(\"allwinner/sun50i-a64-new.dtb\")".to_owned(),
            format!("new-board_defconfig, line 1: {text}")
        ))
    );
    let text = "CONFIG_DEFAULT_DEVICE_TREE=\"sun8i-h3-new\"";
    assert_eq!(value(&of(&BOARD32, Some(text), None), "device_tree").unwrap(), "Some(\"sun8i-h3-new.dtb\")");
    let text = "CONFIG_DEFAULT_DEVICE_TREE=\"a/b\"\nCONFIG_DEFAULT_FDT_FILE=\"rockchip/rk3399-new.dtb\"";
    assert_eq!(
        value(&of(&ROCK, Some(text), None), "device_tree").unwrap(),
        "Some(\"rockchip/rk3399-new.dtb\")"
    );
}

#[test]
fn linuxs_device_tree_counts_and_a_difference_is_said() {
    let text = "CONFIG_DEFAULT_DEVICE_TREE=\"sun50i-a64-other\"";
    let all = of(&BOARD, Some(text), Some(&tree("")));
    assert_eq!(value(&all, "device_tree").unwrap(), "Some(\"allwinner/sun50i-a64-new.dtb\")");
    assert_eq!(
        remarks(&all, "device_tree"),
        [format!(
            "U-Boot was made for another (new-board_defconfig, line 1: {text}) than `sun50i-a64-new.dts`"
        )]
    );
}

#[test]
fn the_console_is_the_trees_else_u_boots() {
    let text = "CONFIG_CONS_INDEX=3\nCONFIG_BAUDRATE=57600";
    let stdout = tree("chosen { stdout-path = \"serial1:115200n8\"; };");
    assert_eq!(
        field(&of(&BOARD, Some(text), Some(&stdout)), "console"),
        Some((
            "Console { tty: \"ttyS1\", baud: 115_200 }".to_owned(),
            "sun50i-a64-new.dts, line 3: stdout-path".to_owned()
        ))
    );
    let (value, source) = field(&of(&BOARD, Some(text), None), "console").unwrap();
    assert_eq!(value, "Console { tty: \"ttyS2\", baud: 57_600 }");
    assert_eq!(
        source,
        "new-board_defconfig, line 1: CONFIG_CONS_INDEX=3; new-board_defconfig, line 2: CONFIG_BAUDRATE=57600"
    );
}

#[test]
fn the_consoles_driver_is_that_of_the_chip() {
    let imx = Board { console: bringup_spec::Console { tty: "ttymxc0", baud: 115_200 }, ..BOARD32 };
    let stdout = tree("chosen { stdout-path = \"serial1\"; };");
    let all = of(&imx, Some("CONFIG_CONS_INDEX=1"), Some(&stdout));
    assert_eq!(value(&all, "console").unwrap(), "Console { tty: \"ttymxc1\", baud: 115_200 }");
    assert_eq!(remarks(&all, "console"), ["nothing says how fast; 115200 is that of `pine`"]);
    let all = of(&imx, Some("CONFIG_CONS_INDEX=1\nCONFIG_BAUDRATE=9600"), None);
    assert_eq!(value(&all, "console").unwrap(), "Console { tty: \"ttymxc0\", baud: 9600 }");
    assert_eq!(remarks(&all, "console"), ["nothing says which port; `ttymxc0` is that of `pine`"]);
}

#[test]
fn title_and_memory_are_the_trees() {
    let all = of(
        &BOARD,
        None,
        Some(&tree("model = \"Maker New\"; memory@40000000 { reg = <0x40000000 0x20000000>; };")),
    );
    assert_eq!(value(&all, "title").unwrap(), "\"Maker New\"");
    assert_eq!(value(&all, "ram").unwrap(), "Bytes::mib(512)");
}

#[test]
fn a_blob_says_where_root_can_be_and_a_source_only_what_is_on() {
    let blob = Blob::default().begin("").begin("mmc@1").end().begin("mmc@2").end().end().finish();
    let all = of(&BOARD, None, Some(&Tree::parse("new.dtb", &blob).unwrap()));
    assert_eq!(
        value(&all, "root_storage").unwrap(),
        "&[RootStorage::DeviceTreeNode(\"/mmc@1\"), RootStorage::DeviceTreeNode(\"/mmc@2\")]"
    );
    let source =
        Tree::parse("new.dts", b"#include \"chip.dtsi\"\n/ { };\n&mmc0 { status = \"okay\"; };").unwrap();
    let all = of(&BOARD, None, Some(&source));
    assert_eq!(value(&all, "root_storage"), None);
    assert_eq!(
        remarks(&all, "root_storage"),
        ["`mmc0` is on (new.dts, line 3: status); its path is in the chip's file"]
    );
    assert_eq!(remarks(&all, "device_tree"), ["`new.dts` includes `chip.dtsi`: not read; a .dtb has all"]);
}

#[test]
fn the_firmwares_folder_is_the_targets() {
    let all = of(&BOARD, Some("CONFIG_ARM=y"), None);
    let (old, new) = &all.texts[0];
    assert_eq!(
        (old.as_str(), new.value.as_str()),
        ("\"usr/lib/u-boot/pine\"", "\"usr/lib/u-boot/new-board\"")
    );
    let config = Config::parse(".config", "CONFIG_ARM=y").unwrap();
    let all = propose(&BOARD, &[], Some(&config), None).unwrap();
    assert_eq!(all.texts, []);
    assert_eq!(
        remarks(&all, "firmware"),
        ["`.config` does not tell the target's name, which is Debian's folder"]
    );
}

#[test]
fn u_boots_place_is_held_against_the_old_one() {
    let sector = |sector: &str| format!("CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR={sector}");
    // Allwinner's count from the SPL.
    assert_eq!(remarks(&of(&BOARD, Some(&sector("0x40")), None), "firmware").len(), 0);
    assert_eq!(
        remarks(&of(&BOARD, Some(&sector("0x50")), None), "firmware"),
        ["the SPL looks for U-Boot at 40 KiB (new-board_defconfig, line 1: \
          CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR=0x50), but that of `pine` at 32 KiB"]
    );
    assert_eq!(of(&ROCK, Some(&sector("0x4000")), None).texts.len(), 1);
    let all = of(&ROCK, Some(&sector("0x200")), None);
    let (old, new) = &all.texts[1];
    assert_eq!((old.as_str(), new.value.as_str()), ("rockchip::U_BOOT_AT_8M", "Bytes::kib(256)"));
    assert_eq!(remarks(&all, "firmware").len(), 1);
    let absurd = sector("0xFFFFFFFFFFFFFFFF");
    assert_eq!(remarks(&of(&ROCK, Some(&absurd), None), "firmware").len(), 0);
}

#[test]
fn u_boots_form_is_held_against_the_old_one() {
    let complete = "# Automatically generated file; DO NOT EDIT.\nCONFIG_ARM=y";
    assert!(remarks(&of(&BOARD, Some(complete), None), "firmware")[0].contains("loads no FIT"));
    assert_eq!(remarks(&of(&BOARD, Some("CONFIG_ARM=y"), None), "firmware").len(), 0);
    let legacy = NextStage { ..allwinner::IMAGE_BEHIND_SPL };
    let like = Board { firmware: Firmware { next_stage: Some(legacy), ..BOARD.firmware }, ..BOARD };
    assert!(remarks(&of(&like, Some("CONFIG_SPL_LOAD_FIT=y"), None), "firmware")[0].contains("loads a FIT"));
}

#[test]
fn nothing_may_lie_where_u_boot_saves_its_environment() {
    const PLACEMENTS: [Placement; 2] =
        [imx::spl("usr/lib/u-boot/x"), imx::image("usr/lib/u-boot/x", Bytes::mib(1))];
    let firmware =
        Firmware { installer: &Verbatim { placements: &PLACEMENTS }, next_stage: None, name: "u-boot" };
    let like = Board { firmware, ..BOARD };
    let text = |at: &str| format!("CONFIG_ENV_IS_IN_MMC=y\nCONFIG_ENV_OFFSET={at}");
    assert_eq!(
        remarks(&of(&like, Some(&text("0xC0000")), None), "firmware"),
        [
            "U-Boot saves its environment at 768 KiB (new-board_defconfig, line 2: CONFIG_ENV_OFFSET=0xC0000): \
          in `u-boot.img`'s room"
        ]
    );
    assert_eq!(of(&like, Some("CONFIG_ENV_OFFSET=0xC0000"), None).remarks, []);
    assert_eq!(remarks(&of(&like, Some(&text("0x200000")), None), "first_partition").len(), 1);
}
