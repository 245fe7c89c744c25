//! Debian's `adduser` and `addgroup` (3.152).

use bringup_shell::{Call, Host, Status, Stop};

use super::adduser_settings::{self as settings, Level, Messages, Settings, SkeletonRule};
use super::numbers::is_name;
use super::table::{GROUP, PASSWD, Table, is_member};
use super::{home, run};
use crate::arguments::{Given, Spec, unsupported};

// adduser(8); `--add_extra_groups` is the old name.
const ADDUSER: &[Spec] = &[
    (' ', &["add-extra-groups", "add_extra_groups"], false),
    (' ', &["allow-all-names"], false),
    (' ', &["allow-bad-names", "allow-badname", "force-badname"], false),
    (' ', &["comment", "gecos"], true),
    (' ', &["disabled-login"], false),
    (' ', &["disabled-password"], false),
    (' ', &["firstgid"], true),
    (' ', &["firstuid"], true),
    (' ', &["gid"], true),
    (' ', &["group"], false),
    (' ', &["home"], true),
    (' ', &["ingroup"], true),
    (' ', &["lastgid"], true),
    (' ', &["lastuid"], true),
    (' ', &["logmsglevel"], true),
    (' ', &["no-create-home"], false),
    ('q', &["quiet"], false),
    (' ', &["shell"], true),
    (' ', &["stderrmsglevel"], true),
    (' ', &["stdoutmsglevel"], true),
    (' ', &["system"], false),
    (' ', &["uid"], true),
    (' ', &["verbose"], false),
];

// Debian/AdduserRetvalues.pm.
const EXISTS: Status = 11;
const MISSING: Status = 12;
const WRONG: Status = 13;
const ID_IN_USE: Status = 21;
const NO_ID: Status = 22;
const BAD_NAME: Status = 31;
const BAD_HOME: Status = 32;
const INVALID_CALL: Status = 51;
const EXCLUSIVE: Status = 53;

/// Adds a user or a group, or a user to a group.
pub(crate) fn adduser(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, ADDUSER)?;
    let settings = Settings::read(call.world)?;
    let log = Messages::new(&given)?;
    let system = given.has("system");
    let groups = call.name == "addgroup";
    let name = match given.operands.as_slice() {
        [user, group] if !groups && !system && !given.has("group") => {
            return add_to_group(call, host, &log, user, group);
        }
        [_, _] => {
            log.say(call, Level::Fatal, "Specify only one name in this mode.");
            return Ok(INVALID_CALL);
        }
        [name] => name.clone(),
        _ => {
            log.say(call, Level::Fatal, "Only one or two names allowed.");
            return Ok(INVALID_CALL);
        }
    };
    if let Some(problem) = settings::name_problem(&name, system, &given) {
        log.say(call, Level::Error, problem);
        return Ok(BAD_NAME);
    }
    if !is_name(&name) {
        return Err(unsupported(call.name, format!("the name `{name}`")));
    }
    if given.value("home").is_some_and(|home| !home.starts_with('/')) {
        log.say(call, Level::Fatal, "The home dir must be an absolute path.");
        return Ok(BAD_HOME);
    }
    let chosen = ["group", "ingroup", "gid"].iter().filter(|option| given.has(option)).count();
    if !groups && chosen > 1 {
        let text = "The --group, --ingroup, and --gid options are mutually exclusive.";
        log.say(call, Level::Fatal, text);
        return Ok(EXCLUSIVE);
    }
    // The lock file stays; nothing reads what adduser logs.
    call.world.append("/run/adduser", b"").map_err(|why| unsupported("adduser", why.text()))?;
    let mut work = Work { given, settings, log, name };
    if groups || (work.given.has("group") && !system) {
        work.group(call, host, system)
    } else if system {
        work.system_user(call, host)
    } else {
        work.person(call, host)
    }
}

fn add_to_group(
    call: &mut Call<'_>,
    host: &mut dyn Host,
    log: &Messages,
    user: &str,
    group: &str,
) -> Result<Status, Stop> {
    if Table::read(call.world, PASSWD)?.row(user).is_none() {
        log.say(call, Level::Fatal, format!("The user `{user}' does not exist."));
        return Ok(MISSING);
    }
    let Some(row) = Table::read(call.world, GROUP)?.row(group) else {
        log.say(call, Level::Fatal, format!("The group `{group}' does not exist."));
        return Ok(MISSING);
    };
    if row.get(3).is_some_and(|list| is_member(list, user)) {
        log.say(call, Level::Warn, format!("The user `{user}' is already a member of `{group}'."));
        return Ok(0);
    }
    log.say(call, Level::Info, format!("Adding user `{user}' to group `{group}' ..."));
    call.world.append("/run/adduser", b"").map_err(|why| unsupported("adduser", why.text()))?;
    checked(run(call, host, "usermod", &["-a", "-G", group, user])?)
}

