//! `usermod`, `chsh` and `chfn`.

use bringup_shell::{Call, Host, Status, Stop};

use super::dates::days;
use super::home;
use super::table::{Tables, is_member};
use crate::arguments::{Given, Spec, unsupported};
use crate::print;

const USERMOD: &[Spec] = &[
    ('a', &["append"], false),
    ('c', &["comment"], true),
    ('d', &["home"], true),
    ('e', &["expiredate"], true),
    ('f', &["inactive"], true),
    ('g', &["gid"], true),
    ('G', &["groups"], true),
    ('L', &["lock"], false),
    ('o', &["non-unique"], false),
    ('p', &["password"], true),
    ('s', &["shell"], true),
    ('u', &["uid"], true),
    ('U', &["unlock"], false),
];

/// Changes a user.
pub(crate) fn usermod(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, USERMOD)?;
    let [name] = given.operands.as_slice() else {
        return Err(unsupported(call.name, "anything but one name"));
    };
    let mut tables = Tables::open(call.world)?;
    let Some(mut row) = tables.passwd.row(name).filter(|row| row.len() == 7) else {
        print!(call.errors, "usermod: user '{name}' does not exist\n");
        return Ok(6);
    };
    let mut groups = Vec::new();
    for text in given.value("groups").unwrap_or_default().split(',').filter(|text| !text.is_empty()) {
        let Some((group, _)) = tables.find_group(text) else {
            print!(call.errors, "usermod: group '{text}' does not exist\n");
            return Ok(6);
        };
        groups.push(group);
    }
    let before = row.clone();
    for (option, field) in [("comment", 4), ("home", 5), ("shell", 6)] {
        if let Some(value) = given.value(option) {
            row[field] = value.to_owned();
        }
    }
    if let Some(text) = given.value("gid") {
        let Some((_, gid)) = tables.find_group(text) else {
            print!(call.errors, "usermod: group '{text}' does not exist\n");
            return Ok(6);
        };
        row[3] = gid.to_string();
    }
    if let Some(text) = given.value("uid").filter(|text| *text != row[2]) {
        let Ok(uid) = text.parse::<u32>() else {
            print!(call.errors, "usermod: invalid user ID '{text}'\n");
            return Ok(3);
        };
        if tables.passwd.row_of_id(uid).is_some() && !given.has("non-unique") {
            print!(call.errors, "usermod: UID '{uid}' already exists\n");
            return Ok(4);
        }
        row[2] = uid.to_string();
    }
    let aged = ["expiredate", "inactive", "lock", "password", "unlock"].iter().any(|name| given.has(name));
    if row == before && !aged && !given.has("groups") {
        print!(call.output, "usermod: no changes\n");
        return Ok(0);
    }
    if aged {
        change_shadow(call, &given, &mut tables, name)?;
    }
    if row != before || aged {
        tables.passwd.put(&row);
    }
    if given.has("groups") {
        change_groups(&mut tables, name, &groups, given.has("append"));
    }
    tables.save(call.world)?;
    let id = |row: &[String], field: usize| row[field].parse::<u32>().unwrap_or(u32::MAX);
    let (old, new) = ((id(&before, 2), id(&before, 3)), (id(&row, 2), id(&row, 3)));
    // Only a home folder that is the user's own changes hands.
    let owner = call.world.stat(&before[5]).map(|node| (node.kind.is_directory(), node.meta.uid));
    if old != new && owner == Some((true, old.0)) {
        home::hand_over(call.world, &before[5], old, new);
    }
    Ok(0)
}

/// Puts a user into `groups`, and, unless they are only appended, out of all others.
fn change_groups(tables: &mut Tables, name: &String, groups: &[String], append: bool) {
    let all: Vec<(String, bool)> = tables
        .group
        .rows()
        .map(|row| (row[0].to_owned(), row.get(3).is_some_and(|list| is_member(list, name))))
        .collect();
    for (group, is) in all {
        let wanted = groups.contains(&group);
        if wanted && !is {
            tables.change_members(&group, |list| list.push(name.clone()));
        } else if is && !wanted && !append {
            tables.change_members(&group, |list| list.retain(|member| member != name));
        } else if wanted {
            // Written again as it is.
            tables.change_members(&group, |_| {});
        }
    }
}

