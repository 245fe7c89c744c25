//! The four files of accounts as they are afterwards.

use bringup_shell::{Failure, Stop, World};
use bringup_tree::{Content, Kind, Meta};

use super::accounts::Lines;
use super::allocate::Allocation;
use super::item::{Item, Items};
use crate::unsupported;

/// Seconds of a day; shadow(5) counts in days.
const DAY: i64 = 86_400;

/// Leaves the lock file of lckpwdf(3), as taking the lock does.
pub(crate) fn lock(world: &mut World) -> Result<(), Stop> {
    if world.lstat("/etc/.pwd.lock").is_none() {
        let meta = Meta::root(0o600, world.epoch);
        put(world, "/etc/.pwd.lock", meta, Vec::new())?;
    }
    Ok(())
}

/// Writes what changed, with a copy of what was there before under the same name with `-`.
pub(crate) fn files(world: &mut World, plan: &Allocation, items: &Items) -> Result<(), Stop> {
    let accounts = &plan.accounts;
    if !plan.groups.is_empty() || !items.members.is_empty() {
        let new = plan.groups.iter().map(|(name, gid)| strings([name, "x", &gid.to_string(), ""]));
        if let Some(lines) = with_members(&accounts.group, new.collect(), items) {
            replace(world, "/etc/group", 0o644, &lines)?;
        }
        let new = plan.groups.iter().map(|(name, _)| strings([name, "!*", "", ""]));
        if let Some(lines) = with_members(&accounts.gshadow, new.collect(), items) {
            replace(world, "/etc/gshadow", 0, &lines)?;
        }
    }
    if plan.users.is_empty() {
        return Ok(());
    }
    let mut lines = accounts.passwd.clone().unwrap_or_default();
    for (item, uid, gid) in &plan.users {
        let [description, home] = [&item.description, &item.home].map(|field| field.as_deref());
        let (uid_text, gid_text) = (uid.to_string(), gid.to_string());
        let ids = [item.name.as_str(), "x", &uid_text, &gid_text];
        let rest = [description.unwrap_or(""), home.unwrap_or("/"), shell(world, item)];
        lines.push(ids.into_iter().chain(rest).map(str::to_owned).collect());
    }
    replace(world, "/etc/passwd", 0o644, &lines)?;
    let today = changed(world) / DAY;
    let mut lines = accounts.shadow.clone().unwrap_or_default();
    let mut new: Vec<&Item> = plan.users.iter().map(|(item, ..)| item).collect();
    for line in &mut lines {
        // An entry that is there without its user only gets a new date.
        if new.iter().any(|item| item.name == line[0]) {
            line[2] = today.to_string();
            new.retain(|item| item.name != line[0]);
        }
    }
    for item in new {
        let password = if item.name == "root" { "!unprovisioned" } else { "!*" };
        let expires = if item.locked { "1" } else { "" };
        lines.push(strings([&item.name, password, &today.to_string(), "", "", "", "", expires, ""]));
    }
    replace(world, "/etc/shadow", 0, &lines)
}

/// When a password counts as changed: as for the real program, `SOURCE_DATE_EPOCH` goes before the
/// clock.
fn changed(world: &World) -> i64 {
    let given = world.environment.get("SOURCE_DATE_EPOCH").and_then(|text| text.parse().ok());
    given.unwrap_or(world.epoch)
}

/// `pick_shell` of systemd's src/sysusers/sysusers.c.
fn shell<'a>(world: &World, item: &'a Item) -> &'a str {
    match &item.shell {
        Some(shell) => shell,
        None if item.uid != Some(0) => "/usr/sbin/nologin",
        None if world.stat("/bin/bash").is_some() => "/bin/bash",
        None => "/bin/sh",
    }
}

/// The lines of a file of groups with new ones and new members; none if nothing changes.
fn with_members(old: &Lines, new: Vec<Vec<String>>, items: &Items) -> Option<Vec<Vec<String>>> {
    let mut changed = !new.is_empty();
    let mut lines = old.clone().unwrap_or_default();
    lines.extend(new);
    for line in &mut lines {
        let Some((_, users)) = items.members.iter().find(|(group, _)| *group == line[0]) else { continue };
        let mut members: Vec<String> =
            line[3].split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        if users.iter().all(|user| members.contains(user)) {
            continue;
        }
        changed = true;
        members.extend(users.iter().cloned());
        members.sort();
        members.dedup();
        line[3] = members.join(",");
    }
    changed.then_some(lines)
}

fn strings<const N: usize>(fields: [&str; N]) -> Vec<String> {
    fields.map(str::to_owned).to_vec()
}

/// Puts a new file into the place of the old one, whose owner and mode it takes over.
fn replace(world: &mut World, path: &str, mode: u32, lines: &[Vec<String>]) -> Result<(), Stop> {
    let mut meta = Meta::root(mode, world.epoch);
    if let Some(old) = world.stat(path) {
        let before = old.meta.clone();
        let bytes = world.read(path).map_err(|failure| failed(path, failure))?;
        put(world, &format!("{path}-"), before.clone(), bytes)?;
        meta = Meta { mtime: meta.mtime, ..before };
    }
    let text: String = lines.iter().map(|fields| fields.join(":") + "\n").collect();
    put(world, path, meta, text.into_bytes())
}

/// As rename(2) onto a path: no link is followed, no hard link keeps the new content.
fn put(world: &mut World, path: &str, meta: Meta, bytes: Vec<u8>) -> Result<(), Stop> {
    let at = world.named(path).map_err(|failure| failed(path, failure))?;
    world.tree.insert(at, meta, Kind::File(Content::bytes(bytes)))?;
    Ok(())
}

fn failed(path: &str, failure: Failure) -> Stop {
    unsupported(super::NAME, format!("`{path}`: {}", failure.text()))
}
