//! `passwd`, `chpasswd` and `chage`.

use bringup_shell::{Call, Host, Status, Stop};

use super::dates::{date, days};
use super::numbers::today;
use super::table::Tables;
use crate::arguments::{Given, Spec, unsupported};
use crate::print;

const PASSWD: &[Spec] = &[
    ('d', &["delete"], false),
    ('e', &["expire"], false),
    ('i', &["inactive"], true),
    ('l', &["lock"], false),
    ('n', &["mindays"], true),
    ('q', &["quiet"], false),
    ('S', &["status"], false),
    ('u', &["unlock"], false),
    ('w', &["warndays"], true),
    ('x', &["maxdays"], true),
];

/// Changes or shows what belongs to a password; a new one is asked for, so that stops.
pub(crate) fn passwd(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, PASSWD)?;
    let [name] = given.operands.as_slice() else {
        return Err(unsupported(call.name, "anything but one name"));
    };
    let mut tables = Tables::open(call.world)?;
    if tables.passwd.row(name).is_none() {
        print!(call.errors, "passwd: user '{name}' does not exist\n");
        return Ok(1);
    }
    let Some(mut row) = tables.shadow.row(name).filter(|row| row.len() == 9) else {
        return Err(unsupported(call.name, format!("`{name}` without an entry in /etc/shadow")));
    };
    if given.has("status") {
        let kind = match row[1].as_bytes() {
            [] => "NP",
            [b'!' | b'*', ..] => "L",
            _ => "P",
        };
        let day = row[2].parse::<u32>().map_or_else(|_| "never".to_owned(), |day| date(i64::from(day)));
        let field = |at: usize| if row[at].is_empty() { "-1" } else { row[at].as_str() };
        let (min, max, warn, inactive) = (field(3), field(4), field(5), field(6));
        print!(call.output, "{name} {kind} {day} {min} {max} {warn} {inactive}\n");
        return Ok(0);
    }
    if given.has("delete") {
        row[1].clear();
    }
    if given.has("lock") && !row[1].starts_with('!') {
        row[1].insert(0, '!');
    }
    if given.has("unlock") && row[1].starts_with('!') {
        if row[1] == "!" {
            return Err(unsupported(call.name, "unlocking an account without a password"));
        }
        row[1].remove(0);
    }
    if given.has("expire") {
        "0".clone_into(&mut row[2]);
    }
    for (option, field) in [("mindays", 3), ("maxdays", 4), ("warndays", 5), ("inactive", 6)] {
        if let Some(text) = given.value(option) {
            row[field] = if text == "-1" { String::new() } else { text.to_owned() };
        }
    }
    let any = ["delete", "lock", "unlock", "expire", "mindays", "maxdays", "warndays", "inactive"];
    if !any.iter().any(|option| given.has(option)) {
        return Err(unsupported(call.name, "asking for a password"));
    }
    tables.shadow.put(&row);
    tables.save(call.world)?;
    if !given.has("quiet") {
        print!(call.output, "passwd: password changed.\n");
    }
    Ok(0)
}

/// Sets passwords that are encrypted already (`-e`): lines `USER:PASSWORD`.
pub(crate) fn chpasswd(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, &[('e', &["encrypted"], false)])?;
    if !given.has("encrypted") {
        return Err(unsupported(call.name, "encrypting a password"));
    }
    let text = std::str::from_utf8(call.take_input())
        .map_err(|_| Stop::NotText { what: "chpasswd's input".to_owned() })?;
    let mut tables = Tables::open(call.world)?;
    let mut failed = false;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let number = number + 1;
        let Some((name, password)) = line.split_once(':') else {
            print!(call.errors, "chpasswd: line {number}: missing new password\n");
            failed = true;
            continue;
        };
        if tables.passwd.row(name).is_none() {
            print!(call.errors, "chpasswd: line {number}: user '{name}' does not exist\n");
            failed = true;
            continue;
        }
        let Some(mut row) = tables.shadow.row(name).filter(|row| row.len() == 9) else {
            return Err(unsupported(call.name, format!("`{name}` without an entry in /etc/shadow")));
        };
        password.clone_into(&mut row[1]);
        row[2] = today(call.world);
        tables.shadow.put(&row);
    }
    if failed {
        print!(call.errors, "chpasswd: error detected, changes ignored\n");
        return Ok(1);
    }
    tables.save(call.world)?;
    Ok(0)
}

const CHAGE: &[Spec] = &[
    ('d', &["lastday"], true),
    ('m', &["mindays"], true),
    ('M', &["maxdays"], true),
    ('W', &["warndays"], true),
    ('I', &["inactive"], true),
    ('E', &["expiredate"], true),
];

/// Changes the ages of a password.
pub(crate) fn chage(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, CHAGE)?;
    let [name] = given.operands.as_slice() else {
        return Err(unsupported(call.name, "anything but one name"));
    };
    let mut tables = Tables::open(call.world)?;
    if tables.passwd.row(name).is_none() {
        print!(call.errors, "chage: user '{name}' does not exist in /etc/passwd\n");
        return Ok(1);
    }
    let Some(mut row) = tables.shadow.row(name).filter(|row| row.len() == 9) else {
        return Err(unsupported(call.name, format!("`{name}` without an entry in /etc/shadow")));
    };
    let mut any = false;
    // In the order of the fields of shadow(5), from the third.
    for (spec, field) in CHAGE.iter().zip(2..) {
        if let Some(text) = given.value(spec.1[0]) {
            row[field] = days(text).ok_or_else(|| unsupported("chage", format!("the date `{text}`")))?;
            any = true;
        }
    }
    if !any {
        return Err(unsupported(call.name, "asking"));
    }
    tables.shadow.put(&row);
    tables.save(call.world)?;
    Ok(0)
}
