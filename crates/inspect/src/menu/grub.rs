//! `grub.cfg`, the part of GRUB's language that boot menus are made of.
//!
//! Understood: quoting, variables, `set`, `search`, `if` with `[`, `menuentry` and `submenu`, and the
//! commands that load kernels, with what they load. A condition that depends on the machine, such as
//! whether a file is there, counts as holding and as not holding, one after the other; bodies of
//! functions and loops are passed over. Format: GRUB Manual 2.12, "Writing full configuration files
//! directly" and "Available commands"; GRUB 2.12, grub-core/script/.

mod condition;
mod load;
mod parse;
mod run;
mod search;
mod words;

use super::{BootEntry, Root, Setting};
use crate::Error;

const WHAT: &str = "grub.cfg";

/// A menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrubCfg {
    /// What can be started, in order, entries of submenus among the others.
    pub entries: Vec<BootEntry>,
    /// `default`: an entry's place, id or title, with `>` between a submenu and what is in it.
    pub default: Option<String>,
    /// `timeout`, in seconds.
    pub timeout: Option<String>,
    /// Other menus that this one goes over to, in place of its entries or in front of them.
    pub next: Vec<Next>,
    /// Other commands outside of entries.
    pub settings: Vec<Setting>,
    /// Whether there was a condition that depends on the machine.
    pub is_conditional: bool,
    /// The places of the entries, as `default` has them: `1>0`.
    places: Vec<String>,
}

/// Another menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Its path.
    pub path: String,
    /// The file system that the path is on; none for the one that this menu is on.
    pub root: Option<Root>,
    /// Whether this menu goes on afterwards (`source`).
    pub comes_back: bool,
    /// The line it is on, from 1.
    pub line: usize,
}

impl GrubCfg {
    /// The entry that starts without a key: the one that `default` means, or else the first.
    pub fn started(&self) -> Option<&BootEntry> {
        let default = self.default.as_deref().unwrap_or_default();
        let last = default.rsplit('>').next().unwrap_or_default();
        let by_place = self.places.iter().position(|place| place == default);
        let named = |entry: &&BootEntry| !last.is_empty() && (entry.name == last || entry.title == last);
        let by_name = || self.entries.iter().find(named);
        by_place.map(|at| &self.entries[at]).or_else(by_name).or(self.entries.first())
    }
}

/// Reads a menu.
///
/// # Errors
/// It is too long or no text, a quote or a block has no end, blocks are nested too deeply, or there
/// is too much of anything.
pub fn parse(bytes: &[u8]) -> Result<GrubCfg, Error> {
    let tokens = words::tokens(super::text(WHAT, bytes)?)?;
    run::run(&parse::statements(&tokens)?)
}

fn bad_line(line: usize, problem: &'static str) -> Error {
    Error::BadLine { what: WHAT, line, problem }
}

#[cfg(test)]
pub(crate) mod tests;
