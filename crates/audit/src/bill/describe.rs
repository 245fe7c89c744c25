//! Packages, as their control and copyright files describe them.

use std::collections::{BTreeMap, BTreeSet};

use bringup_debian::parse_relations;
use bringup_tree::Tree;

use super::copyright::licence;
use super::{Described, Licence};
use crate::{Error, Installed, look};

/// What the packages are, in their order.
///
/// # Errors
/// A copyright file cannot be read.
pub fn describe(packages: &[Installed<'_>]) -> Result<Vec<Described>, Error> {
    let names = names(packages);
    let trees: BTreeMap<&str, &Tree> =
        packages.iter().map(|package| (package.locked.name.as_str(), package.tree)).collect();
    packages.iter().map(|package| one(package, &names, &trees)).collect()
}

fn one(
    package: &Installed<'_>,
    names: &BTreeMap<&str, BTreeSet<&str>>,
    trees: &BTreeMap<&str, &Tree>,
) -> Result<Described, Error> {
    let Installed { locked, control, .. } = *package;
    let field = |name| control.field(name).filter(|value| !value.is_empty());
    // `Source` has a version where it differs; Debian policy 5.6.1.
    let (source, source_version) = match field("Source") {
        Some(source) => match source.split_once('(') {
            Some((name, version)) => (name.trim(), version.trim_end_matches(')').trim()),
            None => (source, locked.version.as_str()),
        },
        None => (locked.name.as_str(), locked.version.as_str()),
    };
    let mut depends = BTreeSet::new();
    for field in ["Pre-Depends", "Depends"] {
        // What is no relation stopped the resolver before this.
        for relation in parse_relations(control.field(field).unwrap_or_default()).unwrap_or_default() {
            let found = relation.alternatives.iter().find_map(|wanted| names.get(wanted.name));
            depends.extend(found.into_iter().flatten().copied());
        }
    }
    depends.remove(locked.name.as_str());
    let copyright = copyright(&locked.name, package.tree, trees)?;
    Ok(Described {
        name: locked.name.clone(),
        version: locked.version.clone(),
        architecture: locked.architecture.clone(),
        sha256: locked.sha256,
        source: source.to_owned(),
        source_version: source_version.to_owned(),
        summary: field("Description").and_then(|text| text.lines().next()).unwrap_or_default().to_owned(),
        homepage: field("Homepage").map(str::to_owned),
        maintainer: field("Maintainer").map(str::to_owned),
        depends: depends.into_iter().map(str::to_owned).collect(),
        licence: copyright.map_or_else(Licence::default, |text| licence(&locked.name, &text)),
    })
}

/// Which packages go by a name, their own and those they provide.
fn names<'a>(packages: &[Installed<'a>]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Installed { locked, control, .. } in packages {
        for relation in parse_relations(control.field("Provides").unwrap_or_default()).unwrap_or_default() {
            for provided in relation.alternatives {
                names.entry(provided.name).or_default().insert(&locked.name);
            }
        }
    }
    // A real package is what a name means first.
    for Installed { locked, .. } in packages {
        names.insert(&locked.name, [locked.name.as_str()].into());
    }
    names
}

/// The copyright file; a package's folder of documents may be a link to another package's, which is then
/// among those it depends on (Debian policy 12.5).
fn copyright(name: &str, own: &Tree, trees: &BTreeMap<&str, &Tree>) -> Result<Option<String>, Error> {
    let path = own.resolve(format!("usr/share/doc/{name}/copyright")).unwrap_or_default();
    if let Some(text) = look::text(own, &path)? {
        return Ok(Some(text));
    }
    let text = String::from_utf8_lossy(&path);
    let other = text.strip_prefix("usr/share/doc/").and_then(|rest| rest.split('/').next());
    match other.and_then(|other| trees.get(other)) {
        Some(tree) => look::text(tree, &path),
        None => Ok(None),
    }
}
