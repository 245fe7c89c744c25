//! What the ext2 writer makes, read back by somebody else's reader.

use crate::common::{Image, dir, expect_nodes, file, image, load, plain};
use bringup_fsimage::ext2::{Creator, Options, Size};
use bringup_fsimage::{Error, Ext2, FileSystem};
use bringup_spec::Bytes;
use bringup_tree::{Content, Device, Kind, Meta, Source, Tree};

const TIGHT: Size = Size::ContentPlus(Bytes(0));

fn options(size: Size) -> Options {
    Options {
        uuid: *b"0123456789abcdef",
        label: "root".to_owned(),
        epoch: 1_700_000_000,
        size,
        free_inodes: 100,
        reserved_percent: 5,
        creator: Creator::Linux,
    }
}

/// Every kind of node; a file with double indirect blocks; owners of more than 16 bits.
fn rich() -> Tree {
    let mut tree = plain(&[
        ("etc/hostname", b"pine\n".to_vec()),
        ("usr/lib/direct", vec![1; 12 * 4096]),
        ("usr/lib/double", (0..4_500_017_u32).map(|n| (n / 5) as u8).collect()),
        ("empty", Vec::new()),
    ]);
    let mut su = Meta { mode: 0o4755, uid: 1000, gid: 100_000, mtime: 7, ..Meta::default() };
    su.xattrs.insert(b"security.capability".to_vec(), vec![1; 20]);
    tree.insert("usr/su", su, file("su")).unwrap();
    tree.link("etc/su", "usr/su").unwrap();
    tree.insert("bin", dir(), Kind::Symlink(b"usr/bin".to_vec())).unwrap();
    tree.insert("short", dir(), Kind::Symlink(vec![b't'; 59])).unwrap();
    tree.insert("long", dir(), Kind::Symlink(vec![b't'; 60])).unwrap();
    let device = Device { major: 8, minor: 300 };
    for (name, kind) in [
        ("b", Kind::BlockDevice(device)),
        ("c", Kind::CharDevice(Device { major: 5, minor: 1 })),
        ("p", Kind::Fifo),
        ("s", Kind::Socket),
    ] {
        tree.insert(name, dir(), kind).unwrap();
    }
    // Long names, so that few of them need an indirect block.
    for number in 0..300 {
        let name = format!("many/{number:0200}");
        tree.insert_all(name, dir(), file(number.to_string()), &dir()).unwrap();
    }
    tree
}

fn plan(tree: &Tree, size: Size) -> Ext2 {
    Ext2::plan(tree, &options(size)).unwrap()
}

fn refusal(tree: &Tree, options: &Options) -> String {
    Ext2::plan(tree, options).unwrap_err().to_string()
}

/// A little-endian word of the superblock.
fn word(image: &Image, at: usize) -> u32 {
    u32::from_le_bytes(*image.bytes[1024 + at..].first_chunk().unwrap())
}

fn with(name: &str, value: Vec<u8>) -> Tree {
    let mut meta = dir();
    meta.xattrs.insert(name.into(), value);
    let mut tree = plain(&[]);
    tree.insert("x", meta, file("")).unwrap();
    tree
}

#[test]
fn another_reader_finds_every_file() {
    let tree = rich();
    let view = load(image(&plan(&tree, TIGHT)).bytes);
    assert_eq!(view.label().to_str().unwrap(), "root");
    expect_nodes(&view, &tree, None);
    let names = view.read_dir("/many").unwrap().count();
    assert_eq!(names, 302);
    assert!(view.symlink_metadata("/lost+found").unwrap().is_dir());
}

#[test]
fn same_tree_same_bytes() {
    let first = image(&plan(&rich(), TIGHT)).bytes;
    assert!(first == image(&plan(&rich(), TIGHT)).bytes);
    let other = Options { epoch: 1, ..options(TIGHT) };
    assert!(first != image(&Ext2::plan(&rich(), &other).unwrap()).bytes);
}

#[test]
fn the_boot_block_is_left_alone() {
    let image = image(&plan(&rich(), TIGHT));
    assert_eq!(image.bytes[..1024], [0; 1024]);
    assert_eq!(image.bytes[1024 + 0x38..][..2], [0x53, 0xef]);
}

#[test]
fn every_copy_of_the_superblock_names_its_group() {
    let fs = plan(&plain(&[]), Size::Exact(Bytes::mib(400)));
    let image = image(&fs);
    let main = &image.bytes[1024..2048];
    for group in [1, 3] {
        let copy = &image.bytes[group << 27..][..1024];
        assert_eq!(copy[0x5a..0x5c], [group as u8, 0]);
        assert_eq!((&copy[..0x5a], &copy[0x5c..]), (&main[..0x5a], &main[0x5c..]));
        assert_eq!(image.bytes[(group << 27) + 4096..][..4096], image.bytes[4096..8192]);
    }
    assert_ne!(image.bytes[(2 << 27) + 0x38..][..2], [0x53, 0xef]);
}

