use bringup_tree::{Content, Kind, Meta, Node, Tree};

use super::*;
use crate::testing;

const OPTIONS: RootOptions<'static> = RootOptions {
    hostname: "hurd",
    disk: "hd0",
    partition: 1,
    root_login: RootLogin::NoPassword,
    epoch: 1_000_000_000,
};

fn prepared() -> (Tree, Prepared) {
    let mut tree = testing::hurd_root();
    let prepared = prepare_root(&mut tree, &OPTIONS).unwrap();
    (tree, prepared)
}

fn translator(tree: &Tree, path: &str) -> Option<Vec<u8>> {
    tree.get(path)?.meta.xattrs.get(TRANSLATOR).cloned()
}

fn refused(change: impl FnOnce(&mut Tree), options: &RootOptions<'_>) -> Error {
    let mut tree = testing::hurd_root();
    change(&mut tree);
    let before = tree.len();
    let error = prepare_root(&mut tree, options).unwrap_err();
    assert_eq!(tree.len(), before, "an error leaves the tree as it was");
    error
}

#[test]
fn nodes_get_their_translators_as_argument_vectors() {
    let (tree, prepared) = prepared();
    let expected: [(&str, &[u8]); 6] = [
        ("dev/hd0s1", b"/hurd/storeio\0hd0s1\0"),
        ("dev/console", b"/hurd/term\0/dev/console\0device\0console\0"),
        ("dev/zero", b"/bin/nullauth\0--\0/hurd/storeio\0-Tzero\0"),
        ("servers/exec", b"/hurd/exec\0"),
        ("servers/socket/1", b"/hurd/pflocal\0"),
        ("proc", b"/hurd/procfs\0--compatible\0"),
    ];
    for (path, value) in expected {
        assert_eq!(translator(&tree, path).unwrap(), value, "{path}");
        assert!(prepared.translators.contains(&path.to_owned()));
    }
}

#[test]
fn nodes_have_their_shape_and_mode() {
    let (tree, _) = prepared();
    let node = |path: &str| tree.get(path).unwrap().clone();
    assert!(matches!(node("dev/hd0s1"), Node { kind: Kind::BlockDevice(_), meta } if meta.mode == 0o640));
    assert!(matches!(node("dev/null"), Node { kind: Kind::CharDevice(_), meta } if meta.mode == 0o666));
    assert!(matches!(node("dev/fd"), Node { kind: Kind::Directory, .. }));
    assert!(matches!(node("servers/socket/inet"), Node { kind: Kind::Symlink(to), .. } if to == b"2"));
    assert_eq!(node("dev/hd0").meta.mtime, OPTIONS.epoch);
}

#[test]
fn nodes_of_absent_programs_are_left_out_and_named() {
    let (tree, prepared) = prepared();
    let skipped = ("dev/rumpdisk".to_owned(), "/hurd/rumpdisk".to_owned());
    assert!(prepared.skipped.contains(&skipped));
    assert!(tree.get("dev/rumpdisk").is_none());
    let mut tree = testing::hurd_root();
    testing::add(&mut tree, "hurd/rumpdisk", 0o755, &testing::elf(None));
    let prepared = prepare_root(&mut tree, &OPTIONS).unwrap();
    assert!(!prepared.skipped.contains(&skipped));
    assert!(translator(&tree, "dev/rumpdisk").is_some());
}

#[test]
fn the_files_of_a_root_are_written() {
    let (tree, _) = prepared();
    let text = |path: &str| String::from_utf8(tree.read(path).unwrap()).unwrap();
    assert_eq!(text("etc/fstab"), "/dev/hd0s1\t/\text2\tdefaults\t0\t1\n");
    assert_eq!(text("etc/hostname"), "hurd\n");
    assert!(text("etc/passwd").starts_with("root:x:0:0:"));
    assert!(text("etc/shadow").starts_with("root::"));
    let shadow = &tree.get("etc/shadow").unwrap().meta;
    assert_eq!((shadow.mode, shadow.gid), (0o640, 42));
    assert_eq!(tree.get("tmp").unwrap().meta.mode, 0o1777);
}

