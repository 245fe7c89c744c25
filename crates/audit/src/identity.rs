//! What makes a machine that machine, or the builder that builder, and so must not be in an image.

mod accounts;
mod contents;
mod files;
mod machine;
mod owners;
#[cfg(test)]
mod tests;

use bringup_tree::Tree;

use crate::finding::Findings;
use crate::{Allowed, Error, Installed};

pub(crate) fn check(
    root: &Tree,
    packages: &[Installed<'_>],
    allow: &Allowed,
    found: &mut Findings,
) -> Result<(), Error> {
    machine::check(root, allow, found)?;
    files::check(root, allow, found);
    accounts::check(root, allow, found)?;
    contents::check(root, packages, allow, found)?;
    owners::check(root, packages, allow, found)
}
