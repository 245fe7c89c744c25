//! A tree as a tar archive: ustar, with PAX records only where ustar cannot say it.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

use tar::{EntryType, Header};

use super::{BLOCK, XATTR, pax};
use crate::error::lossy;
use crate::{Content, Device, Error, Kind, Node, NodeId, Tree};

/// Most that the eleven octal digits of `size` and `mtime` hold.
const MAX_11: u64 = 0o77_777_777_777;
/// Most that the seven octal digits of `uid`, `gid`, `devmajor` and `devminor` hold.
const MAX_7: u32 = 0o7_777_777;
/// Bytes of the fields `name` and `linkname`.
const NAME: usize = 100;
/// How much of a file is copied at a time.
const BUFFER: usize = 1 << 20;

impl Tree {
    /// Writes the tree as an uncompressed tar archive, the same bytes for the same tree.
    ///
    /// Names start with `./`; the first name of a hard-linked file has the contents. Sockets,
    /// which tar does not know, are refused.
    ///
    /// # Errors
    /// A socket or a device number beyond 2,097,151; contents cannot be read, or `to` not written.
    pub fn to_tar(&self, to: impl Write) -> Result<(), Error> {
        let mut archive = Writer { to, buffer: Vec::new() };
        let mut first: HashMap<NodeId, &[u8]> = HashMap::new();
        for (path, id, node) in self.iter() {
            let original = if node.kind.is_directory() { path } else { *first.entry(id).or_insert(path) };
            archive.entry(path, node, (original != path).then_some(original))?;
        }
        // Two empty blocks end an archive.
        archive.put(&[0; 2 * BLOCK as usize])?;
        archive.to.flush().map_err(failed)
    }
}

struct Writer<W> {
    to: W,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    fn entry(&mut self, path: &[u8], node: &Node, link: Option<&[u8]>) -> Result<(), Error> {
        let mut name = [b"./", path].concat();
        let mut content = None;
        let (kind, target, device) = match (&node.kind, link) {
            (_, Some(first)) => (EntryType::Link, [b"./", first].concat(), None),
            (Kind::Directory, _) => {
                if !path.is_empty() {
                    name.push(b'/');
                }
                (EntryType::Directory, Vec::new(), None)
            }
            (Kind::File(bytes), _) => {
                content = Some(bytes);
                (EntryType::Regular, Vec::new(), None)
            }
            (Kind::Symlink(target), _) => (EntryType::Symlink, target.clone(), None),
            (Kind::CharDevice(device), _) => (EntryType::Char, Vec::new(), Some(*device)),
            (Kind::BlockDevice(device), _) => (EntryType::Block, Vec::new(), Some(*device)),
            (Kind::Fifo, _) => (EntryType::Fifo, Vec::new(), None),
            (Kind::Socket, _) => {
                return Err(Error::Unsupported { path: lossy(path), what: "a socket in a tar archive" });
            }
        };
        let size = content.map_or(0, Content::len);
        let records = records(&name, &target, size, node, link.is_none());
        if !records.is_empty() {
            let mut header = blank(EntryType::XHeader, b"././@PaxHeader", records.len() as u64);
            header.set_mode(0o644);
            self.header(header)?;
            self.put(&records)?;
            self.pad(records.len() as u64)?;
        }
        let mut header = blank(kind, &name, if size > MAX_11 { 0 } else { size });
        let short = target.len().min(NAME);
        header.as_old_mut().linkname[..short].copy_from_slice(&target[..short]);
        header.set_mode(node.meta.mode & 0o7777);
        header.set_uid(u64::from(node.meta.uid.min(MAX_7)));
        header.set_gid(u64::from(node.meta.gid.min(MAX_7)));
        header.set_mtime(node.meta.mtime.clamp(0, MAX_11 as i64) as u64);
        if let Some(Device { major, minor }) = device {
            for (what, value) in [("its major number", major), ("its minor number", minor)] {
                if value > MAX_7 {
                    let (value, most) = (i64::from(value), i64::from(MAX_7));
                    return Err(Error::OutOfRange { path: lossy(path), what, value, most });
                }
            }
            header.set_device_major(major).map_err(failed)?;
            header.set_device_minor(minor).map_err(failed)?;
        }
        self.header(header)?;
        content.map_or(Ok(()), |content| self.content(content))
    }

    fn header(&mut self, mut header: Header) -> Result<(), Error> {
        header.set_cksum();
        self.put(header.as_bytes())
    }

    fn content(&mut self, content: &Content) -> Result<(), Error> {
        let mut reader = content.reader();
        let mut left = content.len();
        while left > 0 {
            let len = left.min(BUFFER as u64) as usize;
            self.buffer.resize(len, 0);
            reader.read_exact(&mut self.buffer).map_err(Error::io("read", content.path()))?;
            self.to.write_all(&self.buffer).map_err(failed)?;
            left -= len as u64;
        }
        self.pad(content.len())
    }

    fn pad(&mut self, len: u64) -> Result<(), Error> {
        let rest = (len.next_multiple_of(BLOCK) - len) as usize;
        self.put(&[0; BLOCK as usize][..rest])
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.to.write_all(bytes).map_err(failed)
    }
}

/// A header without owner and time; a name that is too long is cut, its PAX record has the whole.
fn blank(kind: EntryType, name: &[u8], size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    let short = name.len().min(NAME);
    header.as_old_mut().name[..short].copy_from_slice(&name[..short]);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header
}

/// The PAX records for what ustar cannot say, in a fixed order.
fn records(name: &[u8], target: &[u8], size: u64, node: &Node, with_xattrs: bool) -> Vec<u8> {
    let meta = &node.meta;
    let mut out = Vec::new();
    let mut add = |needed: bool, key: &[u8], value: &[u8]| {
        if needed {
            pax::push(&mut out, key, value);
        }
    };
    // Values are UTF-8 unless declared binary.
    let utf8 = [name, target].iter().all(|bytes| std::str::from_utf8(bytes).is_ok());
    add(!utf8, b"hdrcharset", b"BINARY");
    // ustar names are ASCII for portability; `prefix` is not used, as GNU tar reads it its own way.
    add(name.len() > NAME || !name.is_ascii(), b"path", name);
    add(target.len() > NAME || !target.is_ascii(), b"linkpath", target);
    add(size > MAX_11, b"size", size.to_string().as_bytes());
    add(meta.uid > MAX_7, b"uid", meta.uid.to_string().as_bytes());
    add(meta.gid > MAX_7, b"gid", meta.gid.to_string().as_bytes());
    let plain = u64::try_from(meta.mtime).is_ok_and(|mtime| mtime <= MAX_11);
    add(!plain, b"mtime", meta.mtime.to_string().as_bytes());
    for (key, value) in meta.xattrs.iter().filter(|_| with_xattrs) {
        add(true, &[XATTR, key].concat(), value);
    }
    out
}

fn failed(source: io::Error) -> Error {
    Error::Io { operation: "write", path: Path::new("tar archive").to_owned(), source }
}
