//! The packages of an image: from the lock or resolved, fetched, unpacked.

use std::collections::BTreeMap;
use std::sync::Arc;

use bringup_debian::{
    DebFile, FileRequest, ImageLock, Index, Lock, LockedPackage, PackageSource, Provided, Request as Wanted,
    Resolution, ResolveError, Unpacked, diff, resolve,
};
use bringup_spec::{Board, Bytes, Kernel};
use bringup_store::{Digest, Key};
use bringup_system::Init;
use bringup_systemd_boot::Programs;
use bringup_tree::{Kind as NodeKind, Tree};

use crate::method::{boot_method, firmware_packages};
use crate::types::Format;
use crate::{Context, Error, Request, sources};

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
        if request.lock_name() != request.board.name {
            key = key.input("type", request.image_type.name);
        }
        if let Some(method) = request.bootloader {
            key = key.input("boot loader", method.name());
        }
        for package in &self.packages {
            key = key.input(&package.name, package.sha256.0);
        }
        key.digest()
    }
}

/// What has to be there by name, dependencies aside.
struct Roots {
    /// The system's packages and the kernel, with everything they depend on.
    installed: Vec<String>,
    /// Packages of which only files are taken: firmware, boot loader, what the initramfs holds.
    firmware: Vec<String>,
}

impl Roots {
    fn of(request: &Request<'_>) -> Result<Self, Error> {
        let mut installed = request.system.packages.install.clone();
        let format = request.image_type.format;
        if !format.is_container() {
            installed.push(request.kernel_package().to_owned());
        }
        installed.sort();
        installed.dedup();
        let mut firmware: Vec<String> = Vec::new();
        if format.is_medium() {
            for (board, method) in request.ways(boot_method(request.board, request.bootloader)?) {
                firmware.extend(firmware_packages(&board, method).into_iter().map(str::to_owned));
            }
        }
        if let Format::Iso { .. } = format {
            firmware.push(bringup_grub::bios::PACKAGE.to_owned());
        }
        if format == Format::Uki {
            let programs = request.board.platform.efi_suffix.and_then(Programs::for_suffix);
            firmware.extend(programs.map(|programs| programs.stub.package.to_owned()));
        }
        if !format.is_container() && request.board.platform.kernel == Kernel::Linux {
            firmware.extend(request.system.initramfs.packages.iter().cloned());
        }
        Ok(Self { installed, firmware })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.installed.iter().map(String::as_str).chain(self.firmware.iter().map(String::as_str))
    }
}

/// Debian's component for what runs on the hardware itself, asked only for firmware that `main` lacks.
const FIRMWARE_COMPONENT: &str = "non-free-firmware";

