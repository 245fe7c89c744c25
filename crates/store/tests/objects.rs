//! Objects: downloads, resumed, shared and damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use bringup_store::{Digest, Download, Error, Notice, Partial, Store};

const TEXT: &[u8] = b"boot the same image on the board and on its twin";

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn missing(store: &Store) -> Partial<'_> {
    match store.download(&Digest::of(TEXT), TEXT.len() as u64).unwrap() {
        Download::Missing(partial) => partial,
        Download::Present(path) => panic!("{} is there", path.display()),
    }
}

fn get(store: &Store) -> Option<PathBuf> {
    store.get(&Digest::of(TEXT), TEXT.len() as u64).unwrap()
}

fn overwrite(path: &Path, bytes: &[u8]) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_download_has_its_name_only_when_it_is_whole() {
    let (_dir, store) = store();
    let mut partial = missing(&store);
    partial.write(&TEXT[..10]).unwrap();
    assert_eq!(get(&store), None);
    partial.write(&TEXT[10..]).unwrap();
    assert_eq!(get(&store), None);
    let path = partial.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), TEXT);
    assert_eq!(get(&store), Some(path));
    assert_eq!(fs::read_dir(store.root().join("partial")).unwrap().count(), 0);
}

#[test]
fn a_dropped_download_resumes_where_it_stopped() {
    let (dir, store) = store();
    let mut partial = missing(&store);
    partial.write(&TEXT[..10]).unwrap();
    drop(partial);
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    let mut partial = missing(&store);
    assert_eq!(partial.received(), 10);
    partial.write(&TEXT[10..]).unwrap();
    assert_eq!(fs::read(partial.finish().unwrap()).unwrap(), TEXT);
}

#[test]
fn a_download_may_start_again() {
    let (_dir, store) = store();
    let mut partial = missing(&store);
    partial.write(b"not this").unwrap();
    partial.restart().unwrap();
    assert_eq!(partial.received(), 0);
    partial.write(TEXT).unwrap();
    assert_eq!(fs::read(partial.finish().unwrap()).unwrap(), TEXT);
}

#[test]
fn a_whole_partial_file_needs_no_fetching() {
    let (_dir, store) = store();
    let mut partial = missing(&store);
    partial.write(TEXT).unwrap();
    drop(partial);
    let found = store.download(&Digest::of(TEXT), TEXT.len() as u64).unwrap();
    assert!(matches!(found, Download::Present(path) if fs::read(&path).unwrap() == TEXT));
}

#[test]
fn a_full_but_wrong_partial_file_starts_again() {
    let (_dir, store) = store();
    for len in [TEXT.len(), TEXT.len() + 1] {
        fs::write(store.root().join("partial").join(Digest::of(TEXT).to_string()), vec![7; len]).unwrap();
        assert_eq!(missing(&store).received(), 0, "{len}");
    }
}

#[test]
fn wrong_bytes_are_refused_with_both_digests_and_removed() {
    let (_dir, store) = store();
    let mut partial = missing(&store);
    let wrong = [b'x'; TEXT.len()];
    partial.write(&wrong).unwrap();
    let error = partial.finish().unwrap_err();
    let (expected, found) = (Digest::of(TEXT), Digest::of(&wrong));
    assert_eq!(
        error.to_string(),
        format!("received 48 bytes with SHA-256 {found}, but {expected} was wanted")
    );
    assert_eq!(get(&store), None);
    assert_eq!(missing(&store).received(), 0);
}

#[test]
fn too_few_bytes_are_refused_and_kept() {
    let (_dir, store) = store();
    let mut partial = missing(&store);
    partial.write(&TEXT[..10]).unwrap();
    let error = partial.finish().unwrap_err();
    assert!(matches!(error, Error::TooShort { expected: 48, received: 10, .. }), "{error}");
    assert_eq!(missing(&store).received(), 10);
}

#[test]
fn too_many_bytes_are_refused_and_forgotten() {
    let (_dir, store) = store();
    let mut partial = missing(&store);
    partial.write(TEXT).unwrap();
    let error = partial.write(b"!").unwrap_err();
    assert!(matches!(error, Error::TooLong { expected: 48, received: 49, .. }), "{error}");
    assert_eq!(partial.received(), 0);
}

#[test]
fn a_flipped_byte_is_found_and_fetched_again() {
    let (_dir, store) = store();
    let path = store.insert(TEXT).unwrap();
    let mut bytes = TEXT.to_vec();
    bytes[20] ^= 1;
    overwrite(&path, &bytes);
    assert_eq!(get(&store), None);
    let moved_to = store.root().join("damaged").join(Digest::of(TEXT).to_string());
    assert_eq!(fs::read(&moved_to).unwrap(), bytes);
    let notice = Notice::DamagedObject { digest: Digest::of(TEXT), found: Digest::of(&bytes), moved_to };
    assert_eq!(store.take_notices(), [notice]);
    assert_eq!(store.take_notices(), []);
    let mut partial = missing(&store);
    partial.write(TEXT).unwrap();
    let fetched = partial.finish().unwrap();
    assert_eq!(get(&store), Some(fetched));
}

