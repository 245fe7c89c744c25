//! Packages by name or from a lock, configured by their routes.

use std::collections::BTreeMap;

use bringup_debian::{DebFile, LockedPackage, UnpackLimits, Unpacked, resolve, unpack_all};
use bringup_dpkg::{Options, Package};
use bringup_tools::Toolbox;
use bringup_tree::{Meta, Tree};

use crate::{Difference, Error, Request, Route, Routed, Wishes, compare, configure};

/// What the packages' scripts are told.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The time of everything that gets written, in seconds since 1970; that of the newest file of the
    /// packages, if missing.
    pub epoch: Option<i64>,
    /// debconf's questions and their values.
    pub answers: &'a BTreeMap<String, String>,
}

/// The newest packages that fulfil a request, with what they depend on.
///
/// # Errors
/// The archive cannot be had, or its packages do not go together.
pub fn select(toolbox: &Toolbox<'_>, request: &bringup_debian::Request) -> Result<Vec<LockedPackage>, Error> {
    let index = toolbox.source.index(toolbox.store, &request.architecture, toolbox.jobs, toolbox.progress)?;
    let found = resolve(&[&index], request)?;
    Ok(found.packages.iter().map(|selected| toolbox.source.lock(&selected.package)).collect())
}

/// An empty root with `packages` configured, as [`configure`] does.
///
/// # Errors
/// As for [`configure`], and if a package cannot be had.
pub fn configure_packages(
    toolbox: &Toolbox<'_>,
    packages: &[LockedPackage],
    settings: &Settings<'_>,
    request: &Request<'_>,
) -> Result<Routed, Error> {
    let unpacked = unpacked(toolbox, packages)?;
    on_empty(toolbox, &unpacked, settings, request)
}

/// The same packages configured in two ways.
#[derive(Debug)]
pub struct Comparison {
    /// By interpretation, as far as that goes.
    pub cross: Routed,
    /// By another route alone.
    pub other: Routed,
    /// Where the roots differ.
    pub differences: Vec<Difference>,
}

/// Configures `packages` twice, by interpretation as far as that goes and by `other` alone, and says where
/// the roots differ. What `request` wishes is not looked at.
///
/// # Errors
/// As for [`configure_packages`].
pub fn compare_routes(
    toolbox: &Toolbox<'_>,
    packages: &[LockedPackage],
    settings: &Settings<'_>,
    request: &Request<'_>,
    other: Route,
) -> Result<Comparison, Error> {
    let unpacked = unpacked(toolbox, packages)?;
    let by = |only| {
        let wishes = Wishes { only, deferred: None };
        on_empty(toolbox, &unpacked, settings, &Request { wishes, ..*request })
    };
    let (cross, other) = (by(None)?, by(Some(other))?);
    let differences = compare(&cross.tree, &other.tree)?;
    Ok(Comparison { cross, other, differences })
}

fn unpacked(toolbox: &Toolbox<'_>, packages: &[LockedPackage]) -> Result<Vec<Unpacked>, Error> {
    let requests: Vec<_> = packages.iter().map(|package| toolbox.source.request(package)).collect();
    let paths = toolbox.source.fetch(toolbox.store, &requests, toolbox.jobs, toolbox.progress)?;
    let debs: Vec<DebFile> = paths
        .into_iter()
        .zip(packages)
        .map(|(path, package)| DebFile { path, digest: package.sha256 })
        .collect();
    Ok(unpack_all(toolbox.store, &debs, &UnpackLimits::default(), toolbox.jobs)?)
}

fn on_empty(
    toolbox: &Toolbox<'_>,
    unpacked: &[Unpacked],
    settings: &Settings<'_>,
    request: &Request<'_>,
) -> Result<Routed, Error> {
    let times = unpacked.iter().flat_map(|package| package.tree.iter()).map(|(_, _, node)| node.meta.mtime);
    let epoch = settings.epoch.or_else(|| times.max()).unwrap_or_default();
    let packages: Vec<Package<'_>> =
        unpacked.iter().map(|package| Package { control: &package.control, tree: &package.tree }).collect();
    let options = Options {
        architecture: request.platform.debian_arch,
        epoch,
        answers: settings.answers,
        keep_unpacked: &Default::default(),
        skip: &[],
    };
    configure(toolbox, Tree::new(Meta::root(0o755, epoch)), &packages, &options, request)
}
