//! A copy of an image, for a test to change: to break one link of its boot chain, mostly.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::{Image, bringup, expect_code};

/// The copy; it goes when the test ends.
pub struct ImageCopy<'a> {
    /// The copy.
    pub path: PathBuf,
    image: &'a Image,
    program: &'a str,
    folder: TempDir,
}

impl<'a> ImageCopy<'a> {
    /// A whole copy.
    pub fn of(program: &'a str, image: &'a Image) -> Self {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let path = folder.path().join("copy.img");
        fs::copy(&image.path, &path).expect("there is room for a copy");
        Self { path, image, program, folder }
    }

    /// A path for one more file.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs e2fsprogs' `debugfs` on the root file system.
    pub fn debugfs(&self, request: &str) {
        let device = format!("{}?offset={}", self.path.display(), self.image.root_offset());
        let (_, stderr) = expect_code(
            bringup(self.program).args(["--quiet", "tool", "debugfs", "-w", "-R", request, &device]),
            0,
        );
        // Its exit code does not tell; its first line is its version.
        assert_eq!(stderr.lines().count(), 1, "debugfs {request}: {stderr}");
    }

    /// Runs one of mtools on the EFI system partition.
    pub fn mtool(&self, program: &str, arguments: &[&str]) {
        let offset = self.image.partition("esp")["start_bytes"].as_u64().expect("a number of bytes");
        let device = format!("{}@@{offset}", self.path.display());
        let mut command = bringup(self.program);
        expect_code(command.args(["--quiet", "tool", program, "-i", &device]).args(arguments), 0);
    }

    /// Turns every bit of one byte.
    pub fn flip(&self, offset: u64) {
        let mut byte = [0];
        self.file().read_exact_at(&mut byte, offset).expect("it is inside the image");
        self.write(offset, &[!byte[0]]);
    }

    /// Puts other bytes there.
    pub fn write(&self, offset: u64, bytes: &[u8]) {
        self.file().write_all_at(bytes, offset).expect("it is inside the image");
    }

    /// Another first digit in the UUID that the boot menu has behind `root=UUID=`; the menu's text
    /// stands in the image as it is.
    pub fn wrong_root_uuid(&self) {
        let needle = format!("root=UUID={}", self.image.root_uuid());
        let bytes = fs::read(&self.path).expect("it can be read");
        let found: Vec<usize> = (0..bytes.len() - needle.len())
            .filter(|at| bytes[*at] == b'r' && bytes[*at..].starts_with(needle.as_bytes()))
            .collect();
        assert_eq!(found.len(), 1, "the menu is the one place that names root");
        let at = found[0] + "root=UUID=".len();
        self.write(at as u64, if bytes[at] == b'0' { b"1" } else { b"0" });
    }

    fn file(&self) -> File {
        File::options().read(true).write(true).open(&self.path).expect("it is there")
    }
}
