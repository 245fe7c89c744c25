//! systemd-sysusers: system users and groups (sysusers.d(5), systemd-sysusers(8)).

mod accounts;
mod allocate;
mod item;
mod write;

use bringup_shell::{Call, Host, Status, Stop};

use crate::fragments;
use crate::options::{self, Known, flag, value};
pub(crate) use item::simplify;

use accounts::Accounts;
use allocate::Allocation;
use item::Items;

const NAME: &str = "systemd-sysusers";
const KNOWN: &[Known] =
    &[value("root", '\0'), value("replace", '\0'), flag("inline", '\0'), flag("no-pager", '\0')];

/// systemd-sysusers(8).
pub(crate) fn run(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = options::parse(NAME, KNOWN, call.arguments)?;
    given.check_root(NAME)?;
    let mut items = Items::default();
    let read = match given.value("replace") {
        Some(_) if given.operands.is_empty() => {
            call.errors.extend_from_slice(
                b"When --replace= is given, some configuration items must be specified.\n",
            );
            return Ok(1);
        }
        Some(place) => read_all(call, &mut items, Some(place), &given)?,
        None if given.operands.is_empty() => read_all(call, &mut items, None, &given)?,
        None => read_arguments(call, &mut items, &given)?,
    };
    if !read {
        return Ok(1);
    }
    items.add_implied();
    let accounts = Accounts::read(call.world)?;
    write::lock(call.world)?;
    let mut allocation = Allocation::new(accounts, items.ranges.clone());
    for group in &mut items.groups {
        allocation.add(call, group, None);
    }
    let Items { users, groups, .. } = &mut items;
    for at in 0..users.len() {
        let (before, rest) = users.split_at_mut(at);
        let Some((user, after)) = rest.split_first_mut() else { break };
        let queued = user.own_group().and_then(|name| {
            let named = |item: &&item::Item| item.name == name;
            let group = groups.iter().find(named);
            // A user that brings its own group is in the queue, too.
            let others = || before.iter().chain(after.iter()).find(named);
            group.or_else(|| user.group_name.as_ref().and_then(|_| others()))
        });
        let queued = queued.filter(|group| group.makes_group).map(|group| group.gid);
        allocation.add(call, user, queued);
    }
    write::files(call.world, &allocation, &items)?;
    Ok(0)
}

/// Reads every file of the folders, with the arguments in place of `place`. A bad file does not
/// count, a bad argument does.
fn read_all(
    call: &mut Call<'_>,
    items: &mut Items,
    place: Option<&str>,
    given: &options::Given,
) -> Result<bool, Stop> {
    let folders = fragments::folders("sysusers.d");
    let mut files = fragments::files(call.world, &folders, ".conf");
    if let Some(place) = place {
        fragments::put(&mut files, &folders, place);
    }
    for path in files {
        if place == Some(path.as_str()) {
            if !read_arguments(call, items, given)? {
                return Ok(false);
            }
        } else if let Ok(bytes) = call.world.read(&path) {
            read_text(call, items, &path, bytes)?;
        }
    }
    Ok(true)
}

fn read_arguments(call: &mut Call<'_>, items: &mut Items, given: &options::Given) -> Result<bool, Stop> {
    for (at, argument) in given.operands.iter().enumerate() {
        if given.has("inline") {
            if !report(call, "(argument)", at + 1, items.parse(call.world, argument)?) {
                return Ok(false);
            }
            continue;
        }
        let folders = fragments::folders("sysusers.d");
        match fragments::named(call.world, &folders, argument, call.input) {
            Ok((path, bytes)) => {
                if !read_text(call, items, &path, bytes)? {
                    return Ok(false);
                }
            }
            Err(failure) => {
                let text = format!("Failed to read '{argument}': {}\n", failure.text());
                call.errors.extend_from_slice(text.as_bytes());
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Takes up a file's lines; false if one of them is wrong.
fn read_text(call: &mut Call<'_>, items: &mut Items, path: &str, bytes: Vec<u8>) -> Result<bool, Stop> {
    let text = String::from_utf8(bytes).map_err(|_| Stop::NotText { what: path.to_owned() })?;
    let mut good = true;
    for (number, line) in fragments::lines(&text) {
        let result = items.parse(call.world, line)?;
        good &= report(call, path, number, result);
    }
    Ok(good)
}

fn report(call: &mut Call<'_>, path: &str, line: usize, result: Result<(), String>) -> bool {
    if let Err(what) = &result {
        call.errors.extend_from_slice(format!("{path}:{line}: {what}\n").as_bytes());
    }
    result.is_ok()
}

#[cfg(test)]
mod tests;
