//! Enables: makes the links that `[Install]` sections ask for (`install_context_apply` of systemd's
//! src/shared/install.c).

use bringup_shell::{Failure, World};
use bringup_tree::{Kind, Meta};

use super::load::{Context, Info, Mode, expanded};
use super::name::{self, Class};
use super::scope::Scope;
use super::{Change, Outcome};
use crate::Error;

/// How to make links.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct How {
    /// Replace links that point elsewhere.
    pub(crate) force: bool,
    /// As for presets: what is in the way or does not fit is left out.
    pub(crate) lenient: bool,
    /// Until the next boot.
    pub(crate) runtime: bool,
}

/// Makes the links of all units in the queue. A problem with one link does not keep the others from
/// being made.
pub(crate) fn apply(
    world: &mut World,
    context: &mut Context,
    how: How,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let config = if how.runtime { context.scope.runtime() } else { context.scope.config() };
    while let Some(at) = context.queue.pop_front() {
        if let Err(error) = context.traverse(world, at, false) {
            if context.infos[at].auxiliary {
                continue;
            }
            return Err(error);
        }
        let info = context.infos[at].clone();
        match info.mode {
            Some(Mode::Masked) => outcome.rules += 1,
            Some(Mode::Regular) => {
                let maker = Maker { info: &info, scope: context.scope, config, how };
                maker.all(world, outcome)?;
            }
            _ => {}
        }
    }
    Ok(())
}

struct Maker<'a> {
    info: &'a Info,
    scope: Scope,
    config: &'static str,
    how: How,
}

impl Maker<'_> {
    fn all(&self, world: &mut World, outcome: &mut Outcome) -> Result<(), Error> {
        let inside = self.inside();
        if !inside {
            let path = format!("{}/{}", self.config, self.info.name);
            symlink(world, self.scope, &self.info.path, &path, self.how.force, outcome)?;
        }
        for alias in &self.info.install.aliases {
            if let Err(error) = self.alias(world, alias, outcome) {
                outcome.errors.push(error);
            }
        }
        let install = &self.info.install;
        for (list, ending) in [
            (&install.wanted_by, "wants"),
            (&install.required_by, "requires"),
            (&install.upheld_by, "upholds"),
        ] {
            if !list.is_empty() {
                self.wants(world, list, ending, outcome)?;
            }
        }
        Ok(())
    }

    fn inside(&self) -> bool {
        let folder = self.info.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.scope.folders().contains(&folder)
    }

    fn alias(&self, world: &mut World, alias: &str, outcome: &mut Outcome) -> Result<(), Error> {
        let unit = &self.info.name;
        let mut alias = expanded(self.info, alias)?;
        let bad = || Error::BadAlias { unit: unit.clone(), alias: alias.clone() };
        if let Some((folder, link)) = alias.rsplit_once('/') {
            let by = folder.strip_suffix(".wants").or(folder.strip_suffix(".requires")).ok_or_else(bad)?;
            let class = name::class(by).ok_or_else(bad)?;
            let template = name::template(link);
            let fits = (link == unit && name::class(link) != Some(Class::Template))
                || (template.as_ref() == Some(unit)
                    && (name::class(link) == Some(Class::Instance) || class == Class::Template));
            if !fits {
                return Err(bad());
            }
        } else {
            if let (Some(Class::Template), Some(instance)) = (name::class(&alias), name::instance(unit)) {
                alias = name::with_instance(&alias, instance).unwrap_or(alias);
            }
            match name::alias_fits(&alias, unit) {
                None => return Ok(()),
                Some(false) => return Err(Error::BadAlias { unit: unit.clone(), alias }),
                Some(true) => {}
            }
        }
        let path = format!("{}/{alias}", self.config);
        let target = if self.inside() { self.info.path.clone() } else { format!("{}/{unit}", self.config) };
        let broken = world.lstat(&path).is_some() && world.stat(&path).is_none();
        match symlink(world, self.scope, &target, &path, self.how.force || broken, outcome) {
            Err(Error::Exists { .. }) if self.how.lenient => Ok(()),
            other => other,
        }
    }

    fn wants(
        &self,
        world: &mut World,
        list: &[String],
        ending: &str,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let unit = &self.info.name;
        let template = name::class(unit) == Some(Class::Template);
        let mut link = unit.clone();
        if let Some(instance) = self.info.install.default_instance.as_deref().filter(|_| template) {
            link = name::with_instance(unit, instance).unwrap_or(link);
            let mut context = Context::new(self.scope);
            let at = context.add(&link, false)?;
            context.traverse(world, at, true)?;
            let found = &context.infos[at];
            if found.mode == Some(Mode::Masked) {
                return Err(Error::Masked { unit: link, path: found.path.clone() });
            }
        }
        for by in list {
            let by = expanded(self.info, by)?;
            let needs_instance = name::class(&link) == Some(Class::Template);
            match name::class(&by) {
                Some(Class::Plain) if needs_instance && self.how.lenient => continue,
                Some(Class::Plain) if needs_instance => {
                    outcome.errors.push(Error::NeedsInstance { unit: unit.clone() });
                    continue;
                }
                Some(_) => {}
                None if self.how.lenient => continue,
                None => {
                    outcome.errors.push(Error::BadDestination { unit: unit.clone(), by });
                    continue;
                }
            }
            let path = format!("{}/{by}.{ending}/{link}", self.config);
            if let Err(error) = symlink(world, self.scope, &self.info.path, &path, true, outcome) {
                outcome.errors.push(error);
            }
        }
        Ok(())
    }
}

