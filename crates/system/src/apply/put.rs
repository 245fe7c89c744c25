//! Nodes put where a record wants them.

use bringup_tree::{Content, Kind, Meta};

use super::Work;
use crate::Error;

/// Owner and mode of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owned {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) mode: u32,
}

impl Owned {
    pub(super) const fn root(mode: u32) -> Self {
        Self { uid: 0, gid: 0, mode }
    }
}

impl Work<'_> {
    /// A file of root's, 0644.
    pub(super) fn text(&mut self, path: &str, text: impl Into<String>) -> Result<(), Error> {
        self.file(path, Owned::root(0o644), text.into().into_bytes())
    }

    /// A file in place of whatever file or link is there; missing folders are root's, 0755.
    pub(super) fn file(&mut self, path: &str, owned: Owned, bytes: Vec<u8>) -> Result<(), Error> {
        self.node(path, owned, Kind::File(Content::bytes(bytes)))
    }

    /// A symbolic link in place of whatever file or link is there.
    pub(super) fn link(&mut self, path: &str, target: &str) -> Result<(), Error> {
        self.node(path, Owned::root(0o777), Kind::Symlink(target.as_bytes().to_vec()))
    }

    /// A folder; one that is there gets the owner and mode, whether at the path or at the end of links.
    pub(super) fn directory(&mut self, path: &str, owned: Owned) -> Result<(), Error> {
        let at = self.world.tree.resolve(path)?;
        let at = String::from_utf8_lossy(&at).into_owned();
        self.node(&at, owned, Kind::Directory)
    }

    fn node(&mut self, path: &str, owned: Owned, kind: Kind) -> Result<(), Error> {
        let epoch = self.world.epoch;
        let Owned { uid, gid, mode } = owned;
        let meta = Meta { mode, uid, gid, mtime: epoch, ..Meta::default() };
        let trimmed = path.trim_end_matches('/');
        let (folder, name) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
        let mut at = self.world.tree.resolve(folder)?;
        at.push(b'/');
        at.extend_from_slice(name.as_bytes());
        self.world.tree.insert_all(at, meta, kind, &Meta::root(0o755, epoch))?;
        Ok(())
    }
}
