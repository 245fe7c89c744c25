//! Which links belong to a unit, as the helper reads it out of the unit's file.

use bringup_shell::World;
use bringup_tree::Kind;

use super::{Failed, Place, base};

/// A link that enables a unit.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) path: String,
    pub(crate) target: String,
}

/// Where a unit's file is; the name itself if it is nowhere.
pub(crate) fn find_unit(world: &World, place: Place, unit: &str) -> String {
    let folders = [place.config(unit), format!("/lib/systemd/{}/{unit}", place.instance)];
    let usr = format!("/usr/lib/systemd/{}/{unit}", place.instance);
    let is_file = |path: &String| world.stat(path).is_some_and(|node| matches!(node.kind, Kind::File(_)));
    folders.into_iter().chain([usr]).find(is_file).unwrap_or_else(|| unit.to_owned())
}

/// All links that enabling the unit at this path makes, those of `Also=` at their place in the file.
pub(crate) fn closure(world: &World, place: Place, path: &str) -> Result<Vec<Link>, Failed> {
    collect(world, place, path, &mut Vec::new())
}

fn collect(world: &World, place: Place, path: &str, visited: &mut Vec<String>) -> Result<Vec<Link>, Failed> {
    let unit = base(path);
    let mut links = Vec::new();
    let mut folders = Vec::new();
    let mut wanted = unit.to_owned();
    let bytes = world.read(path).map_err(|_| Failed(format!("unable to read {path}")))?;
    for line in String::from_utf8_lossy(&bytes).lines() {
        let Some((key, value)) = assignment(line) else { continue };
        let named = |name: &str| key.eq_ignore_ascii_case(name);
        if named("WantedBy") || named("RequiredBy") {
            for by in words(value) {
                let (by, quoted) = unquoted(by);
                // Taking quotes away loses the key, and so does another spelling of it.
                let ending = match key {
                    _ if quoted => "",
                    "WantedBy" => ".wants",
                    "RequiredBy" => ".requires",
                    _ => "",
                };
                folders.push(place.config(&format!("{by}{ending}/")));
            }
        } else if named("Also") {
            for also in words(value) {
                let (also, _) = unquoted(also);
                if also != unit && !visited.iter().any(|name| name == also) {
                    visited.push(also.to_owned());
                    let path = find_unit(world, place, also);
                    links.extend(collect(world, place, &path, &mut visited.clone())?);
                }
            }
        } else if named("Alias") {
            for alias in words(value) {
                let (name, quoted) = unquoted(alias);
                if name != unit {
                    let name = if quoted { &alias[..1] } else { value };
                    links.push(Link { path: place.config(name), target: path.to_owned() });
                }
            }
        } else if named("DefaultInstance") {
            let value = value.trim();
            let quote = value.chars().next().filter(|first| ['"', '\''].contains(first));
            let instance =
                quote.and_then(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value);
            if let Some((prefix, kind)) = unit.split_once("@.") {
                wanted = format!("{prefix}@{instance}.{kind}");
            }
        }
    }
    links.extend(folders.into_iter().map(|folder| Link { path: folder + &wanted, target: path.to_owned() }));
    Ok(links)
}

/// A key at the start of a line and what follows the `=` behind it, if anything does.
pub(crate) fn assignment(line: &str) -> Option<(&str, &str)> {
    line.trim_start().split_once('=').filter(|(_, value)| !value.is_empty())
}

/// As Perl's `split(/\s+/)`: blanks at the start make an empty first word.
fn words(value: &str) -> impl Iterator<Item = &str> {
    let first = value.starts_with(|letter: char| letter.is_ascii_whitespace()).then_some("");
    first.into_iter().chain(value.split_ascii_whitespace())
}

fn unquoted(word: &str) -> (&str, bool) {
    for quote in ['"', '\''] {
        if let Some(inner) = word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return (inner, true);
        }
    }
    (word, false)
}
