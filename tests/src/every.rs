//! Every board's image, made by one command.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::{Image, bringup, expect_code, small_system, workspace};

/// Every board's image with the small system of its kernel, by the board's name. One command makes them; where
/// they are there already and nothing changed, it leaves them.
pub fn every_image(program: &str) -> &'static BTreeMap<String, Image> {
    static IMAGES: OnceLock<BTreeMap<String, Image>> = OnceLock::new();
    // Every test of a binary asks; once is enough to fail.
    static TRIED: AtomicBool = AtomicBool::new(false);
    IMAGES.get_or_init(|| {
        assert!(!TRIED.swap(true, Ordering::SeqCst), "the images could not be made: see another test");
        let (list, _) = expect_code(bringup(program).args(["boards", "--json"]), 0);
        let list: Value = serde_json::from_str(&list).expect("it is JSON");
        let rows = list.as_array().expect("a row for each board");
        let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().expect("a name")).collect();
        let folder = folder();
        std::fs::create_dir_all(&folder).expect("the target folder is writable");
        let mut by_system: BTreeMap<[&str; 2], Vec<&str>> = BTreeMap::new();
        for name in &names {
            by_system.entry(small_system(name)).or_default().push(name);
        }
        for (system, boards) in by_system {
            let mut command = bringup(program);
            command.args(["--quiet", "image", "--board", &boards.join(",")]).args(system);
            // One board's output is a file, several boards' a folder.
            let output = match &boards[..] {
                [one] => folder.join(format!("{one}.img")),
                _ => folder.clone(),
            };
            command.arg("--output").arg(output).arg("--lock").arg(folder.join("bringup.lock"));
            expect_code(&mut command, 0);
        }
        let image = |name: &str| (name.to_owned(), Image::read(&folder.join(format!("{name}.img"))));
        names.into_iter().map(image).collect()
    })
}

/// Where those images are, with their lock.
pub fn folder() -> PathBuf {
    workspace().join("target/images/test/every")
}

/// What a tool from the store prints about an image.
pub fn tool(program: &str, name: &str, arguments: &[&str]) -> String {
    let (stdout, stderr) = expect_code(bringup(program).args(["--quiet", "tool", name]).args(arguments), 0);
    stdout + &stderr
}
