//! `groupadd`, `groupmod`, `groupdel` and `gpasswd` of shadow 4.17.

use bringup_shell::{Call, Host, Status, Stop};

use super::numbers::{Definitions, free_group, is_name};
use super::table::Tables;
use crate::arguments::{Given, Spec, unsupported};
use crate::print;

const GROUPADD: &[Spec] = &[
    ('f', &["force"], false),
    ('g', &["gid"], true),
    ('K', &["key"], true),
    ('o', &["non-unique"], false),
    ('p', &["password"], true),
    ('r', &["system"], false),
];

/// Adds a group.
pub(crate) fn groupadd(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, GROUPADD)?;
    let [name] = given.operands.as_slice() else {
        return Err(unsupported(call.name, "anything but one name"));
    };
    if !is_name(name) {
        print!(call.errors, "groupadd: '{name}' is not a valid group name\n");
        return Ok(3);
    }
    let mut definitions = Definitions::read(call.world);
    for setting in given.values("key") {
        let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
        definitions.set(key, value);
    }
    let mut tables = Tables::open(call.world)?;
    if tables.group.row(name).is_some() {
        if given.has("force") {
            return Ok(0);
        }
        print!(call.errors, "groupadd: group '{name}' already exists\n");
        return Ok(9);
    }
    let mut wanted = None;
    if let Some(text) = given.value("gid") {
        let Ok(gid) = text.parse::<u32>() else {
            print!(call.errors, "groupadd: invalid group ID '{text}'\n");
            return Ok(3);
        };
        wanted = Some(gid);
        if tables.group.row_of_id(gid).is_some() && !given.has("non-unique") {
            if !given.has("force") {
                print!(call.errors, "groupadd: GID '{gid}' already exists\n");
                return Ok(4);
            }
            wanted = None;
        }
    }
    let Some(gid) = wanted.or_else(|| free_group(&tables, &definitions, given.has("system"), None)) else {
        print!(call.errors, "groupadd: Can't get unique GID (no more available GIDs)\n");
        return Ok(4);
    };
    tables.add_group(name, gid);
    if let Some(password) = given.value("password") {
        tables.gshadow.put(&[name, password, "", ""]);
    }
    tables.save(call.world)?;
    Ok(0)
}

const GROUPMOD: &[Spec] = &[('g', &["gid"], true), ('n', &["new-name"], true)];

/// Renames a group or changes its number.
pub(crate) fn groupmod(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, GROUPMOD)?;
    let [name] = given.operands.as_slice() else {
        return Err(unsupported(call.name, "anything but one name"));
    };
    let mut tables = Tables::open(call.world)?;
    let Some(mut row) = tables.group.row(name).filter(|row| row.len() == 4) else {
        print!(call.errors, "groupmod: group '{name}' does not exist\n");
        return Ok(6);
    };
    if let Some(text) = given.value("gid").filter(|text| *text != row[2]) {
        let Ok(gid) = text.parse::<u32>() else {
            print!(call.errors, "groupmod: invalid group ID '{text}'\n");
            return Ok(3);
        };
        if tables.group.row_of_id(gid).is_some() {
            print!(call.errors, "groupmod: GID '{gid}' already exists\n");
            return Ok(4);
        }
        let old = std::mem::replace(&mut row[2], gid.to_string());
        let users: Vec<Vec<String>> = tables
            .passwd
            .rows()
            .filter(|user| user.get(3) == Some(&old.as_str()))
            .map(|user| user.into_iter().map(str::to_owned).collect())
            .collect();
        for mut user in users {
            user[3] = row[2].clone();
            tables.passwd.put(&user);
        }
        tables.group.put(&row);
    }
    if let Some(new) = given.value("new-name").filter(|new| new != name) {
        if !is_name(new) {
            print!(call.errors, "groupmod: invalid group name '{new}'\n");
            return Ok(3);
        }
        if tables.group.row(new).is_some() {
            print!(call.errors, "groupmod: group '{new}' already exists\n");
            return Ok(9);
        }
        // The entry under its new name goes to the end, and the old one away.
        row[0] = new.to_owned();
        tables.group.remove(name);
        tables.group.put(&row);
        if let Some(mut row) = tables.gshadow.row(name) {
            row[0] = new.to_owned();
            tables.gshadow.remove(name);
            tables.gshadow.put(&row);
        }
    }
    tables.save(call.world)?;
    Ok(0)
}

/// Takes a group away, unless it is somebody's own.
pub(crate) fn groupdel(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, &[('f', &["force"], false)])?;
    let [name] = given.operands.as_slice() else {
        return Err(unsupported(call.name, "anything but one name"));
    };
    let mut tables = Tables::open(call.world)?;
    let Some(row) = tables.group.row(name) else {
        print!(call.errors, "groupdel: group '{name}' does not exist\n");
        return Ok(6);
    };
    let mut users =
        tables.passwd.rows().filter(|user| user.get(3) == row.get(2).map(String::as_str).as_ref());
    if let Some(user) = users.next()
        && !given.has("force")
    {
        print!(call.errors, "groupdel: cannot remove the primary group of user '{}'\n", user[0]);
        return Ok(8);
    }
    drop(users);
    tables.group.remove(name);
    tables.gshadow.remove(name);
    tables.save(call.world)?;
    Ok(0)
}

const GPASSWD: &[Spec] = &[('a', &["add"], true), ('d', &["delete"], true), ('M', &["members"], true)];

/// Changes the members of a group.
pub(crate) fn gpasswd(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, GPASSWD)?;
    let [group] = given.operands.as_slice() else {
        return Err(unsupported(call.name, "anything but one group"));
    };
    let mut tables = Tables::open(call.world)?;
    let users = [given.value("add"), given.value("delete")].into_iter().flatten();
    let members = given.value("members").unwrap_or_default().split(',').filter(|name| !name.is_empty());
    // Who is taken away need not exist.
    for user in users.filter(|_| !given.has("delete")).chain(members.clone()) {
        if tables.passwd.row(user).is_none() {
            print!(call.errors, "gpasswd: user '{user}' does not exist\n");
            return Ok(3);
        }
    }
    let Some(row) = tables.group.row(group).filter(|row| row.len() == 4) else {
        print!(call.errors, "gpasswd: group '{group}' does not exist in /etc/group\n");
        return Ok(3);
    };
    if let Some(user) = given.value("add") {
        print!(call.output, "Adding user {user} to group {group}\n");
        let user = user.to_owned();
        tables.change_members(group, |list| {
            if !list.contains(&user) {
                list.push(user.clone());
            }
        });
    } else if let Some(user) = given.value("delete") {
        print!(call.output, "Removing user {user} from group {group}\n");
        if !super::table::is_member(&row[3], user) {
            print!(call.errors, "gpasswd: user '{user}' is not a member of '{group}'\n");
            return Ok(3);
        }
        tables.change_members(group, |list| list.retain(|member| member != user));
    } else if given.has("members") {
        let all: Vec<String> = members.map(str::to_owned).collect();
        tables.change_members(group, |list| list.clone_from(&all));
    } else {
        return Err(unsupported(call.name, "asking for a password"));
    }
    tables.save(call.world)?;
    Ok(0)
}
