//! Finds units and what they say (`install_info_traverse` of systemd's src/shared/install.c).

use std::collections::VecDeque;

use bringup_shell::World;
use bringup_tree::Kind;

use super::name::{self, Class};
use super::scope::Scope;
use super::section::Install;
use crate::{Error, fragments};

/// Links followed for one unit, `UNIT_FILE_FOLLOW_SYMLINK_MAX`.
const MAX_LINKS: usize = 64;

/// What a unit's file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A file.
    Regular,
    /// Empty, or a link to `/dev/null`.
    Masked,
    /// A link to another unit: its path.
    Alias(String),
    /// A link out of the folders of units.
    Linked(String),
}

/// A unit that was looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Info {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) mode: Option<Mode>,
    pub(crate) install: Install,
    /// Only another unit's `Also=` names it.
    pub(crate) auxiliary: bool,
}

/// Units that belong to one operation.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) scope: Scope,
    pub(crate) infos: Vec<Info>,
    /// Those still to be worked on.
    pub(crate) queue: VecDeque<usize>,
}

impl Context {
    pub(crate) fn new(scope: Scope) -> Self {
        Self { scope, infos: Vec::new(), queue: VecDeque::new() }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.infos.iter().any(|info| info.name == name)
    }

    /// Puts a name or an absolute path into the queue, once.
    pub(crate) fn add(&mut self, name_or_path: &str, auxiliary: bool) -> Result<usize, Error> {
        let name = name::file_name(name_or_path);
        if name::class(name).is_none() {
            return Err(Error::BadName { name: name.to_owned() });
        }
        if let Some(at) = self.infos.iter().position(|info| info.name == name) {
            self.infos[at].auxiliary &= auxiliary;
            return Ok(at);
        }
        let path = if name_or_path.starts_with('/') { name_or_path } else { "" };
        self.infos.push(Info { name: name.to_owned(), path: path.to_owned(), auxiliary, ..Info::default() });
        self.queue.push_back(self.infos.len() - 1);
        Ok(self.infos.len() - 1)
    }

    /// Finds a unit and follows its aliases to the unit that counts.
    ///
    /// # Errors
    /// It is not there; without `follow`, it is a link that enabling made.
    pub(crate) fn traverse(&mut self, world: &World, start: usize, follow: bool) -> Result<usize, Error> {
        self.search(world, start)?;
        let mut at = start;
        for _ in 0..MAX_LINKS {
            let info = &self.infos[at];
            let (target, linked) = match &info.mode {
                Some(Mode::Alias(target)) => (target.clone(), false),
                Some(Mode::Linked(target)) => (target.clone(), true),
                _ => return Ok(at),
            };
            let folder = info.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            if !follow && [self.scope.config(), self.scope.runtime()].contains(&folder) {
                break;
            }
            let target_name = name::file_name(&target);
            let mut next = target_name.to_owned();
            if name::class(&info.name) == Some(Class::Instance) && name::class(&next) == Some(Class::Template)
            {
                let instance = name::instance(&info.name).unwrap_or_default();
                next = name::with_instance(&next, instance).unwrap_or(next);
            }
            if linked || next == info.name {
                self.load(world, at, &target)?;
                self.infos[at].path = target;
            } else {
                at = self.add(&next, false)?;
                self.search(world, at)?;
            }
        }
        Err(Error::Alias { unit: self.infos[start].name.clone() })
    }

    /// As [`traverse`](Self::traverse) for a name or path that may be enabled.
    pub(crate) fn discover(&mut self, world: &World, name_or_path: &str) -> Result<usize, Error> {
        let start = self.add(name_or_path, false)?;
        let at = self.traverse(world, start, true)?;
        let info = &self.infos[at];
        match info.mode {
            Some(Mode::Masked) => Err(Error::Masked { unit: info.name.clone(), path: info.path.clone() }),
            _ => Ok(at),
        }
    }

