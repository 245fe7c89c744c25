//! From a set of tools to a root that the sandbox can run programs of.

use bringup_debian::{
    DebFile, Index, PackageSource, Progress, Request, Resolution, UnpackLimits, resolve, unpack_all,
};
use bringup_sandbox::{Root, Way};
use bringup_store::{Key, Store};
use bringup_tree::{Kind, Meta, Tree, write_directory};

use crate::error::from_derive;
use crate::{Error, ToolSet};

/// Changes when the same packages would give another root.
const FORMAT: u32 = 1;

/// Where tools come from and go to.
#[derive(Clone, Copy)]
pub struct Toolbox<'a> {
    /// Where they are unpacked.
    pub store: &'a Store,
    /// Where packages come from.
    pub source: &'a PackageSource,
    /// Debian's name of the host's architecture.
    pub architecture: &'a str,
    /// How many things to do at once.
    pub jobs: usize,
    /// Who is told how far downloads are.
    pub progress: &'a dyn Progress,
    /// How programs are to be started.
    pub way: Way,
}

impl Toolbox<'_> {
    /// The root of a set, unpacked if it is not there yet.
    ///
    /// # Errors
    /// A package cannot be had or unpacked, or programs cannot be started here at all.
    pub fn root(&self, set: &'static ToolSet) -> Result<Root, Error> {
        let fetch = |source| Error::Fetch { set: set.name, source };
        let index =
            self.source.index(self.store, self.architecture, self.jobs, self.progress).map_err(fetch)?;
        let resolution = self.resolve(set, &index)?;
        let mut key = Key::new("tools", FORMAT);
        for selected in &resolution.packages {
            key = key.input("deb", selected.package.sha256.0);
        }
        let made = self.store.derive_dir(&key, |folder| {
            let tree = self.tree(set, &resolution)?;
            let written = write_directory(&tree, folder);
            written.map(drop).map_err(|source| Error::Tree { set: set.name, source })
        });
        let path = made.map_err(|error| from_derive(set.name, error))?;
        Root::open(&path, self.way).map_err(|source| Error::Run { path, source })
    }

    fn resolve(&self, set: &'static ToolSet, index: &Index) -> Result<Resolution, Error> {
        let request = Request {
            architecture: self.architecture.to_owned(),
            install: set.packages.iter().map(|name| (*name).to_owned()).collect(),
            ..Request::default()
        };
        resolve(&[index], &request).map_err(|source| Error::Resolve { set: set.name, source })
    }

    /// All packages of a set over each other, in a merged `/usr`.
    fn tree(&self, set: &'static ToolSet, resolution: &Resolution) -> Result<Tree, Error> {
        let packages = &resolution.packages;
        let requests: Vec<_> =
            packages.iter().map(|selected| selected.package.request(self.source.repositories())).collect();
        let paths = self
            .source
            .fetch(self.store, &requests, self.jobs, self.progress)
            .map_err(|source| Error::Fetch { set: set.name, source })?;
        let debs: Vec<DebFile> = paths
            .into_iter()
            .zip(packages)
            .map(|(path, selected)| DebFile { path, digest: selected.package.sha256 })
            .collect();
        let unpacked = unpack_all(self.store, &debs, &UnpackLimits::default(), self.jobs)
            .map_err(|source| Error::Unpack { set: set.name, source })?;
        let mut tree = skeleton().map_err(|source| Error::Tree { set: set.name, source })?;
        for package in &unpacked {
            tree.merge(&package.tree).map_err(|source| Error::Tree { set: set.name, source })?;
        }
        Ok(tree)
    }
}

/// The links of a merged `/usr`, so that every package's files land in one place.
fn skeleton() -> Result<Tree, bringup_tree::Error> {
    let dir = Meta::root(0o755, 0);
    let mut tree = Tree::new(dir.clone());
    for name in ["bin", "lib", "lib64", "sbin"] {
        let real = format!("usr/{name}");
        tree.insert_all(&real, dir.clone(), Kind::Directory, &dir)?;
        tree.insert(name, dir.clone(), Kind::Symlink(real.into_bytes()))?;
    }
    Ok(tree)
}
