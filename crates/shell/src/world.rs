//! The files and surroundings that a script sees.

use std::collections::BTreeMap;

use bringup_tree::{Content, Kind, Meta, Node, NodeId, Tree};

/// The files and surroundings that a script sees.
///
/// Paths are text, absolute or relative to [`cwd`](Self::cwd); links are followed inside the tree, as
/// in a chroot. Who acts is root: permissions are kept but never in the way.
#[derive(Debug)]
pub struct World {
    /// The root.
    pub tree: Tree,
    /// The current folder, absolute.
    pub cwd: String,
    /// The file mode creation mask.
    pub umask: u32,
    /// The time of everything that gets written, in seconds since 1970.
    pub epoch: i64,
    /// Exported variables.
    pub environment: BTreeMap<String, String>,
    /// Debian's name of the target's architecture.
    pub architecture: String,
    /// How many commands may still run.
    pub steps: u64,
    /// How many names `mktemp` has given.
    pub temporary: u64,
}

/// Why a file operation failed, as errno has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// ENOENT
    Missing,
    /// ENOTDIR
    NotDirectory,
    /// EISDIR
    IsDirectory,
    /// EEXIST
    Exists,
    /// ENOTEMPTY
    NotEmpty,
    /// EINVAL, ELOOP, EIO: a bad path, links in a circle, unreadable content
    Invalid,
}

impl Failure {
    /// As strerror(3) in the C locale.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Missing => "No such file or directory",
            Self::NotDirectory => "Not a directory",
            Self::IsDirectory => "Is a directory",
            Self::Exists => "File exists",
            Self::NotEmpty => "Directory not empty",
            Self::Invalid => "Invalid argument",
        }
    }
}

impl World {
    /// A world around a tree: cwd `/`, umask 022, no environment.
    pub fn new(tree: Tree, architecture: &str, epoch: i64) -> Self {
        Self {
            tree,
            cwd: "/".to_owned(),
            umask: 0o022,
            epoch,
            environment: BTreeMap::new(),
            architecture: architecture.to_owned(),
            steps: 1_000_000,
            temporary: 0,
        }
    }

