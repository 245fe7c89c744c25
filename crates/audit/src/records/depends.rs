//! That every package has what it asks for, and nothing that it refuses.

use std::collections::BTreeMap;

use bringup_debian::{Dependency, Relation, parse_relations};

use super::STATUS;
use super::status::Record;
use crate::finding::Findings;
use crate::{Allowed, Rule};

/// Who goes by a name.
struct Provider<'a> {
    package: &'a str,
    architecture: &'a str,
    /// Its version; none for a name that it provides without one. Debian policy 7.5.
    version: Option<&'a str>,
    is_real: bool,
}

pub(super) fn check(records: &[Record<'_>], allow: &Allowed, found: &mut Findings) {
    let present = || records.iter().filter(|record| record.has_files());
    let mut names: BTreeMap<&str, Vec<Provider<'_>>> = BTreeMap::new();
    for record in present() {
        let provider = |version, is_real| Provider {
            package: record.name,
            architecture: record.field("Architecture"),
            version,
            is_real,
        };
        names.entry(record.name).or_default().push(provider(Some(record.field("Version")), true));
        for relation in relations(record, "Provides", found) {
            for provided in relation.alternatives {
                let version = provided.version.map(|(_, version)| version);
                names.entry(provided.name).or_default().push(provider(version, false));
            }
        }
    }
    // A package that is not configured yet need not have all that it asks for, as dpkg sees it.
    let waits = |record: &Record<'_>| allow.deferred.contains_key(record.name);
    for record in present().filter(|record| !waits(record)) {
        for field in ["Pre-Depends", "Depends"] {
            for relation in relations(record, field, found) {
                if !relation.alternatives.iter().any(|wanted| is_there(wanted, &names)) {
                    found.error(
                        Rule::Dependency,
                        STATUS,
                        format!("`{}` asks for `{relation}` ({field}), which no package is", record.name),
                        "add it to `packages.install`, or to `packages.supplied` if the image brings it itself",
                    );
                }
            }
        }
        for field in ["Conflicts", "Breaks"] {
            for relation in relations(record, field, found) {
                for refused in &relation.alternatives {
                    if let Some(other) = refused_by(record.name, refused, &names) {
                        found.error(
                            Rule::Dependency,
                            STATUS,
                            format!("`{}` refuses `{refused}` ({field}), which `{other}` is", record.name),
                            "leave one of the two out of `packages.install`",
                        );
                    }
                }
            }
        }
    }
}

fn relations<'a>(record: &'a Record<'_>, field: &str, found: &mut Findings) -> Vec<Relation<'a>> {
    parse_relations(record.field(field)).unwrap_or_else(|error| {
        found.error(
            Rule::Dependency,
            STATUS,
            format!("`{}`, {field}: {error}", record.name),
            "dpkg refuses to work with it: this is a fault of the package",
        );
        Vec::new()
    })
}

fn is_there(wanted: &Dependency<'_>, names: &BTreeMap<&str, Vec<Provider<'_>>>) -> bool {
    providers(wanted, names).next().is_some()
}

/// The package that stands against it, itself aside: a package may refuse a name that it provides.
fn refused_by<'a>(
    own: &str,
    refused: &Dependency<'_>,
    names: &'a BTreeMap<&str, Vec<Provider<'_>>>,
) -> Option<&'a str> {
    providers(refused, names).map(|provider| provider.package).find(|package| *package != own)
}

fn providers<'a, 'b>(
    wanted: &Dependency<'_>,
    names: &'a BTreeMap<&str, Vec<Provider<'b>>>,
) -> impl Iterator<Item = &'a Provider<'b>> {
    names.get(wanted.name).into_iter().flatten().filter(move |provider| {
        let version = match provider.version {
            Some(version) => wanted.accepts(version),
            None => wanted.version.is_none(),
        };
        let architecture = match wanted.qualifier {
            None | Some("any" | "native") => true,
            Some(architecture) => provider.is_real && provider.architecture == architecture,
        };
        version && architecture
    })
}
