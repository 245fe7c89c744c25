//! Looking at files and folders.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// The names in a folder, sorted; none if there is no such folder.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

/// Fails the test unless both files have the same bytes; says where they part.
pub fn expect_same_bytes(one: &Path, other: &Path) {
    let mut files = [one, other].map(|path| File::open(path).expect("both files are there"));
    let mut at = 0;
    loop {
        let [left, right] = files.each_mut().map(|file| {
            let mut bytes = Vec::new();
            file.take(1 << 20).read_to_end(&mut bytes).expect("it can be read");
            bytes
        });
        if left != right {
            let same = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
            panic!("`{}` and `{}` part at byte {}", one.display(), other.display(), at + same);
        }
        if left.is_empty() {
            return;
        }
        at += left.len();
    }
}

/// Copies a folder of folders and files, with their times.
pub fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), &to).unwrap();
            keep_time(&entry.path(), &to);
        }
    }
    keep_time(from, to);
}

fn keep_time(from: &Path, to: &Path) {
    let modified = fs::metadata(from).unwrap().modified().unwrap();
    // Reading is enough for the owner, also for a file that is read-only.
    File::open(to).unwrap().set_modified(modified).unwrap();
}