/// A program that adduser calls must not fail (`RET_SYSTEMCALL_ERROR`).
fn checked(status: Status) -> Result<Status, Stop> {
    Ok(if status == 0 { 0 } else { 82 })
}

/// One call of adduser for one name.
struct Work {
    given: Given,
    settings: Settings,
    log: Messages,
    name: String,
}

impl Work {
    fn number(&self, option: &str, setting: u32) -> Result<u32, Stop> {
        match self.given.value(option) {
            None => Ok(setting),
            Some(text) => text.parse().map_err(|_| unsupported("adduser", format!("`--{option} {text}`"))),
        }
    }

    /// The range for users or groups: `letter` is `u` or `g`.
    fn range(&self, letter: char, system: bool) -> Result<(u32, u32), Stop> {
        let range = self.settings.range(letter, system);
        Ok((
            self.number(&format!("first{letter}id"), range.0)?,
            self.number(&format!("last{letter}id"), range.1)?,
        ))
    }

    /// The first number of the range that nobody has.
    fn free(&self, call: &mut Call<'_>, letter: char, system: bool) -> Result<Option<u32>, Stop> {
        let (min, max) = self.range(letter, system)?;
        let upper = letter.to_ascii_uppercase();
        // The text for users ends in a line feed of its own.
        let more = if letter == 'u' { "\n" } else { "" };
        let text = format!("Selecting {upper}ID from range {min} to {max} ...{more}");
        self.log.say(call, Level::Info, text);
        let table = Table::read(call.world, if letter == 'u' { PASSWD } else { GROUP })?;
        let used: std::collections::BTreeSet<u32> = table.ids().collect();
        Ok((min..=max).find(|id| !used.contains(id)))
    }

    fn group(&mut self, call: &mut Call<'_>, host: &mut dyn Host, system: bool) -> Result<Status, Stop> {
        let name = self.name.clone();
        let table = Table::read(call.world, GROUP)?;
        let wanted = match self.given.value("gid") {
            None => None,
            Some(_) => Some(self.number("gid", 0)?),
        };
        let existing = table.row(&name).and_then(|row| row.get(2)?.parse::<u32>().ok());
        if let Some(gid) = existing {
            if !system {
                self.log.say(call, Level::Fatal, format!("The group `{name}' already exists."));
                return Ok(EXISTS);
            }
            if wanted.is_some_and(|wanted| wanted != gid) {
                let text = format!("The group `{name}' already exists, but has a different GID. Exiting.");
                self.log.say(call, Level::Error, text);
                return Ok(WRONG);
            }
            let (min, max) = self.settings.range('g', true);
            if (min..=max).contains(&gid) {
                let text = format!("The group `{name}' already exists as a system group.");
                self.log.say(call, Level::Info, text);
                return Ok(0);
            }
            let text = format!("The group `{name}' already exists and is not a system group. Exiting.");
            self.log.say(call, Level::Error, text);
            return Ok(WRONG);
        }
        let gid = match wanted {
            Some(gid) if table.row_of_id(gid).is_some() && system => {
                let text = format!("The group `{name}' already exists, but has a different GID. Exiting.");
                self.log.say(call, Level::Error, text);
                return Ok(WRONG);
            }
            Some(gid) if table.row_of_id(gid).is_some() => {
                self.log.say(call, Level::Fatal, format!("The GID `{gid}' is already in use."));
                return Ok(ID_IN_USE);
            }
            Some(gid) => gid,
            None => match self.free(call, 'g', system)? {
                Some(gid) => gid,
                None => return self.exhausted(call, "GID", self.range('g', system)?, "group"),
            },
        };
        self.log.say(call, Level::Info, format!("Adding group `{name}' (GID {gid}) ..."));
        checked(run(call, host, "groupadd", &["-g", &gid.to_string(), &name])?)
    }

