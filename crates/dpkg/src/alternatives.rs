//! Groups of alternatives: their records and their links.
//!
//! The record is `/var/lib/dpkg/alternatives/NAME` (dpkg 1.22, `utils/update-alternatives.c`): the
//! mode, the link, name and link of each slave, an empty line; then for each choice its path, its
//! priority, the path for each slave or an empty line; an empty line at the end.

use bringup_shell::{Failure, World};
use bringup_tree::Kind;

use crate::Error;
use crate::command::records;

const RECORDS: &str = "/var/lib/dpkg/alternatives";
const LINKS: &str = "/etc/alternatives";

/// One group.
#[derive(Debug)]
pub(crate) struct Group {
    /// As in `/etc/alternatives`.
    pub(crate) name: String,
    /// The link that everybody uses.
    pub(crate) link: String,
    /// Whether the best choice is taken.
    pub(crate) auto: bool,
    /// Name and link of each.
    pub(crate) slaves: Vec<(String, String)>,
    /// In the order of the record; new ones at the end.
    pub(crate) choices: Vec<Choice>,
}

/// One of the files that a group's link may lead to.
#[derive(Debug)]
pub(crate) struct Choice {
    /// The file.
    pub(crate) path: String,
    /// The highest is the best.
    pub(crate) priority: i32,
    /// Name and path of each.
    pub(crate) slaves: Vec<(String, String)>,
}

impl Group {
    /// A group without choices, in automatic mode.
    pub(crate) fn new(name: &str, link: &str) -> Self {
        Self {
            name: name.to_owned(),
            link: link.to_owned(),
            auto: true,
            slaves: Vec::new(),
            choices: Vec::new(),
        }
    }

    /// A group from its record; none if there is none, or it makes no sense.
    pub(crate) fn read(world: &World, name: &str) -> Option<Self> {
        let text = String::from_utf8(world.read(&format!("{RECORDS}/{name}")).ok()?).ok()?;
        let mut lines = text.lines();
        let auto = lines.next()? == "auto";
        let mut group = Self { auto, ..Self::new(name, lines.next()?) };
        loop {
            let slave = lines.next()?;
            if slave.is_empty() {
                break;
            }
            group.slaves.push((slave.to_owned(), lines.next()?.to_owned()));
        }
        loop {
            let path = lines.next()?;
            if path.is_empty() {
                return Some(group);
            }
            let priority = lines.next()?.parse().ok()?;
            let mut slaves = Vec::new();
            for (slave, _) in &group.slaves {
                let file = lines.next()?;
                if !file.is_empty() {
                    slaves.push((slave.clone(), file.to_owned()));
                }
            }
            group.choices.push(Choice { path: path.to_owned(), priority, slaves });
        }
    }

    /// Writes the record; slaves that no choice has are left out.
    pub(crate) fn write(&self, world: &mut World) -> Result<(), Error> {
        let used = |name: &str| {
            self.choices.iter().any(|choice| choice.slaves.iter().any(|(slave, _)| slave == name))
        };
        let slaves: Vec<_> = self.sorted_slaves().into_iter().filter(|(name, _)| used(name)).collect();
        let mut text = format!("{}\n{}\n", self.mode(), self.link);
        for (name, link) in &slaves {
            text += &format!("{name}\n{link}\n");
        }
        text.push('\n');
        for choice in self.sorted_choices() {
            text += &format!("{}\n{}\n", choice.path, choice.priority);
            for (name, _) in &slaves {
                let file = choice.slaves.iter().find(|(slave, _)| slave == name);
                text += &format!("{}\n", file.map_or("", |(_, path)| path));
            }
        }
        text.push('\n');
        records::folder(world, RECORDS)?;
        records::write(world, &format!("{RECORDS}/{}", self.name), text)
    }

