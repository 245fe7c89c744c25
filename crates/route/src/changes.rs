//! What a run changed in a folder, compared with the tree that was there before.

use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata, Permissions};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;

use bringup_sandbox::{Record, Records};
use bringup_tree::{Content, Device, Kind, Meta, Node, Tree};

use crate::Error;
use crate::export::{Stamp, Stamps, place};

/// Set-group-ID; on a folder, what is made in it gets its group.
const SET_GID: u32 = 0o2000;
/// Folders that are something else while programs run; see [`bringup_sandbox::Chroot`].
const MOUNTED: [&[u8]; 5] = [b"dev", b"proc", b"run", b"sys", b"tmp"];
/// What a run leaves behind, which no system needs: locks, logs and caches with the time in them, copies
/// of what was before, and the file that keeps services from being started.
const LEFT_BEHIND: [&[u8]; 17] = [
    b"etc/.pwd.lock",
    b"root/.bash_history",
    b"usr/sbin/policy-rc.d",
    b"var/cache/apt/pkgcache.bin",
    b"var/cache/apt/srcpkgcache.bin",
    b"var/cache/debconf/config.dat-old",
    b"var/cache/debconf/passwords.dat-old",
    b"var/cache/debconf/templates.dat-old",
    b"var/cache/ldconfig/aux-cache",
    b"var/lib/dpkg/lock",
    b"var/lib/dpkg/lock-frontend",
    b"var/lib/dpkg/status-old",
    b"var/lib/dpkg/triggers/Lock",
    b"var/log/alternatives.log",
    b"var/log/apt",
    b"var/log/bootstrap.log",
    b"var/log/dpkg.log",
];

/// Keys and names that scripts make for the machine they run on, which an image must not have: they are
/// as they were, or not there.
const OF_ONE_MACHINE: [&[u8]; 10] = [
    b"etc/machine-id",
    b"etc/ssh/ssh_host_ecdsa_key",
    b"etc/ssh/ssh_host_ecdsa_key.pub",
    b"etc/ssh/ssh_host_ed25519_key",
    b"etc/ssh/ssh_host_ed25519_key.pub",
    b"etc/ssh/ssh_host_rsa_key",
    b"etc/ssh/ssh_host_rsa_key.pub",
    b"var/lib/dbus/machine-id",
    b"var/lib/systemd/credential.secret",
    b"var/lib/systemd/random-seed",
];

/// What changed.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    /// Names that are gone.
    pub(crate) removed: Vec<Vec<u8>>,
    /// New and changed names, with all folders above them.
    pub(crate) tree: Tree,
}

/// Whether a path is nothing of the run's result.
pub(crate) fn apart(path: &[u8]) -> bool {
    let in_or_below =
        |top: &&[u8]| path.strip_prefix(*top).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"));
    // A folder that is mounted on still has an owner and a mode of its own.
    MOUNTED.iter().any(|top| in_or_below(top) && path.len() > top.len())
        || LEFT_BEHIND.iter().any(in_or_below)
}

/// What programs changed in `dir`, which held `before`. Times after `epoch` become it.
pub(crate) fn changes(
    before: &Tree,
    dir: &Path,
    stamps: &Stamps,
    records: &Records,
    epoch: i64,
) -> Result<Changes, Error> {
    let found = fs::symlink_metadata(dir).map_err(Error::io("look at", dir))?;
    let root = before.get("").expect("a tree has a root").meta.clone();
    let tree = Tree::new(Meta { mode: found.mode() & 0o7777, ..root });
    let mut walk =
        Walk { before, dir, stamps, records, epoch, tree, seen: HashSet::new(), first: HashMap::new() };
    walk.folder(&[])?;
    let seen = walk.seen;
    let removed = before
        .iter()
        .filter(|(path, _, node)| !seen.contains(*path) && !apart(path) && !matches!(node.kind, Kind::Socket))
        .map(|(path, ..)| path.to_vec())
        .filter(|path| !path.is_empty())
        .collect();
    Ok(Changes { removed, tree: walk.tree })
}