    fn exhausted(
        &self,
        call: &mut Call<'_>,
        what: &str,
        (min, max): (u32, u32),
        kind: &str,
    ) -> Result<Status, Stop> {
        let text = format!("No {what} is available in the range {min}-{max}.");
        self.log.say(call, Level::Warn, text);
        self.log.say(call, Level::Fatal, format!("The {kind} `{}' was not created.", self.name));
        Ok(NO_ID)
    }

    fn system_user(&mut self, call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
        let name = self.name.clone();
        let passwd = Table::read(call.world, PASSWD)?;
        let groups = Table::read(call.world, GROUP)?;
        let wanted = match self.given.value("uid") {
            None => None,
            Some(_) => Some(self.number("uid", 0)?),
        };
        if let Some(uid) = passwd.row(&name).and_then(|row| row.get(2)?.parse::<u32>().ok()) {
            let (min, max) = self.settings.range('u', true);
            if !(min..=max).contains(&uid) {
                let text = format!("The user `{name}' already exists, but is not a system user. Exiting.");
                self.log.say(call, Level::Fatal, text);
                return Ok(WRONG);
            }
            if wanted.is_some_and(|wanted| wanted != uid) {
                let text = format!("The user `{name}' already exists with a different UID. Exiting.");
                self.log.say(call, Level::Fatal, text);
                return Ok(WRONG);
            }
            let text = format!("The system user `{name}' already exists. Exiting.\n");
            self.log.say(call, Level::Info, text);
            return Ok(0);
        }
        if wanted.is_some_and(|uid| passwd.row_of_id(uid).is_some()) {
            let text = format!("The user `{name}' already exists with a different UID. Exiting.");
            self.log.say(call, Level::Fatal, text);
            return Ok(WRONG);
        }
        let make_group = self.given.has("group");
        let group = match self.primary_group(call, &groups, make_group)? {
            Ok(group) => group,
            Err(status) => return Ok(status),
        };
        let uid = match wanted {
            Some(uid) => uid,
            None => match self.free(call, 'u', true)? {
                Some(uid) => uid,
                None => return self.exhausted(call, "UID", self.range('u', true)?, "user"),
            },
        };
        let own_gid = match (&group, wanted) {
            (Some(_), _) => None,
            (None, Some(uid)) => Some(uid),
            (None, None) => match self.free(call, 'g', true)? {
                Some(gid) => Some(gid),
                None => return self.exhausted(call, "UID/GID pair", self.range('u', true)?, "user"),
            },
        };
        self.log.say(call, Level::Info, format!("Adding system user `{name}' (UID {uid}) ..."));
        let mut gid = group.as_ref().map_or(0, |group| group.1);
        let group_name = group.map_or_else(|| name.clone(), |group| group.0);
        if let Some(new) = own_gid {
            gid = new;
            // A group of that name stays as it is; adduser's number then only goes to the home folder.
            if groups.row(&name).is_none() {
                self.log.say(call, Level::Info, format!("Adding new group `{name}' (GID {gid}) ..."));
                let status = run(call, host, "groupadd", &["-g", &gid.to_string(), &name])?;
                if status != 0 {
                    return checked(status);
                }
            }
        }
        let special = self.given.value("home").map(str::to_owned);
        let no_home = self.given.has("no-create-home");
        self.home_notes(call, special.as_deref(), no_home, Level::Info);
        let text = format!("Adding new user `{name}' (UID {uid}) with group `{group_name}' ...");
        self.log.say(call, Level::Info, text);
        let home = special.unwrap_or_else(|| "/nonexistent".to_owned());
        let shell = self.given.value("shell").unwrap_or("/usr/sbin/nologin").to_owned();
        let (min, max) = self.range('u', true)?;
        let (min, max) = (format!("SYS_UID_MIN={min}"), format!("SYS_UID_MAX={max}"));
        let uid_text = uid.to_string();
        let arguments = [
            "-r",
            "-K",
            &min,
            "-K",
            &max,
            "-d",
            &home,
            "-g",
            &group_name,
            "-s",
            &shell,
            "-u",
            &uid_text,
            &name,
        ];
        let status = run(call, host, "useradd", &arguments)?;
        if status != 0 {
            return checked(status);
        }
        if let Some(status) = self.comment(call, host)? {
            return Ok(status);
        }
        self.make_home(call, &home, (uid, gid), no_home, true)?;
        Ok(0)
    }

