//! What the FAT writer makes, read back by somebody else's reader.

use std::io::{Cursor, Read};

use crate::common::{dir, file, image, plain};
use bringup_fsimage::fat::{FatKind, Options};
use bringup_fsimage::{Error, Fat, FileSystem};
use bringup_spec::Bytes;
use bringup_tree::{Content, Kind, Meta, Source, Tree};

fn options(size: Bytes, kind: Option<FatKind>) -> Options {
    Options {
        size,
        kind,
        label: "boot".to_owned(),
        volume_id: 0x1234_abcd,
        epoch: 1_700_000_000,
        first_sector: 2048,
    }
}

fn rich() -> Tree {
    let mut tree = plain(&[
        ("EFI/BOOT/BOOTAA64.EFI", (0..100_001_u32).map(|n| n as u8).collect()),
        ("extlinux/extlinux.conf", b"menu".to_vec()),
        ("config.txt", b"arm_64bit=1\n".to_vec()),
        ("empty", Vec::new()),
        ("Gr\u{f6}\u{df}e \u{65e5}\u{672c} \u{1f600}.txt", b"long".to_vec()),
        ("thirteenchars", vec![1; 512]),
        (&"x".repeat(255), b"longest".to_vec()),
    ]);
    for number in 0..300 {
        let name = format!("many/a name of some length {number}");
        tree.insert_all(name, dir(), file(number.to_string()), &dir()).unwrap();
    }
    let deep = "d/".repeat(40) + "end";
    tree.insert_all(deep, Meta::root(0, 1_709_210_097), file("deep"), &dir()).unwrap();
    tree
}

fn plan(tree: &Tree, size: Bytes, kind: Option<FatKind>) -> Fat {
    Fat::plan(tree, &options(size, kind)).unwrap()
}

fn refusal(tree: &Tree) -> String {
    Fat::plan(tree, &options(Bytes::mib(16), None)).unwrap_err().to_string()
}

type Disk = Cursor<Vec<u8>>;

/// Every file below `folder` with its bytes, and every directory, as the reader shows them.
fn walk(folder: &fatfs::Dir<'_, Disk>, at: &str, found: &mut Vec<(String, Option<Vec<u8>>)>) {
    for entry in folder.iter().map(Result::unwrap) {
        let name = entry.file_name();
        if name == "." || name == ".." {
            continue;
        }
        let path = format!("{at}{name}");
        if entry.is_dir() {
            found.push((path.clone(), None));
            walk(&entry.to_dir(), &format!("{path}/"), found);
        } else {
            let mut bytes = Vec::new();
            entry.to_file().read_to_end(&mut bytes).unwrap();
            found.push((path, Some(bytes)));
        }
    }
}

#[test]
fn another_reader_finds_every_file_on_all_kinds() {
    let tree = rich();
    let mut expected: Vec<(String, Option<Vec<u8>>)> = tree
        .iter()
        .skip(1)
        .map(|(path, _, node)| {
            let bytes = match &node.kind {
                Kind::File(content) => Some(content.read().unwrap()),
                _ => None,
            };
            (String::from_utf8(path.to_vec()).unwrap(), bytes)
        })
        .collect();
    expected.sort();
    for (kind, size, read) in [
        (FatKind::Fat12, Bytes::mib(2), fatfs::FatType::Fat12),
        (FatKind::Fat16, Bytes::mib(20), fatfs::FatType::Fat16),
        (FatKind::Fat32, Bytes::mib(34), fatfs::FatType::Fat32),
    ] {
        let fs = plan(&tree, size, Some(kind));
        let view = fatfs::FileSystem::new(Cursor::new(image(&fs).bytes), fatfs::FsOptions::new()).unwrap();
        assert_eq!(view.fat_type(), read);
        assert_eq!(view.volume_id(), 0x1234_abcd);
        assert_eq!(view.volume_label(), "BOOT");
        assert_eq!(view.read_volume_label_from_root_dir().unwrap().unwrap(), "BOOT");
        let stats = view.stats().unwrap();
        assert_eq!(u64::from(stats.free_clusters() * stats.cluster_size()), fs.free().0);
        let mut found = Vec::new();
        walk(&view.root_dir(), "", &mut found);
        found.sort();
        assert!(found == expected, "{kind:?}");
    }
}

#[test]
fn times_are_those_of_the_files() {
    let fs = plan(&rich(), Bytes::mib(20), None);
    let view = fatfs::FileSystem::new(Cursor::new(image(&fs).bytes), fatfs::FsOptions::new()).unwrap();
    let folder = view.root_dir().open_dir(&"d/".repeat(40)).unwrap();
    let entry = folder.iter().map(Result::unwrap).find(|entry| entry.file_name() == "end").unwrap();
    let (date, time) = (entry.modified().date, entry.modified().time);
    assert_eq!((date.year, date.month, date.day), (2024, 2, 29));
    assert_eq!((time.hour, time.min, time.sec), (12, 34, 56));
}

