//! All names of a volume, for questions that go across it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::Error;
use crate::volume::{FileKind, Node, Volume};

/// The most names that are held; a full desktop has some 500,000.
const NAMES_MAX: usize = 4_000_000;

/// How many symbolic links are followed (Linux, `MAXSYMLINKS`).
const LINKS_MAX: usize = 40;

/// One file of a volume.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) node: Node,
    /// What a symbolic link says.
    pub(crate) target: Option<Vec<u8>>,
}

/// Every file of a volume, by path without a leading slash.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) all: BTreeMap<Vec<u8>, File>,
}

impl Files {
    /// Walks all of a volume, each directory once.
    ///
    /// # Errors
    /// A directory, inode or link is broken.
    pub(crate) fn read(volume: &Volume<'_>) -> Result<Self, Error> {
        let mut files = Self::default();
        let root = volume.root()?;
        let mut seen = BTreeSet::from([root.id]);
        let mut folders = VecDeque::from([(Vec::new(), root)]);
        while let Some((path, folder)) = folders.pop_front() {
            for entry in volume.entries(&folder)? {
                let node = volume.node(&entry)?;
                let mut below: Vec<u8> = path.clone();
                if !below.is_empty() {
                    below.push(b'/');
                }
                below.extend(&entry.name);
                let target = match node.kind {
                    FileKind::Symlink => Some(volume.target(&node)?),
                    _ => None,
                };
                // A directory has one name only; a second one would be a circle.
                if node.kind == FileKind::Directory && seen.insert(node.id) {
                    folders.push_back((below.clone(), node));
                }
                if files.all.len() >= NAMES_MAX {
                    return Err(Error::TooMany {
                        what: "file system",
                        parts: "names",
                        limit: NAMES_MAX as u64,
                    });
                }
                files.all.insert(below, File { node, target });
            }
        }
        Ok(files)
    }

    /// The path that `path` leads to, through links.
    pub(crate) fn resolve(&self, path: &[u8]) -> Option<Vec<u8>> {
        let follow = |path: &[u8]| self.all.get(path).and_then(|file| file.target.clone());
        resolve(path, &follow).filter(|real| real.is_empty() || self.all.contains_key(real))
    }

    /// The file that `path` leads to, and its own path.
    pub(crate) fn find(&self, path: &[u8]) -> Option<(Vec<u8>, &File)> {
        let real = self.resolve(path)?;
        self.all.get(&real).map(|file| (real.clone(), file))
    }
}

/// Walks `path` where `follow` says which paths are links, and to what. None for a circle.
pub(crate) fn resolve(path: &[u8], follow: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let components = |path: &[u8]| -> Vec<Vec<u8>> {
        path.split(|&byte| byte == b'/')
            .filter(|part| !part.is_empty() && *part != b".")
            .rev()
            .map(<[u8]>::to_vec)
            .collect()
    };
    let mut left = components(path);
    let mut real: Vec<Vec<u8>> = Vec::new();
    let mut links = 0;
    while let Some(name) = left.pop() {
        if name == b".." {
            real.pop();
            continue;
        }
        real.push(name);
        if let Some(target) = follow(&real.join(&b'/')) {
            links += 1;
            if links > LINKS_MAX {
                return None;
            }
            real.pop();
            if target.starts_with(b"/") {
                real.clear();
            }
            left.extend(components(&target));
        }
    }
    Some(real.join(&b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(path: &[u8]) -> Option<Vec<u8>> {
        match path {
            b"bin" => Some(b"usr/bin".to_vec()),
            b"usr/bin/sh" => Some(b"/opt/../usr/bin/dash".to_vec()),
            b"loop" => Some(b"loop".to_vec()),
            _ => None,
        }
    }

    #[test]
    fn links_are_followed_within_the_root() {
        assert_eq!(resolve(b"/bin/sh", &follow).unwrap(), b"usr/bin/dash");
        assert_eq!(resolve(b"../../bin/./x", &follow).unwrap(), b"usr/bin/x");
        assert_eq!(resolve(b"loop/x", &follow), None);
    }
}