    /// The group that is there already and becomes the primary one; none if one is to be made.
    fn primary_group(
        &self,
        call: &mut Call<'_>,
        groups: &Table,
        make: bool,
    ) -> Result<Result<Option<(String, u32)>, Status>, Stop> {
        let with_id = |row: Vec<String>| Some((row[0].clone(), row.get(2)?.parse::<u32>().ok()?));
        if make {
            // A group that is there already is taken whatever its number.
            return Ok(Ok(None));
        }
        if let Some(name) = self.given.value("ingroup") {
            let Some(group) = groups.row(name).and_then(with_id) else {
                self.log.say(call, Level::Fatal, format!("The group `{name}' does not exist."));
                return Ok(Err(MISSING));
            };
            return Ok(Ok(Some(group)));
        }
        if self.given.has("gid") {
            let gid = self.number("gid", 0)?;
            let Some(group) = groups.row_of_id(gid).and_then(with_id) else {
                self.log.say(call, Level::Fatal, format!("No group with GID {gid} found."));
                return Ok(Err(MISSING));
            };
            return Ok(Ok(Some(group)));
        }
        let group = groups.row("nogroup").and_then(with_id);
        group.map(|group| Ok(Some(group))).ok_or_else(|| unsupported("adduser", "a root without `nogroup`"))
    }

    fn person(&mut self, call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
        if !self.given.has("disabled-password") && !self.given.has("disabled-login") {
            return Err(unsupported("adduser", "asking for a password"));
        }
        if !self.given.has("comment") {
            return Err(unsupported("adduser", "asking for a comment"));
        }
        let name = self.name.clone();
        let passwd = Table::read(call.world, PASSWD)?;
        let groups = Table::read(call.world, GROUP)?;
        if passwd.row(&name).is_some() {
            self.log.say(call, Level::Fatal, format!("The user `{name}' already exists."));
            return Ok(EXISTS);
        }
        let make_group = !self.given.has("ingroup") && !self.given.has("gid");
        if make_group && groups.row(&name).is_some() {
            self.log.say(call, Level::Fatal, format!("The group `{name}' already exists."));
            return Ok(EXISTS);
        }
        let primary = if make_group {
            None
        } else {
            match self.primary_group(call, &groups, false)? {
                Ok(group) => group,
                Err(status) => return Ok(status),
            }
        };
        self.log.say(call, Level::Info, format!("Adding user `{name}' ..."));
        let (min, max) = self.range('u', false)?;
        let uid = if self.given.has("uid") {
            let uid = self.number("uid", 0)?;
            if passwd.row_of_id(uid).is_some() || (make_group && groups.row_of_id(uid).is_some()) {
                return Err(unsupported("adduser", format!("the number {uid}, which is in use")));
            }
            uid
        } else if self.given.has("ingroup") {
            match self.free(call, 'u', false)? {
                Some(uid) => uid,
                None => return self.exhausted(call, "UID/GID pair", (min, max), "user"),
            }
        } else {
            self.log.say(call, Level::Info, format!("Selecting UID/GID from range {min} to {max} ..."));
            let used: std::collections::BTreeSet<u32> = passwd.ids().chain(groups.ids()).collect();
            match (min..=max).find(|id| !used.contains(id)) {
                Some(uid) => uid,
                None => return self.exhausted(call, "UID/GID pair", (min, max), "user"),
            }
        };
        let uid_text = uid.to_string();
        if make_group {
            self.log.say(call, Level::Info, format!("Adding new group `{name}' ({uid}) ..."));
            let status = run(call, host, "groupadd", &["-g", &uid_text, &name])?;
            if status != 0 {
                return checked(status);
            }
        }
        let (group, gid) = primary.unwrap_or_else(|| (name.clone(), uid));
        let special = self.given.value("home").map(str::to_owned);
        let no_home = self.given.has("no-create-home");
        self.home_notes(call, special.as_deref(), no_home, Level::Warn);
        let text = format!("Adding new user `{name}' ({uid}) with group `{group} ({gid})' ...");
        self.log.say(call, Level::Info, text);
        let home = special.unwrap_or_else(|| format!("{}/{name}", self.settings.text("dhome")));
        let usual =
            if self.given.has("disabled-login") { "/usr/sbin/nologin" } else { self.settings.text("dshell") };
        let shell = self.given.value("shell").unwrap_or(usual).to_owned();
        let gid_text = gid.to_string();
        let arguments = ["-d", &home, "-g", &gid_text, "-s", &shell, "-u", &uid_text, &name];
        let status = run(call, host, "useradd", &arguments)?;
        if status != 0 {
            return checked(status);
        }
        self.make_home(call, &home, (uid, gid), no_home, false)?;
        if let Some(status) = self.comment(call, host)? {
            return Ok(status);
        }
        // `--add-extra-groups` adds the configured ones, of which `users` is the built-in list.
        let mut extra = vec!["users".to_owned()];
        if self.given.has("add-extra-groups") || self.settings.text("add_extra_groups") == "1" {
            extra.extend(self.settings.text("extra_groups").split_whitespace().map(str::to_owned));
        }
        self.supplementary(call, host, &extra)
    }

