//! All rules over one root.

use bringup_debian::{Control, LockedPackage};
use bringup_tree::Tree;

use crate::finding::Findings;
use crate::{Allowed, Error, Report, identity, records, units};

/// A package of the root.
#[derive(Clone, Copy, Debug)]
pub struct Installed<'a> {
    /// Which one.
    pub locked: &'a LockedPackage,
    /// Its fields and control files.
    pub control: &'a Control,
    /// Its own files.
    pub tree: &'a Tree,
}

/// Looks for what a root must not have, and for what it lacks.
///
/// `packages` are those that the root was made from; a root without dpkg's records has those rules
/// that need none.
///
/// # Errors
/// A file of the tree cannot be read.
pub fn audit(root: &Tree, packages: &[Installed<'_>], allow: &Allowed) -> Result<Report, Error> {
    let mut found = Findings::default();
    identity::check(root, packages, allow, &mut found)?;
    records::check(root, allow, &mut found)?;
    units::check(root, &mut found)?;
    Ok(found.into_report())
}
