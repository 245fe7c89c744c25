//! A copy of an image that is spoilt in one place and healed again.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bringup_tests::every::tool;
use bringup_tests::{Image, workspace};

use crate::proof::{Proof, verify};

const CHUNK: usize = 1 << 20;

/// An image, and what is known of it while it is sound.
pub(crate) struct Patient {
    pub(crate) image: Image,
    pub(crate) sound: Proof,
    program: &'static str,
    copy: PathBuf,
    file: File,
    /// What was where, in the order of the changes.
    before: Vec<(u64, Vec<u8>)>,
    /// Whether a program changed it, and nobody knows where.
    treated: bool,
}

impl Patient {
    /// A copy of `image`, with holes where that has zeros.
    pub(crate) fn new(program: &'static str, image: Image) -> Self {
        let folder = workspace().join("target/images/test/verify");
        std::fs::create_dir_all(&folder).unwrap();
        let copy = folder.join(image.path.file_name().unwrap());
        let from = File::open(&image.path).unwrap();
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&copy).unwrap();
        let len = from.metadata().unwrap().len();
        file.set_len(len).unwrap();
        let mut buffer = vec![0; CHUNK];
        for at in (0..len).step_by(CHUNK) {
            let part = &mut buffer[..CHUNK.min((len - at) as usize)];
            from.read_exact_at(part, at).unwrap();
            if part.iter().any(|&byte| byte != 0) {
                file.write_all_at(part, at).unwrap();
            }
        }
        let sound = verify(program, &copy, Some(&image.board));
        Self { image, sound, program, copy, file, before: Vec::new(), treated: false }
    }

    pub(crate) fn verify(&self) -> Proof {
        verify(self.program, &self.copy, Some(&self.image.board))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.copy
    }

    pub(crate) fn read(&self, at: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.file.read_exact_at(&mut bytes, at).unwrap();
        bytes
    }

    /// Writes at a byte of the disk.
    pub(crate) fn write(&mut self, at: u64, bytes: &[u8]) {
        let old = self.read(at, bytes.len());
        assert!(old != bytes, "nothing changes at byte {at}");
        self.before.push((at, old));
        self.file.write_all_at(bytes, at).unwrap();
    }

    /// Where byte `index` of what a link rests on is on the disk.
    pub(crate) fn place(&self, link: &str, index: u64) -> u64 {
        let mut left = index;
        for (start, end) in self.sound.link(link).bytes {
            if left < end - start {
                return start + left;
            }
            left -= end - start;
        }
        panic!("`{link}` has no byte {index}")
    }

    /// Writes from byte `index` of what a link rests on.
    pub(crate) fn put(&mut self, link: &str, index: u64, bytes: &[u8]) {
        self.write(self.place(link, index), bytes);
    }

    /// Inverts byte `index` of what a link rests on.
    pub(crate) fn flip(&mut self, link: &str, index: u64) {
        let at = self.place(link, index);
        let byte = self.read(at, 1)[0];
        self.write(at, &[!byte]);
    }

    /// Puts `to` in place of every `from` in what a link rests on.
    pub(crate) fn replace(&mut self, link: &str, from: &str, to: &str) {
        assert!(from.len() >= to.len());
        let mut count = 0;
        for (start, end) in self.sound.link(link).bytes {
            let bytes = self.read(start, (end - start) as usize);
            let first = from.as_bytes()[0];
            let mut at = 0;
            while let Some(next) = bytes[at..].iter().position(|&byte| byte == first) {
                at += next;
                if bytes[at..].starts_with(from.as_bytes()) {
                    self.write(start + at as u64, to.as_bytes());
                    count += 1;
                }
                at += 1;
            }
        }
        assert!(count > 0, "there is no `{from}` in `{link}`");
    }

    /// The bytes that a link rests on.
    pub(crate) fn contents(&self, link: &str) -> Vec<u8> {
        let ranges = self.sound.link(link).bytes;
        ranges.iter().flat_map(|(start, end)| self.read(*start, (end - start) as usize)).collect()
    }

    /// Runs commands of debugfs(8) on the root file system.
    pub(crate) fn debugfs(&mut self, commands: &[&str]) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), commands.join("\n")).unwrap();
        let device = format!("{}?offset={}", self.copy.display(), self.image.root_offset());
        let said = self.run("debugfs", &["-w", "-f", &file.path().display().to_string(), &device]);
        // It repeats each command behind its name; anything else is a complaint.
        let is_well = |line: &str| {
            line.is_empty() || ["debugfs", "Allocated inode"].iter().any(|start| line.starts_with(start))
        };
        let wrong = said.lines().find(|line| !is_well(line));
        assert_eq!(wrong, None, "{commands:?}");
    }

    /// Puts `bytes` at `path` of the root file system, in place of what is there.
    pub(crate) fn put_file(&mut self, path: &str, bytes: &[u8]) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let (folder, name) = path.rsplit_once('/').unwrap();
        let from = file.path().display();
        self.debugfs(&[
            &format!("cd {folder}"),
            &format!("write {from} {name}"),
            &format!("set_inode_field {name} mode 0100755"),
        ]);
    }

    /// Puts `bytes` in place of a file of the file system that the kernel is on.
    pub(crate) fn replace_file(&mut self, path: &str, bytes: &[u8]) {
        if self.place("kernel", 0) > self.image.root_offset() {
            self.debugfs(&[&format!("rm {path}")]);
            return self.put_file(path, bytes);
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let from = file.path().display().to_string();
        self.mtools("mcopy", &["-o", &from, &format!("::{path}")]);
    }

    /// Runs a program of mtools on the file system of the first partition.
    pub(crate) fn mtools(&mut self, name: &str, arguments: &[&str]) {
        let start = self.image.manifest["partitions"][0]["start_bytes"].as_u64().unwrap();
        let device = format!("{}@@{start}", self.copy.display());
        let arguments = [&["-i", &device], arguments].concat();
        self.run(name, &arguments);
    }

    /// Runs a program on the disk, whose path comes last.
    pub(crate) fn disk_tool(&mut self, name: &str, arguments: &[&str]) {
        let disk = self.copy.display().to_string();
        self.run(name, &[arguments, &[&disk]].concat());
    }

    fn run(&mut self, name: &str, arguments: &[&str]) -> String {
        self.treated = true;
        tool(self.program, name, arguments)
    }

    /// Makes it what it was.
    pub(crate) fn heal(&mut self) {
        for (at, bytes) in self.before.drain(..).rev() {
            self.file.write_all_at(&bytes, at).unwrap();
        }
        if !std::mem::take(&mut self.treated) {
            return;
        }
        let from = File::open(&self.image.path).unwrap();
        let len = from.metadata().unwrap().len();
        self.file.set_len(len).unwrap();
        let (mut right, mut now) = (vec![0; CHUNK], vec![0; CHUNK]);
        for at in (0..len).step_by(CHUNK) {
            let len = CHUNK.min((len - at) as usize);
            from.read_exact_at(&mut right[..len], at).unwrap();
            self.file.read_exact_at(&mut now[..len], at).unwrap();
            if right != now {
                self.file.write_all_at(&right[..len], at).unwrap();
            }
        }
    }
}

impl Drop for Patient {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.copy);
    }
}
