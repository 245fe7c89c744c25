//! Source as it is at one moment: what is built is what was hashed.

use std::path::Path;

use bringup_store::{Digest, Hasher};
use bringup_tools::Toolbox;
use bringup_tree::{Kind, MetaPolicy, Tree};

use crate::{Component, Error, Origin};

/// Marks a folder of results, which is no source (Cache Directory Tagging Specification 0.6).
const CACHE_TAG: &str = "CACHEDIR.TAG";

/// The source of a component with `epoch` as the time of every file, so that no build depends on when
/// something was checked out.
pub(crate) fn source(toolbox: &Toolbox<'_>, component: &Component, epoch: i64) -> Result<Tree, Error> {
    match &component.origin {
        Origin::Folder(path) => folder(component, path, epoch),
        Origin::Debian(package) => {
            let debian =
                |source| Error::DebianSource { component: component.name.clone(), source: Box::new(source) };
            let (store, progress) = (toolbox.store, toolbox.progress);
            let found = toolbox.source.source(store, package, toolbox.jobs, progress).map_err(debian)?;
            let unpacked = toolbox.source.unpack_source(store, &found, toolbox.jobs, progress);
            let mut tree = unpacked.map_err(debian)?;
            let paths: Vec<Vec<u8>> = tree.iter().map(|(path, _, _)| path.to_vec()).collect();
            for path in paths {
                if let Some(node) = tree.get_mut(&path) {
                    node.meta.mtime = epoch;
                }
            }
            Ok(tree)
        }
    }
}

fn folder(component: &Component, path: &Path, epoch: i64) -> Result<Tree, Error> {
    if !path.is_dir() {
        return Err(Error::NoSource { component: component.name.clone(), path: path.to_owned() });
    }
    let mut tree = Tree::from_directory(path, MetaPolicy::Normalise { mtime: epoch })?;
    let tag = format!("/{CACHE_TAG}");
    let not_source: Vec<Vec<u8>> = tree
        .iter()
        .filter_map(|(path, _, _)| match path {
            path if path == b".git" || path.ends_with(b"/.git") => Some(path.to_vec()),
            path => path.strip_suffix(tag.as_bytes()).map(<[u8]>::to_vec),
        })
        .collect();
    for path in not_source {
        tree.remove(path);
    }
    Ok(tree)
}

/// Of names, kinds, modes and contents.
pub(crate) fn digest(tree: &Tree) -> Result<Digest, Error> {
    let mut hasher = Hasher::new();
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    for (path, _, node) in tree.iter() {
        field(path);
        field(node.kind.describe().as_bytes());
        field(&node.meta.mode.to_le_bytes());
        match &node.kind {
            Kind::Symlink(target) => field(target),
            Kind::File(content) => {
                let (digest, _) =
                    Digest::of_reader(&mut content.reader()).map_err(Error::io("read", content.path()))?;
                field(&digest.0);
            }
            _ => {}
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::Build;

    fn component(path: &Path) -> Component {
        Component {
            name: "x".into(),
            origin: Origin::Folder(path.into()),
            build: Build::Make,
            arguments: Vec::new(),
            script: None,
            packages: Vec::new(),
            tools: Vec::new(),
            environment: BTreeMap::new(),
            install: BTreeMap::new(),
        }
    }

    #[test]
    fn results_and_history_are_no_source() {
        let dir = tempfile::tempdir().unwrap();
        for folder in [".git", "target/debug", "src/.git", "src/a"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("target/CACHEDIR.TAG"), "Signature").unwrap();
        fs::write(dir.path().join("src/a/b.c"), "int b;").unwrap();
        let tree = folder(&component(dir.path()), dir.path(), 7).unwrap();
        let paths: Vec<_> =
            tree.iter().map(|(path, _, _)| String::from_utf8_lossy(path).into_owned()).collect();
        assert_eq!(paths, ["", "src", "src/a", "src/a/b.c"]);
        assert!(tree.iter().all(|(_, _, node)| node.meta.mtime == 7));
    }

    #[test]
    fn every_change_of_a_source_shows() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.c");
        let of = || digest(&folder(&component(dir.path()), dir.path(), 7).unwrap()).unwrap();
        fs::write(&path, "int a;").unwrap();
        let first = of();
        assert_eq!(first, of());
        fs::write(&path, "int b;").unwrap();
        let second = of();
        assert_ne!(first, second);
        fs::rename(&path, dir.path().join("b.c")).unwrap();
        assert_ne!(second, of());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = folder(&component(Path::new("/nowhere")), Path::new("/nowhere"), 0).unwrap_err();
        assert_eq!(error.to_string(), "component `x`: no source folder `/nowhere`");
    }
}
