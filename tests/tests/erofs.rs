//! An EROFS of ours, read by erofs-utils from the store.

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;

use bringup_erofs::{Algorithm, Compression, Options};
use bringup_tests::every::tool;
use bringup_tree::{Content, Device, Kind, Meta, MetaPolicy, Tree};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");
const TIME: i64 = 1_700_000_000;

const fn packed(algorithm: Algorithm, cluster_bytes: u32, pack_tails: bool) -> Option<Compression> {
    Some(Compression { algorithm, cluster_bytes, pack_tails })
}

const ALL: [Option<Compression>; 5] = [
    None,
    packed(Algorithm::Lz4, 4096, false),
    packed(Algorithm::Lz4, 65_536, true),
    packed(Algorithm::Zstd { level: 3 }, 4096, true),
    packed(Algorithm::Zstd { level: 9 }, 65_536, false),
];

fn write(tree: &Tree, compression: Option<Compression>, to: &Path) {
    let options = Options {
        compression,
        uuid: *b"0123456789abcdef",
        label: "system".to_owned(),
        time: TIME,
        threads: NonZeroUsize::new(2).unwrap(),
    };
    bringup_erofs::write(tree, &options, &mut File::create(to).unwrap()).unwrap();
}

fn text(len: usize) -> Kind {
    let line = (0..).flat_map(|number: u32| format!("line {number}\n").into_bytes());
    Kind::File(Content::bytes(line.take(len).collect::<Vec<_>>()))
}

/// What an ordinary user can unpack: nothing of anybody else, no devices.
fn plain() -> Tree {
    let mut tree = Tree::new(Meta::root(0o755, 7));
    let mut put = |path: &str, mode, mtime, kind| {
        tree.insert(path, Meta::root(mode, mtime), kind).unwrap();
    };
    let mut noise = 1_u32;
    let noise = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 24) as u8
    });
    let mut half: Vec<u8> = noise.take(1_500_000).collect();
    half.resize(3_000_000, 0);
    put("folder", 0o2750, 8, Kind::Directory);
    put("folder/large", 0o4755, TIME, text(2_500_000));
    put("folder/half noise", 0o644, TIME, Kind::File(Content::bytes(half)));
    put("folder/small", 0o600, i64::from(u32::MAX), text(1000));
    put("empty", 0o644, 1, text(0));
    put("fifo", 0o644, 1, Kind::Fifo);
    put("link", 0o777, 1, Kind::Symlink(b"folder/small".to_vec()));
    put("long link", 0o777, 1, Kind::Symlink(vec![b'x'; 4090]));
    put("many", 0o755, 1, Kind::Directory);
    for number in 0..300 {
        let name = format!("many/{number:04} and more to fill blocks");
        put(&name, 0o640, number as i64, text(number * 43));
    }
    tree.link("name", "folder/small").unwrap();
    tree
}

#[test]
fn fsck_unpacks_what_the_tree_has() {
    let tree = plain();
    let folder = tempfile::tempdir().unwrap();
    for (number, compression) in ALL.into_iter().enumerate() {
        let image = folder.path().join(format!("{number}.erofs"));
        write(&tree, compression, &image);
        let unpacked = folder.path().join(number.to_string());
        let extract = format!("--extract={}", unpacked.display());
        tool(BRINGUP, "fsck.erofs", &[&extract, &image.display().to_string()]);
        let back = Tree::from_directory(&unpacked, MetaPolicy::Keep).unwrap();
        assert_eq!(back.len(), tree.len());
        for (path, _, node) in tree.iter() {
            let name = String::from_utf8_lossy(path);
            let found = back.get(path).unwrap_or_else(|| panic!("no {name}"));
            match (&found.kind, &node.kind) {
                (Kind::File(found), Kind::File(given)) => {
                    assert!(found.read().unwrap() == given.read().unwrap(), "{name}, {compression:?}");
                }
                (Kind::Symlink(found), Kind::Symlink(given)) => assert_eq!(found, given),
                (found, given) => assert_eq!(found.describe(), given.describe()),
            }
        }
        assert_eq!(back.id("name"), back.id("folder/small"));
    }
}

#[test]
fn dump_shows_owners_times_and_devices() {
    let meta = |mode, uid, gid, mtime| Meta { mode, uid, gid, mtime, ..Meta::default() };
    let mut tree = Tree::new(meta(0o755, 0, 0, TIME));
    let device = |major, minor| Kind::BlockDevice(Device { major, minor });
    tree.insert("block", meta(0o660, 0, 6, TIME), device(259, 70_000)).unwrap();
    tree.insert("file", meta(0o4755, 70_000, 4_000_000_000, 1), text(10)).unwrap();
    tree.insert("folder", meta(0o1777, 1, 2, TIME), Kind::Directory).unwrap();
    let mut marked = meta(0o600, 3, 4, TIME);
    marked.xattrs.insert(b"security.capability".to_vec(), vec![1; 20]);
    tree.insert("marked", marked, text(9000)).unwrap();
    tree.link("second name", "marked").unwrap();
    let folder = tempfile::tempdir().unwrap();
    for compression in ALL {
        let image = folder.path().join("image");
        write(&tree, compression, &image);
        let image = image.display().to_string();
        let shown = |path: &str| tool(BRINGUP, "dump.erofs", &[&format!("--path=/{path}"), &image]);
        for (path, expected) in [
            ("block", ["Uid: 0 ", "Gid: 6 ", "Access: 0660/rw-rw----"].as_slice()),
            ("file", &["Uid: 70000 ", "Gid: 4000000000 ", "Access: 0755/rwxr-xr-x", "Size: 10 "]),
            ("folder", &["Uid: 1 ", "Gid: 2 ", "Access: 0777/rwxrwxrwx", "Links: 2 "]),
            ("second name", &["Links: 2 ", "Size: 9000 ", "Xattr size: 48 ", "Access: 0600/rw-------"]),
        ] {
            let text = shown(path);
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ") + " ";
            for part in expected {
                assert!(line.contains(part), "{path}, {compression:?}: no `{part}` in {text}");
            }
        }
        let superblock = tool(BRINGUP, "dump.erofs", &["-s", &image]);
        assert!(superblock.contains("30313233-3435-3637-3839-616263646566"), "{superblock}");
    }
}
