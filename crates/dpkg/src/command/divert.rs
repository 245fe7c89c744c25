//! `dpkg-divert`: another name for a file that a package brings.
//!
//! dpkg-divert(1); `/var/lib/dpkg/diversions` has three lines for each: the file, its other name, and
//! the package whose file keeps the name (`:` for the local administrator).

use bringup_shell::{Call, Status, Stop, World};

use super::{fail, records, say, unsupported, written};
use crate::Error;
use crate::machine::Machine;

const FILE: &str = "/var/lib/dpkg/diversions";

/// All diversions of a root.
#[derive(Debug, Default)]
pub(crate) struct Diversions(Vec<Diversion>);

#[derive(Debug)]
struct Diversion {
    from: String,
    to: String,
    /// `:` for a local one.
    package: String,
}

impl Diversions {
    /// Where `package` has what its archive calls `path`.
    pub(crate) fn place(&self, path: &str, package: &str) -> String {
        let found = self.0.iter().find(|one| one.from == path && one.package != package);
        found.map_or_else(|| path.to_owned(), |one| one.to.clone())
    }
}

/// Reads a root's diversions; lines that make no sense are left out.
pub(crate) fn read(world: &World) -> Diversions {
    let text = world.read(FILE).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let one = |three: &[&str]| Diversion {
        from: three[0].to_owned(),
        to: three[1].to_owned(),
        package: three[2].to_owned(),
    };
    Diversions(lines.chunks_exact(3).map(one).collect())
}

fn write(world: &mut World, diversions: &Diversions) -> Result<(), Error> {
    if let Ok(old) = world.read(FILE) {
        records::write(world, &format!("{FILE}-old"), old)?;
    }
    let text: String =
        diversions.0.iter().map(|one| format!("{}\n{}\n{}\n", one.from, one.to, one.package)).collect();
    records::write(world, FILE, text)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Add,
    Remove,
    List,
    ListPackage,
    TrueName,
}

/// The command.
pub(crate) fn command(machine: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let mut action = None;
    let (mut package, mut local, mut divert) = (machine.package_name(), false, None);
    let (mut rename, mut quiet) = (false, false);
    let mut operands = Vec::new();
    let mut words = call.arguments.iter();
    while let Some(word) = words.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        let mut take = || value.clone().or_else(|| words.next().cloned());
        match option {
            "--add" => action = Some(Action::Add),
            "--remove" => action = Some(Action::Remove),
            "--list" => action = Some(Action::List),
            "--listpackage" => action = Some(Action::ListPackage),
            "--truename" => action = Some(Action::TrueName),
            "--package" => package = take(),
            "--local" => local = true,
            "--divert" => divert = take(),
            "--rename" => rename = true,
            "--no-rename" => rename = false,
            "--quiet" => quiet = true,
            option if option.starts_with('-') => return unsupported(call, format!("`{option}`")),
            _ => operands.push(word.clone()),
        }
    }
    let diversions = read(call.world);
    let action = action.unwrap_or(Action::Add);
    if action == Action::List {
        return list(call, &diversions, &operands);
    }
    let [file] = &operands[..] else { return fail(call, "--add needs a single argument") };
    let found = diversions.0.iter().find(|one| one.from == *file);
    match action {
        Action::ListPackage => {
            if let Some(one) = found {
                let text = if one.package == ":" { "LOCAL" } else { &one.package }.to_owned();
                say(call, &text);
            }
            Ok(0)
        }
        Action::TrueName => {
            let text = found.map_or(file, |one| &one.to).clone();
            say(call, &text);
            Ok(0)
        }
        Action::Add => {
            let package = if local { ":".to_owned() } else { package.unwrap_or_else(|| ":".to_owned()) };
            let to = divert.unwrap_or_else(|| format!("{file}.distrib"));
            add(call, diversions, Diversion { from: file.clone(), to, package }, rename, quiet)
        }
        Action::Remove => {
            let package = if local { Some(":".to_owned()) } else { package };
            remove(call, diversions, file, divert, package, rename, quiet)
        }
        Action::List => Ok(0),
    }
}

fn describe(one: &Diversion) -> String {
    if one.package == ":" {
        format!("local diversion of {} to {}", one.from, one.to)
    } else {
        format!("diversion of {} to {} by {}", one.from, one.to, one.package)
    }
}

fn list(call: &mut Call<'_>, diversions: &Diversions, patterns: &[String]) -> Result<Status, Stop> {
    if patterns.iter().any(|pattern| pattern.contains(['?', '[', '\\'])) {
        return unsupported(call, "a pattern other than `*`");
    }
    for one in &diversions.0 {
        let by = if one.package == ":" { "" } else { &one.package };
        let hit = |pattern: &String| {
            matches(pattern, &one.from) || matches(pattern, &one.to) || matches(pattern, by)
        };
        if patterns.is_empty() || patterns.iter().any(hit) {
            say(call, &describe(one));
        }
    }
    Ok(0)
}

