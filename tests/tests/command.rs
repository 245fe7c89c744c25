//! The command line: exit codes, and errors that say what to do.

use bringup_tests::{bringup, expect_code};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// A store of its own, so that nothing here depends on what other tests fetched.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn fails(code: i32, arguments: &[&str]) -> String {
    let folder = scratch();
    let mut command = bringup(BRINGUP);
    command.current_dir(folder.path()).args(["--store", "store"]).args(arguments);
    let (stdout, stderr) = expect_code(&mut command, code);
    assert_eq!(stdout, "", "an error prints nothing on standard output");
    assert!(!folder.path().join("target").exists(), "an error leaves no output");
    stderr
}

#[test]
fn an_unknown_board_lists_near_names() {
    let stderr = fails(2, &["image", "--board", "pine64-ltz"]);
    assert!(
        stderr.contains("no board `pine64-ltz`")
            && stderr.contains("did you mean `pine64-lts` or `pine64-plus`?"),
        "{stderr}"
    );
}

#[test]
fn an_unknown_system_lists_near_names() {
    let stderr = fails(2, &["image", "--board", "pine64-lts", "--system", "tinny"]);
    assert!(stderr.contains("no system `tinny`") && stderr.contains("did you mean `tiny`?"), "{stderr}");
}

#[test]
fn an_unknown_platform_lists_near_names() {
    let stderr = fails(2, &["platforms", "aarch64-linus"]);
    assert!(
        stderr.contains("no platform `aarch64-linus`") && stderr.contains("did you mean `aarch64-linux`"),
        "{stderr}"
    );
}

#[test]
fn a_wrong_option_is_a_usage_error() {
    let stderr = fails(2, &["image", "--bord", "pine64-lts"]);
    assert!(stderr.contains("--bord") && stderr.contains("--board"), "{stderr}");
}

#[test]
fn an_unreachable_mirror_is_named() {
    // Port 1 of the loopback interface: nobody listens there.
    let mirror = "http://127.0.0.1:1/debian";
    let stderr = fails(3, &["image", "--board", "pine64-lts", "--mirror", mirror]);
    assert!(stderr.contains(mirror) && stderr.contains("help: "), "{stderr}");
}

#[test]
fn offline_with_an_empty_store_says_what_is_missing() {
    let stderr = fails(3, &["image", "--board", "pine64-lts", "--offline"]);
    assert!(stderr.contains("InRelease") && stderr.contains("--offline"), "{stderr}");
}

#[test]
fn a_platform_is_found_by_triple_and_by_debian_architecture() {
    for name in ["aarch64-linux", "aarch64-unknown-linux-gnu", "arm64"] {
        let (stdout, _) = expect_code(bringup(BRINGUP).args(["platforms", name]), 0);
        assert!(stdout.contains("aarch64-linux") && !stdout.contains("riscv64"), "{stdout}");
    }
}

#[test]
fn tables_are_also_json() {
    for list in ["boards", "platforms", "systems"] {
        let (stdout, _) = expect_code(bringup(BRINGUP).args([list, "--json"]), 0);
        let value: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let names: Vec<&str> =
            value.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
        let (table, _) = expect_code(bringup(BRINGUP).arg(list), 0);
        let first: Vec<&str> =
            table.lines().skip(1).map(|line| line.split_whitespace().next().unwrap()).collect();
        assert_eq!(names, first, "{list}");
    }
}

#[test]
fn the_store_says_where_it_is() {
    let folder = scratch();
    let path = folder.path().join("s");
    let (stdout, _) = expect_code(bringup(BRINGUP).arg("--store").arg(&path).args(["store", "path"]), 0);
    assert_eq!(stdout.trim_end(), path.to_str().unwrap());
}