#[test]
fn the_hurd_has_its_own_fields() {
    let tree = with("gnu.translator", b"/hurd/null\0".to_vec());
    let linux = image(&plan(&tree, TIGHT));
    let hurd = image(&Ext2::plan(&tree, &Options { creator: Creator::Hurd, ..options(TIGHT) }).unwrap());
    // s_creator_os, and filetype in s_feature_incompat.
    assert_eq!((word(&linux, 0x48), word(&linux, 0x60)), (0, 2));
    assert_eq!((word(&hurd, 0x48), word(&hurd, 0x60)), (1, 0));
    // h_i_author of the root: inode 2 of the table, behind one block of descriptors.
    let table = u32::from_le_bytes(*hurd.bytes[4096 + 8..].first_chunk().unwrap()) as usize * 4096;
    assert_eq!(hurd.bytes[table + 128 + 0x7c..][..4], [0xff; 4]);
    assert_eq!(linux.bytes[table + 128 + 0x7c..][..4], [0; 4]);
    // Without the feature the byte behind a name's length belongs to the length.
    let root = u32::from_le_bytes(*hurd.bytes[table + 128 + 0x28..].first_chunk().unwrap()) as usize * 4096;
    assert_eq!((linux.bytes[root + 7], hurd.bytes[root + 7]), (2, 0));
}

#[test]
fn attributes_are_in_a_block_of_their_own() {
    let mut meta = dir();
    for (name, value) in [("user.b", "22"), ("user.aa", "1"), ("gnu.translator", "/hurd/null\0")] {
        meta.xattrs.insert(name.into(), value.into());
    }
    let mut tree = plain(&[]);
    tree.insert("x", meta, file("")).unwrap();
    let image = image(&plan(&tree, TIGHT));
    let blocks: Vec<&[u8]> =
        image.bytes.chunks(4096).filter(|block| block.starts_with(&[0, 0, 2, 0xea])).collect();
    let [block] = blocks[..] else { panic!("one file has attributes") };
    // By namespace, length and bytes of the name: user.b, user.aa, gnu.translator.
    let mut at = 32;
    for (name, index, value) in [("b", 1, "22"), ("aa", 1, "1"), ("translator", 10, "/hurd/null\0")] {
        assert_eq!((block[at], block[at + 1]), (name.len() as u8, index));
        let offset = usize::from(u16::from_le_bytes([block[at + 2], block[at + 3]]));
        assert_eq!(&block[offset..offset + value.len()], value.as_bytes());
        assert_eq!(&block[at + 16..at + 16 + name.len()], name.as_bytes());
        at += 16 + name.len().next_multiple_of(4);
    }
    assert_eq!(block[at..at + 4], [0; 4]);
    // e_hash of the first: `b`, turned by a word's half, and the bytes of `22`.
    assert_eq!(block[32 + 12..32 + 16], 0x0062_3232_u32.to_le_bytes());
}

#[test]
fn the_size_leaves_exactly_what_was_promised() {
    let tree = rich();
    for reserve in [Bytes(0), Bytes(1), Bytes::mib(5), Bytes::mib(127), Bytes::gib(3), Bytes::gib(9)] {
        let fs = plan(&tree, Size::ContentPlus(reserve));
        assert!(fs.free_inodes() >= 100, "{reserve}");
        let least = reserve.align_up(Bytes(4096));
        // A last group of the disk has a least size.
        assert!(fs.free() >= least && fs.free() < least + Bytes::mib(1), "{reserve}: {}", fs.free());
    }
}

#[test]
fn promised_inodes_are_free() {
    for free_inodes in [0, 5000, 100_000] {
        let options = Options { free_inodes, ..options(TIGHT) };
        assert!(Ext2::plan(&rich(), &options).unwrap().free_inodes() >= free_inodes);
    }
}

#[test]
fn an_exact_size_is_kept_to_the_byte() {
    // The second one leaves no room for a second group's tables.
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
    let Err(Error::TooSmall { needed, .. }) = Ext2::plan(&tree, &options(given)) else {
        panic!("10 MiB do not hold 20 MiB");
    };
    assert_eq!(plan(&tree, Size::Exact(needed)).free(), Bytes(0));
    let less = needed - Bytes(4096);
    assert_eq!(
        refusal(&tree, &options(Size::Exact(less))),
        format!(
            "ext2: the files need {needed}, but the size is {less}\nhelp: give at least {} bytes",
            needed.0
        )
    );
    assert!(refusal(&tree, &options(Size::Exact(Bytes(0)))).starts_with("ext2: the files need "));
}