#[test]
fn a_truncated_object_is_found() {
    for len in [0, TEXT.len() - 1] {
        let (_dir, store) = store();
        let path = store.insert(TEXT).unwrap();
        overwrite(&path, &TEXT[..len]);
        assert_eq!(get(&store), None, "{len}");
        assert_eq!(store.take_notices().len(), 1, "{len}");
    }
}

#[test]
fn a_rewritten_object_that_is_right_is_hashed_once_and_kept() {
    let (_dir, store) = store();
    let path = store.insert(TEXT).unwrap();
    let stamp = path.with_extension("stamp");
    overwrite(&path, TEXT);
    let before = fs::read_to_string(&stamp).unwrap();
    assert_eq!(get(&store), Some(path));
    let after = fs::read_to_string(&stamp).unwrap();
    assert_ne!(before, after);
    assert!(get(&store).is_some());
    assert_eq!(fs::read_to_string(&stamp).unwrap(), after);
    assert_eq!(store.take_notices(), []);
}

#[test]
fn an_object_without_its_stamp_is_hashed_again() {
    let (_dir, store) = store();
    let path = store.insert(TEXT).unwrap();
    fs::remove_file(path.with_extension("stamp")).unwrap();
    assert_eq!(get(&store), Some(path.clone()));
    overwrite(&path, b"other");
    fs::remove_file(path.with_extension("stamp")).unwrap();
    assert_eq!(get(&store), None);
}

#[test]
fn an_object_has_one_length() {
    let (_dir, store) = store();
    store.insert(TEXT).unwrap();
    let error = store.get(&Digest::of(TEXT), 3).unwrap_err();
    assert_eq!(error.to_string(), format!("object {} has 48 bytes, but 3 were asked for", Digest::of(TEXT)));
}

#[test]
fn the_empty_object_can_be_stored() {
    let (_dir, store) = store();
    let path = store.insert(b"").unwrap();
    assert_eq!(fs::read(path).unwrap(), b"");
}

#[test]
fn threads_that_want_the_same_object_fetch_it_once() {
    let (dir, _store) = store();
    let fetched = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                // A store each, as separate processes have.
                let store = Store::open(dir.path()).unwrap();
                let path = match store.download(&Digest::of(TEXT), TEXT.len() as u64).unwrap() {
                    Download::Present(path) => path,
                    Download::Missing(mut partial) => {
                        fetched.fetch_add(1, Ordering::Relaxed);
                        for byte in TEXT {
                            partial.write(&[*byte]).unwrap();
                        }
                        partial.finish().unwrap()
                    }
                };
                assert_eq!(fs::read(path).unwrap(), TEXT);
            });
        }
    });
    assert_eq!(fetched.into_inner(), 1);
}

#[test]
fn verify_finds_what_a_fingerprint_cannot() {
    let (_dir, store) = store();
    let path = store.insert(TEXT).unwrap();
    store.insert(b"sound").unwrap();
    // As if the disk had changed a byte by itself: the stamp matches what is there.
    let mut bytes = TEXT.to_vec();
    bytes[0] ^= 1;
    overwrite(&path, &bytes);
    let damaged = store.insert(&bytes).unwrap();
    let right = Digest::of(TEXT).to_string();
    fs::rename(&damaged, &path).unwrap();
    fs::remove_file(damaged.with_extension("stamp")).unwrap();
    let meta = fs::metadata(&path).unwrap();
    {
        use std::os::unix::fs::MetadataExt;
        let (mtime, ctime) = ((meta.mtime(), meta.mtime_nsec()), (meta.ctime(), meta.ctime_nsec()));
        let text = format!(
            "{right} {} {} {} {} {} {}\n",
            meta.len(),
            mtime.0,
            mtime.1,
            ctime.0,
            ctime.1,
            meta.ino()
        );
        fs::write(path.with_extension("stamp"), text).unwrap();
    }
    assert_eq!(get(&store), Some(path));
    let mut seen = Vec::new();
    let report = store.verify(|progress| seen.push((progress.done, progress.total))).unwrap();
    assert_eq!((report.entries, report.bytes, report.damaged.len()), (2, 5, 1));
    assert_eq!(seen, [(1, 2), (2, 2)]);
    assert_eq!(get(&store), None);
}
