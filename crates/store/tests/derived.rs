//! Derived files and trees: made once, never half.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use bringup_store::{DeriveError, Key, Notice, Store};

/// Tells the test binary, started again by a test, that it is the child.
const CHILD: &str = "BRINGUP_STORE_TEST_CHILD";

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn key() -> Key {
    Key::new("test", 1).input("colour", "green")
}

fn file(store: &Store, text: &str) -> PathBuf {
    store.derive_file(&key(), |file: &mut File| file.write_all(text.as_bytes())).unwrap()
}

fn tree(store: &Store, text: &str) -> PathBuf {
    store
        .derive_dir(&key(), |dir: &Path| {
            fs::create_dir(dir.join("sub"))?;
            std::os::unix::fs::symlink("sub", dir.join("link"))?;
            fs::write(dir.join("sub/file"), text)
        })
        .unwrap()
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_result_is_made_once() {
    let (dir, store) = store();
    let first = file(&store, "one");
    let second = file(&Store::open(dir.path()).unwrap(), "two");
    assert_eq!(first, second);
    assert_eq!(fs::read(first).unwrap(), b"one");
    let first = tree(&store, "one");
    assert_eq!(first, tree(&store, "two"));
    assert_eq!(fs::read(first.join("link/file")).unwrap(), b"one");
    assert_eq!(store.derived_dir(&key()).unwrap(), Some(first));
    assert_eq!(store.derived_file(&key().input("more", "")).unwrap(), None);
    assert_eq!(files_below(&store.root().join("building")), [] as [PathBuf; 0]);
}

#[test]
fn threads_that_want_the_same_result_make_it_once() {
    let (dir, _store) = store();
    let made = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let store = Store::open(dir.path()).unwrap();
                let make = |file: &mut File| {
                    made.fetch_add(1, Ordering::Relaxed);
                    std::thread::yield_now();
                    file.write_all(b"one")
                };
                assert_eq!(fs::read(store.derive_file(&key(), make).unwrap()).unwrap(), b"one");
            });
        }
    });
    assert_eq!(made.into_inner(), 1);
}

#[test]
fn a_failed_step_leaves_nothing() {
    let (_dir, store) = store();
    let error = store
        .derive_dir(&key(), |dir: &Path| {
            fs::write(dir.join("half"), "").unwrap();
            Err(io::Error::other("no more paper"))
        })
        .unwrap_err();
    assert!(matches!(error, DeriveError::Step(step) if step.to_string() == "no more paper"));
    assert_eq!(store.derived_dir(&key()).unwrap(), None);
    assert_eq!(files_below(&store.root().join("building")), [] as [PathBuf; 0]);
    assert_eq!(files_below(&store.root().join("derived")), [] as [PathBuf; 0]);
}

#[test]
fn a_step_that_panics_leaves_nothing_and_blocks_nobody() {
    let (_dir, store) = store();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.derive_file(&key(), |_: &mut File| -> Result<(), Infallible> { panic!("on purpose") })
    }));
    assert!(panicked.is_err());
    assert_eq!(fs::read(file(&store, "later")).unwrap(), b"later");
}

#[test]
fn a_changed_file_is_thrown_away_and_made_again() {
    let (_dir, store) = store();
    let path = file(&store, "one");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&path, "owe").unwrap();
    assert_eq!(store.derived_file(&key()).unwrap(), None);
    assert_eq!(file(&store, "one"), path);
    assert_eq!(fs::read(&path).unwrap(), b"one");
    assert_eq!(store.take_notices(), [Notice::ChangedResult { key: key().digest(), path }]);
}

#[test]
fn a_touched_file_that_is_right_is_kept() {
    let (_dir, store) = store();
    let path = file(&store, "one");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&path, "one").unwrap();
    assert_eq!(file(&store, "two"), path);
    assert_eq!(fs::read(&path).unwrap(), b"one");
    assert_eq!(store.take_notices(), []);
}

#[test]
fn a_changed_tree_is_thrown_away_and_made_again() {
    let changes: [fn(&Path); 5] = [
        |dir| fs::write(dir.join("sub/file"), "").unwrap(),
        |dir| fs::remove_file(dir.join("sub/file")).unwrap(),
        |dir| fs::write(dir.join("sub/more"), "").unwrap(),
        |dir| {
            fs::remove_file(dir.join("link")).unwrap();
            std::os::unix::fs::symlink("elsewhere", dir.join("link")).unwrap();
        },
        |dir| fs::remove_dir_all(dir).unwrap(),
    ];
    for change in changes {
        let (dir, store) = store();
        change(&tree(&store, "one"));
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.derived_dir(&key()).unwrap(), None);
        assert_eq!(fs::read(tree(&store, "two").join("link/file")).unwrap(), b"two");
    }
}

#[test]
fn a_tree_with_closed_directories_can_be_removed() {
    let (_dir, store) = store();
    let close = |dir: &Path| {
        fs::create_dir(dir.join("sub"))?;
        fs::write(dir.join("sub/file"), "")?;
        fs::set_permissions(dir.join("sub"), fs::Permissions::from_mode(0o555))?;
        Err(io::Error::other("stop"))
    };
    store.derive_dir(&key(), close).unwrap_err();
    assert_eq!(fs::read_dir(store.root().join("building")).unwrap().count(), 0);
}

#[test]
fn verify_throws_changed_results_away() {
    let (_dir, store) = store();
    let (file, tree) = (file(&store, "one"), tree(&store, "one"));
    assert_eq!(store.verify(|_| {}).unwrap().damaged, []);
    fs::write(tree.join("sub/file"), "longer").unwrap();
    fs::remove_file(&file).unwrap();
    let report = store.verify(|_| {}).unwrap();
    assert_eq!(report.damaged, [Notice::ChangedResult { key: key().digest(), path: tree.clone() }]);
    assert!(!tree.exists());
}

#[test]
fn a_killed_process_leaves_nothing_under_a_final_name() {
    if let Some(root) = std::env::var_os(CHILD) {
        let store = Store::open(Path::new(&root)).unwrap();
        let half = |dir: &Path| -> io::Result<()> {
            fs::write(dir.join("half"), "")?;
            println!("\nready");
            // Until killed.
            io::stdin().read_line(&mut String::new()).map(|_| ())
        };
        store.derive_dir(&key(), half).unwrap();
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_process_leaves_nothing_under_a_final_name", "--nocapture"])
        .env(CHILD, dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "ready"));

    // While it works, opening the store leaves its work alone.
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(fs::read_dir(dir.path().join("building")).unwrap().count(), 2);
    drop(store);

    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(files_below(&dir.path().join("derived")), [] as [PathBuf; 0]);
    assert_eq!(fs::read_dir(dir.path().join("building")).unwrap().count(), 2);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(fs::read_dir(dir.path().join("building")).unwrap().count(), 0);
    assert_eq!(fs::read(tree(&store, "whole").join("sub/file")).unwrap(), b"whole");
}
