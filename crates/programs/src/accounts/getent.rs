//! `getent`: entries of the tree's own databases.

use bringup_shell::{Call, Host, Status, Stop, World};

use super::table::{GROUP, GSHADOW, PASSWD, SHADOW, Table};
use crate::arguments::unsupported;
use crate::print;

/// Prints entries: all, or those of the given names and numbers.
pub(crate) fn getent(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let [database, keys @ ..] = call.arguments else {
        print!(
            call.errors,
            "getent: wrong number of arguments\nTry `getent --help' or `getent --usage' for more information.\n"
        );
        return Ok(1);
    };
    let (path, numbers) = match database.as_str() {
        "passwd" => (PASSWD, true),
        "group" => (GROUP, true),
        "shadow" => (SHADOW, false),
        "gshadow" => (GSHADOW, false),
        "services" | "protocols" => return words(call, keys, database == "services"),
        // Nobody answers while a system is put together.
        "hosts" | "ahosts" | "ahostsv4" | "ahostsv6" if !keys.is_empty() => {
            return Err(unsupported("getent", "looking for hosts"));
        }
        other => return Err(unsupported("getent", format!("the database `{other}`"))),
    };
    let table = Table::read(call.world, path)?;
    if keys.is_empty() {
        for row in table.rows() {
            print!(call.output, "{}\n", row.join(":"));
        }
        return Ok(0);
    }
    let mut status = 0;
    for key in keys {
        let number = key.parse::<u32>().ok().filter(|_| numbers);
        let row = match number {
            Some(id) => table.row_of_id(id),
            None => table.row(key),
        };
        match row {
            Some(row) => print!(call.output, "{}\n", row.join(":")),
            // The status of a key that is not there.
            None => status = 2,
        }
    }
    Ok(status)
}

/// A line of `/etc/services` or `/etc/protocols`: name, number (and protocol), other names.
struct Entry {
    name: String,
    value: String,
    aliases: Vec<String>,
}

fn entries(world: &World, path: &str) -> Vec<Entry> {
    let bytes = world.read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let entry = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some(Entry { name: words.next()?, value: words.next()?, aliases: words.collect() })
    };
    lines.filter_map(entry).collect()
}

fn words(call: &mut Call<'_>, keys: &[String], services: bool) -> Result<Status, Stop> {
    let path = if services { "/etc/services" } else { "/etc/protocols" };
    let all = entries(call.world, path);
    // nss/getent.c of glibc: the name in 21 columns, the aliases behind the number.
    let line = |entry: &Entry| {
        let aliases: String = entry.aliases.iter().map(|alias| format!(" {alias}")).collect();
        format!("{:<21} {}{aliases}\n", entry.name, entry.value)
    };
    if keys.is_empty() {
        for entry in &all {
            print!(call.output, "{}", line(entry));
        }
        return Ok(0);
    }
    let mut status = 0;
    for key in keys {
        let (word, protocol) = match key.split_once('/') {
            Some((word, protocol)) if services => (word, Some(protocol)),
            _ => (key.as_str(), None),
        };
        let is = |entry: &&Entry| {
            let (number, kind) = entry.value.split_once('/').unwrap_or((&entry.value, ""));
            let named = entry.name == word || entry.aliases.iter().any(|alias| alias == word);
            let numbered = word.bytes().all(|byte| byte.is_ascii_digit()) && number == word;
            (named || numbered) && protocol.is_none_or(|protocol| protocol == kind)
        };
        match all.iter().find(is) {
            Some(entry) => print!(call.output, "{}", line(entry)),
            None => status = 2,
        }
    }
    Ok(status)
}
