//! One unit's file with what is dropped in.

use bringup_tree::{Kind, Tree};

use super::names::{FOLDERS, template};
use crate::finding::Findings;
use crate::{Error, Rule, look};

/// A unit as systemd reads it.
#[derive(Debug)]
pub(super) struct UnitFile {
    pub(super) name: String,
    /// Its file, for messages.
    pub(super) path: Vec<u8>,
    /// Section, key and value, in order; an empty value takes back those before it.
    settings: Vec<(String, String, String)>,
}

impl UnitFile {
    /// Reads the file and its drop-ins; a line that systemd cannot read is a finding.
    pub(super) fn read(root: &Tree, name: &str, path: &[u8], found: &mut Findings) -> Result<Self, Error> {
        let mut unit = Self { name: name.to_owned(), path: path.to_vec(), settings: Vec::new() };
        unit.add(root, path, found)?;
        for drop_in in drop_ins(root, name) {
            unit.add(root, &drop_in, found)?;
        }
        Ok(unit)
    }

    fn add(&mut self, root: &Tree, path: &[u8], found: &mut Findings) -> Result<(), Error> {
        let text = look::text(root, path)?.unwrap_or_default();
        let mut section = String::new();
        for line in logical_lines(&text) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name.to_owned();
            } else if let Some((key, value)) = line.split_once('=')
                && !section.is_empty()
            {
                self.settings.push((section.clone(), key.trim().to_owned(), value.trim().to_owned()));
            } else {
                found.error(
                    Rule::Unit,
                    path,
                    format!("has the line `{line}`, which systemd does not read"),
                    "write `key=value` below a `[section]`",
                );
            }
        }
        Ok(())
    }

    /// The values of a key in `[Unit]` or the section of the unit's kind, in order.
    pub(super) fn values(&self, key: &str) -> Vec<&str> {
        let mut values = Vec::new();
        for (_, _, value) in self.settings.iter().filter(|(_, known, _)| known == key) {
            if value.is_empty() {
                values.clear();
            } else {
                values.push(value.as_str());
            }
        }
        values
    }

    /// The words of all values of a key.
    pub(super) fn words(&self, key: &str) -> Vec<&str> {
        self.values(key).into_iter().flat_map(str::split_whitespace).collect()
    }

    /// The last value of a key.
    pub(super) fn last(&self, key: &str) -> Option<&str> {
        self.values(key).pop()
    }

    /// Whether a key is on; systemd.syntax(7).
    pub(super) fn is_on(&self, key: &str) -> bool {
        self.last(key).is_some_and(|value| matches!(value, "1" | "yes" | "true" | "on"))
    }

    /// Whether the unit is the system's own, not a package's: a file in `/etc`.
    pub(super) fn is_own(&self) -> bool {
        self.path.starts_with(FOLDERS[0].as_bytes())
    }

    /// The units that it starts, and that must be there: required, or what a socket, timer or path is for.
    /// Of those that it only wants, the ones that are there.
    pub(super) fn starts(&self, root: &Tree) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        if let Some((stem, kind)) = self.name.rsplit_once('.') {
            let explicit = self.last(if kind == "socket" { "Service" } else { "Unit" });
            match (kind, explicit) {
                ("path" | "socket" | "timer", Some(name)) => names.push(name.to_owned()),
                ("socket", None) if self.is_on("Accept") => names.push(format!("{stem}@.service")),
                ("path" | "socket" | "timer", None) => names.push(format!("{stem}.service")),
                _ => {}
            }
        }
        let others = ["BindsTo", "Requires", "Requisite", "Upholds", "Wants"];
        let others = others.iter().flat_map(|key| self.words(key)).map(str::to_owned);
        // What is required and missing is said where it is asked for.
        names.extend(others.filter(|name| super::names::find(root, name) != super::names::Place::Missing));
        // `%i` and its kin depend on the instance.
        names.retain(|name| !name.contains('%'));
        names
    }
}

/// Lines with what continues them, without comments; systemd.syntax(7).
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut continues = false;
    for line in text.lines() {
        let is_comment = line.trim_start().starts_with(['#', ';']);
        if is_comment || !continues && line.trim().is_empty() {
            continue;
        }
        let (part, more) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some(last) if continues => {
                last.push(' ');
                last.push_str(part.trim());
            }
            _ => lines.push(part.trim().to_owned()),
        }
        continues = more;
    }
    lines
}

/// The files that add to a unit: those of its own name, of its template, of each prefix that ends in a
/// hyphen, of its kind; systemd.unit(5). Of one name, that in the first folder counts.
fn drop_ins(root: &Tree, name: &str) -> Vec<Vec<u8>> {
    let mut units = vec![name.to_owned()];
    units.extend(template(name));
    if let Some((stem, kind)) = name.rsplit_once('.') {
        let stem = stem.split('@').next().unwrap_or_default();
        units.extend(stem.match_indices('-').map(|(at, _)| format!("{}.{kind}", &stem[..=at])));
        units.push(kind.to_owned());
    }
    let mut files: Vec<Vec<u8>> = Vec::new();
    for (unit, folder) in units.iter().flat_map(|unit| FOLDERS.map(|folder| (unit, folder))) {
        for (path, node) in root.children(format!("{folder}/{unit}.d").as_bytes()) {
            let is_file = matches!(node.kind, Kind::File(_) | Kind::Symlink(_));
            let is_new = !files.iter().any(|file| look::base(file) == look::base(path));
            if is_file && is_new && path.ends_with(b".conf") {
                files.push(path.to_vec());
            }
        }
    }
    files.sort_by(|left, right| look::base(left).cmp(look::base(right)));
    files
}
