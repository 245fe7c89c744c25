//! An image to a file that stands for a card: what arrives, what is refused, what is said.

use std::fs::{self, File};
use std::io::Write;
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bringup_compress::BlockMap;
use bringup_tests::{Image, bringup, expect_code};
use tempfile::TempDir;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// A file somewhat larger than the image, full of what an old card may hold.
struct Card {
    image: Image,
    path: PathBuf,
    folder: TempDir,
}

impl Card {
    fn new() -> Self {
        let image = Image::of(BRINGUP, "qemu-aarch64");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card");
        let file = File::create(&path).unwrap();
        let len = fs::metadata(&image.path).unwrap().len() + (1 << 20);
        file.set_len(len).unwrap();
        // Not all of it: what would show is a table, a boot program, and the end.
        for at in [0, 8 << 20, len - (1 << 20)] {
            file.write_all_at(&[0xA5; 1 << 20], at).unwrap();
        }
        Self { image, path, folder }
    }

    fn flash(&self, image: &str, more: &[&str]) -> Command {
        let mut command = bringup(BRINGUP);
        command.args(["flash", image, "--to"]).arg(&self.path).args(more);
        command
    }

    /// The arguments that mean this card and ask no question.
    fn meant(&self) -> Vec<&str> {
        vec!["--i-mean", self.path.to_str().unwrap(), "--yes"]
    }

    /// Whether it has the image, byte for byte, and behind it what it had before.
    fn has_image(&self) -> bool {
        let (image, card) = (fs::read(&self.image.path).unwrap(), fs::read(&self.path).unwrap());
        let (front, behind) = card.split_at(image.len());
        front == image && behind.iter().all(|byte| *byte == 0xA5)
    }

    fn is_blank(&self) -> bool {
        let mut head = vec![0; 4 << 20];
        File::open(&self.path).unwrap().read_exact_at(&mut head, 0).unwrap();
        head.iter().all(|byte| *byte == 0)
    }
}

fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn an_image_arrives_and_its_chain_is_whole_there() {
    let card = Card::new();
    let (said, _) = expect_code(&mut card.flash(name(&card.image.path), &card.meant()), 0);
    assert!(said.starts_with("wrote ") && said.contains("read them back"), "{said}");
    assert!(card.has_image());
    let mut verify = bringup(BRINGUP);
    verify.args(["verify", "--board", "qemu-aarch64", "--no-programs"]).arg(&card.path);
    expect_code(&mut verify, 0);
}

#[test]
fn a_compressed_image_arrives_from_a_pipe() {
    let card = Card::new();
    let mut packed = xz(&fs::read(&card.image.path).unwrap());
    let mut child = card.flash("-", &card.meant()).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&packed).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(card.has_image());
    // The same, cut off, leaves nothing that could boot.
    packed.truncate(packed.len() - 1000);
    let file = card.folder.path().join("disk.img.xz");
    fs::write(&file, packed).unwrap();
    let (_, error) = expect_code(&mut card.flash(name(&file), &card.meant()), 1);
    assert!(error.contains("the device is not usable now"), "{error}");
    assert!(card.is_blank());
}

/// An xz at its lowest level.
fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn without_a_second_name_or_an_answer_nothing_happens() {
    let card = Card::new();
    let before = fs::read(&card.path).unwrap();
    let path = card.path.to_str().unwrap();
    for (more, says) in [
        (&["--yes"][..], format!("help: if it is meant, name it twice: `--to {path} --i-mean {path}`")),
        (
            &["--yes", "--i-mean", "/dev/sdz"],
            format!("error: `--to` names `{path}`, but `--i-mean` names `/dev/sdz`"),
        ),
        (&["--i-mean", path], "help: `--yes` writes without a question".to_owned()),
    ] {
        let mut command = card.flash(name(&card.image.path), more);
        let (_, error) = expect_code(command.stdin(Stdio::null()), 2);
        assert!(error.lines().any(|line| line == says), "{error}");
    }
    let (_, error) = expect_code(&mut card.flash(path, &card.meant()), 2);
    assert!(error.contains("is the image itself"), "{error}");
    assert!(fs::read(&card.path).unwrap() == before);
}

#[test]
fn the_disk_of_the_running_system_is_refused_whatever_is_said() {
    // Where root is on no device of its own, as in a container, there is nothing to refuse.
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let root = mounts.lines().find(|line| line.split(' ').nth(4) == Some("/")).unwrap();
    let number = root.split(' ').nth(2).unwrap();
    let folder = fs::canonicalize(format!("/sys/dev/block/{number}"));
    let Some(device) = folder.ok().map(|folder| Path::new("/dev").join(folder.file_name().unwrap())) else {
        eprintln!("skipped: root is on no block device");
        return;
    };
    if !device.exists() {
        eprintln!("skipped: root's device is not in /dev");
        return;
    }
    let image = Image::of(BRINGUP, "qemu-aarch64");
    let mut command = bringup(BRINGUP);
    command.args(["flash", name(&image.path), "--yes", "--to"]).arg(&device).arg("--i-mean").arg(&device);
    let (_, error) = expect_code(&mut command, 2);
    assert!(error.contains("this system runs from") || error.contains("is a partition"), "{error}");
}

#[test]
fn a_block_map_is_obeyed_and_a_changed_image_found() {
    let card = Card::new();
    let copy = card.folder.path().join("disk.img");
    fs::copy(&card.image.path, &copy).unwrap();
    // Only what is there is mapped: enough to see that the rest is left alone.
    let bytes = fs::read(&copy).unwrap();
    let (head, mapped) = (4 << 20, (8 << 20)..(9 << 20));
    let needed = [0..4096, mapped.start as u64..mapped.end as u64];
    let map = BlockMap::new(&File::open(&copy).unwrap(), &needed, NonZeroUsize::MIN).unwrap();
    fs::write(card.folder.path().join("disk.img.bmap"), map.to_string()).unwrap();
    expect_code(&mut card.flash(name(&copy), &card.meant()), 0);
    let written = fs::read(&card.path).unwrap();
    assert!(written[..head] == bytes[..head] && written[mapped.clone()] == bytes[mapped.clone()]);
    assert!(written[mapped.end..bytes.len()].iter().all(|byte| *byte == 0));
    File::options().write(true).open(&copy).unwrap().write_all_at(b"changed", mapped.start as u64).unwrap();
    let (_, error) = expect_code(&mut card.flash(name(&copy), &card.meant()), 1);
    assert!(error.contains("bytes 0x800000-0x8fffff of the image have another checksum"), "{error}");
    assert!(card.is_blank());
}
