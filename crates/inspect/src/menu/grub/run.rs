//! Runs the statements of a menu, as far as they say what can be started.

use std::collections::BTreeMap;

use super::parse::Statement;
use super::words::Piece;
use super::{GrubCfg, Next, WHAT, condition, load, search};
use crate::Error;
use crate::menu::{BootEntry, Setting, push};

/// The longest value of a variable, and the longest line once its variables are replaced.
const MAX_EXPANDED: usize = 64 * 1024;

/// The length of all lines once their variables are replaced.
const MAX_WORK: usize = 16 * 1024 * 1024;

/// What GRUB 2.12 sets before it reads a menu (grub-core/normal/main.c, `features`).
const FEATURES: &[&str] = &[
    "feature_chainloader_bpb",
    "feature_ntldr",
    "feature_platform_search_hint",
    "feature_default_font_path",
    "feature_all_video_module",
    "feature_menuentry_id",
    "feature_menuentry_options",
    "feature_200_final",
    "feature_nativedisk_cmd",
    "feature_timeout_style",
];

/// Variables that GRUB sets by the machine it runs on (GRUB Manual 2.12, "Special environment variables").
const MACHINE: &[&str] = &["?", "cmdpath", "grub_cpu", "grub_platform", "prefix", "root"];

pub(super) fn run(statements: &[Statement<'_>]) -> Result<GrubCfg, Error> {
    let mut runner = Runner {
        menu: GrubCfg::default(),
        variables: BTreeMap::new(),
        entry: None,
        place: Place::default(),
        work: 0,
    };
    runner.run(statements)?;
    let mut menu = runner.menu;
    menu.default = runner.variables.remove("default").filter(|value| !value.is_empty());
    menu.timeout = runner.variables.remove("timeout").filter(|value| !value.is_empty());
    Ok(menu)
}

/// Where in the menu entries go.
#[derive(Default)]
struct Place {
    /// `1>` within the second entry, if that is a submenu.
    prefix: String,
    next: usize,
}

struct Runner {
    menu: GrubCfg,
    variables: BTreeMap<String, String>,
    /// The entry whose commands are run.
    entry: Option<BootEntry>,
    place: Place,
    work: usize,
}

impl Runner {
    fn run(&mut self, statements: &[Statement<'_>]) -> Result<(), Error> {
        for statement in statements {
            match statement {
                Statement::Command { words, body, line } => {
                    let words = self.expand(words)?;
                    match body {
                        Some(body) => self.block(&words, body, *line)?,
                        None => self.command(&words, *line)?,
                    }
                }
                Statement::If { branches, otherwise } => self.branches(branches, otherwise)?,
            }
        }
        Ok(())
    }

    /// Runs the branch whose condition holds, and those before it of which it is not known.
    fn branches(
        &mut self,
        branches: &[(Vec<Statement<'_>>, Vec<Statement<'_>>)],
        otherwise: &[Statement<'_>],
    ) -> Result<(), Error> {
        for (condition, body) in branches {
            let holds = match condition.as_slice() {
                [Statement::Command { words, body: None, .. }] if !self.asks_machine(words) => {
                    condition::holds(&self.expand(words)?)
                }
                _ => None,
            };
            match holds {
                Some(true) => return self.run(body),
                Some(false) => {}
                None => {
                    self.menu.is_conditional = true;
                    // It may be a command that does something, such as `search`.
                    self.run(condition)?;
                    self.run(body)?;
                }
            }
        }
        self.run(otherwise)
    }

    /// Whether words have a variable that only the machine knows.
    fn asks_machine(&self, words: &[&[Piece]]) -> bool {
        words.iter().copied().flatten().any(|piece| match piece {
            Piece::Variable { name, .. } => {
                MACHINE.contains(&name.as_str()) && !self.variables.contains_key(name)
            }
            Piece::Text(_) => false,
        })
    }

    fn block(&mut self, words: &[String], body: &[Statement<'_>], line: usize) -> Result<(), Error> {
        let command = words.first().map(String::as_str);
        let is_submenu = match (command, &self.entry) {
            (Some("menuentry"), None) => false,
            (Some("submenu"), None) => true,
            // A function's, or a menu entry within one: neither is run.
            _ => return Ok(()),
        };
        let (title, id) = title_and_id(&words[1..]);
        let place = format!("{}{}", self.place.prefix, self.place.next);
        self.place.next += 1;
        let variables = self.variables.clone();
        if is_submenu {
            let inner = Place { prefix: format!("{place}>"), next: 0 };
            let outer = std::mem::replace(&mut self.place, inner);
            self.run(body)?;
            self.place = outer;
        } else {
            let name = id.unwrap_or_else(|| title.clone());
            self.entry = Some(BootEntry { name, title, line, ..BootEntry::default() });
            self.run(body)?;
            let entry = self.entry.take().expect("nothing within an entry ends it");
            push(WHAT, "entries", &mut self.menu.entries, entry)?;
            self.menu.places.push(place);
        }
        // What a submenu or an entry sets is its own.
        self.variables = variables;
        Ok(())
    }

    fn command(&mut self, words: &[String], line: usize) -> Result<(), Error> {
        let Some((command, rest)) = words.split_first() else { return Ok(()) };
        let assignment = match command.as_str() {
            "set" => rest.first().and_then(|word| word.split_once('=')),
            _ => command.split_once('=').filter(|(name, _)| is_name(name)),
        };
        if let Some((name, value)) = assignment {
            // `set root=(hd0,msdos1)` is the same as without the parentheses.
            let inner = value.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            let value = if name == "root" { inner.unwrap_or(value) } else { value };
            self.variables.insert(name.to_owned(), value.to_owned());
            return Ok(());
        }
        match command.as_str() {
            "search" | "search.fs_uuid" | "search.fs_label" | "search.file" => {
                if let Some((name, value)) = search::search(command, rest) {
                    self.variables.insert(name, value);
                }
            }
            "unset" => {
                for name in rest {
                    self.variables.remove(name);
                }
            }
            "configfile" | "normal" | "source" | "." if self.entry.is_none() => {
                let Some(path) = rest.first() else { return Ok(()) };
                let (device, path) = search::split(path);
                let root = device.or(self.variables.get("root").map(String::as_str)).map(search::root);
                let comes_back = matches!(command.as_str(), "source" | ".");
                let next = Next { path: path.to_owned(), root, comes_back, line };
                push(WHAT, "other menus", &mut self.menu.next, next)?;
            }
            _ => {
                let root = self.variables.get("root").map(String::as_str);
                let setting = || Setting { key: command.clone(), value: rest.join(" "), line };
                let Some(entry) = &mut self.entry else {
                    return push(WHAT, "commands", &mut self.menu.settings, setting());
                };
                if !load::load(entry, words, root, line) {
                    push(WHAT, "commands of an entry", &mut entry.other, setting())?;
                }
            }
        }
        Ok(())
    }

    /// Words with the values of their variables.
    fn expand(&mut self, words: &[&[Piece]]) -> Result<Vec<String>, Error> {
        let mut expanded = Vec::new();
        let mut len = 0;
        for pieces in words {
            let mut word = None;
            for piece in *pieces {
                let (text, falls_apart) = match piece {
                    Piece::Text(text) => (text.as_str(), false),
                    Piece::Variable { name, is_quoted } => (value(&self.variables, name), !is_quoted),
                };
                len += text.len();
                self.work += text.len();
                if len > MAX_EXPANDED || self.work > MAX_WORK {
                    let part = "bytes of text from variables";
                    return Err(Error::TooMany { what: WHAT, part, limit: MAX_EXPANDED.min(len) });
                }
                if !falls_apart {
                    word.get_or_insert_with(String::new).push_str(text);
                    continue;
                }
                for (index, part) in text.split([' ', '\t', '\n']).enumerate() {
                    if index > 0 {
                        expanded.extend(word.take());
                    }
                    if !part.is_empty() {
                        word.get_or_insert_with(String::new).push_str(part);
                    }
                }
            }
            expanded.extend(word);
        }
        Ok(expanded)
    }
}

/// What a variable has; nothing if it is not set.
fn value<'v>(variables: &'v BTreeMap<String, String>, name: &str) -> &'v str {
    let feature = || if FEATURES.contains(&name) { "y" } else { "" };
    variables.get(name).map_or_else(feature, String::as_str)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The title is the first word that belongs to no option.
fn title_and_id(words: &[String]) -> (String, Option<String>) {
    let (mut title, mut id) = (None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--id" => id = words.next().cloned(),
            "--class" | "--users" | "--hotkey" | "--source" => {
                words.next();
            }
            "--unrestricted" => {}
            _ => match word.strip_prefix("--id=") {
                Some(found) => id = Some(found.to_owned()),
                None if word.starts_with("--") => {}
                None => title = title.or(Some(word.clone())),
            },
        }
    }
    (title.unwrap_or_default(), id)
}