/// Whether text fits a pattern in which `*` stands for anything.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn add(
    call: &mut Call<'_>,
    mut diversions: Diversions,
    new: Diversion,
    rename: bool,
    quiet: bool,
) -> Result<Status, Stop> {
    if let Some(old) =
        diversions.0.iter().find(|one| one.from == new.from || one.to == new.from || one.from == new.to)
    {
        if old.from == new.from && old.to == new.to && old.package == new.package {
            if !quiet {
                let text = format!("Leaving '{}'", describe(&new));
                say(call, &text);
            }
            return Ok(0);
        }
        let text = format!("'{}' clashes with '{}'", describe(&new), describe(old));
        return fail(call, &text);
    }
    if !quiet {
        let text = format!("Adding '{}'", describe(&new));
        say(call, &text);
    }
    if rename
        && call.world.lstat(&new.from).is_some()
        && let Err(failure) = call.world.rename(&new.from, &new.to)
    {
        let text = format!("rename involving '{}' failed: {}", new.from, failure.text());
        return fail(call, &text);
    }
    diversions.0.push(new);
    let done = write(call.world, &diversions);
    written(call, done)
}

fn remove(
    call: &mut Call<'_>,
    mut diversions: Diversions,
    file: &str,
    divert: Option<String>,
    package: Option<String>,
    rename: bool,
    quiet: bool,
) -> Result<Status, Stop> {
    let Some(at) = diversions.0.iter().position(|one| one.from == file) else {
        if !quiet {
            let text = format!("No diversion 'any diversion of {file}', none removed.");
            say(call, &text);
        }
        return Ok(0);
    };
    let one = &diversions.0[at];
    let other = |given: &Option<String>, known: &str| given.as_deref().is_some_and(|given| given != known);
    if other(&divert, &one.to) || other(&package, &one.package) {
        let text = format!("mismatch when removing 'diversion of {file}'\n found '{}'", describe(one));
        return fail(call, &text);
    }
    let one = diversions.0.remove(at);
    if !quiet {
        let text = format!("Removing '{}'", describe(&one));
        say(call, &text);
    }
    if rename
        && call.world.lstat(&one.to).is_some()
        && let Err(failure) = call.world.rename(&one.to, &one.from)
    {
        let text = format!("rename involving '{}' failed: {}", one.to, failure.text());
        return fail(call, &text);
    }
    let done = write(call.world, &diversions);
    written(call, done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, machine, read, world};

    #[test]
    fn a_diversion_is_added_shown_and_removed() {
        let mut machine = machine(&[]);
        let mut world = world(&[("/usr/bin/a", "old"), (FILE, "")]);
        for (line, status, output) in [
            ("dpkg-divert --truename /usr/bin/a", 0, "/usr/bin/a\n"),
            ("dpkg-divert --listpackage /usr/bin/a", 0, ""),
            (
                "dpkg-divert --package p --rename --divert /usr/bin/a.p --add /usr/bin/a",
                0,
                "Adding 'diversion of /usr/bin/a to /usr/bin/a.p by p'\n",
            ),
            (
                "dpkg-divert --package p --divert /usr/bin/a.p --add /usr/bin/a",
                0,
                "Leaving 'diversion of /usr/bin/a to /usr/bin/a.p by p'\n",
            ),
            ("dpkg-divert --package q --divert /usr/bin/a.q --add /usr/bin/a", 2, ""),
            ("dpkg-divert --truename /usr/bin/a", 0, "/usr/bin/a.p\n"),
            ("dpkg-divert --listpackage /usr/bin/a", 0, "p\n"),
            ("dpkg-divert --list *.p", 0, "diversion of /usr/bin/a to /usr/bin/a.p by p\n"),
            ("dpkg-divert --quiet --package p --remove --rename /usr/bin/a", 0, ""),
            (
                "dpkg-divert --remove /usr/bin/a",
                0,
                "No diversion 'any diversion of /usr/bin/a', none removed.\n",
            ),
        ] {
            let (found, text, _) = call(&mut machine, &mut world, line);
            assert_eq!((found, text.as_str()), (status, output), "{line}");
        }
        assert_eq!(read(&world, "/usr/bin/a"), "old");
        assert_eq!(read(&world, FILE), "");
    }

    #[test]
    fn a_package_keeps_what_it_diverts() {
        let world = world(&[(FILE, "/a\n/a.p\np\n")]);
        let diversions = read_diversions(&world);
        assert_eq!(diversions.place("/a", "p"), "/a");
        assert_eq!(diversions.place("/a", "q"), "/a.p");
    }

    fn read_diversions(world: &World) -> Diversions {
        super::read(world)
    }
}