/// Makes a link unless one is there that means the same.
pub(crate) fn symlink(
    world: &mut World,
    scope: Scope,
    target: &str,
    path: &str,
    force: bool,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let exists = || Error::Exists { path: path.to_owned(), target: target.to_owned() };
    make_parents(world, path).map_err(|_| exists())?;
    outcome.rules += 1;
    if let Some(node) = world.lstat(path) {
        let Kind::Symlink(old) = &node.kind else { return Err(exists()) };
        let old = String::from_utf8_lossy(old).into_owned();
        if means_the_same(world, scope, path, &old, target) {
            return Ok(());
        }
        if !force {
            return Err(exists());
        }
        world.remove(path).map_err(|_| exists())?;
        outcome.changes.push(Change::Removed { path: path.to_owned() });
    }
    world.make_symlink(target, path).map_err(|_| exists())?;
    outcome.changes.push(Change::Linked { path: path.to_owned(), target: target.to_owned() });
    Ok(())
}

/// `chroot_unit_symlinks_equivalent`: the same file, or the same name in two folders of units.
fn means_the_same(world: &World, scope: Scope, path: &str, one: &str, other: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let [one, other] =
        [one, other].map(|to| if to.starts_with('/') { to.to_owned() } else { format!("{folder}/{to}") });
    if one == other {
        return true;
    }
    if world.stat(&one).is_some() && world.followed(&one).ok() == world.followed(&other).ok() {
        return true;
    }
    let inside = |path: &str| scope.folders().iter().any(|folder| path.starts_with(&format!("{folder}/")));
    name::file_name(&one) == name::file_name(&other) && inside(&one) && inside(&other)
}

/// The folders above a path, mode 0755 less the umask.
fn make_parents(world: &mut World, path: &str) -> Result<(), Failure> {
    for (at, _) in path.match_indices('/').skip(1) {
        let folder = &path[..at];
        if world.is_directory(folder) {
            continue;
        }
        world.make_directory(folder)?;
        let named = world.named(folder)?;
        let meta = Meta::root(0o755 & !world.umask, world.epoch);
        if let Some(node) = world.tree.get_mut(named) {
            node.meta = meta;
        }
    }
    Ok(())
}