struct Walk<'a> {
    before: &'a Tree,
    dir: &'a Path,
    stamps: &'a Stamps,
    records: &'a Records,
    epoch: i64,
    tree: Tree,
    seen: HashSet<Vec<u8>>,
    /// The first name of each file that has several, by its inode number.
    first: HashMap<u64, Vec<u8>>,
}

impl Walk<'_> {
    fn folder(&mut self, path: &[u8]) -> Result<(), Error> {
        let at = place(self.dir, path);
        let found = fs::symlink_metadata(&at).map_err(Error::io("look at", &at))?;
        open_up(&at, &found, 0o700)?;
        let mut names = Vec::new();
        for entry in fs::read_dir(&at).map_err(Error::io("list", &at))? {
            names.push(entry.map_err(Error::io("list", &at))?.file_name().into_vec());
        }
        names.sort();
        for name in names {
            let mut inner = path.to_vec();
            if !inner.is_empty() {
                inner.push(b'/');
            }
            inner.extend(name);
            // A folder that is mounted on may have been made for that.
            let made = MOUNTED.contains(&&*inner) && self.before.get(&inner).is_none();
            if OF_ONE_MACHINE.contains(&&*inner) {
                self.seen.insert(inner);
            } else if !made && !apart(&inner) {
                self.entry(inner)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: Vec<u8>) -> Result<(), Error> {
        let at = place(self.dir, &path);
        let found = fs::symlink_metadata(&at).map_err(Error::io("look at", &at))?;
        let record = self.records.get(&at).map_err(Error::io("look at", &at))?;
        let before = self.before;
        let old = before.get(&path);
        let meta = self.meta(&path, &found, record.as_ref(), old);
        self.seen.insert(path.clone());
        if found.is_dir() {
            if !old.is_some_and(|old| old.kind.is_directory() && old.meta == meta) {
                self.put(&path, meta, Kind::Directory)?;
            }
            return self.folder(&path);
        }
        if found.nlink() > 1 {
            if let Some(first) = self.first.get(&found.ino()).cloned() {
                return self.link(path, &first);
            }
            self.first.insert(found.ino(), path.clone());
        }
        let Some(kind) = self.kind(&path, &at, &found, record.as_ref(), old)? else { return Ok(()) };
        match old {
            Some(old) if old.meta == meta && same_kind(&old.kind, &kind) => Ok(()),
            _ => self.put(&path, meta, kind),
        }
    }

    /// Another name of a file that was met before.
    fn link(&mut self, path: Vec<u8>, first: &[u8]) -> Result<(), Error> {
        let before = self.before;
        if self.tree.get(first).is_none() {
            let id = |path: &[u8]| before.iter().find(|(name, ..)| *name == path).map(|(_, id, _)| id);
            if id(&path).is_some() && id(&path) == id(first) {
                return Ok(());
            }
            let node = before.get(first).expect("an unchanged file was there before").clone();
            self.put(first, node.meta, node.kind)?;
        }
        self.folders(&path)?;
        self.tree.link(path, first)?;
        Ok(())
    }

    fn put(&mut self, path: &[u8], meta: Meta, kind: Kind) -> Result<(), Error> {
        self.folders(path)?;
        self.tree.insert(path, meta, kind)?;
        Ok(())
    }

    /// The folders above a path; those that are not among the changes are as they were.
    fn folders(&mut self, path: &[u8]) -> Result<(), Error> {
        for cut in path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(cut, _)| cut) {
            if self.tree.get(&path[..cut]).is_none() {
                let old = self.before.get(&path[..cut]).expect("an unchanged folder was there before");
                self.tree.insert(&path[..cut], old.meta.clone(), Kind::Directory)?;
            }
        }
        Ok(())
    }

    fn meta(&self, path: &[u8], found: &Metadata, record: Option<&Record>, old: Option<&Node>) -> Meta {
        let cut = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let folder = self.tree.get(&path[..cut]).or_else(|| self.before.get(&path[..cut]));
        let inherits = folder.filter(|folder| folder.meta.mode & SET_GID != 0 && old.is_none());
        let fallback = || Record { gid: inherits.map_or(0, |folder| folder.meta.gid), ..Record::default() };
        let record = record.cloned().unwrap_or_else(fallback);
        let mode = match old {
            Some(old) if found.is_symlink() => old.meta.mode,
            _ if found.is_symlink() => 0o777,
            _ => found.mode() & 0o7777,
        };
        let latest = old.map_or(self.epoch, |old| old.meta.mtime.max(self.epoch));
        Meta {
            mode,
            uid: record.uid,
            gid: record.gid,
            mtime: found.mtime().min(latest),
            xattrs: record.xattrs,
        }
    }

    /// What it is; none for what does not outlive its maker.
    fn kind(
        &self,
        path: &[u8],
        at: &Path,
        found: &Metadata,
        record: Option<&Record>,
        old: Option<&Node>,
    ) -> Result<Option<Kind>, Error> {
        let kind = found.file_type();
        if let Some(device) = record.and_then(|record| record.device) {
            let number = Device { major: device.major, minor: device.minor };
            return Ok(Some(if device.block { Kind::BlockDevice(number) } else { Kind::CharDevice(number) }));
        }
        if kind.is_symlink() {
            let target = fs::read_link(at).map_err(Error::io("read", at))?;
            return Ok(Some(Kind::Symlink(target.as_os_str().as_bytes().to_vec())));
        }
        if kind.is_fifo() {
            return Ok(Some(Kind::Fifo));
        }
        if kind.is_socket() {
            return Ok(None);
        }
        let old = match old.map(|old| &old.kind) {
            Some(Kind::File(content)) => Some(content),
            _ => None,
        };
        if let Some(content) = old.filter(|_| self.stamps.get(path) == Some(&Stamp::of(found))) {
            return Ok(Some(Kind::File(content.clone())));
        }
        open_up(at, found, 0o400)?;
        let bytes = fs::read(at).map_err(Error::io("read", at))?;
        if let Some(content) = old.filter(|old| old.len() == bytes.len() as u64)
            && content.read()? == bytes
        {
            return Ok(Some(Kind::File(content.clone())));
        }
        Ok(Some(Kind::File(Content::bytes(bytes))))
    }
}

