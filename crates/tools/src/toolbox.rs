//! From a set of tools to a root that the sandbox can run programs of.

use std::path::PathBuf;

use bringup_debian::{
    DebFile, LockedPackage, PackageSource, Progress, Request, UnpackLimits, resolve, unpack_all,
};
use bringup_sandbox::{Root, Way};
use bringup_store::{Key, Store};
use bringup_tree::{Kind, Meta, Tree, write_directory};

use crate::error::from_derive;
use crate::{Error, Finish, ToolSet};

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
    /// The newest packages of a set, with what they depend on.
    ///
    /// # Errors
    /// The archive cannot be had, its packages do not go together, or the host does not run them.
    pub fn packages(&self, set: &'static ToolSet) -> Result<Vec<LockedPackage>, Error> {
        self.resolve(set.name, set.architecture_on(self.architecture)?, set.packages)
    }

    /// The newest of `packages` for the Debian architecture `architecture`, with what they depend on;
    /// `name` is for errors.
    ///
    /// # Errors
    /// The archive cannot be had, or its packages do not go together.
    pub fn resolve(
        &self,
        name: &'static str,
        architecture: &str,
        packages: &[impl AsRef<str>],
    ) -> Result<Vec<LockedPackage>, Error> {
        let index = self.source.index(self.store, architecture, self.jobs, self.progress);
        let index = index.map_err(|source| Error::Fetch { set: name, source })?;
        let request = Request {
            architecture: architecture.to_owned(),
            install: packages.iter().map(|name| name.as_ref().to_owned()).collect(),
            ..Request::default()
        };
        let resolution =
            resolve(&[&index], &request).map_err(|source| Error::Resolve { set: name, source })?;
        Ok(resolution.packages.iter().map(|selected| self.source.lock(&selected.package)).collect())
    }

    /// The root of a set made of `packages`, unpacked if it is not there yet.
    ///
    /// # Errors
    /// A package cannot be had or unpacked, or programs cannot be started here at all.
    pub fn root(&self, set: &'static ToolSet, packages: &[LockedPackage]) -> Result<Root, Error> {
        set.architecture_on(self.architecture)?;
        let path = self.folder(set.name, packages, &Finish::default())?;
        Root::open(&path, self.way).map_err(|source| Error::Run { path, source })
    }

    /// The folder in the store with `packages`, of whatever architectures, over each other in a merged
    /// `/usr`; unpacked if it is not there yet. `name` is for errors.
    ///
    /// # Errors
    /// A package cannot be had or unpacked.
    pub fn folder(
        &self,
        name: &'static str,
        packages: &[LockedPackage],
        finish: &Finish<'_>,
    ) -> Result<PathBuf, Error> {
        let mut key = Key::new("tools", FORMAT);
        for package in packages {
            key = key.input("deb", package.sha256.0);
        }
        for (path, target) in finish.links {
            key = key.input("link", format!("{path}\n{target}"));
        }
        if finish.relative {
            key = key.input("relative", "");
        }
        let made = self.store.derive_dir(&key, |folder| {
            let failed = |source| Error::Tree { set: name, source };
            let mut tree = self.tree(name, packages)?;
            finish.apply(&mut tree).map_err(failed)?;
            write_directory(&tree, folder).map(drop).map_err(failed)
        });
        made.map_err(|error| from_derive(name, error))
    }

    /// All packages of a set over each other, in a merged `/usr`.
    fn tree(&self, set: &'static str, packages: &[LockedPackage]) -> Result<Tree, Error> {
        let requests: Vec<_> = packages.iter().map(|package| self.source.request(package)).collect();
        let paths = self
            .source
            .fetch(self.store, &requests, self.jobs, self.progress)
            .map_err(|source| Error::Fetch { set, source })?;
        let debs: Vec<DebFile> = paths
            .into_iter()
            .zip(packages)
            .map(|(path, package)| DebFile { path, digest: package.sha256 })
            .collect();
        let unpacked = unpack_all(self.store, &debs, &UnpackLimits::default(), self.jobs)
            .map_err(|source| Error::Unpack { set, source })?;
        let mut tree = skeleton().map_err(|source| Error::Tree { set, source })?;
        for package in &unpacked {
            tree.merge(&package.tree).map_err(|source| Error::Tree { set, source })?;
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
