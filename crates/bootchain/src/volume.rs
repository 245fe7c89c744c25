//! File systems, read where they lie.

mod crc32c;
mod ext;
mod extents;
mod fat;
mod identity;
mod path;

use std::ops::Range;

use crate::{Disk, Error};

pub use extents::Extents;
pub use identity::{Identity, identify};

/// The bytes of a partition.
#[derive(Clone, Copy, Debug)]
pub struct Part<'d> {
    /// The disk that it is on.
    pub disk: &'d Disk<'d>,
    /// Its first byte on the disk.
    pub start: u64,
    /// How many bytes it has.
    pub len: u64,
}

impl<'d> Part<'d> {
    /// The part of `disk` that `bytes` are.
    pub fn new(disk: &'d Disk<'d>, bytes: &Range<u64>) -> Self {
        Self { disk, start: bytes.start, len: bytes.end.saturating_sub(bytes.start) }
    }

    /// Its bytes on the disk.
    pub fn bytes(&self) -> Range<u64> {
        self.start..self.start + self.len
    }

    /// Where `len` bytes at `offset` of it are on the disk.
    pub(crate) fn place(&self, offset: u64, len: u64) -> Result<Range<u64>, Error> {
        if offset.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(Error::Outside { within: "the partition", offset, len, end: self.len });
        }
        Ok(self.start + offset..self.start + offset + len)
    }

    /// `len` bytes from `offset` of it on.
    ///
    /// # Errors
    /// They are not within it, or not readable.
    pub fn read(&self, offset: u64, len: u64) -> Result<Vec<u8>, Error> {
        self.disk.read(self.place(offset, len)?.start, len)
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file with contents.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a pipe or a socket.
    Other,
}

/// A file, directory or link of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its inode, or its first cluster.
    pub id: u64,
    /// What it is.
    pub kind: FileKind,
    /// How long its contents are.
    pub len: u64,
    /// The permission bits; 0o755 where the file system knows none.
    pub mode: u16,
    /// The owner; 0 where the file system knows none.
    pub owner: u32,
    /// The group; 0 where the file system knows none.
    pub group: u32,
}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, in whatever encoding the file system has it; FAT's is UTF-8 here.
    pub name: Vec<u8>,
    node: EntryNode,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum EntryNode {
    /// Its inode, which has all the rest.
    Inode(u32),
    /// All of it.
    Whole(Node),
}

/// Something wrong with a file system as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Whether a kernel refuses it.
    pub fatal: bool,
    /// In one line.
    pub what: String,
}

/// An open file system.
#[derive(Debug)]
pub struct Volume<'d> {
    /// What it is and how it is called.
    pub identity: Identity,
    /// Where it lies.
    pub part: Part<'d>,
    reader: Reader<'d>,
}

#[derive(Debug)]
enum Reader<'d> {
    Ext(ext::Ext<'d>),
    Fat(fat::Fat<'d>),
}

/// Opens the file system of a partition.
///
/// # Errors
/// There is none, it is of a type that is not read here, or its own description is broken.
pub fn open<'d>(part: Part<'d>) -> Result<Volume<'d>, Error> {
    let Some(identity) = identify(part)? else {
        let found = part.read(0x438, 2)?;
        return Err(Error::NoFileSystem { found: u16::from_le_bytes([found[0], found[1]]) });
    };
    let reader = match identity.kind {
        "ext2" | "ext3" | "ext4" => Reader::Ext(ext::Ext::open(part)?),
        "vfat" => Reader::Fat(fat::Fat::open(part)?),
        kind => return Err(Error::Unread { kind }),
    };
    Ok(Volume { identity, part, reader })
}

impl<'d> Volume<'d> {
    /// Its root directory.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn root(&self) -> Result<Node, Error> {
        match &self.reader {
            Reader::Ext(ext) => ext.node(ext::ROOT),
            Reader::Fat(fat) => Ok(fat.root()),
        }
    }

    /// What is in a directory, without `.` and `..`.
    ///
    /// # Errors
    /// It is no directory, or is broken.
    pub fn entries(&self, directory: &Node) -> Result<Vec<Entry>, Error> {
        match &self.reader {
            Reader::Ext(ext) => ext.entries(directory),
            Reader::Fat(fat) => fat.entries(directory),
        }
    }

    /// What an entry names.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn node(&self, entry: &Entry) -> Result<Node, Error> {
        match (&self.reader, &entry.node) {
            (_, EntryNode::Whole(node)) => Ok(*node),
            (Reader::Ext(ext), EntryNode::Inode(inode)) => ext.node(*inode),
            (Reader::Fat(_), EntryNode::Inode(_)) => unreachable!("FAT's entries have all of a node"),
        }
    }

    /// Where the contents of a file are.
    ///
    /// # Errors
    /// Its map is broken.
    pub fn extents(&self, file: &Node) -> Result<Extents<'d>, Error> {
        match &self.reader {
            Reader::Ext(ext) => ext.extents(file),
            Reader::Fat(fat) => fat.extents(file),
        }
    }

    /// What a symbolic link says.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn target(&self, link: &Node) -> Result<Vec<u8>, Error> {
        // Linux, PATH_MAX.
        const LIMIT: u64 = 4096;
        self.extents(link)?.read_all(LIMIT)
    }

    /// What is wrong with the file system as a whole; nothing for a sound one.
    pub fn fault(&self) -> Option<Fault> {
        match &self.reader {
            Reader::Ext(ext) => ext.fault(),
            Reader::Fat(fat) => fat.fault(),
        }
    }

    /// The bytes on the disk that describe the file system itself.
    pub fn description(&self) -> Range<u64> {
        let (at, len) = match &self.reader {
            Reader::Ext(_) => (1024, 1024),
            Reader::Fat(_) => (0, 512),
        };
        self.part.start + at..self.part.start + at + len
    }

    /// All of the file at `path`, of at most `limit` bytes; links are followed within the volume.
    ///
    /// # Errors
    /// It is not there, no file, too large, or broken.
    pub fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, Error> {
        self.open_file(path)?.read_all(limit)
    }

    /// Where the contents of the file at `path` are.
    ///
    /// # Errors
    /// It is not there, no file, or broken.
    pub fn open_file(&self, path: &str) -> Result<Extents<'d>, Error> {
        let node = self.find(path)?;
        if node.kind != FileKind::File {
            return Err(Error::WrongKind { path: path.to_owned(), wanted: "file" });
        }
        self.extents(&node)
    }

    /// The names in the directory at `path`.
    ///
    /// # Errors
    /// It is not there, no directory, or broken.
    pub fn list(&self, path: &str) -> Result<Vec<Entry>, Error> {
        self.entries(&self.find(path)?)
    }
}

#[cfg(test)]
mod tests;
