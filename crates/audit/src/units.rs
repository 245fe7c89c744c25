//! systemd's units: what is enabled must be able to start. Much of what `systemd-analyze verify` says,
//! and what only shows when a machine starts.

mod check;
mod file;
mod names;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use bringup_tree::Tree;

use self::file::UnitFile;
use self::names::Place;
use crate::finding::Findings;
use crate::{Error, Rule};

const SYSTEMD: &str = "usr/lib/systemd/systemd";

/// What starts when nothing else is asked for; systemd.special(7).
const DEFAULT: &str = "default.target";

pub(crate) fn check(root: &Tree, found: &mut Findings) -> Result<(), Error> {
    if root.get(SYSTEMD).is_none() {
        return Ok(());
    }
    let accounts = check::Accounts::of(root)?;
    // Who asks for each: a link, or a unit.
    let mut wanted: BTreeMap<String, Vec<u8>> = names::enabled(root);
    wanted.insert(DEFAULT.to_owned(), b"usr/lib/systemd/system".to_vec());
    let mut seen = BTreeSet::new();
    while let Some((name, by)) = wanted.pop_first() {
        if !seen.insert(name.clone()) {
            continue;
        }
        match names::find(root, &name) {
            Place::Masked | Place::MadeLater => {}
            Place::Missing => found.error(
                Rule::Unit,
                &by,
                format!("starts `{name}`, which there is not"),
                "install the package that has the unit, or do not enable it",
            ),
            Place::File(path) => {
                let unit = UnitFile::read(root, &name, &path, found)?;
                check::check(root, &unit, &accounts, found);
                wanted.extend(unit.starts(root).into_iter().map(|name| (name, unit.path.clone())));
            }
        }
    }
    Ok(())
}
