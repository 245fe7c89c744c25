use std::io::Cursor;
use std::num::NonZeroUsize;

use bringup_tree::{Content, Device, Kind, Meta};

use super::*;
use crate::{Algorithm, Compression};

fn options() -> Options {
    Options {
        compression: Some(Compression {
            algorithm: Algorithm::Zstd { level: 1 },
            cluster_bytes: 4096,
            pack_tails: true,
        }),
        uuid: [7; 16],
        label: "root".to_owned(),
        time: 1_700_000_000,
        threads: NonZeroUsize::MIN,
    }
}

fn tree() -> Tree {
    let meta = Meta::root(0o755, 1_700_000_000);
    let mut tree = Tree::new(meta.clone());
    for number in 0..300 {
        let text = format!("line of file {number}\n").repeat(number * 7);
        tree.insert(format!("file {number}"), meta.clone(), Kind::File(Content::bytes(text))).unwrap();
    }
    let large = (0..3_000_000_u32).map(|at| (at / 50) as u8).collect::<Vec<_>>();
    tree.insert("large", meta, Kind::File(Content::bytes(large))).unwrap();
    tree
}

fn written(tree: &Tree, options: &Options) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let written = write(tree, options, &mut out).unwrap();
    assert_eq!(written.inodes, tree.len() as u64);
    assert_eq!((written.bytes, out.position()), (out.get_ref().len() as u64, written.bytes));
    out.into_inner()
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let one = written(&tree(), &options());
    let three = Options { threads: NonZeroUsize::new(3).unwrap(), ..options() };
    assert!(one == written(&tree(), &three));
}

#[test]
fn a_file_system_starts_where_the_output_stands() {
    let mut out = Cursor::new(vec![1; 100]);
    out.set_position(100);
    write(&tree(), &options(), &mut out).unwrap();
    let bytes = out.into_inner();
    assert_eq!(bytes[..100], [1; 100]);
    assert!(bytes[100..] == written(&tree(), &options()));
}

#[test]
fn the_superblock_says_what_the_options_say() {
    let bytes = written(&tree(), &options());
    let superblock = &bytes[1024..1024 + 144];
    assert_eq!(superblock[..4], [0xe2, 0xe1, 0xf5, 0xe0]);
    assert_eq!(superblock[48..64], [7; 16]);
    assert_eq!(superblock[64..72], *b"root\0\0\0\0");
    // Zstandard alone, its window 32 KiB.
    assert_eq!(superblock[84..86], [8, 0]);
    assert_eq!(superblock[128..136], [6, 0, 0, 5, 0, 0, 0, 0]);
}

/// The error of `tree` under `options`, and that nothing was written.
fn refused(tree: &Tree, options: &Options) -> String {
    let mut out = Cursor::new(Vec::new());
    let error = write(tree, options, &mut out).unwrap_err();
    assert!(out.into_inner().is_empty(), "{error}");
    error.to_string()
}

#[test]
fn options_that_erofs_cannot_hold_are_refused() {
    let with = |change: &dyn Fn(&mut Options)| {
        let mut options = options();
        change(&mut options);
        refused(&tree(), &options)
    };
    assert_eq!(
        with(&|options| options.label = "sixteen letters.".to_owned()),
        "label `sixteen letters.` has 16 bytes, but EROFS holds 15"
    );
    assert_eq!(
        with(&|options| options.label = "a\0".to_owned()),
        "label `a\\u{0}`: EROFS cannot hold a NUL byte in a label"
    );
    let cluster = |cluster_bytes| {
        let algorithm = Algorithm::Lz4;
        with(&|options| {
            options.compression = Some(Compression { algorithm, cluster_bytes, pack_tails: false });
        })
    };
    for bytes in [0, 2048, 5000, 12_288, 2 << 20] {
        let expected = "EROFS has those of 4096 to 1048576 bytes, in powers of two";
        assert_eq!(cluster(bytes), format!("clusters of {bytes} bytes: {expected}"));
    }
    let level = |level| {
        let algorithm = Algorithm::Zstd { level };
        let compression = Compression { algorithm, cluster_bytes: 4096, pack_tails: false };
        with(&|options| options.compression = Some(compression))
    };
    assert_eq!(
        [level(0), level(23)],
        [0, 23].map(|level| format!("zstd level {level}: 1 to 22 are possible"))
    );
}

#[test]
fn nodes_that_erofs_cannot_hold_are_refused() {
    let with = |meta: Meta, kind| {
        let mut tree = tree();
        tree.insert("odd", meta, kind).unwrap();
        refused(&tree, &options())
    };
    let meta = || Meta::root(0o644, 0);
    assert_eq!(
        with(meta(), Kind::Symlink(vec![b'x'; 4096])),
        "`odd`: its target has 4096 bytes, but EROFS holds 1 to 4095"
    );
    assert_eq!(
        with(meta(), Kind::CharDevice(Device { major: 4096, minor: 0 })),
        "`odd`: its major number is 4096, but EROFS holds 0 to 4095"
    );
    assert_eq!(
        with(meta(), Kind::BlockDevice(Device { major: 0, minor: 1 << 20 })),
        "`odd`: its minor number is 1048576, but EROFS holds 0 to 1048575"
    );
    let attribute = |name: &str, len| {
        let mut meta = meta();
        meta.xattrs.insert(name.as_bytes().to_vec(), vec![1; len]);
        with(meta, Kind::Fifo)
    };
    assert_eq!(attribute("odd.name", 1), "`odd`: attribute `odd.name` is in none of EROFS's namespaces");
    assert_eq!(
        attribute("user.x", 65_536),
        "`odd`: the value of attribute `user.x` has 65536 bytes, but EROFS holds 65535"
    );
    let mut many = meta();
    for name in 0..5 {
        many.xattrs.insert(format!("user.{name}").into_bytes(), vec![1; 60_000]);
    }
    assert_eq!(with(many, Kind::Fifo), "`odd`: its attributes take 300052 bytes, but EROFS holds 262148");
}

#[test]
fn contents_that_cannot_be_read_are_named() {
    let mut tree = tree();
    let content = Content::Path { path: std::path::Path::new("/nonexistent").into(), len: 9 };
    tree.insert("gone", Meta::root(0o644, 0), Kind::File(content)).unwrap();
    let error = write(&tree, &options(), &mut Cursor::new(Vec::new())).unwrap_err();
    assert!(matches!(error, Error::Read { path, .. } if path == "gone"));
}
