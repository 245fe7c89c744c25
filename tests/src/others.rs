//! Other people's readers: of packages, of FAT and of ext4.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::Image;

/// Files of a package by their paths, without `./`: those of `wanted` that it has. Read by liblzma
/// and the crate `tar` out of the archive of deb(5).
pub fn package_files(deb: &Path, wanted: &BTreeSet<String>) -> BTreeMap<String, Vec<u8>> {
    let deb = std::fs::read(deb).expect("the package is in the store");
    let packed = package_member(&deb, "data.tar.xz");
    let mut found = BTreeMap::new();
    let mut archive = tar::Archive::new(liblzma::read::XzDecoder::new(packed));
    for entry in archive.entries().expect("it is a tar archive") {
        let mut entry = entry.expect("it is whole");
        let path = entry.path().expect("it is a path").to_string_lossy().into_owned();
        let path = path.trim_start_matches("./").to_owned();
        if wanted.contains(&path) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("it is whole");
            found.insert(path, bytes);
        }
    }
    found
}

/// A member of an archive of ar(5): 8 bytes, then for each member 60 bytes with name and length.
pub fn package_member<'a>(archive: &'a [u8], name: &str) -> &'a [u8] {
    let text = |bytes: &'a [u8]| std::str::from_utf8(bytes).expect("headers are ASCII").trim_end();
    let mut at = 8;
    while at < archive.len() {
        let header = &archive[at..at + 60];
        let len: usize = text(&header[48..58]).parse().expect("a length");
        let start = at + 60;
        if text(&header[..16]).trim_end_matches('/') == name {
            return &archive[start..start + len];
        }
        at = start + len.next_multiple_of(2);
    }
    panic!("there is no `{name}`");
}

/// A partition of an image, read-only.
#[derive(Debug)]
pub struct Partition {
    file: File,
    start: u64,
    len: u64,
    at: u64,
}

impl Partition {
    /// The one that the manifest has at `index`, counted from 0.
    pub fn of(image: &Image, index: usize) -> Self {
        let number =
            |key: &str| image.manifest["partitions"][index][key].as_u64().expect("a number of bytes");
        let file = File::open(&image.path).expect("the image is there");
        Self { file, start: number("start_bytes"), len: number("len_bytes"), at: 0 }
    }

    /// As FAT.
    pub fn fat(self) -> fatfs::FileSystem<Self> {
        fatfs::FileSystem::new(self, fatfs::FsOptions::new()).expect("it is FAT")
    }

    /// As ext4.
    pub fn ext4(self) -> ext4_view::Ext4 {
        ext4_view::Ext4::load(Box::new(self)).expect("it is ext4")
    }
}

/// A file of a FAT file system.
pub fn fat_file(fat: &fatfs::FileSystem<Partition>, path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = fat.root_dir().open_file(path);
    file.unwrap_or_else(|error| panic!("`{path}`: {error}")).read_to_end(&mut bytes).expect("it is whole");
    bytes
}

impl Read for Partition {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = self.len.saturating_sub(self.at).min(into.len() as u64) as usize;
        let read = self.file.read_at(&mut into[..rest], self.start + self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Partition {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// `fatfs` asks for it, but writes nothing unless it is told to.
impl Write for Partition {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ext4_view::Ext4Read for Partition {
    fn read(
        &mut self,
        start_byte: u64,
        into: &mut [u8],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync + 'static>> {
        assert!(start_byte + into.len() as u64 <= self.len, "a read beyond the partition's end");
        Ok(self.file.read_exact_at(into, self.start + start_byte)?)
    }
}
