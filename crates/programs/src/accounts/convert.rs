//! `pwconv`, `grpconv`, `pwck`, `grpck` and base-passwd's `update-passwd`.

use bringup_shell::{Call, Host, Status, Stop};

use super::numbers::{Definitions, today};
use super::table::{Table, Tables};
use crate::arguments::{Given, Spec, unsupported};
use crate::print;

/// Moves passwords from `/etc/passwd` into `/etc/shadow`, which gets exactly the users of the former.
pub(crate) fn pwconv(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    Given::parse(call.name, call.arguments, &[])?;
    let mut tables = Tables::open(call.world)?;
    let definitions = Definitions::read(call.world);
    let names: Vec<String> = tables.shadow.rows().map(|row| row[0].to_owned()).collect();
    for name in names.iter().filter(|name| tables.passwd.row(name).is_none()) {
        tables.shadow.remove(name);
    }
    let day = today(call.world);
    let mut age = Vec::new();
    for (name, built_in) in [("PASS_MIN_DAYS", "-1"), ("PASS_MAX_DAYS", "-1"), ("PASS_WARN_AGE", "-1")] {
        let number = definitions.text(name).unwrap_or(built_in);
        age.push(if number == "-1" { String::new() } else { number.to_owned() });
    }
    for mut user in rows(&tables.passwd, 7)? {
        let mut entry = match tables.shadow.row(&user[0]) {
            Some(_) if user[1] == "x" => continue,
            Some(entry) if entry.len() == 9 => entry,
            _ => {
                let mut entry = vec![String::new(); 9];
                entry[0].clone_from(&user[0]);
                entry[3..6].clone_from_slice(&age);
                entry
            }
        };
        entry[1] = std::mem::replace(&mut user[1], "x".to_owned());
        entry[2].clone_from(&day);
        tables.shadow.put(&entry);
        tables.passwd.put(&user);
    }
    tables.shadow.save(call.world)?;
    tables.passwd.save(call.world)?;
    // The backup still has the passwords.
    let backup = call.world.followed("/etc/passwd-").map_err(|why| unsupported("pwconv", why.text()))?;
    if let Some(node) = call.world.tree.get_mut(backup) {
        node.meta.mode = 0o600;
    }
    Ok(0)
}

/// Moves passwords from `/etc/group` into `/etc/gshadow`.
pub(crate) fn grpconv(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    Given::parse(call.name, call.arguments, &[])?;
    let mut tables = Tables::open(call.world)?;
    let names: Vec<String> = tables.gshadow.rows().map(|row| row[0].to_owned()).collect();
    for name in names.iter().filter(|name| tables.group.row(name).is_none()) {
        tables.gshadow.remove(name);
    }
    for mut group in rows(&tables.group, 4)? {
        let mut entry = match tables.gshadow.row(&group[0]) {
            Some(_) if group[1] == "x" => continue,
            Some(entry) if entry.len() == 4 => entry,
            _ => vec![group[0].clone(), String::new(), String::new(), group[3].clone()],
        };
        entry[1] = std::mem::replace(&mut group[1], "x".to_owned());
        tables.gshadow.put(&entry);
        tables.group.put(&group);
    }
    tables.gshadow.save(call.world)?;
    tables.group.save(call.world)?;
    Ok(0)
}

const CHECK: &[Spec] = &[('q', &["quiet"], false), ('r', &["read-only"], false)];

/// `pwck -r` and `grpck -r`: says which entries lack their shadow and which shadows their entry; bad
/// entries stop.
pub(crate) fn check(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, CHECK)?;
    let users = call.name == "pwck";
    if !given.has("read-only") || !given.operands.is_empty() || (users && !given.has("quiet")) {
        return Err(unsupported(call.name, "anything but looking at the usual files"));
    }
    let tables = Tables::open(call.world)?;
    let (main, fields, shadow) =
        if users { (&tables.passwd, 7, &tables.shadow) } else { (&tables.group, 4, &tables.gshadow) };
    let rows = rows(main, fields)?;
    for (at, row) in rows.iter().enumerate() {
        if rows[..at].iter().any(|other| other[0] == row[0]) || row[2].parse::<u32>().is_err() {
            return Err(unsupported(call.name, format!("the bad entry `{}`", row[0])));
        }
    }
    if !shadow.exists() {
        return Ok(0);
    }
    // The words of the two programs: kind of file, of entry, names of both files.
    let (kind, entry, file, other) = if users {
        ("password", "user", "/etc/passwd", "/etc/shadow")
    } else {
        ("group", "group", "/etc/group", "/etc/gshadow")
    };
    let mut wrong = false;
    for row in rows.iter().filter(|row| shadow.row(&row[0]).is_none()) {
        print!(call.output, "no matching {kind} file entry in {other}\n");
        print!(call.output, "add {entry} '{}' in {other}? No\n", row[0]);
        wrong = true;
    }
    for row in shadow.rows().filter(|row| main.row(row[0]).is_none()) {
        print!(call.output, "no matching {kind} file entry in {file}\n");
        print!(call.output, "delete line '{}'? No\n", row.join(":"));
        wrong = true;
    }
    if wrong {
        print!(call.output, "{}: no changes\n", call.name);
        return Ok(2);
    }
    Ok(0)
}

fn rows(table: &Table, fields: usize) -> Result<Vec<Vec<String>>, Stop> {
    let all = table.rows().map(|row| {
        if row.len() == fields {
            return Ok(row.into_iter().map(str::to_owned).collect());
        }
        Err(unsupported("pwconv", format!("the bad line `{}`", row.join(":"))))
    });
    all.collect()
}

/// base-passwd's check of the fixed users and groups: a root whose files came from the same
/// masters has nothing to change; any other stops.
pub(crate) fn update_passwd(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let specs: &[Spec] =
        &[('n', &["dry-run"], false), ('v', &["verbose"], false), ('s', &["sanity-check"], false)];
    let given = Given::parse(call.name, call.arguments, specs)?;
    let tables = Tables::open(call.world)?;
    let masters = [("passwd.master", &tables.passwd), ("group.master", &tables.group)];
    for (file, table) in masters {
        let path = format!("/usr/share/base-passwd/{file}");
        let bytes = call.world.read(&path).map_err(|why| unsupported("update-passwd", why.text()))?;
        for line in String::from_utf8_lossy(&bytes).lines() {
            let master: Vec<&str> = line.split(':').collect();
            let row = table.row(master[0]).filter(|row| row.len() == master.len());
            // Password and group members are the system's own; so is root's shell.
            let same = row.is_some_and(|row| {
                let numbers = row[2] == master[2];
                let shell = row[0] == "root" || row.last().map(String::as_str) == master.last().copied();
                let rest = file != "passwd.master" || (row[3..6] == master[3..6] && shell);
                numbers && rest
            });
            if !same {
                return Err(unsupported("update-passwd", format!("the difference in `{}`", master[0])));
            }
        }
    }
    if given.has("dry-run") || given.has("verbose") {
        print!(call.output, "No changes needed\n");
    }
    Ok(0)
}