#[test]
fn fat32_has_copies_of_its_first_sectors() {
    let bytes = image(&plan(&rich(), Bytes::mib(600), None)).bytes;
    assert_eq!(&bytes[82..90], b"FAT32   ");
    assert_eq!(bytes[..1024], bytes[6 * 512..8 * 512]);
    assert_eq!(bytes[510..512], [0x55, 0xaa]);
    // The other FAT is the same, too.
    let fat = u32::from_le_bytes(bytes[36..40].try_into().unwrap()) as usize * 512;
    assert!(bytes[32 * 512..][..fat] == bytes[32 * 512 + fat..][..fat]);
}

#[test]
fn same_tree_same_bytes() {
    let bytes = || image(&plan(&rich(), Bytes::mib(20), None)).bytes;
    assert!(bytes() == bytes());
}

#[test]
fn an_empty_tree_is_a_file_system() {
    for (kind, mib) in [(FatKind::Fat12, 1), (FatKind::Fat16, 5), (FatKind::Fat32, 34)] {
        let fs = plan(&plain(&[]), Bytes::mib(mib), Some(kind));
        let view = fatfs::FileSystem::new(Cursor::new(image(&fs).bytes), fatfs::FsOptions::new()).unwrap();
        // What is there is the label.
        assert_eq!(view.root_dir().iter().count(), 0);
    }
}

#[test]
fn small_files_are_written_in_large_pieces() {
    assert!(image(&plan(&rich(), Bytes::mib(20), None)).pieces < 8);
}

#[test]
fn a_size_too_small_names_the_one_needed() {
    let tree = plain(&[("a", vec![1; 3 << 20])]);
    let given = options(Bytes::mib(2), None);
    let Err(Error::TooSmall { needed, size, .. }) = Fat::plan(&tree, &given) else {
        panic!("2 MiB do not hold 3 MiB");
    };
    assert_eq!(size, Bytes::mib(2));
    let enough = Fat::plan(&tree, &options(needed, None)).unwrap();
    assert_eq!(enough.size(), needed);
    assert!(Fat::plan(&tree, &options(needed - Bytes(512), None)).is_err());
}

#[test]
fn no_size_is_too_small_to_say_so() {
    for sectors in 0..40 {
        for kind in [None, Some(FatKind::Fat16), Some(FatKind::Fat32)] {
            assert!(Fat::plan(&rich(), &options(Bytes(sectors * 512), kind)).is_err());
        }
    }
}

#[test]
fn what_fat_cannot_hold_is_refused() {
    let with = |name: &[u8], kind: Kind| {
        let mut tree = plain(&[]);
        tree.insert(name, dir(), kind).unwrap();
        refusal(&tree)
    };
    assert_eq!(with(b"l", Kind::Symlink(b"x".to_vec())), "`l` is a symbolic link, and FAT16 cannot hold one");
    assert_eq!(with(b"p", Kind::Fifo), "`p` is a named pipe, and FAT16 cannot hold one");
    assert_eq!(with(b"\xff", file("")), "`\u{fffd}`: its name is not UTF-8, which FAT16 needs");
    assert_eq!(
        with(b"a:b", file("")),
        "`a:b`: FAT16 cannot hold this name: one of \" * / : < > ? \\ | or a control character is in it"
    );
    assert_eq!(with(b"a.", file("")), "`a.`: FAT16 cannot hold this name: it ends with a dot or a space");
}

#[test]
fn names_that_differ_only_in_case_are_refused() {
    let tree = plain(&[("EFI/readme", Vec::new()), ("EFI/README", Vec::new())]);
    assert_eq!(refusal(&tree), "`EFI/README` and `EFI/readme` are the same name to FAT, which ignores case");
}

#[test]
fn files_are_smaller_than_4_gib() {
    let source = Source { path: "huge".into(), file: tempfile::tempfile().unwrap() }.into();
    let content = |len| Kind::File(Content::Range { source: std::sync::Arc::clone(&source), offset: 0, len });
    let mut tree = plain(&[]);
    tree.insert("x", dir(), content(1 << 32)).unwrap();
    assert_eq!(
        Fat::plan(&tree, &options(Bytes::gib(8), None)).unwrap_err().to_string(),
        "`x` is 4 GiB, but FAT32 holds files of at most 4.0 GiB (4294967295 B)"
    );
    tree.insert("x", dir(), content((1 << 32) - 1)).unwrap();
    assert!(Fat::plan(&tree, &options(Bytes::gib(8), None)).is_ok());
}

#[test]
fn the_root_of_fat16_has_room_for_512_entries() {
    let files = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("F{number}")).collect();
        plain(&names.iter().map(|name| (name.as_str(), Vec::new())).collect::<Vec<_>>())
    };
    // One is the label's.
    assert!(Fat::plan(&files(511), &options(Bytes::mib(16), None)).is_ok());
    let message = refusal(&files(512));
    assert_eq!(message, "directory `/` needs 513 entries of 32 bytes, but FAT16 holds 512 there");
}
