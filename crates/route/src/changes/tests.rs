use std::os::unix::fs::symlink;

use bringup_sandbox::Device as Recorded;

use super::*;
use crate::compare;
use crate::export::export;

const EPOCH: i64 = 1_000_000;

fn file(text: &str) -> Kind {
    Kind::File(Content::bytes(text))
}

fn before() -> Tree {
    let folder = Meta::root(0o755, 5);
    let mut tree = Tree::new(folder.clone());
    let meta = |mode, gid| Meta { gid, ..Meta::root(mode, 5) };
    tree.insert_all("etc/shadow", meta(0o640, 42), file("root:!"), &folder).unwrap();
    tree.insert_all("usr/bin/sudo", meta(0o4755, 0), file("sudo"), &folder).unwrap();
    tree.link("usr/bin/sudoedit", "usr/bin/sudo").unwrap();
    tree.insert("usr/bin/vi", meta(0o777, 0), Kind::Symlink(b"vim".to_vec())).unwrap();
    tree.insert_all("var/mail", meta(0o2775, 8), Kind::Directory, &folder).unwrap();
    tree.insert("var/pipe", meta(0o600, 0), Kind::Fifo).unwrap();
    let device = Device { major: 1, minor: 3 };
    tree.insert_all("lib/null", meta(0o666, 0), Kind::CharDevice(device), &folder).unwrap();
    let mut capable = meta(0o755, 0);
    capable.xattrs.insert(b"security.capability".to_vec(), vec![1, 2]);
    tree.insert("usr/bin/ping", capable, file("ping")).unwrap();
    tree.insert_all("run/kept", meta(0o644, 0), file("run"), &folder).unwrap();
    tree
}

/// What the tree is after `act` on its folder, as far as it differs: paths and what differs.
fn check(act: impl Fn(&Path, &Records), expected: &[(&str, &str)]) -> Changes {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    let (tree, records) = (before(), Records::default());
    let stamps = export(&tree, &root, &records).unwrap();
    act(&root, &records);
    let changes = changes(&tree, &root, &stamps, &records, EPOCH).unwrap();
    let after = changes.apply(tree.clone()).unwrap();
    let found = compare(&tree, &after).unwrap();
    let found: Vec<(&str, &str)> = found.iter().map(|one| (one.path.as_str(), one.what.as_str())).collect();
    assert_eq!(found, expected);
    changes
}

fn write(path: impl AsRef<Path>, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn nothing_done_is_nothing_changed() {
    let changes = check(|_, _| {}, &[]);
    assert!(changes.removed.is_empty() && changes.tree.is_empty());
}

#[test]
fn a_changed_file_keeps_what_it_was_believed_to_be() {
    let changes = check(|root, _| write(root.join("etc/shadow"), "root:*"), &[("etc/shadow", "bytes")]);
    let shadow = changes.tree.get("etc/shadow").unwrap();
    assert_eq!((shadow.meta.gid, shadow.meta.mode, shadow.meta.mtime), (42, 0o640, EPOCH));
    let names: Vec<&[u8]> = changes.tree.iter().map(|(path, ..)| path).collect();
    assert_eq!(names, [&b""[..], b"etc", b"etc/shadow"]);
}

#[test]
fn what_belongs_to_one_machine_does_not_come_out() {
    let made = |root: &Path, _: &Records| {
        fs::create_dir(root.join("etc/ssh")).unwrap();
        write(root.join("etc/ssh/ssh_host_rsa_key"), "secret");
        write(root.join("etc/ssh/sshd_config"), "");
        write(root.join("etc/machine-id"), "0123");
    };
    let only = "only in the other root";
    check(made, &[("etc/ssh", only), ("etc/ssh/sshd_config", only)]);
}

#[test]
fn what_is_written_anew_belongs_to_root() {
    let anew = |root: &Path, _: &Records| {
        fs::remove_file(root.join("etc/shadow")).unwrap();
        write(root.join("etc/shadow"), "root:!");
        fs::set_permissions(root.join("etc/shadow"), Permissions::from_mode(0o640)).unwrap();
        write(root.join("var/mail/root"), "");
        fs::set_permissions(root.join("var/mail/root"), Permissions::from_mode(0o600)).unwrap();
    };
    let changes =
        check(anew, &[("etc/shadow", "owner 0:42, not 0:0"), ("var/mail/root", "only in the other root")]);
    // A folder with the set-group-ID bit gives its group.
    assert_eq!(changes.tree.get("var/mail/root").unwrap().meta.gid, 8);
}

#[test]
fn removed_names_and_new_kinds_are_seen() {
    let act = |root: &Path, records: &Records| {
        fs::remove_dir(root.join("var/mail")).unwrap();
        symlink("spool/mail", root.join("var/mail")).unwrap();
        fs::remove_file(root.join("usr/bin/vi")).unwrap();
        write(root.join("lib/sda"), "");
        fs::set_permissions(root.join("lib/sda"), Permissions::from_mode(0o660)).unwrap();
        let device = Some(Recorded { block: true, major: 8, minor: 0 });
        records.set(&root.join("lib/sda"), Record { gid: 6, device, ..Record::default() }).unwrap();
    };
    let changes = check(
        act,
        &[
            ("lib/sda", "only in the other root"),
            ("usr/bin/vi", "only in the interpreted root"),
            ("var/mail", "a directory, not a symbolic link"),
        ],
    );
    assert_eq!(changes.removed, [b"usr/bin/vi"]);
    let sda = changes.tree.get("lib/sda").unwrap();
    assert!(matches!(sda.kind, Kind::BlockDevice(Device { major: 8, minor: 0 })));
}

#[test]
fn hard_links_stay_links() {
    let act = |root: &Path, _: &Records| {
        fs::hard_link(root.join("usr/bin/sudo"), root.join("usr/bin/asroot")).unwrap();
        fs::remove_file(root.join("usr/bin/sudoedit")).unwrap();
        write(root.join("usr/bin/sudoedit"), "own");
        fs::set_permissions(root.join("usr/bin/sudoedit"), Permissions::from_mode(0o4755)).unwrap();
    };
    let changes =
        check(act, &[("usr/bin/asroot", "only in the other root"), ("usr/bin/sudoedit", "4 bytes, not 3")]);
    let after = changes.apply(before()).unwrap();
    let id = |path: &[u8]| after.iter().find(|(name, ..)| *name == path).unwrap().1;
    assert_eq!(id(b"usr/bin/asroot"), id(b"usr/bin/sudo"));
    assert_ne!(id(b"usr/bin/asroot"), id(b"usr/bin/sudoedit"));
}

#[test]
fn what_a_run_leaves_behind_is_no_change() {
    let act = |root: &Path, _: &Records| {
        for folder in ["dev", "tmp", "var/log"] {
            fs::create_dir(root.join(folder)).unwrap();
        }
        fs::remove_file(root.join("run/kept")).unwrap();
        for path in ["tmp/x", "usr/bin/x", "var/log/dpkg.log"] {
            write(root.join(path), "");
        }
        fs::set_permissions(root.join("var/log"), Permissions::from_mode(0o755)).unwrap();
    };
    // `var/log` itself is new, what is in it is not told.
    let changes =
        check(act, &[("usr/bin/x", "only in the other root"), ("var/log", "only in the other root")]);
    assert!(changes.removed.is_empty());
}
