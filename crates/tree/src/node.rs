//! What stands at a path.

use std::collections::BTreeMap;

use crate::Content;

/// Names a node of one tree; two paths with the same id are hard links of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) usize);

impl NodeId {
    /// A number that no other node of the tree has: what `st_ino` is to a file system.
    pub fn number(self) -> u64 {
        self.0 as u64
    }
}

/// A file system object without its name.
#[derive(Clone, Debug)]
pub struct Node {
    /// Owner, mode, time and extended attributes.
    pub meta: Meta,
    /// What it is.
    pub kind: Kind,
}

/// Owner, mode, time and extended attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// The low twelve bits of `st_mode`: permissions, set-id and sticky bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Modification time, in seconds since 1970.
    pub mtime: i64,
    /// Extended attributes by full name (`security.capability`).
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Meta {
    /// Owned by root, modified at `mtime`.
    pub fn root(mode: u32, mtime: i64) -> Self {
        Self { mode, mtime, ..Self::default() }
    }
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File(Content),
    /// A symbolic link and its target, as stored.
    Symlink(Vec<u8>),
    /// A character device.
    CharDevice(Device),
    /// A block device.
    BlockDevice(Device),
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

/// A device number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// The driver.
    pub major: u32,
    /// The driver's own number for the device.
    pub minor: u32,
}

impl Kind {
    /// With an article, for messages.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Directory => "a directory",
            Self::File(_) => "a file",
            Self::Symlink(_) => "a symbolic link",
            Self::CharDevice(_) => "a character device",
            Self::BlockDevice(_) => "a block device",
            Self::Fifo => "a named pipe",
            Self::Socket => "a socket",
        }
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        matches!(self, Self::Directory)
    }
}
