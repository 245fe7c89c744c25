//! Packages by licence.

use std::collections::BTreeMap;

use super::Described;

/// For packages whose licence is not known.
const UNKNOWN: &str = "NOASSERTION";

/// Each licence, by SPDX's identifier or Debian's name, with the packages that have something under it,
/// in their order. A package is with every licence of its copyright file. One that SPDX does not have is
/// under Debian's name for it, whatever the text: [`Licence::texts`](super::Licence::texts) has those.
pub fn licences(packages: &[Described]) -> Vec<(String, Vec<&Described>)> {
    let mut table: BTreeMap<String, Vec<&Described>> = BTreeMap::new();
    for package in packages {
        let licence = &package.licence;
        let name = |id: &String| {
            let text = licence.texts.iter().find(|text| text.id == *id);
            text.map_or_else(|| id.clone(), |text| text.name.clone())
        };
        let mut names: Vec<String> = licence.ids.iter().map(name).collect();
        if names.is_empty() {
            names.push(UNKNOWN.to_owned());
        }
        names.sort();
        names.dedup();
        for name in names {
            table.entry(name).or_default().push(package);
        }
    }
    table.into_iter().collect()
}
