//! A tree from an uncompressed tar archive; nothing is copied.

use std::collections::BTreeMap;
use std::sync::Arc;

use tar::EntryType;

use super::header::{Raw, Window};
use super::{XATTR, pax};
use crate::error::lossy;
use crate::path::{clean, name, parent};
use crate::{Content, Device, Error, Kind, Meta, Source, Tree};

/// What an archive may hold; archives are never trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most entries, and most paths, the missing parents included.
    pub entries: u64,
    /// Most bytes of all regular files together.
    pub total_bytes: u64,
    /// Whether it may hold device nodes.
    pub devices: Devices,
}

/// Whether an archive may hold device nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Devices {
    /// It may.
    Allow,
    /// It may not; Debian Policy 10.6 forbids them in packages.
    Refuse,
}

/// Longest PAX header or GNU long name that is read into memory, in bytes. Linux's largest
/// extended attribute is 64 KiB (`XATTR_SIZE_MAX`), its longest path 4 KiB (`PATH_MAX`).
const MAX_EXTENSION: u64 = 1 << 20;

/// Longest path in bytes: Linux's `PATH_MAX` without its NUL byte.
const MAX_PATH: usize = 4095;

impl Tree {
    /// The tree that unpacking an uncompressed tar archive would make.
    ///
    /// Contents become [`Content::Range`]s of `source`. A later entry replaces an earlier one
    /// of the same name; missing parents are directories of root, mode 0755. An entry below a
    /// symbolic link goes where that link points inside the tree, as in a chroot.
    ///
    /// # Errors
    /// Always [`Error::Archive`], whose source says what is wrong: a truncated archive, a bad
    /// checksum or number, a path with `..`, an entry below a link that leaves the tree, a hard
    /// link to nothing, more than `limits` allow, or sparse and multi-volume entries.
    pub fn from_tar(source: &Arc<Source>, limits: &Limits) -> Result<Self, Error> {
        read(source, limits)
            .map_err(|error| Error::Archive { path: source.path.clone(), source: Box::new(error) })
    }
}

fn read(source: &Arc<Source>, limits: &Limits) -> Result<Tree, Error> {
    let mut window = Window::new(source)?;
    let mut tree = Tree::new(Meta::root(0o755, 0));
    let mut globals = Vec::new();
    let mut extension = Extension::default();
    let (mut offset, mut entries, mut total) = (0, 0_u64, 0_u64);
    while let Some(mut raw) = Raw::read(&mut window, offset)? {
        entries += 1;
        if entries > limits.entries {
            return Err(Error::TooManyEntries { limit: limits.entries });
        }
        if let Some(slot) = extension.slot(raw.kind, &mut globals) {
            if raw.size > MAX_EXTENSION {
                let reason = "more than 1 MiB of names and attributes";
                return Err(Error::BadField { offset, field: "size".to_owned(), reason });
            }
            offset = raw.next(|| "extended header".to_owned(), window.len)?;
            *slot = window.get(raw.data(), raw.size as usize)?.to_vec();
            continue;
        }
        let mut xattrs = BTreeMap::new();
        let extension = std::mem::take(&mut extension);
        extension.apply(&globals, &mut raw, &mut xattrs)?;
        offset = raw.next(|| format!("`{}`", lossy(&raw.path)), window.len)?;
        if raw.kind.is_file() || raw.kind.is_contiguous() {
            total = total.saturating_add(raw.size);
            if total > limits.total_bytes {
                let path = lossy(&raw.path);
                return Err(Error::TooLarge { path, total, limit: limits.total_bytes });
            }
        }
        insert(&mut tree, raw, xattrs, source, limits.devices)?;
        if tree.len() as u64 > limits.entries.saturating_add(1) {
            return Err(Error::TooManyEntries { limit: limits.entries });
        }
    }
    Ok(tree)
}

/// What the entries before a header say about it.
#[derive(Debug, Default)]
struct Extension {
    /// The name from a GNU `L` entry.
    name: Vec<u8>,
    /// The target from a GNU `K` entry.
    link: Vec<u8>,
    /// PAX records of an `x` entry.
    records: Vec<u8>,
}

impl Extension {
    /// Where the data of an entry goes that is about another entry.
    fn slot<'a>(&'a mut self, kind: EntryType, globals: &'a mut Vec<u8>) -> Option<&'a mut Vec<u8>> {
        match kind {
            EntryType::GNULongName => Some(&mut self.name),
            EntryType::GNULongLink => Some(&mut self.link),
            EntryType::XHeader => Some(&mut self.records),
            EntryType::XGlobalHeader => Some(globals),
            _ => None,
        }
    }

