//! What is known of a finished root before it is one: faults that no image may have, systemd's own word on
//! its units, the bill of materials.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use bringup_tests::files::names;
use bringup_tests::{Image, bringup, expect_code};
use serde_json::Value;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

const BOARD: &str = "qemu-aarch64";

/// The image of the boot tests, which is there already where those have run.
fn barebones() -> Image {
    Image::variant(BRINGUP, BOARD, &format!("barebones-{BOARD}"), &["--system", "barebones"])
}

/// The parts of the image's root that a unit names, in a folder.
fn units_and_programs(image: &Image, root: &Path) {
    let device = format!("{}?offset={}", image.path.display(), image.root_offset());
    for (folder, parts) in [
        ("", "/etc"),
        ("usr", "/usr/bin /usr/libexec /usr/sbin"),
        ("usr/lib", "/usr/lib/apt /usr/lib/systemd /usr/lib/udev"),
    ] {
        let folder = root.join(folder);
        fs::create_dir_all(&folder).unwrap();
        let request = format!("rdump {parts} {}", folder.display());
        // Who is not root cannot give files to others; debugfs says so and goes on.
        expect_code(bringup(BRINGUP).args(["--quiet", "tool", "debugfs", "-R", &request, &device]), 0);
    }
    for link in ["bin", "lib", "sbin"] {
        symlink(format!("usr/{link}"), root.join(link)).unwrap();
    }
}

/// What starts by itself: systemd looks at the programs of what it is asked about, not of what that starts.
fn enabled(root: &Path) -> BTreeSet<String> {
    let folders = ["etc/systemd/system", "usr/lib/systemd/system"].map(|folder| root.join(folder));
    let beside = folders.iter().flat_map(|folder| names(folder).into_iter().map(|name| folder.join(name)));
    let wants = beside.filter(|path| path.extension().is_some_and(|end| end == "wants"));
    wants.flat_map(|path| names(&path)).collect()
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units_either() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    units_and_programs(&barebones(), &root);
    let enabled = enabled(&root);
    assert!(enabled.contains("systemd-networkd.service"), "{enabled:?}");
    let verify = || {
        let mut command = bringup(BRINGUP);
        command.args(["--quiet", "tool", "systemd-analyze", "--man=no", "--generators=no", "verify"]);
        command.arg(format!("--root={}", root.display())).args(&enabled);
        command.output().unwrap()
    };
    let output = verify();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{said}");

    // It would have said something.
    fs::remove_file(root.join("usr/lib/systemd/systemd-networkd")).unwrap();
    let said = String::from_utf8_lossy(&verify().stderr).into_owned();
    assert!(said.contains("/usr/lib/systemd/systemd-networkd is not executable"), "{said}");
}

#[test]
fn a_service_that_could_not_start_is_in_no_image() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("wrong.toml");
    let text = "inherit = \"barebones\"\nsummary = \"x\"\nhostname = \"x\"\n\n[[unit]]\nname = \"own.service\"\n\
        enable = true\ntext = \"\"\"\n[Service]\nExecStart=/usr/bin/own\n[Install]\nWantedBy=multi-user.target\n\"\"\"\n";
    fs::write(&record, text).unwrap();
    let image = folder.path().join("x.img");
    let mut command = bringup(BRINGUP);
    command.args(["--quiet", "image", "--board", BOARD, "--system"]).arg(&record).arg("--output").arg(&image);
    command.arg("--lock").arg(folder.path().join("x.lock"));
    let (_, said) = expect_code(&mut command, 1);
    assert!(
        said.contains(
            "`/etc/systemd/system/own.service`: `own.service` starts `/usr/bin/own` (ExecStart), which there is \
             not [unit-program]"
        ),
        "{said}"
    );
    assert!(!image.exists() && !image.with_extension("json").exists());
}

/// The two documents of an image, made anew.
fn bill(folder: &Path, lock: &Path) -> [PathBuf; 2] {
    let image = folder.join("x.img");
    let mut command = bringup(BRINGUP);
    command
        .args(["--quiet", "image", "--board", "pine64-lts", "--system", "tiny", "--sbom", "--output"])
        .arg(&image);
    command.arg("--lock").arg(lock);
    expect_code(&mut command, 0);
    ["spdx.json", "cdx.json"].map(|extension| image.with_extension(extension))
}

#[test]
fn a_bill_of_materials_is_the_same_each_time_and_names_the_firmware() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let lock = folders[0].path().join("bill.lock");
    let [one, other] = folders.each_ref().map(|folder| bill(folder.path(), &lock));
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(fs::read(one).unwrap(), fs::read(other).unwrap());
    }
    let read = |path: &PathBuf| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let (spdx, cyclonedx) = (read(&one[0]), read(&one[1]));
    let has = |list: &Value, name: &str| list.as_array().unwrap().iter().any(|entry| entry["name"] == name);
    for name in ["busybox-static", "linux-image-arm64", "u-boot-sunxi"] {
        assert!(has(&spdx["packages"], name) && has(&cyclonedx["components"], name), "{name}");
    }

    let mut command = bringup(BRINGUP);
    command.args(["licences", "--sources", "--board", "pine64-lts", "--system", "tiny", "--lock"]);
    let (sources, _) = expect_code(command.arg(&lock), 0);
    assert!(sources.lines().any(|line| line.starts_with("u-boot ")), "{sources}");
}
