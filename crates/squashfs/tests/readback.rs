//! What this crate writes, read by `backhand`.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt;

use backhand::{FilesystemReader, InnerNode, SquashfsFileReader};
use bringup_spec::Bytes;
use bringup_squashfs::{Compression, Error, Options, Squashfs, Written};
use bringup_tree::{Content, Device, Kind, Meta, Source, Tree};

const ZSTD: Compression = Compression::Zstd { level: 3 };
const ALL: [Compression; 7] = [
    Compression::Gzip { level: 9 },
    Compression::Gzip { level: 1 },
    Compression::Xz { level: 6 },
    Compression::Lz4,
    ZSTD,
    Compression::Zstd { level: 15 },
    Compression::Zstd { level: 22 },
];

fn options(compression: Compression) -> Options {
    let threads = NonZeroUsize::new(2).unwrap();
    Options { block_size: Bytes::kib(16), ..Options::new(compression, 1_700_000_000, threads) }
}

fn write(tree: &Tree, options: &Options) -> (Vec<u8>, Written) {
    let mut out = Cursor::new(Vec::new());
    let written = Squashfs::plan(tree, options).unwrap().write(&mut out).unwrap();
    assert_eq!(out.get_ref().len() as u64, written.size.0);
    assert_eq!(written.size.0 % 4096, 0);
    (out.into_inner(), written)
}

/// Bytes that no compressor makes smaller.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32 ^ len as u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..len).map(|_| next()).collect()
}

fn text(len: usize) -> Vec<u8> {
    b"the quick brown fox and so on ".iter().copied().cycle().take(len).collect()
}

fn meta(mode: u32, uid: u32, mtime: i64) -> Meta {
    Meta { mode, uid, gid: uid + 1, mtime, ..Meta::default() }
}

fn file(bytes: impl Into<Vec<u8>>) -> Kind {
    Kind::File(Content::bytes(bytes))
}

/// Something of everything; blocks have 16 KiB.
fn everything() -> Tree {
    let mut tree = Tree::new(meta(0o755, 0, 5));
    let mut hole = vec![0; 100_000];
    hole[50_000] = 1;
    for (path, mode, uid, mtime, kind) in [
        ("dev", 0o1777, 1000, 0, Kind::Directory),
        ("dev/block", 0o660, 0, 1, Kind::BlockDevice(Device { major: 259, minor: 0x12345 })),
        ("dev/char", 0o666, 70_000, 2, Kind::CharDevice(Device { major: 5, minor: 1 })),
        ("dev/fifo", 0o600, 0, 3, Kind::Fifo),
        ("dev/socket", 0o777, 0, i64::from(u32::MAX), Kind::Socket),
        ("empty", 0o644, 0, 4, file([])),
        ("empty folder", 0o700, 0, 4, Kind::Directory),
        ("exact", 0o644, 0, 4, file(text(32_768))),
        ("hole", 0o644, 0, 4, file(hole)),
        ("large", 0o4755, 0, 4, file(text(200_001))),
        ("link", 0o777, 0, 4, Kind::Symlink(b"../a target".to_vec())),
        // The longest that `backhand` reads.
        ("long link", 0o777, 0, 4, Kind::Symlink(vec![b'x'; 255])),
        ("noise", 0o644, 0, 4, file(noise(40_000))),
        ("small", 0o644, 4_294_967_295 - 1, 4, file(text(100))),
        ("small noise", 0o644, 0, 4, file(noise(16_000))),
        ("zeros", 0o644, 0, 4, file(vec![0; 50_000])),
    ] {
        tree.insert(path, meta(mode, uid, mtime), kind).unwrap();
    }
    tree.link("dev/another", "small").unwrap();
    tree
}

/// Everything of a node that `backhand` gives, and the bytes of files.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    numbers: (u16, u32, u32, u32),
    kind: &'static str,
    bytes: Vec<u8>,
}

