//! Debian's `deluser` and `delgroup` (3.152).

use bringup_shell::{Call, Host, Status, Stop};

use super::adduser_settings::{Level, Messages, Settings};
use super::run;
use super::table::{GROUP, PASSWD, Table, is_member};
use crate::arguments::{Given, Spec, unsupported};

const DELUSER: &[Spec] = &[
    (' ', &["group"], false),
    (' ', &["only-if-empty"], false),
    ('q', &["quiet"], false),
    (' ', &["stderrmsglevel"], true),
    (' ', &["stdoutmsglevel"], true),
    (' ', &["system"], false),
    (' ', &["verbose"], false),
];

/// Takes a user or a group away, or a user out of a group.
pub(crate) fn deluser(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, DELUSER)?;
    let settings = Settings::read(call.world)?;
    let log = Messages::new(&given)?;
    // `--group` does nothing: the name that deluser is called by decides.
    match given.operands.as_slice() {
        [user, group] => from_group(call, host, &log, user, group),
        [group] if call.name == "delgroup" => delgroup(call, host, &log, &given, &settings, group),
        [user] => {
            let system = given.has("system");
            let passwd = Table::read(call.world, PASSWD)?;
            let uid = passwd.row(user).and_then(|row| row.get(2)?.parse::<u32>().ok());
            let (min, max) = settings.range('u', true);
            match uid {
                None if system => {
                    let text = format!("The user `{user}' does not exist, but --system was given. Exiting.");
                    log.say(call, Level::Info, text);
                    return Ok(0);
                }
                None => {
                    log.say(call, Level::Fatal, format!("The user `{user}' does not exist."));
                    return Ok(12);
                }
                Some(uid) if system && !(min..=max).contains(&uid) => {
                    log.say(call, Level::Warn, format!("The user `{user}' is not a system user. Exiting."));
                    return Ok(13);
                }
                Some(0) => return Err(unsupported("deluser", "taking the superuser away")),
                Some(_) => {}
            }
            if call.world.stat("/usr/bin/crontab").is_some() {
                let table = format!("/var/spool/cron/crontabs/{user}");
                if call.world.stat(&table).is_some() {
                    return Err(unsupported("deluser", "a user with a crontab"));
                }
            } else {
                let text =
                    "`/usr/bin/crontab' not executed. Skipping crontab removal. Package `cron' required.";
                log.say(call, if system { Level::Info } else { Level::Warn }, text);
            }
            log.say(call, Level::Info, format!("Removing user `{user}' ..."));
            finish(call, host, "userdel", &[user])
        }
        _ => {
            log.say(call, Level::Fatal, "Only one or two names allowed.");
            Ok(51)
        }
    }
}

fn delgroup(
    call: &mut Call<'_>,
    host: &mut dyn Host,
    log: &Messages,
    given: &Given,
    settings: &Settings,
    group: &str,
) -> Result<Status, Stop> {
    let system = given.has("system");
    let Some(row) = Table::read(call.world, GROUP)?.row(group).filter(|row| row.len() == 4) else {
        log.say(call, Level::Warn, format!("The group `{group}' does not exist."));
        return Ok(if system { 0 } else { 12 });
    };
    let (min, max) = settings.range('g', true);
    if system && !row[2].parse::<u32>().is_ok_and(|gid| (min..=max).contains(&gid)) {
        log.say(call, Level::Fatal, format!("The group `{group}' is not a system group. Exiting."));
        return Ok(13);
    }
    if given.has("only-if-empty") && !row[3].is_empty() {
        log.say(call, Level::Fatal, format!("The group `{group}' is not empty!"));
        return Ok(41);
    }
    log.say(call, Level::Info, format!("Removing group `{group}' ..."));
    finish(call, host, "groupdel", &[group])
}

fn from_group(
    call: &mut Call<'_>,
    host: &mut dyn Host,
    log: &Messages,
    user: &str,
    group: &str,
) -> Result<Status, Stop> {
    let passwd = Table::read(call.world, PASSWD)?;
    let Some(person) = passwd.row(user) else {
        log.say(call, Level::Fatal, format!("The user `{user}' does not exist.\n"));
        return Ok(12);
    };
    let Some(row) = Table::read(call.world, GROUP)?.row(group).filter(|row| row.len() == 4) else {
        log.say(call, Level::Fatal, format!("The group `{group}' does not exist.\n"));
        return Ok(12);
    };
    if person.get(3) == Some(&row[2]) {
        log.say(call, Level::Fatal, "You may not remove the user from their primary group.");
        return Ok(43);
    }
    if !is_member(&row[3], user) {
        log.say(call, Level::Fatal, format!("The user `{user}' is not a member of group `{group}'."));
        return Ok(42);
    }
    log.say(call, Level::Info, format!("Removing user `{user}' from group `{group}' ..."));
    let others = row[3].split(',').filter(|member| *member != user && passwd.row(member).is_some());
    let members: Vec<&str> = others.collect();
    finish(call, host, "gpasswd", &["-M", &members.join(","), group])
}

fn finish(call: &mut Call<'_>, host: &mut dyn Host, program: &str, given: &[&str]) -> Result<Status, Stop> {
    call.world.append("/run/adduser", b"").map_err(|why| unsupported("deluser", why.text()))?;
    let status = run(call, host, program, given)?;
    Ok(if status == 0 { 0 } else { 82 })
}