    fn apply(
        self,
        globals: &[u8],
        raw: &mut Raw,
        xattrs: &mut BTreeMap<Vec<u8>, Vec<u8>>,
    ) -> Result<(), Error> {
        for (long, field) in [(self.name, &mut raw.path), (self.link, &mut raw.link)] {
            if !long.is_empty() {
                // GNU tar ends the name with a NUL byte, which counts in the size.
                *field = long.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
            }
        }
        let offset = raw.offset;
        for data in [globals, &self.records] {
            let bad = |field: &[u8], reason| Error::BadField { offset, field: lossy(field), reason };
            for (key, value) in pax::records(data).map_err(|reason| bad(b"pax", reason))? {
                let number = || pax::number(value).ok_or_else(|| bad(key, "not a number"));
                match key {
                    b"path" => raw.path = value.to_vec(),
                    b"linkpath" => raw.link = value.to_vec(),
                    b"size" => raw.size = number()?,
                    b"uid" => raw.uid = number()?,
                    b"gid" => raw.gid = number()?,
                    b"mtime" => {
                        // A decimal fraction of a second may follow; whole seconds are kept.
                        let whole = value.split(|&byte| byte == b'.').next().unwrap_or_default();
                        raw.mtime = pax::number(whole).ok_or_else(|| bad(key, "not a number"))?;
                    }
                    _ if key.starts_with(b"GNU.sparse.") => {
                        return Err(Error::Unsupported { path: lossy(&raw.path), what: "a sparse file" });
                    }
                    _ => {
                        if let Some(name) = key.strip_prefix(XATTR) {
                            xattrs.insert(name.to_vec(), value.to_vec());
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn insert(
    tree: &mut Tree,
    raw: Raw,
    xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    source: &Arc<Source>,
    devices: Devices,
) -> Result<(), Error> {
    let owner = |field: &str, id: u64| {
        u32::try_from(id).map_err(|_| Error::BadField {
            offset: raw.offset,
            field: field.to_owned(),
            reason: "more than 32 bits",
        })
    };
    let meta = Meta {
        mode: raw.mode,
        uid: owner("uid", raw.uid)?,
        gid: owner("gid", raw.gid)?,
        mtime: raw.mtime,
        xattrs,
    };
    let device = Device { major: raw.major, minor: raw.minor };
    let unsupported = |what| Err(Error::Unsupported { path: lossy(&raw.path), what });
    let kind = match raw.kind {
        // Before POSIX, a directory was a file whose name ends with a slash.
        EntryType::Regular if raw.path.ends_with(b"/") => Kind::Directory,
        EntryType::Regular | EntryType::Continuous => {
            Kind::File(Content::Range { source: source.clone(), offset: raw.data(), len: raw.size })
        }
        EntryType::Directory => Kind::Directory,
        EntryType::Symlink => Kind::Symlink(raw.link),
        EntryType::Char => Kind::CharDevice(device),
        EntryType::Block => Kind::BlockDevice(device),
        EntryType::Fifo => Kind::Fifo,
        EntryType::Link if raw.size != 0 => return unsupported("a hard link with contents of its own"),
        EntryType::Link => {
            let path = tree.place(&raw.path, &meta)?;
            let target = tree.find(&raw.link)?;
            if tree.get(&target).is_none() {
                return Err(Error::NoLinkTarget { path: lossy(&raw.path), target: lossy(&raw.link) });
            }
            // A name linked to itself is already there.
            return if path == target { Ok(()) } else { tree.link(path, target).map(|_| ()) };
        }
        EntryType::GNUSparse => return unsupported("a sparse file"),
        _ => return unsupported("its entry type"),
    };
    if devices == Devices::Refuse && matches!(kind, Kind::CharDevice(_) | Kind::BlockDevice(_)) {
        return Err(Error::DeviceRefused { path: lossy(&raw.path), kind: kind.describe() });
    }
    let path = tree.place(&raw.path, &meta)?;
    tree.insert(path, meta, kind)?;
    Ok(())
}

impl Tree {
    /// Where an entry called `path` goes: the symbolic links of its folder are followed inside
    /// the tree, and missing parents are made.
    fn place(&mut self, path: &[u8], meta: &Meta) -> Result<Vec<u8>, Error> {
        let at = self.find(path)?;
        if parent(&at).is_some_and(|folder| self.get_clean(folder).is_none()) {
            let parents = Meta::root(0o755, meta.mtime);
            let folder = parent(&at).unwrap_or_default();
            self.insert_all(folder, parents.clone(), Kind::Directory, &parents)?;
        }
        Ok(at)
    }

    /// `path` with the symbolic links of its folder followed inside the tree.
    fn find(&self, path: &[u8]) -> Result<Vec<u8>, Error> {
        if path.len() > MAX_PATH {
            return Err(Error::BadPath { path: lossy(path), reason: "it is longer than 4095 bytes" });
        }
        let path = clean(path)?;
        let Some(folder) = parent(&path) else { return Ok(path) };
        // The usual case: every parent is there, and so none of them is a link.
        if self.get_clean(folder).is_some_and(|node| node.kind.is_directory()) {
            return Ok(path);
        }
        let mut at = self.resolve_inside(folder)?;
        if !at.is_empty() {
            at.push(b'/');
        }
        at.extend_from_slice(name(&path));
        Ok(at)
    }
}
