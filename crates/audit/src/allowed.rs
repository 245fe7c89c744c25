//! What a caller knows to be meant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bringup_tree::{Content, Kind, Node, Tree};

/// What is meant to be as it is.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// Users whom the record lets in without a password.
    pub no_password: BTreeSet<String>,
    /// Users whom the record gives the hash of a password.
    pub password: BTreeSet<String>,
    /// Files that the record names, below the root without a leading slash: their contents are the
    /// user's word, keys and passwords included.
    pub named: BTreeSet<Vec<u8>>,
    /// Whatever was made or changed after the packages were configured, in the same form:
    /// [`changed_paths`] finds it.
    pub changed: BTreeSet<Vec<u8>>,
    /// Packages that are configured on the machine itself, each with the reason.
    pub deferred: BTreeMap<String, String>,
    /// Paths of the machine that makes the image: its store, its working folder, its user's home.
    /// Short ones would be found everywhere; those of less than six bytes are not looked for.
    pub builder: Vec<Vec<u8>>,
}

impl Allowed {
    /// Whether the record names the file.
    pub(crate) fn is_named(&self, path: &[u8]) -> bool {
        self.named.contains(path)
    }

    /// Whether the record names the file, or what was done after the packages made it so.
    pub(crate) fn is_made(&self, path: &[u8]) -> bool {
        self.named.contains(path) || self.changed.contains(path)
    }
}

/// Paths of `after` that `before` does not have, or that are something else there. Contents count as
/// the same if they are the same bytes of the same source.
pub fn changed_paths(before: &Tree, after: &Tree) -> BTreeSet<Vec<u8>> {
    let mut old = before.iter().peekable();
    let mut changed = BTreeSet::new();
    // Both are in byte order.
    for (path, _, node) in after.iter() {
        while old.next_if(|(known, ..)| *known < path).is_some() {}
        let same = old.next_if(|(known, ..)| *known == path).is_some_and(|(_, _, was)| is_same(was, node));
        if !same {
            changed.insert(path.to_vec());
        }
    }
    changed
}

fn is_same(left: &Node, right: &Node) -> bool {
    left.meta == right.meta
        && match (&left.kind, &right.kind) {
            (Kind::File(left), Kind::File(right)) => is_same_content(left, right),
            (Kind::Symlink(left), Kind::Symlink(right)) => left == right,
            (left, right) => left.describe() == right.describe(),
        }
}

/// Whether both are the same bytes of the same source; other bytes that are equal are not looked at.
pub(crate) fn is_same_content(left: &Content, right: &Content) -> bool {
    match (left, right) {
        (Content::Bytes(left), Content::Bytes(right)) => Arc::ptr_eq(left, right) || left == right,
        (
            Content::Range { source, offset, len },
            Content::Range { source: other, offset: from, len: other_len },
        ) => offset == from && len == other_len && (Arc::ptr_eq(source, other) || source.path == other.path),
        (Content::Path { path, len }, Content::Path { path: other, len: other_len }) => {
            path == other && len == other_len
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{put, tree};

    #[test]
    fn what_is_new_or_differs_has_changed() {
        let before = tree(&[("etc/a", "1"), ("etc/b", "1"), ("etc/d", "1")]);
        let mut after = before.clone();
        put(&mut after, "etc/b", "2");
        put(&mut after, "etc/c", "1");
        after.get_mut("etc/d").unwrap().meta.mode = 0o600;
        after.remove("etc/a");
        let changed: Vec<Vec<u8>> = changed_paths(&before, &after).into_iter().collect();
        assert_eq!(changed, [b"etc/b".to_vec(), b"etc/c".to_vec(), b"etc/d".to_vec()]);
    }
}
