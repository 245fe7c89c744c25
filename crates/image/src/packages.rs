//! The packages of an image: from the lock or resolved, fetched, unpacked.

use std::borrow::Cow;

use bringup_debian::{
    DebFile, FileRequest, ImageLock, Lock, LockedPackage, Provided, Request as Wanted, Resolution,
    UnpackLimits, Unpacked, diff, resolve, unpack_all,
};
use bringup_spec::{Artifact, Artifacts, Board};
use bringup_store::{Digest, Key};
use bringup_tree::Tree;

use crate::{Context, Error, Request};

/// Where a kernel package has its modules, below a version.
const MODULES: &str = "usr/lib/modules";

/// The packages that an image's lock names.
#[derive(Clone, Debug)]
pub(crate) struct Locked {
    pub(crate) packages: Vec<LockedPackage>,
}

impl Locked {
    /// What every UUID and the decision to build again follow from.
    pub(crate) fn seed(&self, request: &Request<'_>) -> Digest {
        let mut key = Key::new("image seed", 1)
            .input("board", request.board.name)
            .input("system", &request.system.name);
        for package in &self.packages {
            key = key.input(&package.name, package.sha256.0);
        }
        key.digest()
    }
}

/// What has to be there by name, dependencies aside.
fn roots(request: &Request<'_>) -> Vec<String> {
    let firmware = request.board.firmware.installer.placements();
    let mut names = request.system.packages.install.clone();
    names.push(request.board.kernel_package.to_owned());
    names.extend(firmware.iter().map(|placement| placement.artifact.package.to_owned()));
    names.sort();
    names.dedup();
    names
}

/// The packages that the lock file has for this image; without any, those of the archive, which the
/// lock file then gets.
pub(crate) fn locked_packages(context: &Context<'_>, request: &Request<'_>) -> Result<Locked, Error> {
    let lock = Lock::read(&request.lock)?;
    let image = lock.image(request.board.name, &request.system.name);
    let missing = |image: &ImageLock| {
        let has = |name: &String| image.packages.iter().any(|package| package.name == *name);
        roots(request).into_iter().filter(|name| !has(name)).collect::<Vec<_>>()
    };
    match image {
        Some(image) if missing(image).is_empty() => {
            return Ok(Locked { packages: image.packages.clone() });
        }
        Some(image) if request.locked => {
            let changes =
                missing(image).into_iter().map(|name| format!("`{name}`: not in the lock")).collect();
            return Err(Error::LockDiffers { lock: request.lock.clone(), changes });
        }
        None if request.locked => {
            return Err(Error::NotLocked {
                lock: request.lock.clone(),
                board: request.board.name,
                system: request.system.name.clone(),
            });
        }
        Some(_) | None => {}
    }
    update_lock(context, request, false)?;
    let lock = Lock::read(&request.lock)?;
    let image = lock.image(request.board.name, &request.system.name);
    Ok(Locked { packages: image.map(|image| image.packages.clone()).unwrap_or_default() })
}

/// Resolves the image's packages and writes them to the lock file; says what changed.
///
/// Versions that the lock has are kept while the archive has them, unless `update` is set.
/// With [`Request::locked`], a change is an error and nothing is written.
///
/// # Errors
/// The archive cannot be had, or its packages do not go together.
pub fn update_lock(context: &Context<'_>, request: &Request<'_>, update: bool) -> Result<Vec<String>, Error> {
    let lock = Lock::read(&request.lock)?;
    let old = lock.image(request.board.name, &request.system.name).cloned();
    let packages = resolve_image(context, request, old.as_ref().filter(|_| !update))?;
    let before = old.as_ref().map_or(&[][..], |image| &image.packages);
    let changes: Vec<String> = diff(before, &packages).iter().map(ToString::to_string).collect();
    if request.locked && !changes.is_empty() {
        return Err(Error::LockDiffers { lock: request.lock.clone(), changes });
    }
    let image = ImageLock {
        board: request.board.name.to_owned(),
        system: request.system.name.clone(),
        packages,
        tools: old.map(|image| image.tools).unwrap_or_default(),
    };
    Lock::update(&request.lock, image)?;
    Ok(changes)
}

