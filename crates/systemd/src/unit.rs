//! Units of systemd: which there are, which are enabled.

mod link;
mod load;
mod name;
mod preset;
mod remove;
mod scope;
mod section;
mod state;
#[cfg(test)]
mod tests;

use bringup_shell::World;
use bringup_tree::Kind;

use crate::Error;
pub(crate) use link::How;
use load::{Context, Mode};
pub(crate) use name::completed;
use preset::{Action, Presets};
pub use scope::Scope;
pub(crate) use state::state;

/// Something that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A link was made.
    Linked {
        /// Where.
        path: String,
        /// Where it points.
        target: String,
    },
    /// A link was taken away.
    Removed {
        /// Where.
        path: String,
    },
}

/// What an operation did.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// In order.
    pub(crate) changes: Vec<Change>,
    /// Links that were asked for, made or there already.
    pub(crate) rules: usize,
    /// What did not keep the rest from being done.
    pub(crate) errors: Vec<Error>,
}

impl Outcome {
    fn first_error(mut self) -> Result<Vec<Change>, Error> {
        if self.errors.is_empty() { Ok(self.changes) } else { Err(self.errors.swap_remove(0)) }
    }
}

/// A unit's file, as [`unit_files`] lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitFile {
    /// With its ending.
    pub name: String,
    /// Absolute.
    pub path: String,
}

/// All units of the system, by name; templates are among them, aliases and masked ones, too.
pub fn unit_files(world: &World) -> Vec<UnitFile> {
    files(world, Scope::System)
}