#[test]
fn the_start_script_is_chosen_as_alternatives_would() {
    let (tree, _) = prepared();
    assert_eq!(tree.resolve("etc/hurd/runsystem").unwrap(), b"etc/hurd/runsystem.gnu");
    let mut tree = testing::hurd_root();
    testing::add(&mut tree, "etc/hurd/runsystem.sysv", 0o755, b"#!/bin/sh\n");
    prepare_root(&mut tree, &OPTIONS).unwrap();
    assert_eq!(tree.resolve("etc/hurd/runsystem").unwrap(), b"etc/hurd/runsystem.sysv");
}

#[test]
fn doing_it_twice_changes_nothing() {
    let (mut tree, first) = prepared();
    let before: Vec<_> = tree.iter().map(|(path, _, node)| (path.to_vec(), node.meta.clone())).collect();
    assert_eq!(prepare_root(&mut tree, &OPTIONS).unwrap(), first);
    let after: Vec<_> = tree.iter().map(|(path, _, node)| (path.to_vec(), node.meta.clone())).collect();
    assert_eq!(before, after);
}

#[test]
fn every_boot_server_must_be_there() {
    for path in crate::programs::SERVERS {
        let error = refused(|tree| assert_eq!(tree.remove(path), 1), &OPTIONS);
        assert!(matches!(error, Error::Missing { path: found, package: "hurd" } if found == path));
    }
}

#[test]
fn a_program_for_linux_is_refused() {
    let linux = testing::elf(Some("/lib/ld-linux.so.2"));
    let error = refused(|tree| testing::add(tree, "hurd/auth", 0o755, &linux), &OPTIONS);
    assert_eq!(
        error.to_string(),
        "`hurd/auth` names the dynamic linker `/lib/ld-linux.so.2`, but the Hurd's is `/lib/ld.so`"
    );
}

#[test]
fn a_program_for_another_machine_is_refused() {
    let mut arm = testing::elf(None);
    // e_machine: EM_ARM.
    arm[18] = 40;
    let error = refused(|tree| testing::add(tree, "hurd/proc", 0o755, &arm), &OPTIONS);
    assert_eq!(
        error.to_string(),
        "`hurd/proc` is for ELF machine 40 (Elf32), but the system is for 3 (Elf32)"
    );
}

#[test]
fn something_that_is_no_program_is_refused() {
    let error = refused(|tree| testing::add(tree, "hurd/proc", 0o755, b"#!/bin/sh\n"), &OPTIONS);
    assert!(matches!(error, Error::Elf { path, .. } if path == "hurd/proc"));
}

#[test]
fn the_dynamic_linker_must_be_there() {
    let error = refused(|tree| assert_eq!(tree.remove("usr/lib/ld.so"), 1), &OPTIONS);
    assert!(matches!(error, Error::Missing { path: "lib/ld.so", package: "libc0.3" }));
}

#[test]
fn names_must_be_plain() {
    let error = refused(|_| {}, &RootOptions { hostname: "a b", ..OPTIONS });
    assert_eq!(
        error.to_string(),
        "`a b` cannot be the host name: it must be 1 to 63 letters, digits and hyphens"
    );
    let error = refused(|_| {}, &RootOptions { disk: "hd0\t", ..OPTIONS });
    assert!(matches!(error, Error::Name { what: "the root disk", .. }));
}

#[test]
fn a_file_in_a_folders_place_is_refused() {
    let change = |tree: &mut Tree| {
        tree.remove("servers");
        tree.insert("servers", Meta::root(0o644, 0), Kind::File(Content::bytes(""))).unwrap();
    };
    assert!(matches!(refused(change, &OPTIONS), Error::Tree(bringup_tree::Error::Conflict { .. })));
}
