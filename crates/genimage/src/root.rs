//! The trees of files that images are made from.

use std::path::{Path, PathBuf};

use bringup_tree::{Kind, Meta, MetaPolicy, Tree};

use crate::Error;
use crate::config::Image;
use crate::owners::{Owners, Table};

/// What all trees have in common.
pub(crate) struct Roots<'a> {
    path: PathBuf,
    owners: Owners<'a>,
    table: Option<Table>,
    /// The latest time that a file may have.
    latest: Option<i64>,
    /// Folders that have images of their own.
    mountpoints: Vec<String>,
}

impl<'a> Roots<'a> {
    pub(crate) fn new(
        path: PathBuf,
        owners: Owners<'a>,
        latest: Option<i64>,
        images: &[Image],
    ) -> Result<Self, Error> {
        let table = match owners {
            Owners::Table(path) => Some(Table::read(path)?),
            Owners::Root | Owners::Kept => None,
        };
        let mountpoints =
            images.iter().filter(|image| image.srcpath.is_none()).map(|image| image.mountpoint.clone());
        let mountpoints = mountpoints.filter(|path| !path.is_empty()).collect();
        Ok(Self { path, owners, table, latest, mountpoints })
    }

    /// What goes into `image`: its folder of the root path, where the folders of others are empty.
    pub(crate) fn tree(&self, image: &Image) -> Result<Tree, Error> {
        if image.empty {
            return Ok(Tree::new(Meta::root(0o755, self.latest.unwrap_or(0))));
        }
        if let Some(path) = &image.srcpath {
            return self.read(Path::new(path), false);
        }
        let path = self.path.join(&image.mountpoint);
        if !image.mountpoint.is_empty() && !path.is_dir() {
            let (at, name) = (image.at.clone(), image.file.clone());
            return Err(Error::NoMountpoint { at, image: name, path: image.mountpoint.clone() });
        }
        if self.table.is_some() && !image.mountpoint.is_empty() {
            // The table names paths of the whole root.
            let whole = self.read(&self.path, true)?;
            return Ok(below(&whole, &image.mountpoint, &self.mountpoints)?);
        }
        let mut tree = self.read(&path, image.mountpoint.is_empty())?;
        empty(&mut tree, &image.mountpoint, &self.mountpoints);
        Ok(tree)
    }

    fn read(&self, path: &Path, whole: bool) -> Result<Tree, Error> {
        let mut tree = Tree::from_directory(path, MetaPolicy::Keep)?;
        let paths: Vec<Vec<u8>> = tree.iter().map(|(path, _, _)| path.to_vec()).collect();
        for path in &paths {
            let Some(node) = tree.get_mut(path) else { continue };
            if self.owners != Owners::Kept {
                (node.meta.uid, node.meta.gid) = (0, 0);
            }
            if let Some(latest) = self.latest {
                node.meta.mtime = node.meta.mtime.min(latest);
            }
        }
        if let Some(table) = self.table.as_ref().filter(|_| whole) {
            table.apply(&mut tree, self.latest.unwrap_or(0))?;
        }
        Ok(tree)
    }
}

/// Empties the folders of `tree`, which is `own`, that have images of their own.
fn empty(tree: &mut Tree, own: &str, mountpoints: &[String]) {
    for path in mountpoints {
        let inner = if own.is_empty() {
            Some(path.as_str())
        } else {
            path.strip_prefix(own).and_then(|rest| rest.strip_prefix('/'))
        };
        let Some(inner) = inner.filter(|inner| !inner.is_empty()) else { continue };
        let Some(node) = tree.get(inner).filter(|node| node.kind.is_directory()) else { continue };
        let meta = node.meta.clone();
        tree.remove(inner);
        // Its parent is there, as it was itself.
        let _ = tree.insert(inner, meta, Kind::Directory);
    }
}

/// The folder `own` of `whole` as a tree by itself.
fn below(whole: &Tree, own: &str, mountpoints: &[String]) -> Result<Tree, bringup_tree::Error> {
    let prefix = format!("{own}/").into_bytes();
    let meta = whole.get(own).map(|node| node.meta.clone()).unwrap_or_default();
    let mut tree = Tree::new(meta);
    let mut first = std::collections::HashMap::new();
    for (path, id, node) in whole.iter() {
        let Some(inner) = path.strip_prefix(prefix.as_slice()) else { continue };
        match first.get(&id) {
            Some(existing) => {
                tree.link(inner, existing)?;
            }
            None => {
                tree.insert(inner, node.meta.clone(), node.kind.clone())?;
                first.insert(id, inner.to_vec());
            }
        }
    }
    empty(&mut tree, own, mountpoints);
    Ok(tree)
}
