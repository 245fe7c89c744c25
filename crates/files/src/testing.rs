//! An image to look at, and tools that do what a test says.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bringup_fsimage::{FileSystem, RegionSink, ext4, fat};
use bringup_spec::Bytes;
use bringup_tree::{Content, Kind, Meta, Tree};
use tempfile::TempDir;

use crate::{Ran, Tools};

const MIB: usize = 1 << 20;

/// An image with an MBR: partition 1 is a FAT called `BOOT` at 1 MiB, partition 2 an ext4 called `root`
/// at 5 MiB. In the one are `EFI/a.txt`, in the other `etc/hostname` (0640, 7:8), links, an empty directory.
pub(crate) fn image(folder: &Path) -> PathBuf {
    let mut tree = tree();
    let dir = Meta::root(0o755, 0);
    let hostname = Meta { mode: 0o640, uid: 7, gid: 8, ..Meta::root(0, 0) };
    tree.insert_all("etc/hostname", hostname, Kind::File(Content::bytes("board\n")), &dir).unwrap();
    tree.insert("etc/name", dir.clone(), Kind::Symlink(b"hostname".to_vec())).unwrap();
    tree.insert("conf", dir.clone(), Kind::Symlink(b"/etc".to_vec())).unwrap();
    tree.insert("round", dir.clone(), Kind::Symlink(b"round".to_vec())).unwrap();
    tree.insert("empty", dir, Kind::Directory).unwrap();
    let options = ext4::Options {
        uuid: [1; 16],
        hash_seed: [2; 16],
        label: "root".to_owned(),
        epoch: 0,
        size: ext4::Size::Exact(Bytes::mib(16)),
        free_inodes: 8,
        reserved_percent: 0,
        journal: None,
    };
    let root = written(&bringup_fsimage::Ext4::plan(&tree, &options).unwrap());
    let mut disk = vec![0; 21 * MIB];
    disk[MIB..5 * MIB].copy_from_slice(&boot());
    disk[5 * MIB..].copy_from_slice(&root);
    // Two entries of a DOS table: type at 4, first sector and sectors at 8 and 12.
    for (at, kind, start, len) in [(0x1BE, 0x0C, 1, 4), (0x1CE, 0x83, 5, 16)] {
        disk[at + 4] = kind;
        disk[at + 8..at + 12].copy_from_slice(&(start * 2048_u32).to_le_bytes());
        disk[at + 12..at + 16].copy_from_slice(&(len * 2048_u32).to_le_bytes());
    }
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    let path = folder.join("disk.img");
    fs::write(&path, disk).unwrap();
    path
}

/// The FAT alone.
pub(crate) fn boot() -> Vec<u8> {
    let mut tree = tree();
    let dir = Meta::root(0o755, 0);
    tree.insert_all("EFI/a.txt", dir.clone(), Kind::File(Content::bytes("a")), &dir).unwrap();
    let options = fat::Options {
        size: Bytes::mib(4),
        kind: None,
        label: "BOOT".to_owned(),
        volume_id: 0x1234_ABCD,
        epoch: 0,
        first_sector: 2048,
    };
    written(&bringup_fsimage::Fat::plan(&tree, &options).unwrap())
}

fn tree() -> Tree {
    Tree::new(Meta::root(0o755, 0))
}

fn written(file_system: &dyn FileSystem) -> Vec<u8> {
    let mut sink = Memory(vec![0; file_system.size().0 as usize]);
    file_system.write(&mut sink).unwrap();
    sink.0
}

struct Memory(Vec<u8>);

impl RegionSink for Memory {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0[offset as usize..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn zeros(&mut self, _: u64, _: u64) -> io::Result<()> {
        Ok(())
    }
}

/// The image in a folder of its own.
pub(crate) fn alone() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let image = image(folder.path());
    (folder, image)
}

/// Tools that say something and do nothing; what they were asked is kept.
#[derive(Debug, Default)]
pub(crate) struct Idle {
    pub(crate) asked: RefCell<Vec<String>>,
}

impl Tools for Idle {
    fn run(
        &self,
        folder: &Path,
        program: &str,
        arguments: &[String],
        _: &[(&str, String)],
    ) -> Result<Ran, Box<dyn std::error::Error + Send + Sync>> {
        let mut asked = format!("{program} {}", arguments.join(" "));
        if let Ok(requests) = fs::read_to_string(folder.join("requests")) {
            asked = format!("{asked}\n{requests}");
        }
        self.asked.borrow_mut().push(asked);
        Ok(Ran { status: 0, said: "no\n\nroom".to_owned() })
    }
}
