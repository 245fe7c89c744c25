//! What scripts talk to: every command, and dpkg's and debconf's state.

use std::collections::{BTreeMap, BTreeSet};

use bringup_shell::{Call, Host, Status, Stop};

use crate::debconf::Debconf;
use crate::triggers::Triggers;
use crate::unpack::Owners;
use crate::{Package, command, conffile};

/// The library whose place debconf's commands take.
pub(crate) const CONFMODULE: &str = "/usr/share/debconf/confmodule";

/// Programs that talk to debconf themselves.
const CLIENTS: [&str; 1] = ["pam-auth-update"];

/// The state of an installation.
#[derive(Debug)]
pub(crate) struct Machine<'a> {
    pub(crate) packages: &'a [Package<'a>],
    pub(crate) owners: Owners,
    pub(crate) debconf: Debconf,
    pub(crate) triggers: Triggers,
    pub(crate) unpacked: BTreeSet<usize>,
    pub(crate) configured: BTreeSet<usize>,
    /// Hashes of conffiles, of configured packages.
    pub(crate) hashes: BTreeMap<usize, Vec<(String, String)>>,
    /// Variables for the shell that called.
    pub(crate) assignments: Vec<(String, String)>,
    /// Whose script runs.
    pub(crate) current: Option<usize>,
    /// Whether the script has sourced debconf's library.
    pub(crate) sourced: bool,
    /// Whether the package's templates are loaded and its `config` has run.
    pub(crate) prepared: bool,
    /// Whether a script has sourced debconf's library that was not prepared for it.
    pub(crate) wanted: bool,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(packages: &'a [Package<'a>], answers: &BTreeMap<String, String>) -> Self {
        Self {
            packages,
            owners: Owners::default(),
            debconf: Debconf::new(answers),
            triggers: Triggers::default(),
            unpacked: BTreeSet::new(),
            configured: BTreeSet::new(),
            hashes: BTreeMap::new(),
            assignments: Vec::new(),
            current: None,
            sourced: false,
            prepared: true,
            wanted: false,
        }
    }

    /// The name of the package whose script runs.
    pub(crate) fn package_name(&self) -> Option<String> {
        self.current.map(|at| self.packages[at].name().to_owned())
    }

    /// The unpacked package of this name, with or without an architecture.
    pub(crate) fn known(&self, name: &str) -> Option<usize> {
        let (name, architecture) = name.split_once(':').unwrap_or((name, ""));
        self.unpacked.iter().copied().find(|at| {
            let package = &self.packages[*at];
            package.name() == name && ["", "any", package.control.architecture()].contains(&architecture)
        })
    }

    /// Unpacked packages by name.
    pub(crate) fn by_name(&self) -> Vec<usize> {
        let mut all: Vec<usize> = self.unpacked.iter().copied().collect();
        all.sort_by_key(|at| (self.packages[*at].name(), self.packages[*at].control.architecture()));
        all
    }

    /// dpkg's word for a package's state.
    pub(crate) fn state_name(&self, at: usize) -> &'static str {
        if self.configured.contains(&at) { "installed" } else { "unpacked" }
    }

    /// A package's conffiles as its stanza has them.
    pub(crate) fn conffiles(&self, at: usize) -> Option<String> {
        match self.hashes.get(&at) {
            Some(hashes) => conffile::field(hashes),
            None => conffile::field(&conffile::fresh(&self.packages[at])),
        }
    }

    /// A trigger, from a script or a package.
    pub(crate) fn activate(&mut self, trigger: &str) {
        self.triggers.activate(trigger, &self.configured);
    }
}

impl Host for Machine<'_> {
    fn run(&mut self, call: &mut Call<'_>) -> Result<Option<Status>, Stop> {
        if let Some(known) = command::command(call.name).filter(|_| self.available(call.name)) {
            return known(self, call).map(Some);
        }
        let Some(function) = elsewhere(call.name) else { return Ok(None) };
        if self.sourced || !CLIENTS.contains(&call.name) {
            return function(call, self).map(Some);
        }
        self.sourced = true;
        let ended = function(call, self);
        self.sourced = false;
        ended.map(Some)
    }

    fn has(&self, name: &str) -> bool {
        (command::command(name).is_some() && self.available(name)) || elsewhere(name).is_some()
    }

    fn takes_place_of(&mut self, path: &str) -> bool {
        let taken = path == CONFMODULE;
        self.sourced |= taken;
        self.wanted |= taken && !self.prepared;
        taken
    }

    fn take_assignments(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.assignments)
    }
}

impl Machine<'_> {
    /// debconf's functions are there once their library has been sourced.
    fn available(&self, name: &str) -> bool {
        self.sourced || !command::debconf::is_command(name)
    }
}

/// A command of the other crates.
fn elsewhere(name: &str) -> Option<bringup_shell::Command> {
    bringup_programs::command(name)
        .or_else(|| bringup_systemd::command(name))
        .or_else(|| bringup_utilities::command(name))
}