fn expected(tree: &Tree) -> BTreeMap<Vec<u8>, Seen> {
    let seen = tree.iter().map(|(path, _, node)| {
        let device = |device: &Device| {
            let Device { major, minor } = device;
            (minor & 0xff | major << 8 | (minor & !0xff) << 12).to_le_bytes().to_vec()
        };
        let (kind, bytes) = match &node.kind {
            Kind::Directory => ("directory", Vec::new()),
            Kind::File(content) => ("file", content.read().unwrap()),
            Kind::Symlink(target) => ("symlink", target.clone()),
            Kind::CharDevice(number) => ("char", device(number)),
            Kind::BlockDevice(number) => ("block", device(number)),
            Kind::Fifo => ("fifo", Vec::new()),
            Kind::Socket => ("socket", Vec::new()),
        };
        let Meta { mode, uid, gid, mtime, .. } = node.meta;
        ([b"/", path].concat(), Seen { numbers: (mode as u16, uid, gid, mtime as u32), kind, bytes })
    });
    seen.collect()
}

fn read(image: &[u8]) -> BTreeMap<Vec<u8>, Seen> {
    let system = FilesystemReader::from_reader(Cursor::new(image)).unwrap();
    let seen = system.files().map(|node| {
        let (kind, bytes) = match &node.inner {
            InnerNode::Dir(_) => ("directory", Vec::new()),
            InnerNode::File(file) => {
                let mut bytes = Vec::new();
                system.file(file).reader().read_to_end(&mut bytes).unwrap();
                ("file", bytes)
            }
            InnerNode::Symlink(link) => ("symlink", link.link.as_os_str().as_bytes().to_vec()),
            InnerNode::CharacterDevice(device) => ("char", device.device_number.to_le_bytes().to_vec()),
            InnerNode::BlockDevice(device) => ("block", device.device_number.to_le_bytes().to_vec()),
            InnerNode::NamedPipe => ("fifo", Vec::new()),
            InnerNode::Socket => ("socket", Vec::new()),
        };
        let header = &node.header;
        let numbers = (header.permissions, header.uid, header.gid, header.mtime);
        (node.fullpath.as_os_str().as_bytes().to_vec(), Seen { numbers, kind, bytes })
    });
    seen.collect()
}

/// The file at `path` as its inode has it.
fn inode(image: &[u8], path: &str) -> SquashfsFileReader {
    let system = FilesystemReader::from_reader(Cursor::new(image)).unwrap();
    let node = system.files().find(|node| node.fullpath.as_os_str() == path).unwrap();
    let InnerNode::File(file) = &node.inner else { panic!("{path} is no file") };
    file.clone()
}

#[test]
fn everything_comes_back_from_every_compressor() {
    let tree = everything();
    for compression in ALL {
        for tail_ends in [false, true] {
            let (image, written) = write(&tree, &Options { tail_ends, ..options(compression) });
            assert_eq!(read(&image), expected(&tree), "{compression:?}");
            assert_eq!((written.inodes, written.duplicates), (17, 0));
        }
    }
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let tree = everything();
    let of =
        |threads| write(&tree, &Options { threads: NonZeroUsize::new(threads).unwrap(), ..options(ZSTD) });
    let one = of(1);
    assert!([2, 5].into_iter().all(|threads| of(threads) == one));
}

#[test]
fn a_file_system_may_start_anywhere() {
    let tree = everything();
    let mut out = Cursor::new(vec![0xee; 1_000_000]);
    out.seek(SeekFrom::Start(12_345)).unwrap();
    let written = Squashfs::plan(&tree, &options(ZSTD)).unwrap().write(&mut out).unwrap();
    let end = 12_345 + written.size.0 as usize;
    assert_eq!(out.position(), end as u64);
    let bytes = out.into_inner();
    assert_eq!(bytes[12_345..end], write(&tree, &options(ZSTD)).0);
    assert!(bytes[..12_345].iter().chain(&bytes[end..]).all(|&byte| byte == 0xee));
}

