//! A squashfs of ours, read by squashfs-tools and squashfs-tools-ng from the store.

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;

use bringup_squashfs::{Compression, Options, Squashfs};
use bringup_tests::every::tool;
use bringup_tree::{Content, Device, Kind, Meta, MetaPolicy, Tree};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");
const ALL: [Compression; 4] = [
    Compression::Gzip { level: 9 },
    Compression::Xz { level: 6 },
    Compression::Lz4,
    Compression::Zstd { level: 15 },
];

fn write(tree: &Tree, compression: Compression, to: &Path) {
    let threads = NonZeroUsize::new(2).unwrap();
    let options = Options::new(compression, 1_700_000_000, threads);
    Squashfs::plan(tree, &options).unwrap().write(&mut File::create(to).unwrap()).unwrap();
}

fn text(len: usize) -> Kind {
    let line = (0..).flat_map(|number: u32| format!("line {number}\n").into_bytes());
    Kind::File(Content::bytes(line.take(len).collect::<Vec<_>>()))
}

/// What an ordinary user can unpack: nothing of anybody else, no devices.
fn plain() -> Tree {
    let root = |mode, mtime| Meta::root(mode, mtime);
    let mut tree = Tree::new(root(0o755, 7));
    let mut holes = vec![0; 1_000_000];
    holes[500_000] = 1;
    tree.insert("folder", root(0o2750, 8), Kind::Directory).unwrap();
    tree.insert("folder/large", root(0o4755, 1_700_000_000), text(500_000)).unwrap();
    tree.insert("folder/small", root(0o600, i64::from(u32::MAX)), text(1000)).unwrap();
    tree.insert("copy", root(0o644, 1), text(500_000)).unwrap();
    tree.insert("empty", root(0o644, 1), text(0)).unwrap();
    tree.insert("fifo", root(0o644, 1), Kind::Fifo).unwrap();
    tree.insert("holes", root(0o644, 1), Kind::File(Content::bytes(holes))).unwrap();
    tree.insert("link", root(0o777, 1), Kind::Symlink(vec![b'x'; 1000])).unwrap();
    tree.link("name", "folder/small").unwrap();
    tree.insert("many", root(0o755, 1), Kind::Directory).unwrap();
    for number in 0..300 {
        let name = format!("many/{number:04} and more, to fill a block");
        tree.insert(name, root(0o640, number as i64), text(number)).unwrap();
    }
    tree
}

#[test]
fn unsquashfs_unpacks_what_the_tree_has() {
    let tree = plain();
    let folder = tempfile::tempdir().unwrap();
    for compression in ALL {
        let image = folder.path().join(format!("{compression:?}.squashfs"));
        write(&tree, compression, &image);
        let unpacked = folder.path().join(format!("{compression:?}"));
        let names = [unpacked.display().to_string(), image.display().to_string()];
        tool(BRINGUP, "unsquashfs", &["-no-progress", "-no-xattrs", "-d", &names[0], &names[1]]);
        let back = Tree::from_directory(&unpacked, MetaPolicy::Keep).unwrap();
        assert_eq!(back.len(), tree.len());
        for (path, _, node) in tree.iter() {
            let name = String::from_utf8_lossy(path);
            let found = back.get(path).unwrap_or_else(|| panic!("no {name}"));
            // Without privileges it leaves out the bits that are not permissions.
            assert_eq!(
                (found.meta.mode & 0o777, found.meta.mtime),
                (node.meta.mode & 0o777, node.meta.mtime),
                "{name}, {compression:?}"
            );
            match (&found.kind, &node.kind) {
                (Kind::File(found), Kind::File(given)) => {
                    assert!(found.read().unwrap() == given.read().unwrap(), "{name}, {compression:?}");
                }
                (Kind::Symlink(found), Kind::Symlink(given)) => assert_eq!(found, given),
                (found, given) => assert_eq!(found.describe(), given.describe()),
            }
        }
        assert_eq!(back.id("name"), back.id("folder/small"));
        assert_ne!(back.id("copy"), back.id("folder/large"));
    }
}

#[test]
fn rdsquashfs_shows_owners_devices_and_attributes() {
    let mut tree = Tree::new(Meta::root(0o755, 0));
    let attributes =
        [("security.capability", "c"), ("trusted.overlay", "y"), ("user.long", "twenty bytes of value")];
    for (path, mode, uid, gid, kind) in [
        ("block", 0o660, 0, 6, Kind::BlockDevice(Device { major: 259, minor: 70_000 })),
        ("char", 0o666, 0, 0, Kind::CharDevice(Device { major: 5, minor: 1 })),
        ("fifo", 0o600, 1000, 1000, Kind::Fifo),
        ("file", 0o4755, 70_000, 4_000_000_000, text(10)),
        ("folder", 0o1777, 0, 0, Kind::Directory),
        ("link", 0o777, 1, 2, Kind::Symlink(b"../target".to_vec())),
        ("socket", 0o755, 0, 0, Kind::Socket),
    ] {
        let mut meta = Meta { mode, uid, gid, ..Meta::default() };
        let bytes = |(name, value): (&str, &str)| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        meta.xattrs = attributes.map(bytes).into();
        // One more for each: sets that differ, and share a value.
        meta.xattrs.insert(format!("user.{path}").into_bytes(), b"twenty bytes of value".to_vec());
        tree.insert(path, meta, kind).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    for compression in ALL {
        let image = folder.path().join("image");
        write(&tree, compression, &image);
        let image = image.display().to_string();
        let expected = "nod block 0660 0 6 b 259 70000\n\
                        nod char 0666 0 0 c 5 1\n\
                        pipe fifo 0600 1000 1000\n\
                        file file 04755 70000 4000000000\n\
                        dir folder 01777 0 0\n\
                        slink link 0777 1 2 ../target\n\
                        sock socket 0755 0 0\n";
        assert_eq!(tool(BRINGUP, "rdsquashfs", &["--describe", &image]), expected);
        for path in ["block", "file", "folder", "link", "socket"] {
            let shown = tool(BRINGUP, "rdsquashfs", &["--xattr", path, &image]);
            let mut lines: Vec<&str> = shown.lines().collect();
            lines.sort_unstable();
            let own = format!("user.{path}=twenty bytes of value");
            let mut expected =
                vec!["security.capability=c", "trusted.overlay=y", "user.long=twenty bytes of value", &own];
            expected.sort_unstable();
            assert_eq!(lines, expected, "{path}, {compression:?}");
        }
    }
}