fn files(world: &World, scope: Scope) -> Vec<UnitFile> {
    let mut found: Vec<UnitFile> = Vec::new();
    for folder in scope.folders() {
        for name in world.names(folder) {
            let path = format!("{folder}/{name}");
            let is_file =
                matches!(world.lstat(&path).map(|node| &node.kind), Some(Kind::File(_) | Kind::Symlink(_)));
            if is_file && name::class(&name).is_some() && !found.iter().any(|file| file.name == name) {
                found.push(UnitFile { name, path });
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// Up to three names of units that are like this one.
fn near(world: &World, scope: Scope, unit: &str) -> Vec<String> {
    let (stem, _) = unit.rsplit_once('.').unwrap_or((unit, ""));
    let mut names: Vec<(usize, String)> = files(world, scope)
        .into_iter()
        .filter_map(|file| {
            let other = file.name.rsplit_once('.').map_or(file.name.as_str(), |(stem, _)| stem);
            let steps = if other == stem { 0 } else { distance(other, stem) };
            let part = stem.len() >= 3 && other.contains(stem);
            (steps <= stem.len() / 3 || part).then_some((steps, file.name))
        })
        .collect();
    names.sort();
    names.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Letters to be put in, taken out or exchanged to make one name the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, left) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (to, right) in other.bytes().enumerate() {
            let best = (diagonal + usize::from(left != right)).min(row[to] + 1).min(row[to + 1] + 1);
            diagonal = std::mem::replace(&mut row[to + 1], best);
        }
    }
    row[other.len()]
}

/// Whether the system has this unit, or the template of this instance; a masked one counts.
pub fn exists(world: &World, unit: &str) -> bool {
    let mut context = Context::new(Scope::System);
    context.add(unit, false).is_ok_and(|at| context.traverse(world, at, true).is_ok())
}

/// Enables a unit of the system, as `systemctl enable` does.
///
/// # Errors
/// There is no such unit (with names that are near), it is masked, or it has no `[Install]` section.
pub fn enable(world: &mut World, unit: &str) -> Result<Vec<Change>, Error> {
    let outcome = enable_all(world, Scope::System, &[unit.to_owned()], How::default())?;
    if outcome.rules == 0 && outcome.errors.is_empty() {
        return Err(Error::NotInstallable { unit: unit.to_owned() });
    }
    outcome.first_error()
}

/// Disables a unit of the system, as `systemctl disable` does.
///
/// # Errors
/// There is no such unit.
pub fn disable(world: &mut World, unit: &str) -> Result<Vec<Change>, Error> {
    disable_all(world, Scope::System, &[unit.to_owned()], false)?.first_error()
}

/// Masks a unit of the system, which need not be there.
///
/// # Errors
/// A bad name, or somebody's own file of that name in `/etc/systemd/system`.
pub fn mask(world: &mut World, unit: &str) -> Result<Vec<Change>, Error> {
    let mut outcome = Outcome::default();
    mask_one(world, Scope::System, unit, How::default(), &mut outcome)?;
    outcome.first_error()
}

/// Takes a mask away; nothing happens if there is none.
///
/// # Errors
/// A bad name.
pub fn unmask(world: &mut World, unit: &str) -> Result<Vec<Change>, Error> {
    unmask_all(world, Scope::System, &[unit.to_owned()], false)?.first_error()
}

/// Makes a target the one that is booted to.
///
/// # Errors
/// There is no such unit, or it is no target.
pub fn set_default(world: &mut World, target: &str) -> Result<Vec<Change>, Error> {
    let mut outcome = Outcome::default();
    if name::kind(target) != Some("target") || target == "default.target" {
        return Err(Error::NotTarget { unit: target.to_owned() });
    }
    let mut context = Context::new(Scope::System);
    let at = context.discover(world, target)?;
    let path = context.infos[at].path.clone();
    let link = format!("{}/default.target", Scope::System.config());
    link::symlink(world, Scope::System, &path, &link, true, &mut outcome)?;
    outcome.first_error()
}

/// The target that is booted to.
///
/// # Errors
/// There is none.
pub fn default_target(world: &World) -> Result<String, Error> {
    let mut context = Context::new(Scope::System);
    let at = context.add("default.target", false)?;
    let at = context.traverse(world, at, true)?;
    Ok(context.infos[at].name.clone())
}

pub(crate) fn enable_all(
    world: &mut World,
    scope: Scope,
    units: &[String],
    how: How,
) -> Result<Outcome, Error> {
    let mut context = Context::new(scope);
    for unit in units {
        context.discover(world, unit)?;
    }
    let mut outcome = Outcome::default();
    link::apply(world, &mut context, how, &mut outcome)?;
    Ok(outcome)
}

pub(crate) fn disable_all(
    world: &mut World,
    scope: Scope,
    units: &[String],
    runtime: bool,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut context = Context::new(scope);
    for unit in units {
        let at = context.add(unit, false)?;
        match context.traverse(world, at, true) {
            Ok(_) | Err(Error::Unknown { .. }) => {}
            Err(error) => return Err(error),
        }
        let install = &context.infos[at].install;
        outcome.rules += usize::from(install.has_rules() || !install.also.is_empty());
    }
    let marked = remove::mark(world, &mut context, &mut outcome);
    let config = if runtime { scope.runtime() } else { scope.config() };
    remove::remove(world, config, marked, &mut outcome);
    // A unit that is not there is no error if there were links to it.
    if !outcome.changes.is_empty() {
        outcome.errors.clear();
        outcome.rules += 1;
    }
    Ok(outcome)
}

pub(crate) fn mask_one(
    world: &mut World,
    scope: Scope,
    unit: &str,
    how: How,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    if name::class(unit).is_none() {
        return Err(Error::BadName { name: unit.to_owned() });
    }
    let config = if how.runtime { scope.runtime() } else { scope.config() };
    link::symlink(world, scope, "/dev/null", &format!("{config}/{unit}"), how.force, outcome)
}

pub(crate) fn unmask_all(
    world: &mut World,
    scope: Scope,
    units: &[String],
    runtime: bool,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let config = if runtime { scope.runtime() } else { scope.config() };
    let mut marked = std::collections::BTreeSet::new();
    for unit in units {
        if name::class(unit).is_none() {
            return Err(Error::BadName { name: unit.clone() });
        }
        let path = format!("{config}/{unit}");
        if world.lstat(&path).is_some()
            && crate::fragments::is_mask(world, &path)
            && world.remove(&path).is_ok()
        {
            marked.insert(path.clone());
            outcome.changes.push(Change::Removed { path });
        }
    }
    remove::remove(world, config, marked, &mut outcome);
    Ok(outcome)
}

/// Which half of a preset counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PresetMode {
    Full,
    EnableOnly,
    DisableOnly,
}

pub(crate) fn preset_all(
    world: &mut World,
    scope: Scope,
    units: &[String],
    mode: PresetMode,
    how: How,
) -> Result<Outcome, Error> {
    let presets = Presets::read(world, scope);
    let (mut plus, mut minus) = (Context::new(scope), Context::new(scope));
    for unit in units {
        if plus.has(unit) || minus.has(unit) {
            continue;
        }
        let mut found = Context::new(scope);
        let start = found.add(unit, false)?;
        let at = found.traverse(world, start, true)?;
        if found.infos[at].name != *unit {
            continue;
        }
        match presets.query(unit) {
            (Action::Enable, instances) if instances.is_empty() => {
                plus.discover(world, unit)?;
            }
            (Action::Enable, instances) => {
                for instance in instances {
                    plus.discover(world, &instance)?;
                }
            }
            (Action::Disable, _) => {
                let at = minus.add(unit, false)?;
                minus.traverse(world, at, true)?;
            }
            (Action::Ignore, _) => {}
        }
    }
    let mut outcome = Outcome::default();
    if mode != PresetMode::EnableOnly {
        let marked = remove::mark(world, &mut minus, &mut outcome);
        let config = if how.runtime { scope.runtime() } else { scope.config() };
        remove::remove(world, config, marked, &mut outcome);
    }
    if mode != PresetMode::DisableOnly {
        link::apply(world, &mut plus, How { lenient: true, ..how }, &mut outcome)?;
    }
    Ok(outcome)
}

/// Whether a unit's own file is masked, for those who ask before they act.
pub fn is_masked(world: &World, unit: &str) -> bool {
    let mut context = Context::new(Scope::System);
    let at = context.add(unit, false).ok().and_then(|at| context.traverse(world, at, true).ok());
    at.is_some_and(|at| context.infos[at].mode == Some(Mode::Masked))
}
