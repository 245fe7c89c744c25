//! A root divided into layers.

use std::collections::{BTreeMap, HashMap, HashSet};

use bringup_tree::{Kind, NodeId, Tree};

use crate::Error;
use crate::group::{Group, group};

/// Files that one layer adds.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Whose they are, for people: names of packages; empty for files of none.
    pub packages: Vec<String>,
    /// The files, with all folders they are in.
    pub tree: Tree,
}

/// Divides `root` into at most `most` layers: `owner` names the package that has a path, if one has.
///
/// Files without an owner, which are what this system has of its own, are the last layer. All
/// names of a hard-linked file go where its first one does; a folder with nothing in it goes to its
/// owner, and every other one to each layer with something in it.
///
/// # Errors
/// `most` is 0 or more than [`MAX_LAYERS`](crate::MAX_LAYERS).
pub fn layers<'a>(
    root: &Tree,
    owner: impl Fn(&[u8]) -> Option<&'a str>,
    most: usize,
) -> Result<Vec<Layer>, Error> {
    let owners = owners(root, owner);
    let mut weights: BTreeMap<&str, u64> = BTreeMap::new();
    let mut seen = HashSet::new();
    for (path, id, node) in root.iter() {
        let Some(Some(owner)) = owners.get(path) else { continue };
        let len = match &node.kind {
            Kind::File(content) if seen.insert(id) => content.len(),
            _ => 0,
        };
        *weights.entry(owner).or_default() += len;
    }
    let groups: Vec<Group> =
        weights.iter().map(|(name, weight)| Group { name: (*name).to_owned(), weight: *weight }).collect();
    // With one layer there is none for files without an owner alone.
    let has_own = most > 1 && owners.values().any(Option::is_none);
    let mut names = group(&groups, most)?;
    if has_own && names.len() == most {
        names = group(&groups, most - 1)?;
    }

    let number_of: HashMap<&str, usize> = names
        .iter()
        .enumerate()
        .flat_map(|(at, names)| names.iter().map(move |name| (name.as_str(), at)))
        .collect();
    let own = if has_own || names.is_empty() { names.len() } else { names.len() - 1 };
    let mut layers: Vec<Layer> =
        names.iter().map(|packages| Layer { packages: packages.clone(), tree: root_of(root) }).collect();
    if own == layers.len() {
        layers.push(Layer { packages: Vec::new(), tree: root_of(root) });
    }
    let mut placed: HashMap<NodeId, &[u8]> = HashMap::new();
    for (path, id, node) in root.iter() {
        let Some(owner) = owners.get(path) else { continue };
        let layer = &mut layers[owner.map_or(own, |owner| number_of[owner])].tree;
        with_folders(layer, root, path).map_err(Error::Split)?;
        match placed.get(&id) {
            Some(first) => layer.link(path, first),
            None => {
                placed.insert(id, path);
                layer.insert(path, node.meta.clone(), node.kind.clone())
            }
        }
        .map_err(Error::Split)?;
    }
    Ok(layers)
}

/// The owner of everything but folders with something in them.
fn owners<'a, 't>(
    root: &'t Tree,
    owner: impl Fn(&[u8]) -> Option<&'a str>,
) -> BTreeMap<&'t [u8], Option<&'a str>> {
    let mut of_node: HashMap<NodeId, Option<&str>> = HashMap::new();
    let mut owners = BTreeMap::new();
    for (path, id, node) in root.iter().skip(1) {
        if node.kind.is_directory() && root.children(path).next().is_some() {
            continue;
        }
        owners.insert(path, *of_node.entry(id).or_insert_with(|| owner(path)));
    }
    owners
}

fn root_of(root: &Tree) -> Tree {
    Tree::new(root.get("").map(|node| node.meta.clone()).unwrap_or_default())
}

/// Adds the folders that `path` is in, as `root` has them.
fn with_folders(layer: &mut Tree, root: &Tree, path: &[u8]) -> Result<(), bringup_tree::Error> {
    for (slash, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
        let folder = &path[..slash];
        if let (None, Some(node)) = (layer.id(folder), root.get(folder)) {
            layer.insert(folder, node.meta.clone(), node.kind.clone())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bringup_tree::{Content, Meta};

    use super::*;

    fn root() -> Tree {
        let folder = Meta::root(0o755, 7);
        let mut tree = Tree::new(folder.clone());
        for (path, len) in [("usr/a", 5), ("usr/b", 3), ("usr/share/c", 1), ("etc/own", 1)] {
            let file = Kind::File(Content::bytes(vec![1; len]));
            tree.insert_all(path, Meta::root(0o644, 7), file, &folder).unwrap();
        }
        tree.link("usr/share/a-too", "usr/a").unwrap();
        tree.insert_all("srv", Meta::root(0o700, 7), Kind::Directory, &folder).unwrap();
        tree
    }

    fn owner(path: &[u8]) -> Option<&'static str> {
        match path {
            b"usr/a" | b"srv" => Some("a"),
            b"usr/b" => Some("b"),
            b"usr/share/c" | b"usr/share/a-too" => Some("c"),
            _ => None,
        }
    }

    fn shown(most: usize) -> Vec<(String, String)> {
        let layers = layers(&root(), owner, most).unwrap();
        let paths = |tree: &Tree| {
            let paths = tree.iter().skip(1).map(|(path, ..)| String::from_utf8_lossy(path).into_owned());
            paths.collect::<Vec<String>>().join(" ")
        };
        layers.iter().map(|layer| (layer.packages.join(" "), paths(&layer.tree))).collect()
    }

    #[test]
    fn each_package_has_its_files_and_the_system_the_last_layer() {
        let expected = [
            ("a", "srv usr usr/a usr/share usr/share/a-too"),
            ("b", "usr usr/b"),
            ("c", "usr usr/share usr/share/c"),
            ("", "etc etc/own"),
        ];
        assert_eq!(shown(4), expected.map(|(names, paths)| (names.to_owned(), paths.to_owned())));
    }

    #[test]
    fn there_are_no_more_layers_than_asked_for() {
        for most in 1..4 {
            let layers = shown(most);
            assert!(layers.len() <= most);
            let names: Vec<&str> = layers.iter().flat_map(|(names, _)| names.split_whitespace()).collect();
            assert_eq!(names.len(), 3);
            assert!(layers.last().unwrap().1.starts_with("etc etc/own"));
        }
    }

    #[test]
    fn a_root_of_nothing_but_own_files_is_one_layer() {
        for most in [1, 2] {
            let layers = layers(&root(), |_| None, most).unwrap();
            assert_eq!((layers.len(), layers[0].tree.len()), (1, root().len()));
        }
    }

    #[test]
    fn hard_links_and_folders_are_those_of_the_root() {
        let layers = layers(&root(), owner, 4).unwrap();
        let tree = &layers[0].tree;
        assert_eq!(tree.id("usr/a"), tree.id("usr/share/a-too"));
        assert_eq!(tree.get("srv").unwrap().meta.mode, 0o700);
    }
}
