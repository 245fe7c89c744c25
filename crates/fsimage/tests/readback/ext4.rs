//! What the ext4 writer makes, read back by somebody else's reader.

use crate::common::{Image, dir, expect_nodes, file, image, load, plain};
use bringup_fsimage::ext4::{Options, Size};
use bringup_fsimage::{Error, Ext4, FileSystem};
use bringup_spec::Bytes;
use bringup_tree::{Content, Device, Kind, Meta, Tree};

fn options(size: Size) -> Options {
    Options {
        uuid: *b"0123456789abcdef",
        hash_seed: *b"fedcba9876543210",
        label: "root".to_owned(),
        epoch: 1_700_000_000,
        size,
        free_inodes: 100,
        reserved_percent: 0,
        journal: None,
    }
}

const TIGHT: Size = Size::ContentPlus(Bytes(0));

fn rich() -> Tree {
    let mut tree = plain(&[
        ("etc/hostname", b"pine\n".to_vec()),
        ("usr/lib/large", (0..3_000_017_u32).map(|n| n as u8).collect()),
        ("empty", Vec::new()),
    ]);
    tree.insert("lost+found", Meta::root(0o700, 1), Kind::Directory).unwrap();
    let mut su = Meta { mode: 0o4755, uid: 1000, gid: 100_000, mtime: 7, ..Meta::default() };
    su.xattrs.insert(b"security.capability".to_vec(), vec![1; 20]);
    tree.insert("usr/su", su, file("su")).unwrap();
    tree.link("etc/su", "usr/su").unwrap();
    tree.insert("bin", dir(), Kind::Symlink(b"usr/bin".to_vec())).unwrap();
    tree.insert("long", dir(), Kind::Symlink(b"t/".repeat(150))).unwrap();
    let device = Device { major: 8, minor: 300 };
    for (name, kind) in [
        ("b", Kind::BlockDevice(device)),
        ("c", Kind::CharDevice(device)),
        ("p", Kind::Fifo),
        ("s", Kind::Socket),
    ] {
        tree.insert(name, dir(), kind).unwrap();
    }
    // Enough names for a hashed directory.
    for number in 0..1500 {
        let name = format!("many/a name of some length {number}");
        tree.insert_all(name, dir(), file(number.to_string()), &dir()).unwrap();
    }
    tree
}

fn plan(tree: &Tree, size: Size) -> Ext4 {
    Ext4::plan(tree, &options(size)).unwrap()
}

fn refusal(tree: &Tree, options: &Options) -> String {
    Ext4::plan(tree, options).unwrap_err().to_string()
}

#[test]
fn another_reader_finds_every_file() {
    let tree = rich();
    let view = load(image(&plan(&tree, TIGHT)).bytes);
    assert_eq!(view.label().to_str().unwrap(), "root");
    expect_nodes(&view, &tree, Some(b"/lost+found"));
}

#[test]
fn same_tree_same_bytes() {
    let first = image(&plan(&rich(), TIGHT)).bytes;
    assert!(first == image(&plan(&rich(), TIGHT)).bytes);
    let other = Options { hash_seed: [1; 16], ..options(TIGHT) };
    assert!(first != image(&Ext4::plan(&rich(), &other).unwrap()).bytes);
}

#[test]
fn the_size_leaves_exactly_what_was_promised() {
    let tree = rich();
    for reserve in [Bytes(0), Bytes(1), Bytes::mib(5), Bytes::mib(127), Bytes::gib(3), Bytes::gib(9)] {
        let fs = plan(&tree, Size::ContentPlus(reserve));
        assert!(fs.free_inodes() >= 100, "{reserve}");
        let least = reserve.align_up(Bytes(4096));
        assert!(fs.free() >= least, "{reserve}: {}", fs.free());
        // The journal needs a least size, and a last group of the disk one of its own.
        let spare = if reserve < Bytes::mib(16) { Bytes::mib(8) } else { Bytes::mib(3) };
        assert!(fs.free() < least + spare, "{reserve}: {}", fs.free());
    }
}

#[test]
fn one_block_less_does_not_leave_it() {
    let tree = rich();
    let fs = plan(&tree, Size::ContentPlus(Bytes::mib(100)));
    assert_eq!(fs.free(), Bytes::mib(100));
    let smaller = plan(&tree, Size::Exact(fs.size() - Bytes(4096)));
    assert_eq!(smaller.free(), Bytes::mib(100) - Bytes(4096));
}

#[test]
fn promised_inodes_are_free() {
    for free_inodes in [0, 5000, 100_000] {
        let options = Options { free_inodes, ..options(TIGHT) };
        let fs = Ext4::plan(&rich(), &options).unwrap();
        assert!(fs.free_inodes() >= free_inodes);
    }
}

#[test]
fn an_exact_size_is_kept_to_the_byte() {
    for size in [Bytes::mib(40), Bytes::mib(128) + Bytes(4096), Bytes(50_000_001)] {
        let fs = plan(&rich(), Size::Exact(size));
        assert_eq!(fs.size(), size);
        let view = load(image(&fs).bytes);
        assert_eq!(view.read("/etc/hostname").unwrap(), b"pine\n");
    }
}