    /// `path` made absolute by the current folder; nothing else is done to it.
    pub fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.cwd) }
    }

    /// The tree's own path for `path`, every link followed.
    ///
    /// # Errors
    /// Links in a circle, or a name that no tree can hold.
    pub fn followed(&self, path: &str) -> Result<Vec<u8>, Failure> {
        self.tree.resolve(self.absolute(path)).map_err(|_| Failure::Invalid)
    }

    /// The tree's own path for `path`, its last component not followed (lstat, unlink, rename).
    ///
    /// # Errors
    /// As for [`followed`](Self::followed).
    pub fn named(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let path = self.absolute(path);
        let trimmed = path.trim_end_matches('/');
        let (folder, name) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
        if name == "." || name == ".." || name.is_empty() {
            return self.followed(&path);
        }
        let mut at = self.tree.resolve(folder).map_err(|_| Failure::Invalid)?;
        if !at.is_empty() {
            at.push(b'/');
        }
        at.extend_from_slice(name.as_bytes());
        Ok(at)
    }

    /// stat(2).
    pub fn stat(&self, path: &str) -> Option<&Node> {
        self.tree.get(self.followed(path).ok()?)
    }

    /// lstat(2).
    pub fn lstat(&self, path: &str) -> Option<&Node> {
        self.tree.get(self.named(path).ok()?)
    }

    /// Whether a folder is there, links followed.
    pub fn is_directory(&self, path: &str) -> bool {
        self.stat(path).is_some_and(|node| node.kind.is_directory())
    }

    /// All of a file; `/dev/null` is empty.
    ///
    /// # Errors
    /// Nothing or no file there.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let at = self.followed(path)?;
        if at == b"dev/null" {
            return Ok(Vec::new());
        }
        match self.tree.get(&at).map(|node| &node.kind) {
            Some(Kind::File(content)) => content.read().map_err(|_| Failure::Invalid),
            Some(Kind::Directory) => Err(Failure::IsDirectory),
            Some(_) => Err(Failure::Invalid),
            None => Err(self.absence(path)),
        }
    }

    /// Why nothing is found at `path`: one of the folders on the way may be a file.
    pub fn absence(&self, path: &str) -> Failure {
        let path = self.absolute(path);
        let cuts = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        let file =
            cuts.into_iter().any(|at| self.stat(&path[..at]).is_some_and(|node| !node.kind.is_directory()));
        if file { Failure::NotDirectory } else { Failure::Missing }
    }

    /// open(2) with `O_CREAT | O_TRUNC`, write, close: an existing file keeps its owner and mode, a
    /// new one is root's with 0666 less the umask. `/dev/null` takes everything.
    ///
    /// # Errors
    /// The folder is missing, or something that is no file is there.
    pub fn write(&mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Result<(), Failure> {
        let at = self.followed(path)?;
        if at == b"dev/null" {
            return Ok(());
        }
        let epoch = self.epoch;
        if let Some(node) = self.tree.get_mut(&at) {
            return match node.kind {
                Kind::File(_) => {
                    node.kind = Kind::File(Content::bytes(bytes));
                    node.meta.mtime = epoch;
                    Ok(())
                }
                Kind::Directory => Err(Failure::IsDirectory),
                _ => Err(Failure::Invalid),
            };
        }
        let meta = Meta::root(0o666 & !self.umask, epoch);
        self.create(&at, meta, Kind::File(Content::bytes(bytes)))
    }

    /// As [`write`](Self::write), behind what is there.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn append(&mut self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        let mut all = match self.read(path) {
            Err(Failure::Missing) => Vec::new(),
            other => other?,
        };
        all.extend_from_slice(bytes);
        self.write(path, all)
    }

    /// mkdir(2) with 0777 less the umask.
    ///
    /// # Errors
    /// Something is there, or the folder above is not.
    pub fn make_directory(&mut self, path: &str) -> Result<(), Failure> {
        let at = self.named(path)?;
        if self.tree.get(&at).is_some() {
            return Err(Failure::Exists);
        }
        let meta = Meta::root(0o777 & !self.umask, self.epoch);
        self.create(&at, meta, Kind::Directory)
    }

    /// symlink(2).
    ///
    /// # Errors
    /// Something is there, or the folder above is not.
    pub fn make_symlink(&mut self, target: &str, path: &str) -> Result<(), Failure> {
        let at = self.named(path)?;
        if self.tree.get(&at).is_some() {
            return Err(Failure::Exists);
        }
        let meta = Meta::root(0o777, self.epoch);
        self.create(&at, meta, Kind::Symlink(target.as_bytes().to_vec()))
    }

    /// mknod(2) for a device, pipe or socket, whatever the umask.
    ///
    /// # Errors
    /// Something is there, or the folder above is not.
    pub fn make_node(&mut self, path: &str, kind: Kind, mode: u32) -> Result<(), Failure> {
        let at = self.named(path)?;
        if self.tree.get(&at).is_some() {
            return Err(Failure::Exists);
        }
        let meta = Meta::root(mode, self.epoch);
        self.create(&at, meta, kind)
    }

    /// Puts a node at a path of the tree, links not followed. As on a file system of Linux, a
    /// set-group-id folder gives its group, and folders in it that bit.
    fn create(&mut self, at: &[u8], mut meta: Meta, kind: Kind) -> Result<(), Failure> {
        let up = above(at);
        let folder = self.tree.get(up).ok_or_else(|| self.absence(&text(at)))?;
        if !folder.kind.is_directory() {
            return Err(Failure::NotDirectory);
        }
        if folder.meta.mode & 0o2000 != 0 {
            meta.gid = folder.meta.gid;
            if kind.is_directory() {
                meta.mode |= 0o2000;
            }
        }
        self.tree.insert(at, meta, kind).map_err(|_| Failure::Invalid)?;
        self.changed(at);
        Ok(())
    }

    /// The folder around a path of the tree has been changed.
    fn changed(&mut self, at: &[u8]) {
        let epoch = self.epoch;
        if let Some(folder) = self.tree.get_mut(above(at)) {
            folder.meta.mtime = epoch;
        }
    }

    /// unlink(2) or rmdir(2), by what is there.
    ///
    /// # Errors
    /// Nothing is there, or a folder with something in it.
    pub fn remove(&mut self, path: &str) -> Result<(), Failure> {
        let at = self.named(path)?;
        match self.tree.get(&at).map(|node| node.kind.is_directory()) {
            None => Err(self.absence(path)),
            Some(true) if self.tree.below(&at).next().is_some() => Err(Failure::NotEmpty),
            Some(_) => {
                self.tree.remove(&at);
                self.changed(&at);
                Ok(())
            }
        }
    }

    /// Takes away a path and everything below it.
    ///
    /// # Errors
    /// Nothing is there, or it is the root.
    pub fn remove_all(&mut self, path: &str) -> Result<(), Failure> {
        let at = self.named(path)?;
        if at.is_empty() {
            return Err(Failure::Invalid);
        }
        if self.tree.remove(&at) == 0 {
            return Err(self.absence(path));
        }
        self.changed(&at);
        Ok(())
    }

    /// rename(2): what is at `to` is replaced, a folder only by a folder and only if it is empty.
    ///
    /// # Errors
    /// Nothing at `from`, no folder around `to`, a folder into itself, or something of another kind at `to`.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), Failure> {
        let (old, new) = (self.named(from)?, self.named(to)?);
        let directory = |node: &Node| node.kind.is_directory();
        let moves = directory(self.tree.get(&old).ok_or_else(|| self.absence(from))?);
        match self.tree.get(above(&new)) {
            None => return Err(self.absence(to)),
            Some(node) if !directory(node) => return Err(Failure::NotDirectory),
            Some(_) => {}
        }
        let beneath = new.strip_prefix(old.as_slice()).is_some_and(|rest| rest.first() == Some(&b'/'));
        if old.is_empty() || moves && beneath {
            return Err(Failure::Invalid);
        }
        match self.tree.get(&new).map(directory) {
            Some(true) if !moves => return Err(Failure::IsDirectory),
            Some(false) if moves => return Err(Failure::NotDirectory),
            Some(true) if old != new && self.tree.below(&new).next().is_some() => {
                return Err(Failure::NotEmpty);
            }
            _ => {}
        }
        self.tree.rename(&old, &new).map_err(|_| Failure::Invalid)?;
        self.changed(&old);
        self.changed(&new);
        Ok(())
    }

    /// link(2): `path` becomes another name of what is at `existing`, a symbolic link itself included.
    ///
    /// # Errors
    /// Nothing or a folder at `existing`, something at `path`, or no folder around it.
    pub fn link(&mut self, existing: &str, path: &str) -> Result<(), Failure> {
        let (old, new) = (self.named(existing)?, self.named(path)?);
        let node = self.tree.get(&old).ok_or_else(|| self.absence(existing))?;
        if node.kind.is_directory() {
            return Err(Failure::Invalid);
        }
        if self.tree.get(&new).is_some() {
            return Err(Failure::Exists);
        }
        if self.tree.get(above(&new)).is_none() {
            return Err(self.absence(path));
        }
        self.tree.link(&new, &old).map_err(|_| Failure::NotDirectory)?;
        self.changed(&new);
        Ok(())
    }

    /// What is at `path`, to change; `follow` as in stat(2), or lstat(2).
    ///
    /// # Errors
    /// Nothing is there.
    pub fn node_mut(&mut self, path: &str, follow: bool) -> Result<&mut Node, Failure> {
        let at = if follow { self.followed(path)? } else { self.named(path)? };
        if self.tree.get(&at).is_none() {
            return Err(self.absence(path));
        }
        self.tree.get_mut(&at).ok_or(Failure::Missing)
    }

    /// chmod(2): the low twelve bits; links are followed.
    ///
    /// # Errors
    /// Nothing is there.
    pub fn set_mode(&mut self, path: &str, mode: u32) -> Result<(), Failure> {
        self.node_mut(path, true)?.meta.mode = mode & 0o7777;
        Ok(())
    }

    /// chown(2), or lchown(2) without `follow`; none leaves as it is. As Linux does, even for root,
    /// this takes set-id bits and capabilities from files (chown(2), "NOTES"; the set-group-id bit
    /// only with the group's execute bit, since without it means locking).
    ///
    /// # Errors
    /// Nothing is there.
    pub fn set_owner(
        &mut self,
        path: &str,
        uid: Option<u32>,
        gid: Option<u32>,
        follow: bool,
    ) -> Result<(), Failure> {
        let node = self.node_mut(path, follow)?;
        node.meta.uid = uid.unwrap_or(node.meta.uid);
        node.meta.gid = gid.unwrap_or(node.meta.gid);
        if !matches!(node.kind, Kind::Directory | Kind::Symlink(_)) {
            node.meta.mode &= !0o4000;
            if node.meta.mode & 0o010 != 0 {
                node.meta.mode &= !0o2000;
            }
            node.meta.xattrs.remove(b"security.capability".as_slice());
        }
        Ok(())
    }

    /// utimensat(2): the time of the last change, in seconds since 1970.
    ///
    /// # Errors
    /// Nothing is there.
    pub fn set_time(&mut self, path: &str, mtime: i64, follow: bool) -> Result<(), Failure> {
        self.node_mut(path, follow)?.meta.mtime = mtime;
        Ok(())
    }

    /// Which node `path` is, links followed or not: two names of one node are hard links.
    pub fn id(&self, path: &str, follow: bool) -> Option<NodeId> {
        let at = if follow { self.followed(path) } else { self.named(path) };
        self.tree.id(at.ok()?)
    }

    /// The names in a folder, in byte order; none if it is no folder.
    pub fn names(&self, path: &str) -> Vec<String> {
        let Ok(at) = self.followed(path) else { return Vec::new() };
        if !self.tree.get(&at).is_some_and(|node| node.kind.is_directory()) {
            return Vec::new();
        }
        let skip = if at.is_empty() { 0 } else { at.len() + 1 };
        self.tree.children(&at).map(|(path, _)| text(&path[skip..])).collect()
    }

    /// A copy of `from`, and of everything in it, at `to`, where nothing is yet: owners, modes, times, hard
    /// links and extended attributes are kept, symbolic links are copied as they are.
    ///
    /// # Errors
    /// Nothing at `from`, something at `to`, no folder around it, or a folder into itself.
    pub fn copy_all(&mut self, from: &str, to: &str) -> Result<(), Failure> {
        let (old, new) = (self.named(from)?, self.named(to)?);
        if self.tree.get(&new).is_some() {
            return Err(Failure::Exists);
        }
        if new.strip_prefix(old.as_slice()).is_some_and(|rest| rest.first() == Some(&b'/')) {
            return Err(Failure::Invalid);
        }
        let node = self.tree.get(&old).ok_or_else(|| self.absence(from))?.clone();
        let mut paths = vec![(old.clone(), node)];
        paths.extend(self.tree.below(&old).map(|(path, node)| (path.to_vec(), node.clone())));
        let mut placed: BTreeMap<NodeId, Vec<u8>> = BTreeMap::new();
        for (path, node) in paths {
            let mut at = new.clone();
            at.extend_from_slice(&path[old.len()..]);
            let id = self.tree.id(&path);
            let first = id.and_then(|id| placed.get(&id));
            if let Some(first) = first {
                self.tree.link(&at, first).map_err(|_| Failure::Invalid)?;
                continue;
            }
            if at == new {
                self.create(&at, node.meta.clone(), node.kind)?;
                self.node_mut(to, false)?.meta = node.meta;
            } else {
                self.tree.insert(&at, node.meta, node.kind).map_err(|_| Failure::Invalid)?;
            }
            placed.extend(id.map(|id| (id, at)));
        }
        Ok(())
    }
}

