//! Trees and packages for tests.

use bringup_debian::{Control, LockedPackage};
use bringup_store::Digest;
use bringup_tree::{Content, Kind, Meta, Tree};

use crate::Installed;

/// A package of version `1:2+b1` for arm64.
pub(crate) struct Deb {
    locked: LockedPackage,
    control: Control,
    tree: Tree,
}

impl Deb {
    pub(crate) fn installed(&self) -> Installed<'_> {
        Installed { locked: &self.locked, control: &self.control, tree: &self.tree }
    }
}

/// A package with these fields, files and scripts.
pub(crate) fn deb(name: &str, fields: &[(&str, &str)], files: Tree, scripts: &[(&str, &str)]) -> Deb {
    let locked = LockedPackage {
        name: name.to_owned(),
        version: "1:2+b1".to_owned(),
        architecture: "arm64".to_owned(),
        repository: "trixie".to_owned(),
        path: String::new(),
        size: 1,
        sha256: Digest::of(name.as_bytes()),
    };
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Deb { locked, control: Control { files: tree(scripts), fields }, tree: files }
}

/// A tree of these files, all root's.
pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::new(Meta::root(0o755, 0));
    for (path, text) in files {
        put(&mut tree, path, text);
    }
    tree
}

/// Puts a file of mode 0644 there.
pub(crate) fn put(tree: &mut Tree, path: &str, text: &str) {
    put_mode(tree, path, text, 0o644);
}

/// Puts a file of this mode there.
pub(crate) fn put_mode(tree: &mut Tree, path: &str, text: &str, mode: u32) {
    let folder = Meta::root(0o755, 0);
    let kind = Kind::File(Content::bytes(text));
    tree.insert_all(path, Meta::root(mode, 0), kind, &folder).unwrap();
}

/// Puts a symbolic link there.
pub(crate) fn link(tree: &mut Tree, path: &str, target: &str) {
    let kind = Kind::Symlink(target.as_bytes().to_vec());
    tree.insert_all(path, Meta::root(0o777, 0), kind, &Meta::root(0o755, 0)).unwrap();
}
