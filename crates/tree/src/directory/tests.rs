use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;
use crate::{Content, Device, Kind, Meta, Tree};

const FILE: Meta = meta(0o640, 1_000_000_001);

const fn meta(mode: u32, mtime: i64) -> Meta {
    Meta { mode, uid: 0, gid: 42, mtime, xattrs: std::collections::BTreeMap::new() }
}

fn file(bytes: &[u8]) -> Kind {
    Kind::File(Content::bytes(bytes))
}

fn tree() -> Tree {
    let mut tree = Tree::new(meta(0o555, 7));
    tree.insert_all("usr/bin", meta(0o1777, 8), Kind::Directory, &meta(0o755, 9)).unwrap();
    tree.insert("usr/bin/su", meta(0o4711, -10), file(&[b'x'; 3_000_000])).unwrap();
    tree.link("usr/bin/zz", "usr/bin/su").unwrap();
    tree.insert("bin", meta(0o777, 11), Kind::Symlink(b"usr/bin".to_vec())).unwrap();
    tree.link("bin2", "bin").unwrap();
    tree.insert("null", FILE, Kind::CharDevice(Device { major: 1, minor: 3 })).unwrap();
    for name in 0..50 {
        tree.insert(format!("usr/{name}"), FILE, file(name.to_string().as_bytes())).unwrap();
    }
    tree
}

#[test]
fn a_tree_becomes_a_directory() {
    let scratch = tempfile::tempdir().unwrap();
    let to = scratch.path().join("root");
    let written = write_directory(&tree(), &to).unwrap();
    assert_eq!(written.skipped, [b"null"]);
    // Three directories, 51 files, two hard links and a symbolic one less one of them.
    assert_eq!(written.made, tree().len() as u64 - 1);

    let su = fs::metadata(to.join("usr/bin/su")).unwrap();
    // Set-id bits are gone, the owner may read and write.
    assert_eq!((su.mode() & 0o7777, su.mtime(), su.nlink()), (0o711, -10, 2));
    assert_eq!(fs::read(to.join("usr/bin/zz")).unwrap(), [b'x'; 3_000_000]);
    assert_eq!(fs::read_link(to.join("bin2")).unwrap().as_os_str(), "usr/bin");
    assert_eq!(fs::symlink_metadata(to.join("bin")).unwrap().mtime(), 11);
    for (path, mode, mtime) in [("", 0o755, 7), ("usr", 0o755, 9), ("usr/bin", 0o777, 8)] {
        let found = fs::metadata(to.join(path)).unwrap();
        assert_eq!((found.mode() & 0o7777, found.mtime()), (mode, mtime), "{path}");
    }
    for name in 0..50 {
        let path = to.join(format!("usr/{name}"));
        assert_eq!(fs::read_to_string(&path).unwrap(), name.to_string());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
    }
}

#[test]
fn nothing_is_written_into_a_directory_in_use() {
    let scratch = tempfile::tempdir().unwrap();
    let outside = scratch.path().join("outside");
    let to = scratch.path().join("root");
    fs::create_dir(&outside).unwrap();
    fs::create_dir(&to).unwrap();
    symlink(&outside, to.join("usr")).unwrap();
    let error = write_directory(&tree(), &to).unwrap_err().to_string();
    let path = to.display();
    assert_eq!(error, format!("`{path}` is not empty\nhelp: give a new directory, or empty this one"));
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn contents_that_cannot_be_read_are_an_error() {
    let scratch = tempfile::tempdir().unwrap();
    let missing = scratch.path().join("missing");
    let mut tree = tree();
    let content = Content::Path { path: missing.as_path().into(), len: 5 };
    tree.insert("usr/x", FILE, Kind::File(content)).unwrap();
    let error = write_directory(&tree, &scratch.path().join("root")).unwrap_err().to_string();
    assert_eq!(error, format!("cannot read `{}`", missing.display()));
}

#[test]
fn a_directory_becomes_the_same_tree_again() {
    let scratch = tempfile::tempdir().unwrap();
    let to = scratch.path().join("root");
    write_directory(&tree(), &to).unwrap();
    let found = Tree::from_directory(&to, MetaPolicy::Keep).unwrap();
    let names = |tree: &Tree| -> Vec<Vec<u8>> { tree.iter().map(|(path, _, _)| path.to_vec()).collect() };
    let expected: Vec<Vec<u8>> = names(&tree()).into_iter().filter(|path| path != b"null").collect();
    assert_eq!(names(&found), expected);
    assert_eq!(found.read("bin/zz").unwrap(), [b'x'; 3_000_000]);
    assert_eq!(found.get("usr/bin/su").unwrap().meta.mtime, -10);
    let id = |name: &str| found.iter().find(|(path, _, _)| *path == name.as_bytes()).unwrap().1;
    assert_eq!(id("usr/bin/su"), id("usr/bin/zz"));
    assert_ne!(id("usr/1"), id("usr/2"));
}

#[test]
fn normalised_metadata_is_the_same_for_everybody() {
    let scratch = tempfile::tempdir().unwrap();
    for (name, mode) in [("program", 0o700), ("private", 0o600)] {
        let path = scratch.path().join(name);
        fs::write(&path, name).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let tree = Tree::from_directory(scratch.path(), MetaPolicy::Normalise { mtime: 5 }).unwrap();
    for (path, mode) in [("", 0o755), ("program", 0o755), ("private", 0o644)] {
        assert_eq!(tree.get(path).unwrap().meta, Meta::root(mode, 5));
    }
}

#[test]
fn a_file_that_shrank_is_an_error() {
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("a"), "long").unwrap();
    let tree = Tree::from_directory(scratch.path(), MetaPolicy::Keep).unwrap();
    fs::write(scratch.path().join("a"), "s").unwrap();
    let error = tree.read("a").unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read `{}`", scratch.path().join("a").display()));
}
