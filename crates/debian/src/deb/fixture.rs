//! Packages made by tests.

use std::io::Write;
use std::path::{Path, PathBuf};

use bringup_store::Digest;

use crate::{Compression, DebFile};

/// An archive of one package, to be changed by a test before it is written.
pub(crate) struct Fixture {
    /// Name and bytes of each member.
    pub(crate) members: Vec<(String, Vec<u8>)>,
}

/// One entry of a tar archive.
pub(crate) struct Entry<'a> {
    pub(crate) path: &'a str,
    pub(crate) kind: tar::EntryType,
    /// The target of a link, or the bytes of a file.
    pub(crate) content: &'a str,
}

pub(crate) const FILE: tar::EntryType = tar::EntryType::Regular;
pub(crate) const FOLDER: tar::EntryType = tar::EntryType::Directory;

/// What every valid package of the tests holds.
pub(crate) const ENTRIES: [Entry<'static>; 4] = [
    Entry { path: "./", kind: FOLDER, content: "" },
    Entry { path: "./usr/", kind: FOLDER, content: "" },
    Entry { path: "./usr/hello", kind: FILE, content: "Hello!\n" },
    Entry { path: "./usr/hi", kind: tar::EntryType::Symlink, content: "hello" },
];

pub(crate) const CONTROL: &str = "Package: hello\nVersion: 1.0-1\nArchitecture: arm64\nInstalled-Size: 4\n\
     Description: says hello\n in one line\n";

impl Fixture {
    pub(crate) fn new(compression: Compression) -> Self {
        Self::with(CONTROL, &tar(&ENTRIES), compression)
    }

    pub(crate) fn with(control: &str, data: &[u8], compression: Compression) -> Self {
        let ending = match compression {
            Compression::None => "",
            Compression::Bzip2 => ".bz2",
            Compression::Gzip => ".gz",
            Compression::Xz => ".xz",
            Compression::Zstd => ".zst",
        };
        let control = tar(&[
            Entry { path: "./", kind: FOLDER, content: "" },
            Entry { path: "./control", kind: FILE, content: control },
            Entry { path: "./postinst", kind: FILE, content: "#!/bin/sh\n" },
            Entry { path: "./conffiles", kind: FILE, content: "/etc/hello\n" },
        ]);
        let members = [
            ("debian-binary".to_owned(), b"2.0\n".to_vec()),
            (format!("control.tar{ending}"), compress(&control, compression)),
            (format!("data.tar{ending}"), compress(data, compression)),
        ];
        Self { members: members.into() }
    }

    /// The archive's bytes; deb(5).
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"!<arch>\n".to_vec();
        for (name, content) in &self.members {
            let header =
                format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, "100644", content.len());
            bytes.extend(header.as_bytes());
            bytes.extend(content);
            if content.len() % 2 == 1 {
                bytes.push(b'\n');
            }
        }
        bytes
    }

    pub(crate) fn write(&self, folder: &Path) -> DebFile {
        write(folder, &self.bytes())
    }
}

pub(crate) fn write(folder: &Path, bytes: &[u8]) -> DebFile {
    let path: PathBuf = folder.join("hello.deb");
    std::fs::write(&path, bytes).unwrap();
    DebFile { path, digest: Digest::of(bytes) }
}

/// A tar archive of these entries, whose paths are taken as they are.
pub(crate) fn tar(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..entry.path.len()].copy_from_slice(entry.path.as_bytes());
        header.set_entry_type(entry.kind);
        header.set_mode(if entry.kind == FOLDER { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1_700_000_000);
        let content = if entry.kind == FILE { entry.content } else { "" };
        if entry.kind != FILE {
            // `linkname` of ustar, bytes 157..257.
            header.as_mut_bytes()[157..][..entry.content.len()].copy_from_slice(entry.content.as_bytes());
            header.set_device_major(1).unwrap();
            header.set_device_minor(3).unwrap();
        }
        header.set_size(content.len() as u64);
        header.set_cksum();
        bytes.extend(header.as_bytes());
        bytes.extend(content.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

pub(crate) fn compress(bytes: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::None => bytes.to_vec(),
        Compression::Bzip2 => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Xz => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstd => zstd::encode_all(bytes, 1).unwrap(),
    }
}
