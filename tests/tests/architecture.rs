//! The arrows of ARCHITECTURE.md, held against what cargo says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The fenced block of lines `crate: crate crate`.
fn drawn() -> Arrows {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ARCHITECTURE.md");
    let page = std::fs::read_to_string(page).unwrap();
    let block = page.split("```arrows\n").nth(1).expect("the page has a block of arrows");
    let lines = block.split("```").next().unwrap().lines();
    lines
        .map(|line| {
            let (from, to) = line.split_once(':').expect("each line is `crate: crates`");
            (from.to_owned(), to.split_whitespace().map(str::to_owned).collect())
        })
        .collect()
}

/// What the manifests say, tests' own dependencies left out.
fn real() -> Arrows {
    let cargo = std::env::var_os("CARGO").unwrap();
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // A board is a board: all of them are one line, `board-*`.
    let short = |name: &str| match name.strip_prefix("bringup-").unwrap_or(name) {
        board if board.starts_with("board-") => "board-*".to_owned(),
        other => other.to_owned(),
    };
    let packages = metadata["packages"].as_array().unwrap();
    let members: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let mut arrows = Arrows::new();
    for package in packages.iter().filter(|package| package["name"] != "bringup-tests") {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
        let names = normal.map(|dependency| dependency["name"].as_str().unwrap());
        let to = arrows.entry(short(package["name"].as_str().unwrap())).or_default();
        to.extend(names.filter(|name| members.contains(name)).map(short));
    }
    arrows
}

#[test]
fn every_crate_is_drawn_and_nothing_else() {
    let names = |arrows: &Arrows| arrows.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&drawn()), names(&real()));
}

#[test]
fn no_crate_depends_on_what_is_not_drawn() {
    let drawn = drawn();
    let mut wrong = Vec::new();
    for (from, to) in real() {
        wrong.extend(to.difference(&drawn[&from]).map(|name| format!("{from} -> {name}")));
    }
    assert!(wrong.is_empty(), "not in ARCHITECTURE.md: {wrong:?}");
}

#[test]
fn arrows_do_not_go_round_in_a_circle() {
    let mut left = drawn();
    while !left.is_empty() {
        let ready: Vec<String> = left
            .iter()
            .filter(|(_, to)| to.iter().all(|name| !left.contains_key(name)))
            .map(|(from, _)| from.clone())
            .collect();
        assert!(!ready.is_empty(), "a circle among {:?}", left.keys());
        left.retain(|from, _| !ready.contains(from));
    }
}
