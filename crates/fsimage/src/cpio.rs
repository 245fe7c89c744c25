//! cpio archives in the "new ASCII" form (`070701`), as Linux unpacks them for an initramfs.
//!
//! The form is described in Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
//! Several archives, one after the other, count as one.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

use bringup_spec::Bytes;
use bringup_tree::{Content, Device, Kind, Node, NodeId, Tree};

use crate::Error;
use crate::error::lossy;

const FORMAT: &str = "cpio";

/// Linux skips longer names and link targets, the NUL byte included (`PATH_MAX`, init/initramfs.c).
const MAX_NAME: usize = 4096;

/// How much of a file is copied at a time.
const BUFFER: usize = 1 << 20;

/// Writes `tree` as an uncompressed archive, the same bytes for the same tree.
///
/// Inode numbers count from 1 in the order of the paths; the first name of a hard-linked file
/// has the contents. Extended attributes, which cpio does not know, are dropped.
///
/// # Errors
/// A path or link target of more than 4,095 bytes, a file of 4 GiB or more, or a time outside
/// 1970 to 2106, all before anything is written; contents cannot be read, or `to` not written.
pub fn write_cpio(tree: &Tree, to: impl Write) -> Result<(), Error> {
    let mut links: HashMap<NodeId, Inode> = HashMap::new();
    for (path, id, node) in tree.iter() {
        check(path, node)?;
        let next = links.len() as u32 + 1;
        links.entry(id).or_insert(Inode { number: next, links: 0, written: false }).links += 1;
    }
    let mut archive = Writer { to, buffer: Vec::new() };
    for (path, id, node) in tree.iter() {
        let inode = links.get_mut(&id).expect("every node was numbered above");
        let first = !std::mem::replace(&mut inode.written, true);
        archive.entry(path, node, inode, first)?;
    }
    let end = Fields { links: 1, ..Fields::default() };
    archive.header(&end, b"TRAILER!!!")?;
    archive.to.flush().map_err(failed)
}

struct Inode {
    number: u32,
    links: u32,
    written: bool,
}

fn check(path: &[u8], node: &Node) -> Result<(), Error> {
    let out_of_range = |what, value, least, most| {
        Err(Error::OutOfRange { path: lossy(path), what, value, least, most, format: FORMAT })
    };
    let most = MAX_NAME - 1;
    if path.len() > most {
        return out_of_range("the length of its path", path.len() as i64, 1, most as i64);
    }
    if !(0..=i64::from(u32::MAX)).contains(&node.meta.mtime) {
        return out_of_range("its time", node.meta.mtime, 0, i64::from(u32::MAX));
    }
    match &node.kind {
        Kind::Symlink(target) if target.len() > most => {
            out_of_range("the length of its target", target.len() as i64, 1, most as i64)
        }
        Kind::File(content) if content.len() > u64::from(u32::MAX) => Err(Error::FileTooLarge {
            path: lossy(path),
            size: Bytes(content.len()),
            most: Bytes(u64::from(u32::MAX)),
            format: FORMAT,
        }),
        _ => Ok(()),
    }
}

/// The fields of a header that are not always 0, in their order.
#[derive(Default)]
struct Fields {
    inode: u32,
    mode: u32,
    uid: u32,
    gid: u32,
    links: u32,
    mtime: u32,
    size: u32,
    major: u32,
    minor: u32,
}

struct Writer<W> {
    to: W,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    fn entry(&mut self, path: &[u8], node: &Node, inode: &Inode, first: bool) -> Result<(), Error> {
        // The file type bits of st_mode, POSIX <sys/stat.h> as Linux numbers them.
        let (kind, device) = match &node.kind {
            Kind::Fifo => (0o010_000, None),
            Kind::CharDevice(device) => (0o020_000, Some(*device)),
            Kind::Directory => (0o040_000, None),
            Kind::BlockDevice(device) => (0o060_000, Some(*device)),
            Kind::File(_) => (0o100_000, None),
            Kind::Symlink(_) => (0o120_000, None),
            Kind::Socket => (0o140_000, None),
        };
        let Device { major, minor } = device.unwrap_or(Device { major: 0, minor: 0 });
        let size = match &node.kind {
            Kind::File(content) if first => content.len(),
            Kind::Symlink(target) => target.len() as u64,
            _ => 0,
        };
        let fields = Fields {
            inode: inode.number,
            mode: kind | node.meta.mode & 0o7777,
            uid: node.meta.uid,
            gid: node.meta.gid,
            // A directory's links are not names: 2 and its subdirectories, which nobody reads.
            links: if node.kind.is_directory() { 2 } else { inode.links },
            mtime: node.meta.mtime as u32,
            size: size as u32,
            major,
            minor,
        };
        self.header(&fields, if path.is_empty() { b"." } else { path })?;
        match &node.kind {
            Kind::File(content) if first => self.content(content)?,
            Kind::Symlink(target) => self.put(target)?,
            _ => {}
        }
        self.pad(size)
    }

    fn header(&mut self, fields: &Fields, name: &[u8]) -> Result<(), Error> {
        let Fields { inode, mode, uid, gid, links, mtime, size, major, minor } = fields;
        // Magic, then thirteen fields of eight hexadecimal digits; c_maj, c_min and c_chksum are 0.
        let header = format!(
            "070701{inode:08X}{mode:08X}{uid:08X}{gid:08X}{links:08X}{mtime:08X}{size:08X}\
             {zero:08X}{zero:08X}{major:08X}{minor:08X}{len:08X}{zero:08X}",
            zero = 0,
            len = name.len() + 1,
        );
        self.put(header.as_bytes())?;
        self.put(name)?;
        self.put(&[0])?;
        self.pad((header.len() + name.len() + 1) as u64)
    }

    fn content(&mut self, content: &Content) -> Result<(), Error> {
        let mut reader = content.reader();
        let mut left = content.len();
        while left > 0 {
            let len = left.min(BUFFER as u64) as usize;
            self.buffer.resize(len, 0);
            reader.read_exact(&mut self.buffer).map_err(|source| Error::Io {
                operation: "read",
                path: content.path().to_owned(),
                source,
            })?;
            self.to.write_all(&self.buffer).map_err(failed)?;
            left -= len as u64;
        }
        Ok(())
    }

    /// Fills up to a multiple of four bytes.
    fn pad(&mut self, len: u64) -> Result<(), Error> {
        self.put(&[0; 3][..(len.next_multiple_of(4) - len) as usize])
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.to.write_all(bytes).map_err(failed)
    }
}

fn failed(source: io::Error) -> Error {
    Error::Io { operation: "write", path: Path::new("cpio archive").to_owned(), source }
}