    /// As in the record.
    pub(crate) fn mode(&self) -> &'static str {
        if self.auto { "auto" } else { "manual" }
    }

    /// By name.
    pub(crate) fn sorted_slaves(&self) -> Vec<&(String, String)> {
        let mut slaves: Vec<_> = self.slaves.iter().collect();
        slaves.sort();
        slaves
    }

    /// By path.
    pub(crate) fn sorted_choices(&self) -> Vec<&Choice> {
        let mut choices: Vec<_> = self.choices.iter().collect();
        choices.sort_by(|one, other| one.path.cmp(&other.path));
        choices
    }

    /// Adds a choice, or replaces the one of the same path.
    pub(crate) fn add(&mut self, choice: Choice) {
        match self.choices.iter_mut().find(|old| old.path == choice.path) {
            Some(old) => *old = choice,
            None => self.choices.push(choice),
        }
    }

    /// The first of the highest priority.
    pub(crate) fn best(&self) -> Option<&Choice> {
        let most = self.choices.iter().map(|choice| choice.priority).max()?;
        self.choices.iter().find(|choice| choice.priority == most)
    }

    /// Where the link in `/etc/alternatives` leads.
    pub(crate) fn current(&self, world: &World) -> Option<String> {
        match &world.lstat(&format!("{LINKS}/{}", self.name))?.kind {
            Kind::Symlink(target) => Some(String::from_utf8_lossy(target).into_owned()),
            _ => None,
        }
    }

    /// Makes all links lead to the choice of this path, and says what could not be done.
    pub(crate) fn select(&self, world: &mut World, path: &str, force: bool) -> Result<Vec<String>, Error> {
        let mut warnings = Vec::new();
        let Some(choice) = self.choices.iter().find(|choice| choice.path == path) else {
            return Ok(warnings);
        };
        records::folder(world, LINKS)?;
        set(world, &self.name, &self.link, path, force, &mut warnings)?;
        for (name, link) in &self.slaves {
            let file = choice.slaves.iter().find(|(slave, _)| slave == name).map(|(_, file)| file);
            match file {
                Some(file) if world.stat(file).is_some() => {
                    set(world, name, link, file, force, &mut warnings)?;
                }
                other => {
                    if let Some(file) = other {
                        warnings.push(format!(
                            "skip creation of {link} because associated file {file} (of link group {}) doesn't exist",
                            self.name
                        ));
                    }
                    clear(world, name, link);
                }
            }
        }
        Ok(warnings)
    }

    /// Takes all links and the record away.
    pub(crate) fn remove(&self, world: &mut World) {
        clear(world, &self.name, &self.link);
        for (name, link) in &self.slaves {
            clear(world, name, link);
        }
        remove(world, &format!("{RECORDS}/{}", self.name));
    }
}

/// Sets the two links of a name.
fn set(
    world: &mut World,
    name: &str,
    link: &str,
    file: &str,
    force: bool,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let middle = format!("{LINKS}/{name}");
    records::link(world, &middle, file)?;
    match world.lstat(link).map(|node| &node.kind) {
        Some(Kind::Symlink(target)) if target == middle.as_bytes() => {}
        Some(Kind::Symlink(_)) | None => {
            // A folder that is missing is made for slaves only where it exists, as for the real one.
            let folder = link.rsplit_once('/').map_or("/", |(folder, _)| folder);
            if !world.is_directory(folder) {
                return Err(Error::Record { path: link.to_owned(), problem: Failure::Missing.text() });
            }
            records::link(world, link, &middle)?;
        }
        Some(_) if force => {
            remove(world, link);
            records::link(world, link, &middle)?;
        }
        Some(_) => warnings.push(format!("not replacing {link} with a link")),
    }
    Ok(())
}

/// Takes the two links of a name away; a file in the place of a link stays.
fn clear(world: &mut World, name: &str, link: &str) {
    if matches!(world.lstat(link).map(|node| &node.kind), Some(Kind::Symlink(_))) {
        remove(world, link);
    }
    remove(world, &format!("{LINKS}/{name}"));
}

/// Removes a file if it is there: nothing else can be wrong with a link.
fn remove(world: &mut World, path: &str) {
    let _ = world.remove(path);
}
