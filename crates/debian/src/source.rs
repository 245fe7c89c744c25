//! Where packages come from: repositories and a client, opened when first needed.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use bringup_store::Store;

use crate::{
    Archive, Client, Error, FileRequest, Index, Keyring, LockedPackage, Package, Progress, Repository,
    SourcePackage, UnixTime,
};

/// Repositories and the way to them. Nothing is fetched before it is asked for: with everything
/// locked and in the store, no connection is ever opened.
#[derive(Debug)]
pub struct PackageSource {
    client: Client,
    repositories: Vec<Repository>,
    now: UnixTime,
    archive: Mutex<Option<Archive>>,
}

impl PackageSource {
    /// The repositories, in the order of their precedence; `now` decides what has expired.
    pub fn new(client: Client, repositories: Vec<Repository>, now: UnixTime) -> Self {
        Self { client, repositories, now, archive: Mutex::new(None) }
    }

    /// The same with `component` added to each repository that Debian's own keys sign: for firmware that
    /// is not in `main`.
    #[must_use]
    pub fn with_component(&self, component: &str) -> Self {
        self.changed(|repository| {
            let signed = repository.keyring.fingerprints() == Keyring::debian().fingerprints();
            if signed && !repository.components.iter().any(|known| known == component) {
                repository.components.push(component.to_owned());
            }
        })
    }

    /// The first repository's `suite` instead of all others, from the same place and signed by the
    /// same keys.
    #[must_use]
    pub fn of_suite(&self, suite: &str) -> Self {
        let mut changed = self.changed(|repository| suite.clone_into(&mut repository.suite));
        changed.repositories.truncate(1);
        changed
    }

    /// The same client and time with other repositories.
    #[must_use]
    pub fn of_repositories(&self, repositories: Vec<Repository>) -> Self {
        Self::new(self.client.clone(), repositories, self.now)
    }

    fn changed(&self, change: impl Fn(&mut Repository)) -> Self {
        let mut repositories = self.repositories.clone();
        repositories.iter_mut().for_each(change);
        self.of_repositories(repositories)
    }

    /// The repositories, in the order of their precedence.
    pub fn repositories(&self) -> &[Repository] {
        &self.repositories
    }

    /// The packages of `architecture` in all repositories, each verified.
    ///
    /// # Errors
    /// A repository cannot be reached, or is not what it was signed to be.
    pub fn index(
        &self,
        store: &Store,
        architecture: &str,
        jobs: usize,
        progress: &dyn Progress,
    ) -> Result<Index, Error> {
        self.with_archive(store, |archive| self.client.index(store, archive, architecture, jobs, progress))
    }

    /// The newest source package called `name` in all repositories, verified as [`index`](Self::index) is.
    ///
    /// # Errors
    /// There is none, or a repository cannot be reached, or is not what it was signed to be.
    pub fn source(
        &self,
        store: &Store,
        name: &str,
        jobs: usize,
        progress: &dyn Progress,
    ) -> Result<SourcePackage, Error> {
        let all = self.with_archive(store, |archive| self.client.sources(store, archive, jobs, progress))?;
        SourcePackage::newest(all, name)
    }

    /// With the repositories' verified Release files, fetched when first needed.
    fn with_archive<T>(
        &self,
        store: &Store,
        then: impl FnOnce(&Archive) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = match archive.take() {
            Some(opened) => opened,
            None => self.client.open_archive(store, self.repositories.clone(), self.now)?,
        };
        let result = then(&opened);
        *archive = Some(opened);
        result
    }

    /// How to fetch a locked package: from any repository of the suite it was locked in.
    pub fn request(&self, package: &LockedPackage) -> FileRequest {
        let of_suite = self.repositories.iter().filter(|repository| repository.suite == package.repository);
        FileRequest {
            name: package.title(),
            uris: of_suite.map(|repository| format!("{}/{}", repository.uri, package.path)).collect(),
            sha256: package.sha256,
            size: package.size,
        }
    }

    /// A resolved package as a lock names it.
    pub fn lock(&self, package: &Package) -> LockedPackage {
        LockedPackage::new(package, &self.repositories[package.repository].suite)
    }

    /// The files, out of the store or fetched into it, in the order of the requests.
    ///
    /// # Errors
    /// A file is nowhere to be had, or not what its hash says.
    pub fn fetch(
        &self,
        store: &Store,
        requests: &[FileRequest],
        jobs: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<PathBuf>, Error> {
        self.client.fetch(store, requests, jobs, progress)
    }
}