    fn search(&mut self, world: &World, at: usize) -> Result<(), Error> {
        let Info { name, path, mode, .. } = self.infos[at].clone();
        if mode.is_some() {
            return Ok(());
        }
        if !path.is_empty() {
            return self.load(world, at, &path);
        }
        let template = if name::class(&name) == Some(Class::Instance) { name::template(&name) } else { None };
        let folders = self.scope.folders();
        let places = [Some(&name), template.as_ref()].into_iter().flatten();
        let mut paths = places.flat_map(|name| folders.iter().map(move |folder| format!("{folder}/{name}")));
        let Some(path) = paths.find(|path| world.lstat(path).is_some()) else {
            let near = super::near(world, self.scope, &name);
            return Err(Error::Unknown { unit: name.clone(), near });
        };
        self.load(world, at, &path)?;
        self.infos[at].path = path;
        if self.infos[at].mode == Some(Mode::Masked) {
            return Ok(());
        }
        let names = [Some(&name), template.as_ref()].into_iter().flatten();
        let dropins: Vec<String> =
            names.flat_map(|name| folders.iter().map(move |folder| format!("{folder}/{name}.d"))).collect();
        for path in fragments::files(world, &dropins, ".conf") {
            self.read(world, at, &path)?;
        }
        Ok(())
    }

    /// What stands at a path, and if it is a file, what it says.
    fn load(&mut self, world: &World, at: usize, path: &str) -> Result<(), Error> {
        let unreadable = || Error::Unreadable { path: path.to_owned() };
        let mode = match world.lstat(path).map(|node| &node.kind) {
            Some(Kind::Symlink(target)) => {
                let target = std::str::from_utf8(target).map_err(|_| unreadable())?;
                self.link_mode(world, path, target).ok_or_else(unreadable)?
            }
            Some(Kind::File(content)) if content.is_empty() => Mode::Masked,
            Some(Kind::CharDevice(_) | Kind::BlockDevice(_)) => Mode::Masked,
            Some(Kind::File(_)) => {
                self.read(world, at, path)?;
                Mode::Regular
            }
            _ => return Err(unreadable()),
        };
        self.infos[at].mode = Some(mode);
        Ok(())
    }

    fn link_mode(&self, world: &World, path: &str, target: &str) -> Option<Mode> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let target = if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") };
        let named = String::from_utf8(world.named(&target).ok()?).ok()?;
        let named = format!("/{named}");
        if fragments::is_mask(world, &named) {
            return Some(Mode::Masked);
        }
        let inside = self.scope.folders().iter().any(|folder| named.starts_with(&format!("{folder}/")));
        Some(if inside { Mode::Alias(named) } else { Mode::Linked(named) })
    }

    fn read(&mut self, world: &World, at: usize, path: &str) -> Result<(), Error> {
        let bytes = world.read(path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = bytes.ok_or_else(|| Error::Unreadable { path: path.to_owned() })?;
        let before = self.infos[at].install.also.len();
        let info = &mut self.infos[at];
        info.install.read(&text);
        if !name::may_alias(&info.name) {
            info.install.aliases.clear();
        }
        if name::class(&info.name) != Some(Class::Template) {
            info.install.default_instance = None;
        }
        let new = self.infos[at].install.also[before..].iter();
        let named: Result<Vec<String>, Error> = new.map(|also| expanded(&self.infos[at], also)).collect();
        for also in named? {
            self.add(&also, true)?;
        }
        Ok(())
    }
}

/// Replaces the specifiers of an `[Install]` section (`install_name_printf`).
pub(crate) fn expanded(info: &Info, text: &str) -> Result<String, Error> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let stem = info.name.rsplit_once('.').map_or("", |(stem, _)| stem);
        let instance = name::instance(&info.name).or(info.install.default_instance.as_deref());
        match letters.next() {
            Some('n') => out.push_str(&info.name),
            Some('N') => out.push_str(stem),
            Some('p') => out.push_str(stem.split('@').next().unwrap_or(stem)),
            Some('i') => out.push_str(instance.unwrap_or_default()),
            Some('j') => {
                let prefix = stem.split('@').next().unwrap_or(stem);
                out.push_str(prefix.rsplit('-').next().unwrap_or(prefix));
            }
            Some('%') => out.push('%'),
            _ => return Err(Error::Specifier { unit: info.name.clone(), text: text.to_owned() }),
        }
    }
    Ok(out)
}
