//! What is done to unpacked packages, since no maintainer script of theirs is run.

use bringup_tree::{Error, Kind, Meta, Tree};

/// What is done to unpacked packages before they are written out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Finish<'a> {
    /// Symbolic links, path and target, in place of those that maintainer scripts make (alternatives).
    /// One whose path is taken, or whose target (beside it) is not there, is left out.
    pub links: &'a [(&'a str, &'a str)],
    /// Whether absolute symbolic links are made relative: for a folder that is read from outside, as a
    /// compiler reads its sysroot.
    pub relative: bool,
}

impl Finish<'_> {
    pub(crate) fn apply(&self, tree: &mut Tree) -> Result<(), Error> {
        for (path, target) in self.links {
            let (folder, _) = path.rsplit_once('/').unwrap_or_default();
            if tree.get(path).is_none() && tree.get(format!("{folder}/{target}")).is_some() {
                let link = Kind::Symlink(target.as_bytes().to_vec());
                tree.insert_all(path, Meta::root(0o777, 0), link, &Meta::root(0o755, 0))?;
            }
        }
        if self.relative {
            make_relative(tree)?;
        }
        Ok(())
    }
}

fn make_relative(tree: &mut Tree) -> Result<(), Error> {
    let absolute = |kind: &Kind| match kind {
        Kind::Symlink(target) => target.strip_prefix(b"/").map(<[u8]>::to_vec),
        _ => None,
    };
    let found: Vec<(Vec<u8>, Meta, Vec<u8>)> = tree
        .iter()
        .filter_map(|(path, _, node)| Some((path.to_vec(), node.meta.clone(), absolute(&node.kind)?)))
        .collect();
    for (path, meta, target) in found {
        let depth = path.iter().filter(|&&byte| byte == b'/').count();
        let target = [b"../".repeat(depth), target].concat();
        tree.insert(path, meta, Kind::Symlink(target))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(tree: &Tree, path: &str) -> String {
        match &tree.get(path).unwrap().kind {
            Kind::Symlink(target) => String::from_utf8(target.clone()).unwrap(),
            other => panic!("{path} is {}", other.describe()),
        }
    }

    #[test]
    fn links_are_made_where_nothing_is() {
        let meta = Meta::root(0o755, 0);
        let mut tree = Tree::new(meta.clone());
        for (path, target) in [("usr/bin/awk", "gawk"), ("usr/bin/mawk", "x"), ("usr/bin/bison.yacc", "x")] {
            tree.insert_all(path, meta.clone(), Kind::Symlink(target.into()), &meta).unwrap();
        }
        let links = [("usr/bin/awk", "mawk"), ("usr/bin/yacc", "bison.yacc"), ("usr/bin/cc", "gcc")];
        Finish { links: &links, relative: false }.apply(&mut tree).unwrap();
        assert_eq!(target(&tree, "usr/bin/awk"), "gawk");
        assert_eq!(target(&tree, "usr/bin/yacc"), "bison.yacc");
        assert!(tree.get("usr/bin/cc").is_none());
    }

    #[test]
    fn absolute_links_lead_to_the_same_place_from_outside() {
        let meta = Meta::root(0o755, 0);
        let mut tree = Tree::new(meta.clone());
        let links = [("usr/lib/a/libz.so", "/lib/a/libz.so.1"), ("top", "/usr"), ("usr/lib/b", "a")];
        for (path, target) in links {
            tree.insert_all(path, meta.clone(), Kind::Symlink(target.into()), &meta).unwrap();
        }
        Finish { links: &[], relative: true }.apply(&mut tree).unwrap();
        assert_eq!(target(&tree, "usr/lib/a/libz.so"), "../../../lib/a/libz.so.1");
        assert_eq!(target(&tree, "top"), "usr");
        assert_eq!(target(&tree, "usr/lib/b"), "a");
    }
}
