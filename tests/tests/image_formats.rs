//! What an image becomes (qcow2, compressed, with a block map), read by others' tools from the store.

use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use bringup_compress::{BlockMap, Format, compress, mapped};
use bringup_qcow2::Compression;
use bringup_tests::every::tool;
use bringup_tests::{bringup, expect_code};
use tempfile::TempDir;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");
const MIB: u64 = 1 << 20;
const TWO: NonZeroUsize = NonZeroUsize::new(2).unwrap();

/// A folder with a sparse image: data at both ends and in between, some of which nothing compresses.
struct Disk {
    folder: TempDir,
    image: File,
    len: u64,
}

impl Disk {
    fn new(len: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = File::options();
        let image =
            options.read(true).write(true).create_new(true).open(folder.path().join("disk.img")).unwrap();
        image.set_len(len).unwrap();
        let text: Vec<u8> = (0..400_000u32).flat_map(|line| format!("line {line}\n").into_bytes()).collect();
        let step = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        let noise = std::iter::successors(Some(1), step).map(|state: u64| (state >> 56) as u8);
        let noise: Vec<u8> = noise.take(300_000).collect();
        image.write_all_at(&text, 0).unwrap();
        image.write_all_at(&noise, 6 * MIB).unwrap();
        image.write_all_at(&text, len - 20 * MIB).unwrap();
        image.write_all_at(b"end", len - 3).unwrap();
        Self { folder, image, len }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn bytes(&self, at: u64, len: usize) -> Vec<u8> {
        read(&self.image, at, len)
    }
}

fn read(file: &File, at: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    file.read_exact_at(&mut bytes, at).unwrap();
    bytes
}

#[test]
fn qemu_img_finds_the_disk_in_qcow2() {
    // Two of its tables, the border between them in data.
    let disk = Disk::new(531 * MIB + 512);
    let compressions = [
        (Compression::None, "zlib"),
        (Compression::Zlib { level: 6 }, "zlib"),
        (Compression::Zstd { level: 3 }, "zstd"),
    ];
    let (raw, qcow2) = (disk.name("disk.img"), disk.name("disk.qcow2"));
    for (compression, says) in compressions {
        let options = bringup_qcow2::Options { compression, threads: TWO };
        bringup_qcow2::write(&disk.image, File::create(&qcow2).unwrap(), &options).unwrap();
        let check = tool(BRINGUP, "qemu-img", &["check", "-f", "qcow2", &qcow2]);
        assert!(check.contains("No errors were found"), "{check}");
        tool(BRINGUP, "qemu-img", &["compare", "-f", "raw", "-F", "qcow2", &raw, &qcow2]);
        let info = tool(BRINGUP, "qemu-img", &["info", "--output=json", &qcow2]);
        let info: serde_json::Value = serde_json::from_str(&info).unwrap();
        assert_eq!(info["virtual-size"], disk.len);
        assert_eq!(info["format-specific"]["data"]["compression-type"], says, "{info:#}");
    }
}

#[test]
fn each_formats_own_program_reads_it() {
    let disk = Disk::new(48 * MIB + 512);
    for format in [Format::Zstd { level: 3 }, Format::Xz { level: 1 }, Format::Gzip { level: 6 }] {
        let plain = disk.path("copy.img");
        let packed = disk.name(&format!("copy.img.{}", format.extension()));
        let options = bringup_compress::Options { format, threads: TWO };
        compress(&disk.image, File::create(&packed).unwrap(), &options).unwrap();
        match format {
            Format::Xz { .. } => {
                // Name, streams, blocks, compressed, plain.
                let list = tool(BRINGUP, "xz", &["--robot", "--list", &packed]);
                let file = list.lines().find_map(|line| line.strip_prefix("file\t")).expect("a file");
                let fields: Vec<&str> = file.split('\t').collect();
                assert_eq!((fields[0], fields[3]), ("1", disk.len.to_string().as_str()), "{list}");
            }
            Format::Zstd { .. } => {
                let list = tool(BRINGUP, "zstd", &["--list", "-v", &packed]);
                assert!(list.contains(&format!("({} B)", disk.len)) && list.contains("XXH64"), "{list}");
            }
            _ => {
                tool(BRINGUP, "gzip", &["--test", &packed]);
            }
        }
        tool(BRINGUP, &format.to_string(), &["-d", "-q", &packed]);
        let file = File::open(&plain).unwrap();
        assert_eq!(file.metadata().unwrap().len(), disk.len, "{format}");
        for at in [0, 4 * MIB, 28 * MIB, disk.len - MIB] {
            assert!(read(&file, at, 1 << 20) == disk.bytes(at, 1 << 20), "{format} at {at}");
        }
        fs::remove_file(plain).unwrap();
    }
}

#[test]
fn bmaptool_copies_what_is_mapped_and_nothing_else() {
    let disk = Disk::new(48 * MIB + 512);
    let must_be_zero = 20 * MIB..20 * MIB + 10_000;
    let needed = mapped(&disk.image, std::slice::from_ref(&must_be_zero)).unwrap();
    let map = BlockMap::new(&disk.image, &needed, TWO).unwrap();
    let (raw, card, file) = (disk.name("disk.img"), disk.name("card.img"), disk.name("disk.img.bmap"));
    fs::write(&file, map.to_string()).unwrap();
    // Nobody misses what is not mapped.
    disk.image.write_all_at(b"unmapped", 15 * MIB).unwrap();
    let arguments = ["copy", "--bmap", &file, &raw, &card];
    tool(BRINGUP, "bmaptool", &arguments);
    let copy = File::open(&card).unwrap();
    assert_eq!(copy.metadata().unwrap().len(), disk.len);
    for range in &map.ranges {
        let len = (range.bytes.end - range.bytes.start) as usize;
        assert!(read(&copy, range.bytes.start, len) == disk.bytes(range.bytes.start, len), "{range:?}");
    }
    assert_eq!(read(&copy, 15 * MIB, 8), [0; 8]);
    // What must be zero is.
    disk.image.write_all_at(b"x", 20 * MIB + 9999).unwrap();
    let mut command = bringup(BRINGUP);
    let (_, says) = expect_code(command.args(["--quiet", "tool", "bmaptool"]).args(arguments), 1);
    assert!(says.contains("checksum mismatch for blocks range 5120-5122"), "{says}");
}
