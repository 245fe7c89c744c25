use std::num::NonZeroUsize;

use super::*;
use crate::{Compression, Squashfs};

fn options() -> Options {
    Options::new(Compression::Zstd { level: 3 }, 0, NonZeroUsize::MIN)
}

fn tree(path: &str, meta: Meta, kind: Kind) -> Tree {
    let mut tree = Tree::new(Meta::root(0o755, 0));
    tree.insert(path, meta, kind).unwrap();
    tree
}

fn with_xattr(name: &str, value: Vec<u8>) -> Tree {
    let mut meta = Meta::root(0o664, 0);
    meta.xattrs.insert(name.into(), value);
    tree("file", meta, Kind::Fifo)
}

fn refused(tree: &Tree) -> String {
    Squashfs::plan(tree, &options()).unwrap_err().to_string()
}

#[test]
fn times_have_32_bits() {
    for (time, fits) in [(0, true), (4_294_967_295, true), (-1, false), (4_294_967_296, false)] {
        let tree = tree("file", Meta::root(0o644, time), Kind::Fifo);
        if fits {
            assert!(Squashfs::plan(&tree, &options()).is_ok());
            continue;
        }
        let expected = format!("`file`: modification time is {time}, but squashfs holds 0 to 4294967295");
        assert_eq!(refused(&tree), expected);
    }
}

#[test]
fn a_link_has_a_target_that_linux_follows() {
    for len in [0, 4096] {
        let tree = tree("link", Meta::root(0o777, 0), Kind::Symlink(vec![b'x'; len]));
        let expected = format!("`link`: length of the link's target is {len}, but squashfs holds 1 to 4095");
        assert_eq!(refused(&tree), expected);
    }
}

#[test]
fn device_numbers_have_12_and_20_bits() {
    for (major, minor, expected) in [
        (4096, 0, "`d`: major device number is 4096, but squashfs holds 0 to 4095"),
        (0, 1 << 20, "`d`: minor device number is 1048576, but squashfs holds 0 to 1048575"),
    ] {
        let device = Device { major, minor };
        for kind in [Kind::CharDevice(device), Kind::BlockDevice(device)] {
            assert_eq!(refused(&tree("d", Meta::root(0o600, 0), kind)), expected);
        }
    }
    assert_eq!(device(b"", Device { major: 4095, minor: 0xf_ffff }).unwrap(), u32::MAX);
}

#[test]
fn owners_have_16_bits_together() {
    let mut tree = Tree::new(Meta::root(0o755, 0));
    for number in 0..32_767 {
        let meta = Meta { uid: 2 * number + 1, gid: 2 * number + 2, ..Meta::root(0o600, 0) };
        tree.insert(format!("{number:05}"), meta, Kind::Fifo).unwrap();
    }
    assert!(Squashfs::plan(&tree, &options()).is_ok());
    tree.insert("one more", Meta { gid: 99_999, ..Meta::root(0o600, 0) }, Kind::Fifo).unwrap();
    let expected =
        "`one more` has owner or group 99999, but squashfs holds 65535 different ones, and the tree has more";
    assert_eq!(refused(&tree), expected);
}

#[test]
fn attributes_have_a_namespace_and_linux_limits() {
    let name = format!("user.{}", "n".repeat(251));
    for (name, len, expected) in [
        ("system.else", 1, "`file`: attribute `system.else` is in none of squashfs's namespaces, which are `user`, `trusted` and `security`".to_owned()),
        ("user.", 1, "`file`: attribute `user.` is in none of squashfs's namespaces, which are `user`, `trusted` and `security`".to_owned()),
        ("user.x", 65_537, "`file`: the value of attribute `user.x` has 65537 bytes, but Linux takes 65536".to_owned()),
        (&name, 1, format!("`file`: the name of attribute `{name}` has 256 bytes, but Linux takes 255")),
    ] {
        assert_eq!(refused(&with_xattr(name, vec![0; len])), expected);
    }
    assert!(Squashfs::plan(&with_xattr("user.x", vec![0; 65_536]), &options()).is_ok());
}

#[test]
fn access_control_lists_are_refused_or_left_out() {
    let tree = with_xattr("system.posix_acl_access", vec![2, 0, 0, 0, 4, 0, 4, 0, 0, 0, 0, 0]);
    let expected = "`file` has an access control list (`system.posix_acl_access`), and squashfs cannot hold one\n\
                    help: leave such lists out, or take a file system that holds them";
    assert_eq!(refused(&tree), expected);
    let left_out = Options { acls: Acls::LeaveOut, ..options() };
    let planned = Squashfs::plan(&tree, &left_out).unwrap();
    assert_eq!(planned.without_acls(), [b"file"]);
    let collected = collect(&tree, &left_out).unwrap();
    assert_eq!((collected.others[0].common.mode, collected.others[0].common.xattrs), (0o644, None));
}

#[test]
fn hard_links_are_one_inode() {
    let mut tree = tree("b", Meta::root(0o755, 0), Kind::Directory);
    tree.insert("b/file", Meta::root(0o644, 0), Kind::Fifo).unwrap();
    tree.link("a", "b/file").unwrap();
    let collected = collect(&tree, &options()).unwrap();
    assert_eq!((collected.others.len(), collected.others[0].links), (1, 2));
    assert_eq!((collected.directories.len(), collected.directories[0].folders), (2, 1));
}
