//! The tree itself.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::error::lossy;
use crate::path::{clean, name, parent};
use crate::{Content, Error, Kind, Meta, Node, NodeId};

/// Symbolic links followed in one lookup, as in Linux (`MAXSYMLINKS`).
const MAX_LINKS: usize = 40;

/// Paths and what stands at them, in byte order: a parent always comes before its children.
#[derive(Clone, Debug)]
pub struct Tree {
    paths: BTreeMap<Vec<u8>, NodeId>,
    nodes: Vec<Node>,
}

impl Tree {
    /// A tree with nothing but its root directory.
    pub fn new(root: Meta) -> Self {
        Self {
            paths: BTreeMap::from([(Vec::new(), NodeId(0))]),
            nodes: vec![Node { meta: root, kind: Kind::Directory }],
        }
    }

    /// Puts a node at `path`, whose parent must exist.
    ///
    /// An existing non-directory is replaced; an existing directory takes the new metadata.
    ///
    /// # Errors
    /// A bad path, a missing parent, or a directory against a non-directory.
    pub fn insert(&mut self, path: impl AsRef<[u8]>, meta: Meta, kind: Kind) -> Result<NodeId, Error> {
        let path = clean(path.as_ref())?;
        self.check_parent(&path)?;
        if let Some(&id) = self.paths.get(&path) {
            let old = &self.nodes[id.0].kind;
            if old.is_directory() && kind.is_directory() {
                self.nodes[id.0].meta = meta;
                return Ok(id);
            }
            if old.is_directory() || kind.is_directory() {
                return Err(Error::Conflict {
                    path: lossy(&path),
                    old: old.describe(),
                    new: kind.describe(),
                });
            }
        }
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node { meta, kind });
        self.paths.insert(path, id);
        Ok(id)
    }

    /// Like [`insert`](Self::insert), but first makes missing parents, with `parents` as their metadata.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert).
    pub fn insert_all(
        &mut self,
        path: impl AsRef<[u8]>,
        meta: Meta,
        kind: Kind,
        parents: &Meta,
    ) -> Result<NodeId, Error> {
        let path = clean(path.as_ref())?;
        for at in path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at) {
            if !self.paths.contains_key(&path[..at]) {
                self.insert(&path[..at], parents.clone(), Kind::Directory)?;
            }
        }
        self.insert(path, meta, kind)
    }

    /// Makes `path` another name of the non-directory at `existing`.
    ///
    /// # Errors
    /// A bad path, nothing or a directory at `existing`, or a directory at `path`.
    pub fn link(&mut self, path: impl AsRef<[u8]>, existing: impl AsRef<[u8]>) -> Result<NodeId, Error> {
        let path = clean(path.as_ref())?;
        let existing = clean(existing.as_ref())?;
        let id = *self.paths.get(&existing).ok_or_else(|| Error::NotFound { path: lossy(&existing) })?;
        let directory = |id: &NodeId| self.nodes[id.0].kind.is_directory();
        if directory(&id) || self.paths.get(&path).is_some_and(directory) {
            return Err(Error::Conflict { path: lossy(&path), old: "a directory", new: "a hard link" });
        }
        self.check_parent(&path)?;
        self.paths.insert(path, id);
        Ok(id)
    }

    /// Takes away `path` and everything below it; says how many names went.
    pub fn remove(&mut self, path: impl AsRef<[u8]>) -> usize {
        let Ok(path) = clean(path.as_ref()) else { return 0 };
        if path.is_empty() {
            return 0;
        }
        let below: Vec<Vec<u8>> =
            self.below(&path).map(|(path, _)| path.to_vec()).chain([path.clone()]).collect();
        below.iter().filter(|path| self.paths.remove(*path).is_some()).count()
    }

    /// The node at exactly this path; symbolic links are not followed.
    pub fn get(&self, path: impl AsRef<[u8]>) -> Option<&Node> {
        let path = clean(path.as_ref()).ok()?;
        self.paths.get(&path).map(|id| &self.nodes[id.0])
    }

    /// As [`get`](Self::get), for a path that is clean already.
    pub(crate) fn get_clean(&self, path: &[u8]) -> Option<&Node> {
        self.paths.get(path).map(|id| &self.nodes[id.0])
    }

    /// The node at exactly this path, to change.
    pub fn get_mut(&mut self, path: impl AsRef<[u8]>) -> Option<&mut Node> {
        let path = clean(path.as_ref()).ok()?;
        self.paths.get(&path).map(|id| &mut self.nodes[id.0])
    }

    /// The path that `path` stands for when symbolic links are followed inside the tree,
    /// absolute targets counting from the tree's root, as in a chroot.
    ///
    /// The last component need not exist.
    ///
    /// # Errors
    /// More than 40 links.
    pub fn resolve(&self, path: impl AsRef<[u8]>) -> Result<Vec<u8>, Error> {
        // As in a chroot, `..` of the root is the root.
        self.walk(path.as_ref(), |_| Ok(()))
    }

    /// As [`resolve`](Self::resolve), but `..` above the root is an error.
    pub(crate) fn resolve_inside(&self, path: &[u8]) -> Result<Vec<u8>, Error> {
        self.walk(path, |given| Err(Error::Escapes { path: lossy(given) }))
    }

    fn walk(&self, given: &[u8], above: impl Fn(&[u8]) -> Result<(), Error>) -> Result<Vec<u8>, Error> {
        let mut todo: Vec<Vec<u8>> = split(given);
        todo.reverse();
        let mut done: Vec<u8> = Vec::new();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            if part == b".." {
                if done.is_empty() {
                    above(given)?;
                }
                let up = parent(&done).unwrap_or_default().len();
                done.truncate(up);
                continue;
            }
            let before = done.len();
            if !done.is_empty() {
                done.push(b'/');
            }
            done.extend_from_slice(&part);
            if let Some(Node { kind: Kind::Symlink(target), .. }) =
                self.paths.get(&done).map(|id| &self.nodes[id.0])
            {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Error::TooManyLinks { path: lossy(given), limit: MAX_LINKS });
                }
                done.truncate(if target.starts_with(b"/") { 0 } else { before });
                todo.extend(split(target).into_iter().rev());
            }
        }
        Ok(done)
    }

    /// The bytes of the file at `path`, symbolic links followed.
    ///
    /// # Errors
    /// Nothing or no file there, or its bytes cannot be read.
    pub fn read(&self, path: impl AsRef<[u8]>) -> Result<Vec<u8>, Error> {
        self.content(path)?.read()
    }

    /// The content of the file at `path`, symbolic links followed.
    ///
    /// # Errors
    /// Nothing or no file there.
    pub fn content(&self, path: impl AsRef<[u8]>) -> Result<&Content, Error> {
        let resolved = self.resolve(&path)?;
        match self.get(&resolved) {
            Some(Node { kind: Kind::File(content), .. }) => Ok(content),
            _ => Err(Error::NotFound { path: lossy(path.as_ref()) }),
        }
    }

    /// Every path with its node, the root (an empty path) first, parents before children.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], NodeId, &Node)> {
        self.paths.iter().map(|(path, id)| (path.as_slice(), *id, &self.nodes[id.0]))
    }

    /// Everything below the directory at `path`, at any depth, without itself.
    pub fn below<'a>(&'a self, path: &[u8]) -> impl Iterator<Item = (&'a [u8], &'a Node)> + use<'a> {
        let mut prefix = path.to_vec();
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        let start = prefix.clone();
        self.paths
            .range(start..)
            .take_while(move |(name, _)| name.starts_with(&prefix))
            .filter(|(name, _)| !name.is_empty())
            .map(|(name, id)| (name.as_slice(), &self.nodes[id.0]))
    }

    /// What stands directly in the directory at `path`: paths in byte order, nothing deeper looked at.
    pub fn children<'a>(&'a self, path: &[u8]) -> impl Iterator<Item = (&'a [u8], &'a Node)> + use<'a> {
        let mut prefix = path.to_vec();
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        let mut from = Bound::Excluded(prefix.clone());
        std::iter::from_fn(move || {
            loop {
                let (found, id) = self.paths.range((from.clone(), Bound::Unbounded)).next()?;
                let rest = found.strip_prefix(prefix.as_slice())?;
                if let Some(cut) = rest.iter().position(|&byte| byte == b'/') {
                    // Deeper: go on behind everything that starts with this name and a slash.
                    let mut beyond = found[..prefix.len() + cut].to_vec();
                    beyond.push(b'/' + 1);
                    from = Bound::Included(beyond);
                    continue;
                }
                from = Bound::Excluded(found.clone());
                return Some((found.as_slice(), &self.nodes[id.0]));
            }
        })
    }

    /// The id of the node at exactly this path.
    pub fn id(&self, path: impl AsRef<[u8]>) -> Option<NodeId> {
        let path = clean(path.as_ref()).ok()?;
        self.paths.get(&path).copied()
    }

    /// How many names the node at exactly this path has; 0 if there is none. Looks at every path.
    pub fn names(&self, path: impl AsRef<[u8]>) -> usize {
        let Some(wanted) = self.id(path) else { return 0 };
        self.paths.values().filter(|id| **id == wanted).count()
    }

    /// Gives what stands at `from`, and everything below it, the path `to`, as rename(2) does: a
    /// non-directory replaces a non-directory, a directory an empty directory, and of two names
    /// of one node both stay.
    ///
    /// # Errors
    /// A bad path, nothing at `from`, no parent of `to`, a directory against something else or
    /// against a directory with something in it, or a directory that would go into itself.
    pub fn rename(&mut self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Result<(), Error> {
        let from = clean(from.as_ref())?;
        let to = clean(to.as_ref())?;
        let id = *self.paths.get(&from).ok_or_else(|| Error::NotFound { path: lossy(&from) })?;
        let moves = self.nodes[id.0].kind.is_directory();
        let conflict = |old, new| Err(Error::Conflict { path: lossy(&to), old, new });
        let mut beneath = from.clone();
        beneath.push(b'/');
        if from.is_empty() || moves && to.starts_with(&beneath) {
            return conflict("a directory above", "that directory");
        }
        self.check_parent(&to)?;
        if let Some(&other) = self.paths.get(&to) {
            if other == id {
                return Ok(());
            }
            let old = &self.nodes[other.0].kind;
            if old.is_directory() != moves {
                return conflict(old.describe(), self.nodes[id.0].kind.describe());
            }
            if moves && self.below(&to).next().is_some() {
                return conflict("a directory that is not empty", "a directory");
            }
        }
        let below: Vec<Vec<u8>> = self.below(&from).map(|(path, _)| path.to_vec()).collect();
        for path in std::iter::once(from.clone()).chain(below) {
            let Some(id) = self.paths.remove(&path) else { continue };
            let mut new = to.clone();
            new.extend_from_slice(&path[from.len()..]);
            self.paths.insert(new, id);
        }
        Ok(())
    }

    /// Number of paths, the root included.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Whether there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.paths.len() == 1
    }

    /// Lays `other` over this tree, as unpacking a package into a root does.
    ///
    /// A directory of `other` that meets a symbolic link to a directory goes
    /// where the link points (merged `/usr`), and keeps the metadata already
    /// there; a file replaces a file; hard links stay hard links.
    ///
    /// # Errors
    /// A file against a directory, or links that go round in a circle.
    pub fn merge(&mut self, other: &Tree) -> Result<(), Error> {
        let mut placed: BTreeMap<NodeId, Vec<u8>> = BTreeMap::new();
        for (path, id, node) in other.iter().skip(1) {
            let folder = parent(path).unwrap_or_default();
            let mut at = self.resolve(folder)?;
            if !at.is_empty() {
                at.push(b'/');
            }
            at.extend_from_slice(name(path));
            if node.kind.is_directory() {
                let through = self.resolve(&at)?;
                if self.get(&through).is_some_and(|node| node.kind.is_directory()) {
                    continue;
                }
            }
            if let Some(first) = placed.get(&id) {
                self.link(&at, first)?;
            } else {
                self.insert(&at, node.meta.clone(), node.kind.clone())?;
                placed.insert(id, at);
            }
        }
        Ok(())
    }

    fn check_parent(&self, path: &[u8]) -> Result<(), Error> {
        let Some(folder) = parent(path) else { return Ok(()) };
        match self.paths.get(folder).map(|id| &self.nodes[id.0].kind) {
            Some(Kind::Directory) => Ok(()),
            Some(kind) => Err(Error::NoParent { path: lossy(path), found: kind.describe() }),
            None => Err(Error::NoParent { path: lossy(path), found: "missing" }),
        }
    }
}