fn change_shadow(call: &mut Call<'_>, given: &Given, tables: &mut Tables, name: &str) -> Result<(), Stop> {
    let Some(mut row) = tables.shadow.row(name).filter(|row| row.len() == 9) else {
        return Err(unsupported(call.name, format!("`{name}` without an entry in /etc/shadow")));
    };
    if let Some(text) = given.value("inactive") {
        row[6] = if text == "-1" { String::new() } else { text.to_owned() };
    }
    if let Some(text) = given.value("expiredate") {
        row[7] = days(text).ok_or_else(|| unsupported("usermod", format!("date `{text}`")))?;
    }
    if let Some(password) = given.value("password") {
        password.clone_into(&mut row[1]);
        row[2] = super::numbers::today(call.world);
    } else if given.has("lock") && !row[1].starts_with('!') {
        row[1].insert(0, '!');
    } else if given.has("unlock") && row[1].starts_with('!') {
        if row[1] == "!" {
            return Err(unsupported(call.name, "unlocking an account without a password"));
        }
        row[1].remove(0);
    }
    tables.shadow.put(&row);
    Ok(())
}

/// Changes a login shell.
pub(crate) fn chsh(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, &[('s', &["shell"], true)])?;
    let ([name], Some(shell)) = (given.operands.as_slice(), given.value("shell")) else {
        return Err(unsupported(call.name, "asking for a shell"));
    };
    let mut tables = Tables::open(call.world)?;
    let Some(mut row) = tables.passwd.row(name).filter(|row| row.len() == 7) else {
        print!(call.errors, "chsh: user '{name}' does not exist\n");
        return Ok(1);
    };
    let shells = call.world.read("/etc/shells").unwrap_or_default();
    if !String::from_utf8_lossy(&shells).lines().any(|line| line == shell) {
        print!(call.errors, "chsh: Warning: {shell} is an invalid shell\n");
    }
    if call.world.stat(shell).is_none() {
        print!(call.errors, "chsh: Warning: {shell} does not exist\n");
    }
    row[6] = shell.to_owned();
    tables.passwd.put(&row);
    tables.save(call.world)?;
    Ok(0)
}

const CHFN: &[Spec] = &[
    ('f', &["full-name"], true),
    ('r', &["room"], true),
    ('w', &["work-phone"], true),
    ('h', &["home-phone"], true),
    ('o', &["other"], true),
];

/// Changes parts of a user's comment: name, room, two phone numbers, anything else.
pub(crate) fn chfn(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, CHFN)?;
    let [name] = given.operands.as_slice() else {
        return Err(unsupported(call.name, "anything but one name"));
    };
    let mut tables = Tables::open(call.world)?;
    let Some(mut row) = tables.passwd.row(name).filter(|row| row.len() == 7) else {
        print!(call.errors, "chfn: user '{name}' does not exist\n");
        return Ok(1);
    };
    let mut parts: Vec<String> = row[4].splitn(5, ',').map(str::to_owned).collect();
    parts.resize(5, String::new());
    let mut any = false;
    for (spec, part) in CHFN.iter().zip(&mut parts) {
        if let Some(value) = given.value(spec.1[0]) {
            value.clone_into(part);
            any = true;
        }
    }
    if !any {
        return Err(unsupported(call.name, "asking"));
    }
    // Four commas less the one before an empty last part.
    let comment = parts[..4].join(",");
    row[4] = if parts[4].is_empty() { comment } else { format!("{comment},{}", parts[4]) };
    tables.passwd.put(&row);
    tables.save(call.world)?;
    Ok(0)
}
