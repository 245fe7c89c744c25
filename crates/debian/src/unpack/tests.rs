use std::error::Error as _;
use std::path::Path;

use bringup_tree::Kind;

use super::*;
use crate::Compression;
use crate::deb::fixture::{CONTROL, ENTRIES, Entry, FILE, FOLDER, Fixture, compress, tar, write};

struct Bench {
    folder: tempfile::TempDir,
    store: Store,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        Self { folder, store }
    }

    fn unpack(&self, fixture: &Fixture) -> Result<Unpacked, DebError> {
        unpack(&self.store, &fixture.write(self.folder.path()), &UnpackLimits::default())
    }

    /// The error and its causes, one a line, without the folder's name; the store must hold nothing.
    fn refused(&self, fixture: &Fixture, limits: &UnpackLimits) -> String {
        let file = fixture.write(self.folder.path());
        let error = unpack(&self.store, &file, limits).unwrap_err();
        for folder in ["derived", "building"] {
            assert_eq!(files(&self.folder.path().join("store").join(folder)), 0, "{folder}");
        }
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}\n{error}");
            cause = error.source();
        }
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

/// Files below a folder that are not empty; a lock may stay.
fn files(folder: &Path) -> usize {
    let Ok(entries) = folder.read_dir() else { return 0 };
    let entries = entries.map(|entry| entry.unwrap().path());
    entries
        .map(
            |path| if path.is_dir() { files(&path) } else { usize::from(path.metadata().unwrap().len() > 0) },
        )
        .sum()
}

