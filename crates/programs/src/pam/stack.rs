//! The common files: their two blocks, and what an administrator changed in them.

use std::collections::{BTreeMap, BTreeSet};

use bringup_shell::World;

use super::profile::Profile;

/// The files, `common-TYPE`.
pub(super) const TYPES: [&str; 5] = ["auth", "account", "password", "session", "session-noninteractive"];

const PRIMARY: &str = "# here are the per-package modules (the \"Primary\" block)";
const FALLBACK: &str = "# here's the fallback if no module succeeds";
const ADDITIONAL: &str = "# and here are more per-package modules (the \"Additional\" block)";
const END: &str = "# end of pam-auth-update config";

/// A file without its blocks: up to the first, between them, behind the second.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template([String; 3]);

impl Template {
    /// None if a marker is missing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = [String::new(), String::new(), String::new()];
        let mut state = 0_usize;
        for line in text.lines() {
            let (in_block, marker) = match state {
                0 => (false, PRIMARY),
                1 => (true, FALLBACK),
                2 => (false, ADDITIONAL),
                3 => (true, END),
                _ => (false, "\n"),
            };
            let is_marker = line.starts_with(marker);
            // The line that ends a block belongs to what follows it.
            if !in_block || is_marker {
                let part = state.div_ceil(2);
                parts[part].push_str(line);
                parts[part].push('\n');
            }
            state += usize::from(is_marker);
        }
        (state == 4).then_some(Self(parts))
    }

    /// With its blocks filled from the enabled profiles; an administrator's changes are applied again.
    pub(super) fn fill(&self, kind: &str, enabled: &[&Profile], mut changes: Option<&mut Changes>) -> String {
        let real = kind.trim_end_matches("-noninteractive");
        let mut text = self.0[0].clone();
        for (block, rest) in [("Primary", &self.0[1]), ("Additional", &self.0[2])] {
            let all = lines(kind, block, enabled);
            let mut count =
                all.iter().flat_map(|(_, lines)| lines.split('\n').filter(|line| !line.is_empty())).count();
            if block == "Primary" && count == 0 {
                text.push_str(&format!("{real}\t[default=1]\t\t\tpam_permit.so\n"));
            }
            // A jump in the second block goes over the lines behind it only.
            count = if block == "Additional" { count.saturating_sub(1) } else { count };
            for line in all.iter().flat_map(|(_, lines)| lines.split('\n')) {
                let change = changes.as_deref_mut().and_then(|changes| changes.types.get_mut(kind));
                text.push_str(&format!("{real}\t{}\n", merged(line, change, count)));
                count = count.saturating_sub(1);
            }
            text.push_str(rest);
        }
        text
    }
}

/// The profiles of one block with their lines.
fn lines<'a>(kind: &str, block: &str, enabled: &[&'a Profile]) -> Vec<(&'a str, &'a str)> {
    let field = kind[..1].to_uppercase() + &kind[1..];
    let mut found: Vec<(&str, &str)> = Vec::new();
    for profile in enabled {
        if let Some(lines) = profile.lines(&field, block, found.is_empty()) {
            found.push((&profile.name, lines));
        }
    }
    found
}

/// What `/var/lib/pam/TYPE` keeps: the lines as the profiles had them.
pub(super) fn record(kind: &str, enabled: &[&Profile]) -> String {
    let primary = lines(kind, "Primary", enabled);
    let null = [("null", "[default=1]\t\t\tpam_permit.so")];
    let first = if primary.is_empty() { &null[..] } else { &primary[..] };
    let additional = lines(kind, "Additional", enabled);
    let all = first.iter().chain(&additional).filter(|(_, lines)| !lines.is_empty());
    all.map(|(name, lines)| format!("Module: {name}\n{lines}\n")).collect()
}

/// Options by control and module.
type Options = BTreeMap<String, BTreeSet<String>>;

/// What an administrator changed in the blocks since they were written.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The modules (profiles) that are still there.
    pub(super) modules: Vec<String>,
    types: BTreeMap<&'static str, Change>,
}

#[derive(Debug, Default)]
struct Change {
    add: Options,
    remove: Options,
}

impl Changes {
    /// Compares the files with their records; none if a file or a record is missing, or if
    /// something was changed that cannot be merged.
    pub(super) fn read(world: &World, folder: &str, saved: &str) -> Option<Self> {
        let mut changes = Self::default();
        for kind in TYPES {
            let record = String::from_utf8(world.read(&format!("{saved}/{kind}")).ok()?).ok()?;
            let current = String::from_utf8(world.read(&format!("{folder}/common-{kind}")).ok()?).ok()?;
            changes.compare(kind, &record, &current)?;
        }
        Some(changes)
    }