#[test]
fn a_size_too_small_names_the_one_needed() {
    let tree = plain(&[("a", vec![1; 20 << 20])]);
    let given = Size::Exact(Bytes::mib(10));
    let Err(Error::TooSmall { needed, size, .. }) = Ext4::plan(&tree, &options(given)) else {
        panic!("10 MiB do not hold 20 MiB");
    };
    assert_eq!(size, Bytes::mib(10));
    assert_eq!(plan(&tree, Size::Exact(needed)).size(), needed);
    let less = needed - Bytes(4096);
    let message = refusal(&tree, &options(Size::Exact(less)));
    assert_eq!(
        message,
        format!(
            "ext4: the files need {needed}, but the size is {less}\nhelp: give at least {} bytes",
            needed.0
        )
    );
}

#[test]
fn the_smallest_file_system_has_16_mib() {
    for size in [Bytes(0), Bytes(1), Bytes(4096), Bytes::mib(16) - Bytes(1)] {
        let message = refusal(&plain(&[]), &options(Size::Exact(size)));
        assert!(message.starts_with("ext4: the files need 16 MiB, but the size is "), "{message}");
    }
    assert_eq!(plan(&plain(&[]), Size::Exact(Bytes::mib(16))).size(), Bytes::mib(16));
}

#[test]
fn small_files_are_written_in_large_pieces() {
    let image = image(&plan(&rich(), TIGHT));
    assert!(image.pieces < 20, "{}", image.pieces);
}

#[test]
fn names_and_targets_are_utf8() {
    let mut tree = plain(&[]);
    tree.insert(b"\xff", dir(), file("")).unwrap();
    assert_eq!(refusal(&tree, &options(TIGHT)), "`\u{fffd}`: its name is not UTF-8, which ext4 needs");
    let mut tree = plain(&[]);
    tree.insert("l", dir(), Kind::Symlink(b"\xff".to_vec())).unwrap();
    assert_eq!(refusal(&tree, &options(TIGHT)), "`l`: its target is not UTF-8, which ext4 needs");
}

#[test]
fn values_out_of_range_are_refused() {
    let device = Device { major: 4096, minor: 0 };
    for (kind, message) in [
        (Kind::BlockDevice(device), "`x`: its major number is 4096, but ext4 holds 0 to 4095"),
        (Kind::Symlink(Vec::new()), "`x`: the length of its target is 0, but ext4 holds 1 to 4095"),
    ] {
        let mut tree = plain(&[]);
        tree.insert("x", dir(), kind).unwrap();
        assert_eq!(refusal(&tree, &options(TIGHT)), message);
    }
    let mut tree = plain(&[]);
    tree.insert("x", Meta::root(0, 1 << 40), file("")).unwrap();
    let message = "`x`: its time is 1099511627776, but ext4 holds -2147483648 to 15032385535";
    assert_eq!(refusal(&tree, &options(TIGHT)), message);
}

#[test]
fn attributes_must_be_known_and_fit() {
    let with = |name: &str, len: usize| {
        let mut meta = dir();
        meta.xattrs.insert(name.into(), vec![0; len]);
        let mut tree = plain(&[]);
        tree.insert("x", meta, file("")).unwrap();
        tree
    };
    let message = refusal(&with("other.x", 1), &options(TIGHT));
    assert_eq!(message, "`x`: attribute `other.x` is in none of ext4's namespaces");
    let message = refusal(&with("user.x", 5000), &options(TIGHT));
    assert_eq!(message, "`x`: its attributes take 5024 bytes, but ext4 holds 4060");
    let message = refusal(&with("system.posix_acl_access", 3), &options(TIGHT));
    assert_eq!(message, "`x`: attribute `system.posix_acl_access` is not an access control list");
    assert!(Ext4::plan(&with("user.x", 4000), &options(TIGHT)).is_ok());
}

#[test]
fn lost_and_found_belongs_to_ext4() {
    let tree = plain(&[("lost+found/x", Vec::new())]);
    let message = refusal(&tree, &options(TIGHT));
    assert_eq!(
        message,
        "`lost+found` of the tree is a directory with files, but ext4 makes an empty directory of that name"
    );
}

#[test]
fn options_out_of_range_are_refused() {
    let good = || options(TIGHT);
    for (options, message) in [
        (
            Options { label: "seventeen letters".to_owned(), ..good() },
            "label `seventeen letters` has 17 bytes, but ext4 holds 16",
        ),
        (Options { epoch: -1, ..good() }, "ext4: epoch is -1, but 0 to 4294967295 are possible"),
        (
            Options { reserved_percent: 51, ..good() },
            "ext4: reserved_percent is 51, but 0 to 50 are possible",
        ),
        (
            Options { journal: Some(Bytes::mib(1)), ..good() },
            "ext4: journal is 1048576, but 4194304 to 17592186040320 are possible",
        ),
        (
            options(Size::Exact(Bytes::gib(20_000))),
            "ext4 holds at most 16.0 TiB (17592186036224 B), but the size is 19.5 TiB (21474836480000 B)",
        ),
    ] {
        assert_eq!(refusal(&plain(&[]), &options), message);
    }
}

#[test]
fn contents_that_cannot_be_read_are_named() {
    let mut tree = plain(&[]);
    let content = Content::Path { path: std::path::Path::new("/missing/file").into(), len: 5 };
    tree.insert("x", dir(), Kind::File(content)).unwrap();
    let fs = plan(&tree, TIGHT);
    let mut sink = Image { bytes: vec![0; fs.size().0 as usize], ..Default::default() };
    let error = fs.write(&mut sink).unwrap_err().to_string();
    assert!(error.starts_with("cannot read `/missing/file`: "), "{error}");
}
