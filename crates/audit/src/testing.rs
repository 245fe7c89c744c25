//! Trees for tests.

use bringup_tree::{Content, Kind, Meta, Tree};

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