/// The packages that the lock file has for this image; without any, those of the archive, which the
/// lock file then gets.
pub(crate) fn locked_packages(context: &Context<'_>, request: &Request<'_>) -> Result<Locked, Error> {
    let lock = Lock::read(&request.lock)?;
    let image = lock.image(&request.lock_name(), &request.system.name);
    let roots = Roots::of(request)?;
    let missing = |image: &ImageLock| {
        let has = |name: &&str| image.packages.iter().any(|package| package.name == **name);
        roots.names().filter(|name| !has(name)).map(str::to_owned).collect::<Vec<_>>()
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
    renew_lock(context, request, false)?;
    let lock = Lock::read(&request.lock)?;
    let image = lock.image(&request.lock_name(), &request.system.name);
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
    let source = sources::of_record(context, request)?;
    renew_lock(&Context { source: source.as_ref().unwrap_or(context.source), ..*context }, request, update)
}

fn renew_lock(context: &Context<'_>, request: &Request<'_>, update: bool) -> Result<Vec<String>, Error> {
    let lock = Lock::read(&request.lock)?;
    let old = lock.image(&request.lock_name(), &request.system.name).cloned();
    let packages = resolve_image(context, request, old.as_ref().filter(|_| !update))?;
    let before = old.as_ref().map_or(&[][..], |image| &image.packages);
    let changes: Vec<String> = diff(before, &packages).iter().map(ToString::to_string).collect();
    if request.locked && !changes.is_empty() {
        return Err(Error::LockDiffers { lock: request.lock.clone(), changes });
    }
    let image = ImageLock {
        board: request.lock_name(),
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
    let architecture = request.debian_arch();
    let roots = Roots::of(request)?;
    let index = context.source.index(context.store, architecture, context.jobs, context.progress)?;
    let provided = request.system.packages.supplied.iter().map(|supplied| Provided {
        name: supplied.name.clone(),
        version: None,
        reason: supplied.reason.clone(),
    });
    let pinned = pinned.map_or(&[][..], |image| &image.packages);
    let firmware = Wanted {
        architecture: architecture.to_owned(),
        install: roots.firmware.clone(),
        pinned: pinned.iter().map(|package| (package.name.clone(), package.version.clone())).collect(),
        ..Wanted::default()
    };
    let wanted = Wanted {
        install: roots.installed,
        provided: provided.collect(),
        essential: request.system.init == Init::Systemd,
        recommends: request.system.packages.recommends,
        ..firmware.clone()
    };
    let Resolution { packages, .. } = resolve(&[&index], &wanted)?;
    let mut locked: Vec<LockedPackage> =
        packages.iter().map(|selected| context.source.lock(&selected.package)).collect();
    for package in resolve_firmware(context, &index, &firmware)? {
        if !locked.contains(&package) {
            locked.push(package);
        }
    }
    Ok(locked)
}

/// Packages of which only files are wanted, without what they depend on.
fn resolve_firmware(
    context: &Context<'_>,
    index: &Index,
    wanted: &Wanted,
) -> Result<Vec<LockedPackage>, Error> {
    let lock = |source: &PackageSource, found: Resolution| {
        found.packages.iter().map(|selected| source.lock(&selected.package)).collect()
    };
    match resolve(&[&index.without_relations()], wanted) {
        Ok(found) => Ok(lock(context.source, found)),
        Err(ResolveError::UnknownPackage { .. }) => {
            let wider = context.source.with_component(FIRMWARE_COMPONENT);
            let index = wider.index(context.store, &wanted.architecture, context.jobs, context.progress)?;
            Ok(lock(&wider, resolve(&[&index.without_relations()], wanted)?))
        }
        Err(error) => Err(error.into()),
    }
}

/// The packages of an image, unpacked.
pub(crate) struct Ready {
    packages: Vec<(LockedPackage, Arc<Unpacked>)>,
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
    let unpacked = context.shared.unpack(context.store, &debs, context.jobs);
    let unpacked = unpacked.map_err(|source| {
        // The store calls files by their digests, which say nothing to people.
        let at = debs.iter().position(|deb| source.path() == Some(&deb.path));
        let package = at.map_or_else(|| "a package".to_owned(), |at| locked.packages[at].title());
        Error::Deb { package, source }
    })?;
    Ok(Ready { packages: locked.packages.iter().cloned().zip(unpacked).collect() })
}

impl Ready {
    /// Every package, those of which only files are taken included, as an audit wants it.
    pub(crate) fn for_audit(&self) -> Vec<bringup_audit::Installed<'_>> {
        let each = self.packages.iter().map(|(locked, unpacked)| bringup_audit::Installed {
            locked,
            control: &unpacked.control,
            tree: &unpacked.tree,
        });
        each.collect()
    }

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

    /// The trees that make the root: all but those of which only files are taken.
    pub(crate) fn root_trees(&self, request: &Request<'_>) -> Result<Vec<&Tree>, Error> {
        Ok(self.installed(request)?.into_iter().map(|unpacked| &unpacked.tree).collect())
    }

    /// The names of the packages that make the root, with what is in each.
    pub(crate) fn named(&self, request: &Request<'_>) -> Result<Vec<(&str, &Tree)>, Error> {
        let firmware = Roots::of(request)?.firmware;
        let rest = self.packages.iter().filter(|(package, _)| !firmware.contains(&package.name));
        Ok(rest.map(|(package, unpacked)| (package.name.as_str(), &unpacked.tree)).collect())
    }

    /// The packages that make the root: all but those of which only files are taken.
    pub(crate) fn installed(&self, request: &Request<'_>) -> Result<Vec<&Unpacked>, Error> {
        let firmware = Roots::of(request)?.firmware;
        let asked = &request.system.packages.install;
        let stays = |name: &String| !firmware.contains(name) || asked.contains(name);
        let rest = self.packages.iter().filter(|(package, _)| stays(&package.name));
        Ok(rest.map(|(_, unpacked)| &**unpacked).collect())
    }

    /// The label of the repository that most packages come from, as in `trixie`.
    pub(crate) fn suite(&self) -> &str {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (package, _) in &self.packages {
            *counts.entry(&package.repository).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map_or("", |(name, _)| name)
    }

    /// What takes the most room of the root: names of packages and the bytes of their files, the most
    /// first.
    pub(crate) fn largest(&self, request: &Request<'_>) -> Result<Vec<(String, Bytes)>, Error> {
        let firmware = Roots::of(request)?.firmware;
        let rest = self.packages.iter().filter(|(package, _)| !firmware.contains(&package.name));
        let mut sizes: Vec<(String, Bytes)> = rest
            .map(|(package, unpacked)| {
                let files = unpacked.tree.iter().map(|(_, _, node)| match &node.kind {
                    NodeKind::File(content) => content.len(),
                    _ => 0,
                });
                (package.name.clone(), Bytes(files.sum()))
            })
            .collect();
        sizes.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
        Ok(sizes)
    }

    /// A file of a package, by its path in it; none if either is not there.
    pub(crate) fn read(&self, package: &str, path: &str) -> Option<Vec<u8>> {
        let (_, unpacked) = self.packages.iter().find(|(own, _)| own.name == package)?;
        unpacked.tree.read(path).ok()
    }
}
