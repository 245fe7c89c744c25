//! Puts a package's files into the root, as dpkg does when it unpacks.
//!
//! Diversions and overrides of owner and mode apply; a package's conffiles get the ending
//! `.dpkg-new` until it is configured.

use std::collections::{BTreeMap, BTreeSet};

use bringup_shell::World;
use bringup_tree::{Kind, NodeId, Tree};

use crate::command::{divert, statoverride};
use crate::{Error, Package, conffile};

/// Which package each file came from; folders belong to everybody.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    by_path: BTreeMap<Vec<u8>, usize>,
    /// By package: absolute paths as its archive has them, in the archive's order.
    lists: BTreeMap<usize, Vec<String>>,
}

impl Owners {
    /// Absolute paths as the package's archive has them, folders included.
    pub(crate) fn list(&self, at: usize) -> &[String] {
        self.lists.get(&at).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The paths of a package in the order of its archive, absolute; the first is `/.`.
///
/// A tree numbers its nodes as they come, so that hard links alone are out of order: they follow the
/// file's first name.
fn archive_order(tree: &Tree) -> Vec<String> {
    let mut all: Vec<(NodeId, &[u8])> = tree.iter().map(|(path, id, _)| (id, path)).collect();
    all.sort();
    let absolute = |path: &[u8]| match path {
        b"" => "/.".to_owned(),
        path => format!("/{}", String::from_utf8_lossy(path)),
    };
    all.into_iter().map(|(_, path)| absolute(path)).collect()
}

/// Merges the files of package `at`; with `plain`, conffiles get their names at once.
pub(crate) fn unpack(
    world: &mut World,
    owners: &mut Owners,
    packages: &[Package<'_>],
    at: usize,
    plain: bool,
) -> Result<(), Error> {
    let package = &packages[at];
    let fail = |source| Error::Unpack { package: package.name().to_owned(), source };
    let diversions = divert::read(world);
    let overrides = statoverride::read(world);
    let conffiles: BTreeSet<String> =
        if plain { BTreeSet::new() } else { conffile::listed(package).into_iter().collect() };
    let mut placed: BTreeMap<NodeId, Vec<u8>> = BTreeMap::new();
    for (path, id, node) in package.tree.iter().skip(1) {
        let absolute = format!("/{}", String::from_utf8_lossy(path));
        let mut goal = diversions.place(&absolute, package.name()).as_bytes()[1..].to_vec();
        if goal[..] == absolute.as_bytes()[1..] {
            // A name that is no UTF-8 stays as it is.
            goal = path.to_vec();
        }
        if conffiles.contains(&absolute) {
            goal.extend_from_slice(b".dpkg-new");
        }
        let (folder, name) = match goal.iter().rposition(|byte| *byte == b'/') {
            Some(cut) => (&goal[..cut], &goal[cut + 1..]),
            None => (&goal[..0], &goal[..]),
        };
        let mut place = world.tree.resolve(folder).map_err(fail)?;
        if !place.is_empty() {
            place.push(b'/');
        }
        place.extend_from_slice(name);
        let mut meta = node.meta.clone();
        if let Some((uid, gid, mode)) = overrides.get(&absolute) {
            (meta.uid, meta.gid, meta.mode) = (*uid, *gid, *mode);
        }
        if node.kind.is_directory() {
            let through = world.tree.resolve(&place).map_err(fail)?;
            if world.tree.get(&through).is_some_and(|node| node.kind.is_directory()) {
                continue;
            }
        } else if let Some(other) = owners.by_path.get(&place) {
            let replaces = |from: usize, what: usize| {
                let field = packages[from].control.field("Replaces").unwrap_or_default();
                let relations = bringup_debian::parse_relations(field).unwrap_or_default();
                relations.iter().flat_map(|one| &one.alternatives).any(|one| {
                    one.name == packages[what].name() && one.accepts(packages[what].control.version())
                })
            };
            let same_name = packages[*other].name() == package.name();
            if replaces(*other, at) {
                continue;
            }
            if !replaces(at, *other) && !same_name {
                return Err(Error::Overwrite {
                    package: package.name().to_owned(),
                    path: absolute,
                    other: packages[*other].name().to_owned(),
                });
            }
        } else if let (Kind::Symlink(target), Some(old)) = (&node.kind, world.tree.get(&place)) {
            // A link that leads to the folder that is there says the same; dpkg keeps the folder.
            if old.kind.is_directory() && leads_to(&world.tree, &place, target) {
                continue;
            }
        }
        if let Some(first) = placed.get(&id) {
            world.tree.link(&place, first).map_err(fail)?;
        } else {
            world.tree.insert(&place, meta, node.kind.clone()).map_err(fail)?;
            placed.insert(id, place.clone());
        }
        if !node.kind.is_directory() {
            owners.by_path.insert(place, at);
        }
    }
    owners.lists.insert(at, archive_order(package.tree));
    Ok(())
}

/// Puts the conffiles of a package that has them under their names beside these once more, as dpkg leaves
/// them until it configures the package.
pub(crate) fn conffiles_anew(world: &mut World, package: &Package<'_>) -> Result<(), Error> {
    let fail = |source| Error::Unpack { package: package.name().to_owned(), source };
    for path in conffile::listed(package) {
        let place = divert::read(world).place(&path, package.name()).to_owned();
        let Ok(place) = world.tree.resolve(&place) else { continue };
        let Some(node) = world.tree.get(&place).filter(|node| !node.kind.is_directory()) else { continue };
        let (meta, kind) = (node.meta.clone(), node.kind.clone());
        world.tree.insert([&place[..], b".dpkg-new"].concat(), meta, kind).map_err(fail)?;
    }
    Ok(())
}

/// Whether a link of this target at `place` would lead to what is at `place` now.
fn leads_to(tree: &Tree, place: &[u8], target: &[u8]) -> bool {
    let mut path = if target.starts_with(b"/") {
        Vec::new()
    } else {
        place.iter().rposition(|byte| *byte == b'/').map_or(Vec::new(), |cut| place[..=cut].to_vec())
    };
    path.extend_from_slice(target);
    tree.resolve(path).is_ok_and(|found| found == place)
}
