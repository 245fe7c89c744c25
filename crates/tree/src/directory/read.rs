//! A tree from a directory.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::{Content, Device, Error, Kind, Meta, Tree};

/// Where owners, modes and times of a tree made from a directory come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetaPolicy {
    /// From the directory as it is, extended attributes included.
    Keep,
    /// Owned by root, modified at `mtime`, mode 0755 for directories and programs and 0644 for
    /// the rest, without extended attributes: the same tree from everybody's checkout.
    Normalise {
        /// Modification time of everything, in seconds since 1970.
        mtime: i64,
    },
}

impl Tree {
    /// The tree of everything below the directory `path`; symbolic links are kept, not followed.
    ///
    /// Contents become [`Content::Path`]s, so the directory must not change while the tree lives.
    ///
    /// # Errors
    /// Something in it cannot be listed or read.
    pub fn from_directory(path: &Path, policy: MetaPolicy) -> Result<Self, Error> {
        let found = fs::metadata(path).map_err(Error::io("read", path))?;
        let mut tree = Self::new(policy.meta(path, &found)?);
        let mut first: HashMap<(u64, u64), Vec<u8>> = HashMap::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let full = path.join(&folder);
            for entry in fs::read_dir(&full).map_err(Error::io("list", &full))? {
                let entry = entry.map_err(Error::io("list", &full))?;
                let inner = folder.join(entry.file_name());
                let full = entry.path();
                let found = fs::symlink_metadata(&full).map_err(Error::io("read", &full))?;
                let key = inner.as_os_str().as_bytes();
                if found.is_dir() {
                    folders.push(inner.clone());
                } else if found.nlink() > 1 {
                    // Which name of a hard-linked file comes first does not matter to the tree.
                    if let Some(existing) = first.get(&(found.dev(), found.ino())) {
                        tree.link(key, existing)?;
                        continue;
                    }
                    first.insert((found.dev(), found.ino()), key.to_vec());
                }
                tree.insert(key, policy.meta(&full, &found)?, kind(&full, &found)?)?;
            }
        }
        Ok(tree)
    }
}

fn kind(path: &Path, found: &Metadata) -> Result<Kind, Error> {
    let device = || Device { major: rustix::fs::major(found.rdev()), minor: rustix::fs::minor(found.rdev()) };
    let kind = found.file_type();
    Ok(if kind.is_dir() {
        Kind::Directory
    } else if kind.is_symlink() {
        Kind::Symlink(fs::read_link(path).map_err(Error::io("read", path))?.into_os_string().into_vec())
    } else if kind.is_char_device() {
        Kind::CharDevice(device())
    } else if kind.is_block_device() {
        Kind::BlockDevice(device())
    } else if kind.is_fifo() {
        Kind::Fifo
    } else if kind.is_socket() {
        Kind::Socket
    } else {
        Kind::File(Content::Path { path: path.into(), len: found.len() })
    })
}

impl MetaPolicy {
    fn meta(self, path: &Path, found: &Metadata) -> Result<Meta, Error> {
        Ok(match self {
            Self::Keep => Meta {
                mode: found.mode() & 0o7777,
                uid: found.uid(),
                gid: found.gid(),
                mtime: found.mtime(),
                xattrs: xattrs(path).map_err(Error::io("read the attributes of", path))?,
            },
            Self::Normalise { mtime } => {
                let kind = found.file_type();
                let program = kind.is_file() && found.mode() & 0o111 != 0;
                let mode = match () {
                    () if kind.is_symlink() => 0o777,
                    () if kind.is_dir() || program => 0o755,
                    () => 0o644,
                };
                Meta::root(mode, mtime)
            }
        })
    }
}

/// Most bytes of one attribute, and of the list of all names (`XATTR_SIZE_MAX`, `XATTR_LIST_MAX`
/// in Linux, include/uapi/linux/limits.h).
const MAX_XATTR: usize = 65536;

fn xattrs(path: &Path) -> io::Result<BTreeMap<Vec<u8>, Vec<u8>>> {
    let mut buffer = vec![0; MAX_XATTR];
    let len = match rustix::fs::llistxattr(path, &mut buffer[..]) {
        // The file system has no attributes.
        Err(rustix::io::Errno::OPNOTSUPP) => 0,
        len => len?,
    };
    let names: Vec<OsString> = buffer[..len]
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| OsStr::from_bytes(name).to_owned())
        .collect();
    names
        .into_iter()
        .map(|name| {
            let len = rustix::fs::lgetxattr(path, &name, &mut buffer[..])?;
            Ok((name.into_vec(), buffer[..len].to_vec()))
        })
        .collect()
}
