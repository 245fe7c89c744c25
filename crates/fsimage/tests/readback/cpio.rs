//! What the cpio writer makes, read back by a reader of its own.

use std::collections::HashMap;

use crate::common::{dir, file, plain};
use bringup_fsimage::write_cpio;
use bringup_tree::{Content, Device, Kind, Meta, Source, Tree};

#[derive(Debug, PartialEq)]
struct Entry {
    name: String,
    /// The thirteen fields in their order, without the magic.
    fields: Vec<u32>,
    data: Vec<u8>,
}

/// Reads one archive up to its trailer; says where it ends.
fn parse(bytes: &[u8]) -> (Vec<Entry>, usize) {
    let (mut at, mut entries) = (0, Vec::new());
    loop {
        assert_eq!(&bytes[at..at + 6], b"070701");
        let field = |index: usize| {
            let digits = &bytes[at + 6 + index * 8..][..8];
            u32::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap()
        };
        let fields: Vec<u32> = (0..13).map(field).collect();
        let (size, name_len) = (fields[6] as usize, fields[11] as usize);
        let name = &bytes[at + 110..][..name_len];
        assert_eq!(name.last(), Some(&0));
        let data = (at + 110 + name_len).next_multiple_of(4);
        assert!(bytes[at + 110 + name_len..data].iter().all(|&byte| byte == 0));
        at = (data + size).next_multiple_of(4);
        let name = String::from_utf8(name[..name_len - 1].to_vec()).unwrap();
        if name == "TRAILER!!!" {
            return (entries, at);
        }
        entries.push(Entry { name, fields, data: bytes[data..data + size].to_vec() });
    }
}

fn rich() -> Tree {
    let mut tree = plain(&[("init", b"#!/bin/sh\n".to_vec()), ("lib/x.ko", vec![7; 4097])]);
    let meta = Meta { mode: 0o4711, uid: 1, gid: 2, mtime: 3, ..Meta::default() };
    tree.insert("busybox", meta, file("elf")).unwrap();
    tree.link("sh", "busybox").unwrap();
    tree.insert("bin", dir(), Kind::Symlink(b"usr/bin".to_vec())).unwrap();
    let device = Device { major: 5, minor: 1 };
    tree.insert("console", Meta::root(0o600, 0), Kind::CharDevice(device)).unwrap();
    tree.insert("disk", Meta::root(0o600, 0), Kind::BlockDevice(device)).unwrap();
    tree
}

fn bytes(tree: &Tree) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_cpio(tree, &mut bytes).unwrap();
    bytes
}

#[test]
fn every_entry_can_be_read_back() {
    let (entries, end) = parse(&bytes(&rich()));
    assert_eq!(end, bytes(&rich()).len());
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, [".", "bin", "busybox", "console", "disk", "init", "lib", "lib/x.ko", "sh"]);
    let by_name: HashMap<&str, &Entry> = entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    // Inode, mode, owner, group, links, time, size, device, device of the node, name, checksum.
    assert_eq!(by_name["busybox"].fields, [3, 0o104_711, 1, 2, 2, 3, 3, 0, 0, 0, 0, 8, 0]);
    assert_eq!(by_name["console"].fields, [4, 0o020_600, 0, 0, 1, 0, 0, 0, 0, 5, 1, 8, 0]);
    assert_eq!(by_name["disk"].fields[1], 0o060_600);
    assert_eq!(by_name["bin"].fields[1] >> 12, 0o12);
    assert_eq!(by_name["bin"].data, b"usr/bin");
    assert_eq!(by_name["lib/x.ko"].data, [7; 4097]);
}

#[test]
fn the_first_name_of_a_hard_link_has_the_contents() {
    let (entries, _) = parse(&bytes(&rich()));
    let [first, second] =
        ["busybox", "sh"].map(|name| entries.iter().find(|entry| entry.name == name).unwrap());
    assert_eq!((first.fields[0], first.fields[4]), (second.fields[0], second.fields[4]));
    assert_eq!((&first.data[..], &second.data[..]), (&b"elf"[..], &b""[..]));
}

#[test]
fn archives_may_follow_each_other() {
    let both = [bytes(&rich()), bytes(&plain(&[("late", b"x".to_vec())]))].concat();
    let (_, end) = parse(&both);
    assert_eq!(end % 4, 0);
    assert_eq!(parse(&both[end..]).0[1].name, "late");
}

#[test]
fn same_tree_same_bytes() {
    assert_eq!(bytes(&rich()), bytes(&rich()));
}

#[test]
fn what_linux_would_skip_is_refused_before_anything_is_written() {
    let refusal = |path: &str, meta: Meta, kind: Kind| {
        let mut tree = plain(&[]);
        tree.insert_all(path, meta, kind, &dir()).unwrap();
        let mut out = Vec::new();
        let message = write_cpio(&tree, &mut out).unwrap_err().to_string();
        assert!(out.is_empty());
        message
    };
    let long = "d/".repeat(2047) + "ab";
    assert_eq!(
        refusal(&long, dir(), file("")),
        format!("`{long}`: the length of its path is 4096, but cpio holds 1 to 4095")
    );
    assert_eq!(
        refusal("x", Meta::root(0, -1), file("")),
        "`x`: its time is -1, but cpio holds 0 to 4294967295"
    );
    assert_eq!(
        refusal("x", dir(), Kind::Symlink(vec![b't'; 4096])),
        "`x`: the length of its target is 4096, but cpio holds 1 to 4095"
    );
    let source = Source { path: "huge".into(), file: tempfile::tempfile().unwrap() }.into();
    assert_eq!(
        refusal("x", dir(), Kind::File(Content::Range { source, offset: 0, len: 1 << 32 })),
        "`x` is 4 GiB, but cpio holds files of at most 4.0 GiB (4294967295 B)"
    );
}
