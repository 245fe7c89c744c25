//! One archive made by code, one change a test.

use std::io::Write;
use std::path::PathBuf;

use tar::{EntryType, Header};

use super::*;
use crate::{Content, Device, Error, Kind, Meta, Source, Tree};

const LIMITS: Limits = Limits { entries: 100, total_bytes: 1 << 20, devices: Devices::Allow };

/// A header in the GNU format, which has base-256 numbers.
fn header(kind: EntryType, name: &[u8], size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(7);
    header.set_size(size);
    header
}

fn entry(mut header: Header, data: &[u8]) -> Vec<u8> {
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(data);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn file(name: &str, data: &[u8]) -> Vec<u8> {
    entry(header(EntryType::Regular, name.as_bytes(), data.len() as u64), data)
}

fn link(kind: EntryType, name: &str, target: &str) -> Vec<u8> {
    let mut header = header(kind, name.as_bytes(), 0);
    header.set_link_name_literal(target).unwrap();
    entry(header, b"")
}

fn folder(name: &str) -> Vec<u8> {
    entry(header(EntryType::Directory, name.as_bytes(), 0), b"")
}

fn pax(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    for (key, value) in records {
        super::pax::push(&mut data, key.as_bytes(), value);
    }
    entry(header(EntryType::XHeader, b"pax", data.len() as u64), &data)
}

fn read_bytes(bytes: &[u8], limits: &Limits) -> Result<Tree, Error> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Tree::from_tar(&Source { path: PathBuf::from("x.tar"), file }.into(), limits)
}

fn read(parts: &[Vec<u8>]) -> Result<Tree, Error> {
    read_bytes(&[parts.concat(), vec![0; 1024]].concat(), &LIMITS)
}

/// What is wrong with the archive, and nothing about which archive.
fn fault(result: Result<Tree, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "archive `x.tar`");
    std::error::Error::source(&error).unwrap().to_string()
}

/// Every path with all that stands at it.
fn dump(tree: &Tree) -> Vec<String> {
    let line = |(path, id, node): (&[u8], _, &crate::Node)| {
        let kind = match &node.kind {
            Kind::File(content) => format!("{:?}", content.read().unwrap()),
            kind => format!("{kind:?}"),
        };
        let names: Vec<usize> =
            tree.iter().enumerate().filter(|(_, other)| other.1 == id).map(|(at, _)| at).collect();
        format!("{} {names:?} {:?} {kind}", path.escape_ascii(), node.meta)
    };
    tree.iter().map(line).collect()
}

/// A tree with everything that ustar alone cannot say.
fn rich() -> Tree {
    let mut meta = Meta { mode: 0o4755, uid: u32::MAX, gid: 3_000_000, mtime: -5, ..Meta::default() };
    meta.xattrs.insert(b"security.capability".to_vec(), b"\x01\n=\0".to_vec());
    let dir = Meta::root(0o755, 9);
    let mut tree = Tree::new(dir.clone());
    let long = format!("d/{}/{}", "a".repeat(150), "é".repeat(100));
    tree.insert_all(&long, meta.clone(), Kind::File(Content::bytes(vec![b'x'; 3000])), &dir).unwrap();
    tree.link("z-link", &long).unwrap();
    tree.insert(b"\xff", meta.clone(), Kind::Symlink(b"t/".repeat(80))).unwrap();
    tree.insert("late", Meta::root(0o600, 1 << 40), Kind::File(Content::bytes(""))).unwrap();
    let device = Device { major: 8, minor: 300 };
    for (name, kind) in [("b", Kind::BlockDevice(device)), ("c", Kind::CharDevice(device)), ("p", Kind::Fifo)]
    {
        tree.insert(name, dir.clone(), kind).unwrap();
    }
    tree
}

fn tar_of(tree: &Tree) -> Vec<u8> {
    let mut bytes = Vec::new();
    tree.to_tar(&mut bytes).unwrap();
    bytes
}

#[test]
fn an_archive_keeps_everything_and_its_bytes() {
    let bytes = tar_of(&rich());
    let tree = read_bytes(&bytes, &LIMITS).unwrap();
    assert_eq!(dump(&tree), dump(&rich()));
    assert!(tree.iter().all(|(_, _, node)| !matches!(node.kind, Kind::File(Content::Bytes(_)))));
    assert_eq!(tar_of(&tree), bytes);
}