fn split(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|&byte| byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
        .map(<[u8]>::to_vec)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir() -> Meta {
        Meta::root(0o755, 0)
    }

    fn file(text: &str) -> Kind {
        Kind::File(Content::bytes(text))
    }

    fn merged_usr() -> Tree {
        let mut tree = Tree::new(dir());
        tree.insert_all("usr/bin", dir(), Kind::Directory, &dir()).unwrap();
        tree.insert("bin", dir(), Kind::Symlink(b"usr/bin".to_vec())).unwrap();
        tree
    }

    #[test]
    fn children_are_direct_and_in_byte_order() {
        let mut tree = Tree::new(dir());
        for path in ["a/x/y", "a-b", "a/z", "a0", "b"] {
            tree.insert_all(path, dir(), file("1"), &dir()).unwrap();
        }
        let names = |path: &str| {
            let paths =
                tree.children(path.as_bytes()).map(|(path, _)| String::from_utf8_lossy(path).into_owned());
            paths.collect::<Vec<String>>()
        };
        assert_eq!(names(""), ["a", "a-b", "a0", "b"]);
        assert_eq!(names("a"), ["a/x", "a/z"]);
        assert_eq!(names("b"), [""; 0]);
    }

    #[test]
    fn a_renamed_directory_takes_along_what_is_in_it() {
        let mut tree = Tree::new(dir());
        tree.insert_all("a/x/y", dir(), file("1"), &dir()).unwrap();
        tree.insert_all("full/x", dir(), file("2"), &dir()).unwrap();
        tree.insert("empty", dir(), Kind::Directory).unwrap();
        assert!(matches!(tree.rename("a", "a/x/new"), Err(Error::Conflict { .. })));
        assert!(matches!(tree.rename("a", "full"), Err(Error::Conflict { .. })));
        assert!(matches!(tree.rename("full/x", "empty"), Err(Error::Conflict { .. })));
        assert!(matches!(tree.rename("none", "b"), Err(Error::NotFound { .. })));
        tree.rename("a", "empty").unwrap();
        assert_eq!(tree.read("empty/x/y").unwrap(), b"1");
        assert!(tree.get("a").is_none() && tree.get("a/x/y").is_none());
    }

    #[test]
    fn a_name_renamed_to_another_of_its_node_stays() {
        let mut tree = Tree::new(dir());
        tree.insert("a", dir(), file("1")).unwrap();
        tree.link("b", "a").unwrap();
        assert_eq!(tree.names("a"), 2);
        tree.rename("a", "b").unwrap();
        assert_eq!((tree.id("a"), tree.names("b")), (tree.id("b"), 2));
    }

    #[test]
    fn a_directory_lands_where_a_link_points() {
        let mut other = Tree::new(dir());
        other.insert_all("bin/sh", dir(), file("sh"), &dir()).unwrap();
        let mut tree = merged_usr();
        tree.merge(&other).unwrap();
        assert_eq!(tree.read("usr/bin/sh").unwrap(), b"sh");
        assert_eq!(tree.read("/bin/sh").unwrap(), b"sh");
        assert!(tree.get("bin/sh").is_none());
    }

    #[test]
    fn hard_links_survive_a_merge() {
        let mut other = Tree::new(dir());
        other.insert("a", dir(), file("x")).unwrap();
        other.link("b", "a").unwrap();
        let mut tree = Tree::new(dir());
        tree.merge(&other).unwrap();
        let ids: Vec<NodeId> = tree.iter().skip(1).map(|(_, id, _)| id).collect();
        assert_eq!(ids[0], ids[1]);
    }

    #[test]
    fn a_file_may_not_replace_a_directory() {
        let mut tree = merged_usr();
        let error = tree.insert("usr", dir(), file("")).unwrap_err();
        assert_eq!(error.to_string(), "path `usr`: a file cannot replace a directory");
    }

    #[test]
    fn a_parent_must_be_a_directory() {
        let mut tree = merged_usr();
        let error = tree.insert("bin/x", dir(), file("")).unwrap_err();
        assert_eq!(error.to_string(), "path `bin/x`: its parent is a symbolic link, not a directory");
    }

    #[test]
    fn circles_of_links_end() {
        let mut tree = Tree::new(dir());
        tree.insert("a", dir(), Kind::Symlink(b"b".to_vec())).unwrap();
        tree.insert("b", dir(), Kind::Symlink(b"a".to_vec())).unwrap();
        assert!(matches!(tree.resolve("a/x"), Err(Error::TooManyLinks { limit: 40, .. })));
    }

    #[test]
    fn links_count_from_the_trees_root() {
        let mut tree = merged_usr();
        tree.insert("up", dir(), Kind::Symlink(b"../../../usr/bin".to_vec())).unwrap();
        tree.insert("abs", dir(), Kind::Symlink(b"/usr".to_vec())).unwrap();
        assert_eq!(tree.resolve("up/sh").unwrap(), b"usr/bin/sh");
        assert_eq!(tree.resolve("abs/bin/sh").unwrap(), b"usr/bin/sh");
    }

    #[test]
    fn removing_a_directory_removes_what_is_below() {
        let mut tree = merged_usr();
        tree.insert("usr-local", dir(), Kind::Directory).unwrap();
        assert_eq!(tree.remove("usr"), 2);
        assert!(tree.get("usr-local").is_some());
        assert!(tree.get("usr/bin").is_none());
    }
}
