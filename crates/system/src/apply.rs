//! What a record does to a root whose packages are configured.

mod accounts;
mod files;
mod first_boot;
mod identity;
mod network;
mod presets;
mod programs;
mod put;
mod services;
mod software;
mod storage;
mod updated;
mod wifi;

use std::collections::BTreeMap;
use std::fmt;

use bringup_shell::World;

use crate::near::near_matches;
use crate::{Devices, Error, System};

/// What [`apply`] has to know besides the record.
#[derive(Clone)]
pub struct Facts<'a> {
    /// What is mounted at `/` and `/var`.
    pub devices: Devices<'a>,
    /// Debian's suite, for `apt` in the image: `trixie`.
    pub suite: &'a str,
    /// The bytes of the secrets that the record names.
    pub secrets: &'a BTreeMap<String, Vec<u8>>,
    /// Lines of `authorized_keys` that let their owners log in as root, besides the record's.
    pub root_keys: &'a [String],
}

/// Without what the secrets hold.
impl fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.secrets.keys().collect();
        f.debug_struct("Facts")
            .field("devices", &self.devices)
            .field("suite", &self.suite)
            .field("secrets", &names)
            .field("root_keys", &self.root_keys)
            .finish()
    }
}

/// Puts everything that the record says into a root whose packages are configured.
///
/// For [`Init::Systemd`](crate::Init::Systemd); times are the world's epoch.
///
/// # Errors
/// The record asks for what the root does not have: a group, a service, a time zone, a secret. Each
/// error names file and line.
pub fn apply(system: &System, world: &mut World, facts: &Facts<'_>) -> Result<(), Error> {
    let mut work = Work { system, world, facts };
    work.identity()?;
    work.sources_of_apt()?;
    work.storage()?;
    work.accounts()?;
    work.directories()?;
    work.network()?;
    work.units()?;
    work.first_boot()?;
    // Last of all files, so that the record's word is the last one.
    work.files()?;
    work.services()?;
    // What is enabled is known by now.
    work.presets()?;
    work.updated()
}

/// A record on its way into a root; methods in several files.
struct Work<'a> {
    system: &'a System,
    world: &'a mut World,
    facts: &'a Facts<'a>,
}

impl Work<'_> {
    /// A secret, for the key at `path`.
    fn secret(&self, path: &str, name: &str) -> Result<Vec<u8>, Error> {
        self.facts.secrets.get(name).cloned().ok_or_else(|| Error::NoSecret {
            place: self.system.place(path),
            name: name.to_owned(),
            near: near_matches(name, self.facts.secrets.keys().map(String::as_str)),
        })
    }

    /// That the root has no such thing.
    fn not_there(
        &self,
        path: &str,
        what: &'static str,
        name: &str,
        candidates: impl IntoIterator<Item = String>,
    ) -> Error {
        let candidates: Vec<String> = candidates.into_iter().collect();
        Error::NotThere {
            place: self.system.place(path),
            what,
            name: name.to_owned(),
            near: near_matches(name, candidates.iter().map(String::as_str)),
        }
    }

    /// A program that a key needs.
    fn needs(&self, field: &str, program: &'static str, package: &'static str) -> Result<(), Error> {
        if self.world.stat(program).is_some() {
            return Ok(());
        }
        Err(Error::NeedsProgram {
            place: self.system.place(field),
            field: field.to_owned(),
            program,
            package,
        })
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
