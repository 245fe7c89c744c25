//! Opening a store's folder.

use std::fs;

use bringup_store::{Error, Store};

#[test]
fn a_new_folder_becomes_a_store_and_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("a/b");
    let first = Store::open(&root).unwrap();
    let second = Store::open(&root).unwrap();
    assert_eq!(fs::read_to_string(root.join("version")).unwrap(), "bringup-store 1\n");
    assert_eq!(first.state_dir(), second.state_dir());
    assert!(first.state_dir().is_dir());
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    fs::write(dir.path().join("version"), "bringup-store 2\n").unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(&error, Error::NewerFormat { found: 2, known: 1, .. }), "{error}");
    let shown = error.to_string();
    assert!(shown.contains("has format 2, but this program knows formats up to 1\nhelp: "), "{shown}");
    assert_eq!(fs::read_to_string(dir.path().join("version")).unwrap(), "bringup-store 2\n");
}

#[test]
fn a_format_file_that_makes_no_sense_is_refused() {
    for text in ["", "bringup-store", "bringup-store x\n", "1\n", "bringup-store 0\n"] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("version"), text).unwrap();
        let error = Store::open(dir.path()).unwrap_err();
        assert!(matches!(error, Error::BadFormatFile { .. }), "{text:?}: {error}");
    }
}

#[test]
fn a_folder_with_something_else_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(&error, Error::NotAStore { found, .. } if found == "letter.txt"), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_cannot_be_made_says_so() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let error = Store::open(&dir.path().join("file/store")).unwrap_err();
    assert!(matches!(error, Error::NotWritable { .. }), "{error}");
    assert!(error.to_string().ends_with("help: make it writable, or choose another folder"));
}

#[test]
fn many_threads_may_make_the_same_store() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| Store::open(dir.path()).map(drop))).collect();
        for thread in opened {
            thread.join().unwrap().unwrap();
        }
    });
}