#[test]
fn the_same_bytes_are_stored_once() {
    let mut tree = Tree::new(meta(0o755, 0, 0));
    for (name, bytes) in
        [("a", text(40_000)), ("b", text(40_000)), ("c", text(100)), ("d", text(100)), ("e", noise(100))]
    {
        tree.insert(name, meta(0o644, 0, 0), file(bytes)).unwrap();
    }
    let (image, written) = write(&tree, &options(ZSTD));
    assert_eq!((written.duplicates, written.fragments), (2, 1));
    let place = |path| {
        let file = inode(&image, path);
        (file.blocks_start(), file.frag_index(), file.block_offset())
    };
    assert_eq!(place("/a"), place("/b"));
    assert_eq!(place("/c"), place("/d"));
    assert_ne!(place("/c"), place("/e"));
    assert_eq!(read(&image), expected(&tree));
}

#[test]
fn blocks_of_zeros_take_no_room() {
    let tree = everything();
    let (image, _) = write(&tree, &options(ZSTD));
    let blocks = |path| inode(&image, path).block_sizes().iter().map(|size| size.size()).collect::<Vec<_>>();
    assert_eq!(blocks("/zeros"), [0; 4]);
    assert_eq!(inode(&image, "/zeros").sparse(), 50_000);
    assert_eq!(
        blocks("/hole").iter().map(|&size| size > 0).collect::<Vec<_>>(),
        [false, false, false, true, false, false, false]
    );
    assert_eq!(inode(&image, "/hole").sparse(), 100_000 - 16_384);
}

#[test]
fn the_ends_of_large_files_share_blocks_if_asked_to() {
    let mut tree = Tree::new(meta(0o755, 0, 0));
    tree.insert("large", meta(0o644, 0, 0), file(text(20_000))).unwrap();
    for (tail_ends, blocks, fragments) in [(false, 2, 0), (true, 1, 1)] {
        let (image, written) = write(&tree, &Options { tail_ends, ..options(ZSTD) });
        assert_eq!((inode(&image, "/large").block_sizes().len(), written.fragments), (blocks, fragments));
    }
}

#[test]
fn large_directories_are_read_whole() {
    let mut tree = Tree::new(meta(0o755, 0, 0));
    for number in 0..3000 {
        let name = format!("{number:04} is a rather long name for a file with nothing in it");
        let kind = if number % 7 == 0 { Kind::Directory } else { file(vec![b'x'; number % 5]) };
        tree.insert(name, meta(0o644, 0, number as i64), kind).unwrap();
    }
    let (image, _) = write(&tree, &options(ZSTD));
    assert_eq!(read(&image), expected(&tree));
}

#[test]
fn a_table_of_inodes_only_where_nfs_needs_it() {
    let tree = everything();
    // `lookup_table_start`, the superblock's last field.
    let table = |exportable| write(&tree, &Options { exportable, ..options(ZSTD) }).0[88..96].to_vec();
    assert_eq!(table(false), [0xff; 8]);
    assert_ne!(table(true), [0xff; 8]);
}

#[test]
fn a_file_cut_short_leaves_no_file_system() {
    let mut source = tempfile::NamedTempFile::new().unwrap();
    source.write_all(&noise(100_000)).unwrap();
    let path = source.path().to_owned();
    let mut tree = everything();
    let whole = Source::open(&path).unwrap();
    let cut = Kind::File(Content::Range { source: whole, offset: 0, len: 100_001 });
    tree.insert("shrunk", meta(0o644, 0, 0), cut).unwrap();
    let mut out = Cursor::new(Vec::new());
    let error = Squashfs::plan(&tree, &options(ZSTD)).unwrap().write(&mut out).unwrap_err();
    assert!(matches!(&error, Error::Read { path: named, .. } if *named == path), "{error}");
    assert_eq!(out.get_ref()[..96], [0; 96]);
}

#[test]
fn a_full_disk_is_an_error() {
    let mut room = [0; 50_000];
    let error = Squashfs::plan(&everything(), &options(ZSTD)).unwrap().write(&mut Cursor::new(&mut room[..]));
    assert_eq!(error.unwrap_err().to_string(), "cannot write a squashfs");
}