fn resolve_image(
    context: &Context<'_>,
    request: &Request<'_>,
    pinned: Option<&ImageLock>,
) -> Result<Vec<LockedPackage>, Error> {
    let architecture = request.board.platform.debian_arch;
    let index = context.source.index(context.store, architecture, context.jobs, context.progress)?;
    let provided = request.system.packages.supplied.iter().map(|supplied| Provided {
        name: supplied.name.clone(),
        version: None,
        reason: supplied.reason.clone(),
    });
    let pinned = pinned.map_or(&[][..], |image| &image.packages);
    let wanted = Wanted {
        architecture: architecture.to_owned(),
        install: roots(request),
        provided: provided.collect(),
        pinned: pinned.iter().map(|package| (package.name.clone(), package.version.clone())).collect(),
        ..Wanted::default()
    };
    let Resolution { packages, .. } = resolve(&[&index], &wanted)?;
    Ok(packages.iter().map(|selected| context.source.lock(&selected.package)).collect())
}

/// The packages of an image, unpacked.
pub(crate) struct Ready {
    packages: Vec<(LockedPackage, Unpacked)>,
}

/// Fetches and unpacks what is locked.
pub(crate) fn fetch(context: &Context<'_>, locked: &Locked) -> Result<Ready, Error> {
    let requests: Vec<FileRequest> =
        locked.packages.iter().map(|package| context.source.request(package)).collect();
    let paths = context.source.fetch(context.store, &requests, context.jobs, context.progress)?;
    let debs: Vec<DebFile> = paths
        .into_iter()
        .zip(&locked.packages)
        .map(|(path, package)| DebFile { path, digest: package.sha256 })
        .collect();
    let unpacked = unpack_all(context.store, &debs, &UnpackLimits::default(), context.jobs);
    let unpacked = unpacked.map_err(|source| {
        // The store calls files by their digests, which say nothing to people.
        let at = debs.iter().position(|deb| source.path() == Some(&deb.path));
        let package = at.map_or_else(|| "a package".to_owned(), |at| locked.packages[at].title());
        Error::Deb { package, source }
    })?;
    Ok(Ready { packages: locked.packages.iter().cloned().zip(unpacked).collect() })
}

impl Ready {
    /// The newest time of any file in any package, in seconds since 1970.
    pub(crate) fn newest_date(&self) -> i64 {
        let trees = self.packages.iter().map(|(_, unpacked)| &unpacked.tree);
        trees.flat_map(|tree| tree.iter()).map(|(_, _, node)| node.meta.mtime).max().unwrap_or(0)
    }

    /// The tree that has the kernel's modules, and the package's digest.
    pub(crate) fn kernel(&self, board: &Board) -> Result<(&Tree, Digest), Error> {
        self.find(|tree| tree.below(MODULES.as_bytes()).next().is_some())
            .ok_or(Error::NoKernel { package: board.kernel_package })
    }

    /// The tree that has the file at `path`, and the package's digest.
    pub(crate) fn with_file(&self, path: &'static str) -> Result<(&Tree, Digest), Error> {
        self.find(|tree| tree.get(path).is_some()).ok_or(Error::NoFile { path })
    }

    fn find(&self, has: impl Fn(&Tree) -> bool) -> Option<(&Tree, Digest)> {
        let found = self.packages.iter().find(|(_, unpacked)| has(&unpacked.tree));
        found.map(|(package, unpacked)| (&unpacked.tree, package.sha256))
    }

    /// The trees that make the root: all but the firmware's, which goes beside the partitions.
    pub(crate) fn root_trees(&self, board: &Board) -> Vec<&Tree> {
        let firmware = board.firmware.installer.placements();
        let is_firmware = |name: &str| firmware.iter().any(|placement| placement.artifact.package == name);
        let rest = self.packages.iter().filter(|(package, _)| !is_firmware(&package.name));
        rest.map(|(_, unpacked)| &unpacked.tree).collect()
    }

    /// A firmware file out of its package; without the file it is up to the installer to say so.
    pub(crate) fn artifact(&self, artifact: &Artifact) -> Result<OneArtifact, Error> {
        let package = self.packages.iter().find(|(package, _)| package.name == artifact.package);
        let bytes = match package {
            Some((_, unpacked)) if unpacked.tree.get(artifact.path()).is_some() => {
                Some(unpacked.tree.read(artifact.path())?)
            }
            _ => None,
        };
        Ok(OneArtifact { artifact: *artifact, bytes })
    }
}

/// One firmware file, read from its package.
pub(crate) struct OneArtifact {
    artifact: Artifact,
    bytes: Option<Vec<u8>>,
}

impl Artifacts for OneArtifact {
    fn get(&self, package: &str, path: &str) -> Option<Cow<'_, [u8]>> {
        let own = self.artifact.package == package && self.artifact.path() == path;
        self.bytes.as_deref().filter(|_| own).map(Cow::Borrowed)
    }
}
