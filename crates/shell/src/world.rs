//! The files and surroundings that a script sees.

use std::collections::BTreeMap;

use bringup_tree::{Content, Kind, Meta, Node, Tree};

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
    /// Variables that a command sets in the shell that called it (debconf's `RET`); the shell takes
    /// them when the command has ended.
    pub assigned: Vec<(String, String)>,
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
            assigned: Vec::new(),
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
            None => Err(Failure::Missing),
        }
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

    /// Puts a node at a path of the tree, links not followed.
    fn create(&mut self, at: &[u8], meta: Meta, kind: Kind) -> Result<(), Failure> {
        let up = at.iter().rposition(|byte| *byte == b'/').map_or(&[][..], |cut| &at[..cut]);
        match self.tree.get(up).map(|node| &node.kind) {
            None => return Err(Failure::Missing),
            Some(Kind::Directory) => {}
            Some(_) => return Err(Failure::NotDirectory),
        }
        self.tree.insert(at, meta, kind).map(drop).map_err(|_| Failure::Invalid)
    }

    /// unlink(2) or rmdir(2), by what is there.
    ///
    /// # Errors
    /// Nothing is there, or a folder with something in it.
    pub fn remove(&mut self, path: &str) -> Result<(), Failure> {
        let at = self.named(path)?;
        match self.tree.get(&at).map(|node| node.kind.is_directory()) {
            None => Err(Failure::Missing),
            Some(true) if self.tree.below(&at).next().is_some() => Err(Failure::NotEmpty),
            Some(_) => {
                self.tree.remove(&at);
                Ok(())
            }
        }
    }

    /// The names in a folder, in byte order; none if it is no folder.
    pub fn names(&self, path: &str) -> Vec<String> {
        let Ok(at) = self.followed(path) else { return Vec::new() };
        if !self.tree.get(&at).is_some_and(|node| node.kind.is_directory()) {
            return Vec::new();
        }
        let skip = if at.is_empty() { 0 } else { at.len() + 1 };
        let below = self.tree.below(&at).map(|(path, _)| &path[skip..]);
        let mut names: Vec<String> = below
            .filter(|rest| !rest.contains(&b'/'))
            .map(|rest| String::from_utf8_lossy(rest).into_owned())
            .collect();
        names.sort();
        names
    }
}