#[test]
fn tar_itself_reads_the_names() {
    let bytes = tar_of(&rich());
    let mut archive = tar::Archive::new(&bytes[..]);
    let names: Vec<Vec<u8>> =
        archive.entries().unwrap().map(|entry| entry.unwrap().path_bytes().into_owned()).collect();
    let expected: Vec<Vec<u8>> = rich()
        .iter()
        .map(|(path, _, node)| {
            let slash = if node.kind.is_directory() && !path.is_empty() { "/" } else { "" };
            [b"./", path, slash.as_bytes()].concat()
        })
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn a_tar_cannot_hold_a_socket() {
    let mut tree = rich();
    tree.insert("s", Meta::default(), Kind::Socket).unwrap();
    let error = tree.to_tar(std::io::sink()).unwrap_err().to_string();
    assert_eq!(error, "`s`: a socket in a tar archive is not supported");
}

#[test]
fn gnu_names_and_numbers_are_read() {
    let name = "n/".repeat(70) + "file";
    let long = entry(
        header(EntryType::GNULongName, b"././@LongLink", name.len() as u64 + 1),
        format!("{name}\0").as_bytes(),
    );
    let mut given = header(EntryType::Regular, b"cut", 2);
    given.set_uid(1 << 31);
    given.set_mtime(-3_i64 as u64);
    let tree = read(&[long, entry(given, b"hi")]).unwrap();
    let node = tree.get(&name).unwrap();
    assert_eq!((node.meta.uid, node.meta.mtime), (1 << 31, -3));
    assert_eq!(tree.read(&name).unwrap(), b"hi");
}

#[test]
fn the_prefix_of_ustar_is_read() {
    let mut ustar = Header::new_ustar();
    ustar.set_path("p".repeat(90) + "/" + &"q".repeat(90)).unwrap();
    ustar.set_size(0);
    ustar.set_mode(0o600);
    ustar.set_uid(0);
    ustar.set_gid(0);
    ustar.set_mtime(0);
    let tree = read(&[entry(ustar, b"")]).unwrap();
    assert!(tree.get("p".repeat(90) + "/" + &"q".repeat(90)).is_some());
}

#[test]
fn a_later_entry_replaces_an_earlier_one() {
    let tree = read(&[file("a", b"old"), file("./a", b"new")]).unwrap();
    assert_eq!(tree.read("a").unwrap(), b"new");
}

#[test]
fn an_archive_may_end_without_empty_blocks() {
    assert_eq!(read_bytes(&file("a", b"x"), &LIMITS).unwrap().len(), 2);
}

#[test]
fn paths_may_not_leave_the_tree() {
    for name in ["../x", "a/../../x", "/.."] {
        let expected = format!("path `{name}`: `..` would leave the tree");
        assert_eq!(fault(read(&[file(name, b"")])), expected);
    }
    let parts = [file("a", b""), link(EntryType::Link, "b", "../a")];
    assert_eq!(fault(read(&parts)), "path `../a`: `..` would leave the tree");
}

#[test]
fn an_entry_below_a_link_stays_inside() {
    let inside = [folder("usr/bin/"), link(EntryType::Symlink, "bin", "usr/bin"), file("bin/sh", b"sh")];
    assert_eq!(read(&inside).unwrap().read("usr/bin/sh").unwrap(), b"sh");
    let absolute = [folder("etc/"), link(EntryType::Symlink, "up", "/"), file("up/etc/passwd", b"x")];
    assert_eq!(read(&absolute).unwrap().read("etc/passwd").unwrap(), b"x");
    let outside = [link(EntryType::Symlink, "up", "../../etc"), file("up/passwd", b"x")];
    assert_eq!(fault(read(&outside)), "path `up`: a symbolic link on the way leaves the tree");
    let circle = [link(EntryType::Symlink, "a", "a"), file("a/x", b"")];
    assert_eq!(fault(read(&circle)), "path `a`: more than 40 symbolic links");
}

#[test]
fn a_file_is_no_parent() {
    let parts = [file("a", b""), file("a/b", b"")];
    assert_eq!(fault(read(&parts)), "path `a/b`: its parent is a file, not a directory");
}

#[test]
fn a_hard_link_needs_its_target() {
    let parts = [file("a", b"x"), link(EntryType::Link, "b", "./a")];
    let tree = read(&parts).unwrap();
    let ids: Vec<_> = tree.iter().map(|(_, id, _)| id).collect();
    assert_eq!(ids[1], ids[2]);
    let missing = fault(read(&[link(EntryType::Link, "b", "a"), file("a", b"x")]));
    assert_eq!(missing, "`b` is a hard link to `a`, which is not in the archive before it");
}

#[test]
fn what_is_not_supported_is_refused() {
    let sparse = entry(header(EntryType::GNUSparse, b"s", 0), b"");
    assert_eq!(fault(read(&[sparse])), "`s`: a sparse file is not supported");
    let pax_sparse = [pax(&[("GNU.sparse.major", b"1")]), file("s", b"")];
    assert_eq!(fault(read(&pax_sparse)), "`s`: a sparse file is not supported");
    let volume = entry(header(EntryType::new(b'M'), b"m", 0), b"");
    assert_eq!(fault(read(&[volume])), "`m`: its entry type is not supported");
    let mut linked = header(EntryType::Link, b"l", 3);
    linked.set_link_name_literal("a").unwrap();
    let parts = [file("a", b"abc"), entry(linked, b"abc")];
    assert_eq!(fault(read(&parts)), "`l`: a hard link with contents of its own is not supported");
}

#[test]
fn limits_hold() {
    let two = [file("a", b"xx"), file("b", b"yyy")].concat();
    let fault_of = |limits| fault(read_bytes(&two, &limits));
    assert_eq!(fault_of(Limits { entries: 1, ..LIMITS }), "more than 1 entries");
    let message = fault_of(Limits { total_bytes: 4, ..LIMITS });
    assert_eq!(message, "the files up to `b` have 5 bytes together, but 4 are allowed");
    let exact = Limits { entries: 2, total_bytes: 5, ..LIMITS };
    assert_eq!(read_bytes(&two, &exact).unwrap().len(), 3);
    let deep = file("a/b/c/d", b"");
    assert_eq!(fault(read_bytes(&deep, &Limits { entries: 3, ..LIMITS })), "more than 3 entries");
}

#[test]
fn devices_are_refused_where_the_caller_says_so() {
    let device = |kind| {
        let mut header = header(kind, b"dev", 0);
        header.set_device_major(1).unwrap();
        header.set_device_minor(3).unwrap();
        entry(header, b"")
    };
    let refuse = Limits { devices: Devices::Refuse, ..LIMITS };
    for (kind, name) in [(EntryType::Char, "a character device"), (EntryType::Block, "a block device")] {
        let message = fault(read_bytes(&device(kind), &refuse));
        assert_eq!(message, format!("`dev` is {name}, and this archive may not hold any"));
        assert!(read_bytes(&device(kind), &LIMITS).is_ok());
    }
}

#[test]
fn a_cut_archive_is_refused() {
    let bytes = file("a", &[b'x'; 600]);
    let message = fault(read_bytes(&bytes[..1024], &LIMITS));
    assert_eq!(message, "`a` at byte 0 (0x0) ends at byte 1536, but the archive has 1024 bytes");
    let message = fault(read_bytes(&bytes[..300], &LIMITS));
    assert_eq!(message, "header at byte 0 (0x0) ends at byte 512, but the archive has 300 bytes");
    let mut huge = header(EntryType::Regular, b"h", 0);
    huge.set_size(u64::MAX);
    let message = fault(read(&[entry(huge, b"")]));
    assert_eq!(
        message,
        format!("`h` at byte 0 (0x0) ends at byte {}, but the archive has 1536 bytes", u64::MAX)
    );
}

#[test]
fn a_wrong_checksum_is_refused() {
    let mut bytes = [file("a", b"x"), file("b", b"y")].concat();
    bytes[1024] ^= 1;
    let message = fault(read_bytes(&bytes, &LIMITS));
    assert_eq!(message, "header at byte 1024 (0x400): its checksum is 3111, but its bytes sum to 3112");
}

#[test]
fn fields_must_be_numbers_in_range() {
    let mut broken = header(EntryType::Regular, b"a", 0);
    broken.as_old_mut().mode = *b"rwxr-xr-";
    let message = fault(read(&[entry(broken, b"")]));
    assert_eq!(message, "header at byte 0 (0x0): not a number in field `mode`");
    for (key, value, reason) in [
        ("uid", "4294967296", "more than 32 bits"),
        ("size", "-1", "not a number"),
        ("mtime", "soon", "not a number"),
    ] {
        let message = fault(read(&[pax(&[(key, value.as_bytes())]), file("a", b"")]));
        assert_eq!(message, format!("header at byte 1024 (0x400): {reason} in field `{key}`"));
    }
    let name = entry(header(EntryType::GNULongName, b"L", 1 << 21), &vec![b'x'; 1 << 21]);
    let message = fault(read(&[name]));
    assert_eq!(message, "header at byte 0 (0x0): more than 1 MiB of names and attributes in field `size`");
}

#[test]
fn paths_have_a_limit() {
    let path = "a/".repeat(2048);
    let message = fault(read(&[pax(&[("path", path.as_bytes())]), file("a", b"")]));
    assert_eq!(message, format!("path `{path}`: it is longer than 4095 bytes"));
}
