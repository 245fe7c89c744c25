//! `useradd` and `userdel` of shadow 4.17.

use bringup_shell::{Call, Host, Status, Stop, World};

use super::home;
use super::numbers::{Definitions, Whose, free, free_group, is_name, range, subordinate, today};
use super::table::{SUBGID, SUBUID, Table, Tables};
use crate::arguments::{Given, Spec, unsupported};
use crate::print;

const USERADD: &[Spec] = &[
    (' ', &["badname"], false),
    ('b', &["base-dir"], true),
    ('c', &["comment"], true),
    ('d', &["home-dir", "home"], true),
    ('g', &["gid"], true),
    ('G', &["groups"], true),
    ('k', &["skel"], true),
    ('K', &["key"], true),
    ('l', &["no-log-init"], false),
    ('m', &["create-home"], false),
    ('M', &["no-create-home"], false),
    ('N', &["no-user-group"], false),
    ('o', &["non-unique"], false),
    ('p', &["password"], true),
    ('r', &["system"], false),
    ('s', &["shell"], true),
    ('u', &["uid"], true),
    ('U', &["user-group"], false),
];

/// A setting of `/etc/default/useradd`.
fn default(world: &World, name: &str, built_in: &str) -> String {
    let bytes = world.read("/etc/default/useradd").unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let value = text.lines().rev().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or(built_in).to_owned()
}

/// Adds a user.
pub(crate) fn useradd(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, USERADD)?;
    let [name] = given.operands.as_slice() else {
        return Err(unsupported(call.name, "anything but one name"));
    };
    let mut definitions = Definitions::read(call.world);
    for setting in given.values("key") {
        let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
        definitions.set(key, value);
    }
    if !is_name(name) && !given.has("badname") {
        print!(call.errors, "useradd: invalid user name '{name}': use --badname to ignore\n");
        return Ok(19);
    }
    let mut tables = Tables::open(call.world)?;
    let system = given.has("system");
    let mut primary = None;
    if let Some(text) = given.value("gid") {
        primary = tables.find_group(text);
        if primary.is_none() {
            print!(call.errors, "useradd: group '{text}' does not exist\n");
            return Ok(6);
        }
    }
    let mut extra = Vec::new();
    for text in given.value("groups").unwrap_or_default().split(',').filter(|text| !text.is_empty()) {
        let Some((group, _)) = tables.find_group(text) else {
            print!(call.errors, "useradd: group '{text}' does not exist\n");
            return Ok(6);
        };
        extra.push(group);
    }
    let own_group = primary.is_none()
        && !given.has("no-user-group")
        && (given.has("user-group") || definitions.is_yes("USERGROUPS_ENAB"));
    if tables.passwd.row(name).is_some() {
        print!(call.errors, "useradd: user '{name}' already exists\n");
        return Ok(9);
    }
    if own_group && tables.group.row(name).is_some() {
        print!(
            call.errors,
            "useradd: group {name} exists - if you want to add this user to that group, use -g.\n"
        );
        return Ok(9);
    }
    let users = range(&definitions, Whose::User, system);
    let uid = match given.value("uid") {
        Some(text) => {
            let Ok(uid) = text.parse::<u32>() else {
                print!(call.errors, "useradd: invalid user ID '{text}'\n");
                return Ok(3);
            };
            if tables.passwd.row_of_id(uid).is_some() && !given.has("non-unique") {
                print!(call.errors, "useradd: UID {uid} is not unique\n");
                return Ok(4);
            }
            uid
        }
        None => {
            let Some(uid) = free(&tables.passwd, users, system, None) else {
                print!(call.errors, "useradd: Can't get unique UID (no more available UIDs)\n");
                return Ok(4);
            };
            uid
        }
    };
    let gid = match primary {
        Some((_, gid)) => gid,
        None if own_group => {
            let Some(gid) = free_group(&tables, &definitions, system, Some(uid)) else {
                print!(call.errors, "useradd: Can't get unique GID (no more available GIDs)\n");
                return Ok(4);
            };
            tables.add_group(name, gid);
            gid
        }
        None => {
            let text = default(call.world, "GROUP", "100");
            tables.find_group(&text).ok_or_else(|| unsupported("useradd", format!("group `{text}`")))?.1
        }
    };
    let base = given.value("base-dir").map_or_else(|| default(call.world, "HOME", "/home"), str::to_owned);
    let home = given.value("home-dir").map_or_else(|| format!("{base}/{name}"), str::to_owned);
    let shell = given.value("shell").map_or_else(|| default(call.world, "SHELL", "/bin/bash"), str::to_owned);
    let (uid_text, gid_text) = (uid.to_string(), gid.to_string());
    let comment = given.value("comment").unwrap_or_default();
    let password = given.value("password").unwrap_or("!");
    let inside = if tables.shadow.exists() { "x" } else { password };
    tables.passwd.put(&[name.as_str(), inside, &uid_text, &gid_text, comment, &home, &shell]);
    if tables.shadow.exists() {
        let age = |setting: &str| {
            let number = definitions.text(setting).unwrap_or_default();
            if system || number == "-1" { String::new() } else { number.to_owned() }
        };
        let (min, max, warn) = (age("PASS_MIN_DAYS"), age("PASS_MAX_DAYS"), age("PASS_WARN_AGE"));
        let day = today(call.world);
        tables.shadow.put(&[name, password, &day, &min, &max, &warn, "", "", ""]);
    }
    for group in &extra {
        tables.change_members(group, |list| {
            if !list.contains(name) {
                list.push(name.clone());
            }
        });
    }
    tables.save(call.world)?;
    let people = range(&definitions, Whose::User, false);
    if !system && (people.0..=people.1).contains(&uid) {
        subordinate(call.world, &definitions, SUBUID, name)?;
        subordinate(call.world, &definitions, SUBGID, name)?;
    }
    let wanted = given.has("create-home") || (!system && definitions.is_yes("CREATE_HOME"));
    if wanted && !given.has("no-create-home") {
        if call.world.stat(&home).is_some() {
            print!(
                call.errors,
                "useradd: warning: the home directory {home} already exists.\nuseradd: Not copying any file from skel directory into it.\n"
            );
            return Ok(0);
        }
        let mode = definitions.text("HOME_MODE").and_then(|text| u32::from_str_radix(text, 8).ok());
        home::make(call.world, &home, (uid, gid), mode.unwrap_or(0o755))?;
        let skeleton =
            given.value("skel").map_or_else(|| default(call.world, "SKEL", "/etc/skel"), str::to_owned);
        home::copy_keeping_times(call.world, &skeleton, &home, (uid, gid))?;
    }
    Ok(0)
}