/// The contents of two files are the same exactly if one is a copy of the other's reference.
fn same_kind(old: &Kind, new: &Kind) -> bool {
    match (old, new) {
        (Kind::File(old), Kind::File(new)) => same_content(old, new),
        (Kind::Symlink(old), Kind::Symlink(new)) => old == new,
        (Kind::CharDevice(old), Kind::CharDevice(new)) | (Kind::BlockDevice(old), Kind::BlockDevice(new)) => {
            old == new
        }
        (Kind::Fifo, Kind::Fifo) => true,
        _ => false,
    }
}

fn same_content(old: &Content, new: &Content) -> bool {
    match (old, new) {
        (Content::Bytes(old), Content::Bytes(new)) => old == new,
        (
            Content::Range { source: old, offset: from, len },
            Content::Range { source: new, offset: also_from, len: also_len },
        ) => std::sync::Arc::ptr_eq(old, new) && (from, len) == (also_from, also_len),
        (Content::Path { path: old, .. }, Content::Path { path: new, .. }) => old == new,
        _ => false,
    }
}

/// Lets this user read what belongs to it whatever its mode says; the mode has been looked at.
fn open_up(path: &Path, found: &Metadata, wanted: u32) -> Result<(), Error> {
    let mode = found.permissions().mode() & 0o7777;
    if mode & wanted == wanted {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode | wanted)).map_err(Error::io("change", path))
}

impl Changes {
    /// `before` with the changes.
    pub(crate) fn apply(&self, mut before: Tree) -> Result<Tree, Error> {
        for path in self.removed.iter().rev() {
            before.remove(path);
        }
        let mut placed: HashMap<bringup_tree::NodeId, Vec<u8>> = HashMap::new();
        for (path, id, node) in self.tree.iter().skip(1) {
            let directory = before.get(path).map(|old| old.kind.is_directory());
            if directory.is_some_and(|directory| directory != node.kind.is_directory()) {
                before.remove(path);
            }
            if let Some(first) = placed.get(&id) {
                before.link(path, first)?;
                continue;
            }
            before.insert(path, node.meta.clone(), node.kind.clone())?;
            placed.insert(id, path.to_vec());
        }
        Ok(before)
    }
}

#[cfg(test)]
mod tests;