#[test]
fn small_files_are_written_in_large_pieces() {
    let image = image(&plan(&rich(), TIGHT));
    assert!(image.pieces < 20, "{}", image.pieces);
}

#[test]
fn names_and_targets_are_any_bytes() {
    let mut tree = plain(&[]);
    tree.insert(b"\xff", dir(), file("x")).unwrap();
    tree.insert("l", dir(), Kind::Symlink(b"\xff".to_vec())).unwrap();
    let view = load(image(&plan(&tree, TIGHT)).bytes);
    assert_eq!(view.read(b"/\xff".as_slice()).unwrap(), b"x");
    assert_eq!(view.read_link("/l").unwrap(), b"\xff".as_slice());
}

#[test]
fn values_out_of_range_are_refused() {
    let device = |major, minor| Kind::BlockDevice(Device { major, minor });
    let source = Source { path: "huge".into(), file: tempfile::tempfile().unwrap() }.into();
    let huge = Kind::File(Content::Range { source, offset: 0, len: 1 << 41 });
    for (meta, kind, message) in [
        (dir(), device(4096, 0), "`x`: its major number is 4096, but ext2 holds 0 to 4095"),
        (dir(), device(0, 1 << 20), "`x`: its minor number is 1048576, but ext2 holds 0 to 1048575"),
        (
            dir(),
            Kind::Symlink(vec![b't'; 4096]),
            "`x`: the length of its target is 4096, but ext2 holds 1 to 4095",
        ),
        (dir(), huge, "`x` is 2 TiB, but ext2 holds files of at most 2.0 TiB (2194728288256 B)"),
        (
            Meta::root(0, 1 << 31),
            file(""),
            "`x`: its time is 2147483648, but ext2 holds -2147483648 to 2147483647",
        ),
    ] {
        let mut tree = plain(&[]);
        tree.insert("x", meta, kind).unwrap();
        assert_eq!(refusal(&tree, &options(TIGHT)), message);
    }
}

#[test]
fn an_inode_has_32000_names_at_most() {
    let mut tree = plain(&[("d/a", Vec::new())]);
    for number in 0..31_999 {
        tree.link(format!("d/{number}"), "d/a").unwrap();
    }
    assert!(Ext2::plan(&tree, &options(TIGHT)).is_ok());
    tree.link("d/x", "d/a").unwrap();
    let message = "`d/x`: the number of its names is 32001, but ext2 holds 1 to 32000";
    assert_eq!(refusal(&tree, &options(TIGHT)), message);
}

#[test]
fn attributes_must_be_known_and_fit() {
    for (name, len, message) in [
        ("other.x", 1, "`x`: attribute `other.x` is in none of ext2's namespaces"),
        ("user.", 1, "`x`: attribute `user.` is in none of ext2's namespaces"),
        ("user.x", 4041, "`x`: its attributes take 4064 bytes, but ext2 holds 4060"),
        (
            "system.posix_acl_access",
            3,
            "`x`: attribute `system.posix_acl_access` is not an access control list",
        ),
    ] {
        assert_eq!(refusal(&with(name, vec![0; len]), &options(TIGHT)), message);
    }
    assert!(Ext2::plan(&with("user.x", vec![0; 4040]), &options(TIGHT)).is_ok());
}

#[test]
fn lost_and_found_is_a_directory() {
    let tree = plain(&[("lost+found", Vec::new())]);
    let message = "`lost+found` of the tree is a file, but ext2 makes a directory of that name";
    assert_eq!(refusal(&tree, &options(TIGHT)), message);
    let tree = plain(&[("lost+found/#12", b"found".to_vec())]);
    let view = load(image(&plan(&tree, TIGHT)).bytes);
    assert_eq!(view.read("/lost+found/#12").unwrap(), b"found");
}

#[test]
fn options_out_of_range_are_refused() {
    let good = || options(TIGHT);
    for (options, message) in [
        (
            Options { label: "seventeen letters".to_owned(), ..good() },
            "label `seventeen letters` has 17 bytes, but ext2 holds 16",
        ),
        (Options { epoch: 1 << 31, ..good() }, "ext2: epoch is 2147483648, but 0 to 2147483647 are possible"),
        (
            Options { reserved_percent: 51, ..good() },
            "ext2: reserved_percent is 51, but 0 to 50 are possible",
        ),
        (
            Options { free_inodes: u32::MAX, ..good() },
            "ext2: free_inodes is 4294967295, but 0 to 1073741824 are possible",
        ),
    ] {
        assert_eq!(refusal(&plain(&[]), &options), message);
    }
    let huge = options(Size::Exact(Bytes(1 << 45)));
    assert!(refusal(&plain(&[]), &huge).starts_with("ext2 holds at most "));
}