/// Takes a user away, and their group if it has their name and nobody else.
pub(crate) fn userdel(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, &[('f', &["force"], false)])?;
    let [name] = given.operands.as_slice() else {
        return Err(unsupported(call.name, "anything but one name"));
    };
    let mut tables = Tables::open(call.world)?;
    let Some(row) = tables.passwd.row(name) else {
        print!(call.errors, "userdel: user '{name}' does not exist\n");
        return Ok(6);
    };
    tables.passwd.remove(name);
    tables.shadow.remove(name);
    for group in tables.groups_of(name) {
        tables.change_members(&group, |list| list.retain(|member| member != name));
    }
    let definitions = Definitions::read(call.world);
    if definitions.is_yes("USERGROUPS_ENAB")
        && let Some(group) = tables.group.row(name)
    {
        let gid = group.get(2).cloned().unwrap_or_default();
        let others = tables.passwd.rows().any(|user| user.get(3) == Some(&gid.as_str()));
        let members = group.get(3).is_some_and(|list| !list.is_empty());
        if row.get(3) != Some(&gid) {
            print!(
                call.errors,
                "userdel: group {name} not removed because it is not the primary group of user {name}.\n"
            );
        } else if members {
            print!(call.errors, "userdel: group {name} not removed because it has other members.\n");
        } else if others {
            print!(
                call.errors,
                "userdel: group {name} is the primary group of another user and is not removed.\n"
            );
        } else {
            tables.group.remove(name);
            tables.gshadow.remove(name);
        }
    }
    tables.save(call.world)?;
    for path in [SUBUID, SUBGID] {
        let mut table = Table::read(call.world, path)?;
        table.remove(name);
        table.save(call.world)?;
    }
    Ok(0)
}
