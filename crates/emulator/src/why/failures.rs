//! The last words of every program in a boot chain, and what they mean.

mod boot_loader;
mod firmware;
mod kernel;
mod silence;
mod spl;

pub(super) use silence::of as silence;

use super::{Link, Stage};

/// A complaint, and what it means.
pub(super) struct Sign {
    /// What the line contains.
    pub(super) text: &'static str,
    /// The last step that it leaves possible: a boot that gets further has got over it.
    pub(super) stage: Stage,
    /// The link of the boot chain that failed.
    pub(super) link: Link,
    /// What it means.
    pub(super) meaning: &'static str,
    /// What to try.
    pub(super) advice: &'static str,
}

/// A [`Sign`] in one line, for the tables.
const fn sign(
    text: &'static str,
    stage: Stage,
    link: Link,
    meaning: &'static str,
    advice: &'static str,
) -> Sign {
    Sign { text, stage, link, meaning, advice }
}

/// Every complaint, in the order of a boot; where a line has several, the first one counts.
pub(super) fn signs() -> impl Iterator<Item = &'static Sign> {
    [firmware::SIGNS, spl::SIGNS, boot_loader::SIGNS, kernel::SIGNS].into_iter().flatten()
}