/// A path of the tree as text.
fn text(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// The folder around a path of the tree.
fn above(at: &[u8]) -> &[u8] {
    at.iter().rposition(|byte| *byte == b'/').map_or(&[][..], |cut| &at[..cut])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        World::new(Tree::new(Meta::root(0o755, 1)), "arm64", 7)
    }

    #[test]
    fn a_set_group_id_folder_gives_its_group() {
        let mut world = world();
        world.make_directory("d").unwrap();
        world.set_owner("d", None, Some(8), true).unwrap();
        world.set_mode("d", 0o2775).unwrap();
        world.write("d/f", "x").unwrap();
        world.make_directory("d/e").unwrap();
        let meta = |path| world.stat(path).map(|node| (node.meta.gid, node.meta.mode));
        assert_eq!(meta("d/f"), Some((8, 0o644)));
        assert_eq!(meta("d/e"), Some((8, 0o2755)));
    }

    #[test]
    fn a_new_owner_takes_set_id_bits_from_files_only() {
        let mut world = world();
        world.write("f", "x").unwrap();
        world.set_mode("f", 0o6755).unwrap();
        world.make_directory("d").unwrap();
        world.set_mode("d", 0o2755).unwrap();
        for path in ["f", "d"] {
            world.set_owner(path, Some(1), None, true).unwrap();
        }
        assert_eq!(world.stat("f").unwrap().meta.mode, 0o755);
        assert_eq!(world.stat("d").unwrap().meta.mode, 0o2755);
    }

    #[test]
    fn a_rename_fails_as_the_kernel_says() {
        let mut world = world();
        world.make_directory("d").unwrap();
        world.make_directory("d/e").unwrap();
        world.write("f", "x").unwrap();
        assert_eq!(world.rename("none", "f"), Err(Failure::Missing));
        assert_eq!(world.rename("f", "d"), Err(Failure::IsDirectory));
        assert_eq!(world.rename("d", "f"), Err(Failure::NotDirectory));
        assert_eq!(world.rename("d", "d/e/f"), Err(Failure::Invalid));
        assert_eq!(world.rename("f", "none/f"), Err(Failure::Missing));
        assert_eq!(world.rename("f", "f/g"), Err(Failure::NotDirectory));
        world.rename("f", "d/g").unwrap();
        assert_eq!(world.names("d"), ["e", "g"]);
        assert_eq!(world.stat("/").unwrap().meta.mtime, 7);
    }

    #[test]
    fn a_copy_keeps_hard_links_and_owners() {
        let mut world = world();
        world.make_directory("d").unwrap();
        world.write("d/a", "x").unwrap();
        world.set_owner("d/a", Some(3), Some(4), true).unwrap();
        world.link("d/a", "d/b").unwrap();
        world.make_symlink("a", "d/c").unwrap();
        world.copy_all("d", "e").unwrap();
        assert_eq!(world.id("e/a", false), world.id("e/b", false));
        assert_ne!(world.id("e/a", false), world.id("d/a", false));
        assert_eq!(world.stat("e/c").map(|node| (node.meta.uid, node.meta.gid)), Some((3, 4)));
        assert_eq!(world.copy_all("d", "d/f"), Err(Failure::Invalid));
        assert_eq!(world.copy_all("d", "e"), Err(Failure::Exists));
    }
}
