//! Garbage collection.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use bringup_store::{Digest, Download, Error, Key, Policy, Store};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn used_days_ago(entry: &Path, days: u32) {
    let stamp = File::options().write(true).open(entry.with_extension("stamp")).unwrap();
    stamp.set_modified(SystemTime::now() - DAY * days).unwrap();
}

fn policy(keep_days: Option<u32>) -> Policy {
    Policy { keep_days, now: SystemTime::now() }
}

fn derived(store: &Store, step: &str) -> std::path::PathBuf {
    store.derive_dir(&Key::new(step, 1), |dir: &Path| fs::write(dir.join("file"), step)).unwrap()
}

#[test]
fn what_was_used_lately_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let old = [store.insert(b"old").unwrap(), derived(&store, "old")];
    let new = [store.insert(b"new").unwrap(), derived(&store, "new")];
    old.iter().for_each(|path| used_days_ago(path, 31));
    new.iter().for_each(|path| used_days_ago(path, 29));
    let gone = store.gc(&policy(Some(30))).unwrap();
    assert_eq!(gone.entries, 2);
    assert!(gone.bytes > 0);
    assert!(old.iter().all(|path| !path.exists() && !path.with_extension("stamp").exists()));
    assert!(new.iter().all(|path| path.exists()));
}

#[test]
fn a_use_is_written_down_at_most_once_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let path = store.insert(b"old").unwrap();
    let stamp = path.with_extension("stamp");
    let used = || fs::metadata(&stamp).unwrap().modified().unwrap();
    used_days_ago(&path, 31);
    let (before, digest) = (used(), Digest::of(b"old"));
    store.get(&digest, 3).unwrap().unwrap();
    let after = used();
    assert!(after > before + DAY * 30);
    store.get(&digest, 3).unwrap().unwrap();
    assert_eq!(used(), after);
    assert_eq!(store.gc(&policy(Some(30))).unwrap().entries, 0);
}

#[test]
fn nothing_is_removed_while_somebody_else_uses_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let other = Store::open(dir.path()).unwrap();
    let path = other.insert(b"old").unwrap();
    used_days_ago(&path, 31);
    let error = store.gc(&policy(Some(0))).unwrap_err();
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    assert!(path.exists());
    // Having failed, this one still counts as a user.
    let mut other = other;
    assert!(matches!(other.gc(&policy(Some(0))), Err(Error::InUse { .. })));
    drop(store);
    assert_eq!(other.gc(&policy(Some(0))).unwrap().entries, 1);
    assert!(!path.exists());
}

#[test]
fn without_an_age_only_litter_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let path = store.insert(b"old").unwrap();
    used_days_ago(&path, 31);
    fs::write(dir.path().join("building/litter"), "x").unwrap();
    let gone = store.gc(&policy(None)).unwrap();
    assert_eq!(gone.entries, 0);
    assert!(path.exists() && !dir.path().join("building/litter").exists());
}

#[test]
fn old_partial_and_damaged_files_go_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let Download::Missing(mut partial) = store.download(&Digest::of(b"abc"), 3).unwrap() else { panic!() };
    partial.write(b"a").unwrap();
    drop(partial);
    fs::write(dir.path().join("damaged/x"), "x").unwrap();
    fs::write(store.state_dir().join("x"), "x").unwrap();
    let usage = store.usage().unwrap();
    assert!(usage.partial > 0 && usage.damaged > 0 && usage.total() > usage.partial);
    assert_eq!(store.gc(&policy(Some(1))).unwrap().entries, 0);
    assert_eq!(store.gc(&policy(Some(0))).unwrap().entries, 2);
    assert!(store.state_dir().join("x").exists());
}