    fn supplementary(
        &self,
        call: &mut Call<'_>,
        host: &mut dyn Host,
        groups: &[String],
    ) -> Result<Status, Stop> {
        let name = &self.name;
        let list = groups.join(", ");
        let text = format!("Adding new user `{name}' to supplemental / extra groups `{list}' ...");
        self.log.say(call, Level::Info, text);
        for group in groups {
            let Some(row) = Table::read(call.world, GROUP)?.row(group).filter(|row| row.len() == 4) else {
                self.log.say(call, Level::Warn, format!("The group `{group}' does not exist."));
                continue;
            };
            if is_member(&row[3], name) {
                let text = format!("The user `{name}' is already a member of `{group}'.");
                self.log.say(call, Level::Warn, text);
                continue;
            }
            self.log.say(call, Level::Info, format!("Adding user `{name}' to group `{group}' ..."));
            let passwd = Table::read(call.world, PASSWD)?;
            let known = row[3].split(',').filter(|member| passwd.row(member).is_some());
            let members: Vec<&str> = known.chain([name.as_str()]).collect();
            let status = run(call, host, "gpasswd", &["-M", &members.join(","), group])?;
            if status != 0 {
                return checked(status);
            }
        }
        Ok(0)
    }

    fn home_notes(&self, call: &mut Call<'_>, special: Option<&str>, no_home: bool, level: Level) {
        let Some(home) = special.filter(|home| *home != "/nonexistent") else { return };
        let there = call.world.is_directory(home);
        if !no_home && there {
            self.log.say(call, level, format!("The home dir {home} you specified already exists.\n"));
        } else if no_home && !there {
            let why = "No such file or directory";
            let text = format!("The home dir {home} you specified can't be accessed: {why}\n");
            self.log.say(call, level, text);
        }
    }

    /// Sets the comment, if one was given; a status if that failed.
    fn comment(&self, call: &mut Call<'_>, host: &mut dyn Host) -> Result<Option<Status>, Stop> {
        let Some(comment) = self.given.value("comment") else { return Ok(None) };
        if comment.contains(|letter: char| letter == ':' || letter.is_control()) {
            return Err(unsupported("adduser", "a comment with a colon or control characters"));
        }
        let status = run(call, host, "usermod", &["-c", comment, &self.name])?;
        Ok((status != 0).then_some(82))
    }

    fn make_home(
        &self,
        call: &mut Call<'_>,
        home: &str,
        owner: (u32, u32),
        no_home: bool,
        system: bool,
    ) -> Result<(), Stop> {
        let trimmed = home.trim_start_matches('/');
        if trimmed == "nonexistent" || trimmed.starts_with("nonexistent/") {
            self.log.say(call, Level::Info, format!("Not creating `{home}'."));
            return Ok(());
        }
        if no_home {
            let text = format!("Not creating home directory `{home}' as requested.");
            self.log.say(call, Level::Info, text);
            return Ok(());
        }
        if let Some(node) = call.world.stat(home) {
            let others = (node.meta.uid, node.meta.gid) != owner;
            if !system {
                let text =
                    format!("The home directory `{home}' already exists.  Not touching this directory.");
                self.log.say(call, Level::Warn, text);
                if others {
                    let text = format!(
                        "Warning: The home directory `{home}' does not belong to the user you are currently creating."
                    );
                    self.log.say(call, Level::Warn, text);
                }
            }
            return Ok(());
        }
        self.log.say(call, Level::Info, format!("Creating home directory `{home}' ..."));
        home::make(call.world, home, owner, self.settings.home_mode(system)?)?;
        let skeleton = self.settings.text("skel").to_owned();
        if !system && !skeleton.is_empty() {
            self.log.say(call, Level::Info, format!("Copying files from `{skeleton}' ..."));
            let rule = SkeletonRule;
            home::copy_anew(call.world, &skeleton, home, owner, &|path| rule.wants(path))?;
        }
        Ok(())
    }
}