fn with_data(entries: &[Entry<'_>]) -> Fixture {
    Fixture::with(CONTROL, &tar(entries), Compression::Zstd)
}

#[test]
fn a_package_unpacks_alike_from_every_compression_and_from_the_store() {
    for compression in [Compression::None, Compression::Gzip, Compression::Xz, Compression::Zstd] {
        let bench = Bench::new();
        for _ in 0..2 {
            let unpacked = bench.unpack(&Fixture::new(compression)).unwrap();
            assert_eq!(unpacked.control.package(), "hello");
            assert_eq!(unpacked.tree.read("usr/hi").unwrap(), b"Hello!\n");
            assert_eq!(unpacked.tree.len(), ENTRIES.len());
        }
    }
}

#[test]
fn the_second_time_nothing_is_decompressed() {
    let bench = Bench::new();
    let fixture = Fixture::new(Compression::Xz);
    bench.unpack(&fixture).unwrap();
    // Only whoever decompresses the data again can see that it is damaged now.
    let mut damaged = fixture.bytes();
    let len = damaged.len();
    damaged[len - 40] ^= 1;
    let mut file = write(bench.folder.path(), &damaged);
    file.digest = Digest::of(&fixture.bytes());
    let unpacked = unpack(&bench.store, &file, &UnpackLimits::default()).unwrap();
    assert_eq!(unpacked.tree.read("usr/hello").unwrap(), b"Hello!\n");
}

#[test]
fn damaged_data_leaves_no_result() {
    for (compression, name) in [
        (Compression::Gzip, "data.tar.gz"),
        (Compression::Xz, "data.tar.xz"),
        (Compression::Zstd, "data.tar.zst"),
    ] {
        let bench = Bench::new();
        let len = Fixture::new(compression).members[2].1.len();
        for keep in [len - 1, len / 2, 5] {
            let mut fixture = Fixture::new(compression);
            fixture.members[2].1.truncate(keep);
            let wanted = format!("`hello.deb`: the compressed data of `{name}` ends too early");
            assert_eq!(bench.refused(&fixture, &UnpackLimits::default()), wanted, "{keep}");
        }
        let mut fixture = Fixture::new(compression);
        fixture.members[2].1[0] ^= 0xff;
        let wanted = format!("`hello.deb`: the compressed data of `{name}` is damaged");
        assert_eq!(bench.refused(&fixture, &UnpackLimits::default()).lines().next(), Some(wanted.as_str()));
    }
}

#[test]
fn a_truncated_archive_leaves_no_result() {
    let whole = tar(&ENTRIES);
    // The header of the file is the third block, its content the fourth.
    for (len, what, end) in [(1024 + 100, "header", 1536), (1536 + 5, "`./usr/hello`", 2048)] {
        let fixture = Fixture::with(CONTROL, &whole[..len], Compression::Xz);
        assert_eq!(
            Bench::new().refused(&fixture, &UnpackLimits::default()),
            format!(
                "`hello.deb`: `data.tar.xz`\narchive `hello.deb`\n\
                 {what} at byte 1024 (0x400) ends at byte {end}, but the archive has {len} bytes"
            )
        );
    }
}

#[test]
fn entries_that_leave_the_tree_are_refused() {
    let root = || Entry { path: "./", kind: FOLDER, content: "" };
    let up = Entry { path: "./../etc/passwd", kind: FILE, content: "x" };
    let out = Entry { path: "./out", kind: tar::EntryType::Symlink, content: "../../tmp" };
    let through = Entry { path: "./out/x", kind: FILE, content: "x" };
    let hard = Entry { path: "./x", kind: tar::EntryType::Link, content: "../etc/passwd" };
    let missing = Entry { path: "./x", kind: tar::EntryType::Link, content: "./etc/passwd" };
    let device = Entry { path: "./dev", kind: tar::EntryType::Char, content: "" };
    for (entries, wanted) in [
        (vec![root(), up], "path `./../etc/passwd`: `..` would leave the tree"),
        (vec![root(), out, through], "path `out`: a symbolic link on the way leaves the tree"),
        (vec![root(), hard], "path `../etc/passwd`: `..` would leave the tree"),
        (
            vec![root(), missing],
            "`./x` is a hard link to `./etc/passwd`, which is not in the archive before it",
        ),
        (vec![root(), device], "`./dev` is a character device, and this archive may not hold any"),
    ] {
        let error = Bench::new().refused(&with_data(&entries), &UnpackLimits::default());
        assert_eq!(error, format!("`hello.deb`: `data.tar.zst`\narchive `hello.deb`\n{wanted}"));
    }
}

#[test]
fn an_absolute_link_leads_inside_the_tree_only() {
    let fixture = with_data(&[
        Entry { path: "./etc/", kind: FOLDER, content: "" },
        Entry { path: "./link", kind: tar::EntryType::Symlink, content: "/etc" },
        Entry { path: "./link/passwd", kind: FILE, content: "inside" },
    ]);
    let bench = Bench::new();
    let tree = bench.unpack(&fixture).unwrap().tree;
    assert!(matches!(tree.get("etc/passwd").unwrap().kind, Kind::File(_)));
}

#[test]
fn more_than_the_installed_size_allows_is_refused() {
    let big = "x".repeat(20_000);
    let entries = [Entry { path: "./big", kind: FILE, content: &big }];
    let limits = UnpackLimits { factor: 2, slack: Bytes::kib(4), entries: 10 };
    // 4 KiB of Installed-Size, twice, and the slack.
    for compression in [Compression::None, Compression::Gzip, Compression::Xz, Compression::Zstd] {
        let fixture = Fixture::with(CONTROL, &tar(&entries), compression);
        let name = &fixture.members[2].0;
        let error = Bench::new().refused(&fixture, &limits);
        assert!(error.starts_with(&format!("`hello.deb`: `{name}` unpacks to ")), "{error}");
        assert!(error.ends_with(" or more, but 12 KiB are allowed"), "{error}");
    }
}

#[test]
fn a_bomb_is_stopped_at_once() {
    let mut bomb = tar(&[]);
    bomb.resize(32 << 20, 0);
    let fixture = Fixture::with(CONTROL, &bomb, Compression::Zstd);
    let limits = UnpackLimits { factor: 2, slack: Bytes::mib(1), entries: 10 };
    let folder = tempfile::tempdir().unwrap();
    let file = fixture.write(folder.path());
    let mut out = Vec::new();
    let limit = limits.total(4).0;
    let error = Deb::open(&file.path).unwrap().copy_data(Effort::ONE_THREAD, limit, &mut out).unwrap_err();
    assert!(matches!(error, DebError::TooLarge { limit: Bytes(allowed), .. } if allowed == limit), "{error}");
    assert!(out.len() as u64 <= limit);
}

#[test]
fn more_entries_than_allowed_are_refused() {
    let limits = UnpackLimits { entries: 3, ..UnpackLimits::default() };
    let error = Bench::new().refused(&Fixture::new(Compression::Xz), &limits);
    assert_eq!(error, "`hello.deb`: `data.tar.xz`\narchive `hello.deb`\nmore than 3 entries");
}

#[test]
fn many_packages_come_in_the_order_given() {
    let bench = Bench::new();
    let mut files = Vec::new();
    for at in 0..8_usize {
        let folder = bench.folder.path().join(at.to_string());
        std::fs::create_dir(&folder).unwrap();
        let control = CONTROL.replace("1.0-1", &at.to_string());
        let data = "x".repeat(1000 * at);
        let data = tar(&[Entry { path: "./data", kind: FILE, content: &data }]);
        files.push(Fixture::with(&control, &data, Compression::Xz).write(&folder));
    }
    for jobs in [0, 1, 3, 100] {
        let unpacked = unpack_all(&bench.store, &files, &UnpackLimits::default(), jobs).unwrap();
        let versions: Vec<&str> = unpacked.iter().map(|unpacked| unpacked.control.version()).collect();
        assert_eq!(versions, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    }
    std::fs::write(&files[5].path, compress(b"x", Compression::Gzip)).unwrap();
    let error = unpack_all(&bench.store, &files, &UnpackLimits::default(), 2).unwrap_err();
    assert!(matches!(error, DebError::NotADeb { path, .. } if path == files[5].path));
    assert!(unpack_all(&bench.store, &[], &UnpackLimits::default(), 2).unwrap().is_empty());
}
