//! `/etc/login.defs`, and the numbers that shadow's programs choose.

use bringup_shell::{Stop, World};

use super::table::{Table, Tables};

/// The settings of `/etc/login.defs`, overridden by `-K`.
#[derive(Debug, Default)]
pub(crate) struct Definitions(Vec<(String, String)>);

impl Definitions {
    /// Reads the file; one that is missing leaves the built-in values.
    pub(crate) fn read(world: &World) -> Self {
        let bytes = world.read("/etc/login.defs").unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let split = |line: &str| {
            let (name, value) = line.split_once([' ', '\t'])?;
            Some((name.to_owned(), value.trim().trim_matches('"').to_owned()))
        };
        Self(lines.filter_map(split).collect())
    }

    /// Sets one.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// The value as text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|entry| entry.0 == name).map(|entry| entry.1.as_str())
    }

    /// The value as a number.
    pub(crate) fn number(&self, name: &str, default: u32) -> u32 {
        self.text(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// Whether it is `yes`.
    pub(crate) fn is_yes(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text.eq_ignore_ascii_case("yes"))
    }
}

/// A user's or a group's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    User,
    Group,
}

/// The range for a number (login.defs(5) has the built-in values).
pub(crate) fn range(definitions: &Definitions, whose: Whose, system: bool) -> (u32, u32) {
    let letter = if whose == Whose::User { 'U' } else { 'G' };
    let min = definitions.number(&format!("{letter}ID_MIN"), 1000);
    if !system {
        return (min, definitions.number(&format!("{letter}ID_MAX"), 60000));
    }
    let below = min.saturating_sub(1);
    (
        definitions.number(&format!("SYS_{letter}ID_MIN"), 101),
        definitions.number(&format!("SYS_{letter}ID_MAX"), below),
    )
}

/// The number that `useradd` and `groupadd` choose: `preferred` if it is free and in the range; for
/// the system's the one below the lowest in use, for people's the one above the highest; and if there is none
/// on that side, the first free one from the same end of the range.
pub(crate) fn free(
    table: &Table,
    (min, max): (u32, u32),
    system: bool,
    preferred: Option<u32>,
) -> Option<u32> {
    let used: std::collections::BTreeSet<u32> = table.ids().collect();
    if let Some(wanted) = preferred
        && (min..=max).contains(&wanted)
        && !used.contains(&wanted)
    {
        return Some(wanted);
    }
    let is_free = |id: &u32| !used.contains(id);
    if system {
        // In the order of the file, as the limit moves while the entries are read.
        let mut low = max;
        for id in table.ids().filter(|&id| id >= min) {
            if id <= low {
                low = id.saturating_sub(1);
            }
        }
        return (min..=low).rev().find(is_free).or_else(|| (min..=max).rev().find(is_free));
    }
    let mut high = min;
    for id in table.ids().filter(|&id| id <= max) {
        if id >= high {
            high = id.saturating_add(1);
        }
    }
    (high..=max).find(is_free).or_else(|| (min..=max).find(is_free))
}

/// Subordinate ids for a new user: the first gap of the configured size, written to `/etc/subuid` or
/// `/etc/subgid` where those exist.
pub(crate) fn subordinate(
    world: &mut World,
    definitions: &Definitions,
    path: &'static str,
    user: &str,
) -> Result<(), Stop> {
    let letter = if path.ends_with("uid") { 'U' } else { 'G' };
    let min = u64::from(definitions.number(&format!("SUB_{letter}ID_MIN"), 100_000));
    let max = u64::from(definitions.number(&format!("SUB_{letter}ID_MAX"), 600_100_000));
    let count = u64::from(definitions.number(&format!("SUB_{letter}ID_COUNT"), 65536));
    let mut table = Table::read(world, path)?;
    if !table.exists() || count == 0 || table.row(user).is_some() {
        return Ok(());
    }
    let mut taken: Vec<(u64, u64)> =
        table.rows().filter_map(|row| Some((row.get(1)?.parse().ok()?, row.get(2)?.parse().ok()?))).collect();
    taken.sort_unstable();
    let mut start = min;
    for (first, len) in taken {
        if first >= start.saturating_add(count) {
            break;
        }
        start = start.max(first.saturating_add(len));
    }
    if start.saturating_add(count - 1) <= max {
        // Looking for the gap has sorted the ranges.
        table.sort_by_start();
        table.put(&[user, &start.to_string(), &count.to_string()]);
    }
    table.save(world)
}

/// Whether shadow (with Debian's relaxed rule) takes it as the name of a user or group.
pub(crate) fn is_name(name: &str) -> bool {
    let bad = |letter: char| letter.is_whitespace() || letter.is_control() || ":,/".contains(letter);
    !name.is_empty()
        && name.len() <= 32
        && name != "."
        && name != ".."
        && !name.starts_with(['-', '+', '~'])
        && !name.contains(bad)
        && !name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Days since 1970 of the world's time; no date at all (empty) in its first day, as 0 would mean that
/// the password must be changed.
pub(crate) fn today(world: &World) -> String {
    match world.epoch.div_euclid(86_400) {
        0 => String::new(),
        days => days.to_string(),
    }
}

/// The number of a new group or user by its tables.
pub(crate) fn free_group(
    tables: &Tables,
    definitions: &Definitions,
    system: bool,
    preferred: Option<u32>,
) -> Option<u32> {
    free(&tables.group, range(definitions, Whose::Group, system), system, preferred)
}