    fn compare(&mut self, kind: &'static str, record: &str, current: &str) -> Option<()> {
        let mut module = "";
        let mut saved = Vec::new();
        for line in record.lines() {
            match line.strip_prefix("Module: ") {
                Some(name) => module = name,
                None => saved.push((module, without_end(&without_number(line)))),
            }
        }
        let mut saved = saved.into_iter();
        let real = kind.trim_end_matches("-noninteractive");
        let change = self.types.entry(kind).or_default();
        let mut state = 0;
        for line in current.lines() {
            match state {
                0 => {
                    state = usize::from(line.starts_with(PRIMARY));
                    continue;
                }
                1 if line.starts_with(FALLBACK) => {
                    state = 2;
                    continue;
                }
                2 => {
                    state = if line.starts_with(ADDITIONAL) { 3 } else { 2 };
                    continue;
                }
                3 if line.starts_with(END) => break,
                _ => {}
            }
            let rest = line.strip_prefix(real).filter(|rest| rest.starts_with(char::is_whitespace));
            let mut line = rest.map_or(line, str::trim_start).to_owned();
            // Lines that are gone are profiles that were disabled by hand.
            let (name, control, before, now) = loop {
                let (name, kept) = saved.next()?;
                let (control, options) = take_apart(&kept)?;
                line = without_number(&line);
                if let Some(now) = line.strip_prefix(control) {
                    let before: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
                    break (name, control.to_owned(), before, now.trim().to_owned());
                }
            };
            self.modules.push(name.to_owned());
            let mut before = before;
            for option in now.split_whitespace() {
                if before.iter().any(|known| known == option) {
                    before.retain(|known| known != option);
                } else {
                    change.add.entry(control.clone()).or_default().insert(option.to_owned());
                }
            }
            change.remove.entry(control).or_default().extend(before);
        }
        (state == 3).then_some(())
    }
}

/// A line with its jump counted and the administrator's changes.
fn merged(line: &str, change: Option<&mut Change>, count: usize) -> String {
    let Some((control, options)) = take_apart(line) else { return format!("{line} ") };
    let control = control.replace("end", &count.to_string());
    let mut options: Vec<&str> = options.split_whitespace().collect();
    let mut added = BTreeSet::new();
    if let Some(change) = change {
        let key = without_number(&control);
        let removed = change.remove.get(&key);
        if let Some(add) = change.add.get_mut(&key) {
            add.retain(|option| !options.contains(&option.as_str()));
            added.clone_from(add);
        }
        options.retain(|option| removed.is_none_or(|removed| !removed.contains(*option)));
    }
    let all: Vec<&str> = options.into_iter().chain(added.iter().map(String::as_str)).collect();
    format!("{control} {}", all.join(" "))
}

/// A line's control and module, and its options.
fn take_apart(line: &str) -> Option<(&str, &str)> {
    let control = match line.strip_prefix('[') {
        Some(rest) => rest.find(']').filter(|at| *at > 0)? + 2,
        None => {
            line.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).filter(|at| *at > 0)?
        }
    };
    let rest = &line[control..];
    let module = rest.trim_start();
    if module.len() == rest.len() || module.is_empty() {
        return None;
    }
    let end = module.find(char::is_whitespace).unwrap_or(module.len());
    Some((&line[..line.len() - module.len() + end], module[end..].trim_start()))
}

/// Without the first number inside brackets.
fn without_number(line: &str) -> String {
    let digit = |byte: u8| byte.is_ascii_digit();
    if let Some(open) = line.find('[')
        && let Some(start) = line[open..].bytes().position(digit).map(|at| at + open)
    {
        let end = line[start..].bytes().position(|byte| !digit(byte)).map_or(line.len(), |at| at + start);
        if line[end..].contains(']') {
            return format!("{}{}", &line[..start], &line[end..]);
        }
    }
    line.to_owned()
}

/// Without the last `end` inside brackets.
fn without_end(line: &str) -> String {
    if let (Some(open), Some(close)) = (line.find('['), line.rfind(']'))
        && open < close
        && let Some(at) = line[open..close].rfind("end").map(|at| at + open)
    {
        return format!("{}{}", &line[..at], &line[at + 3..]);
    }
    line.to_owned()
}
