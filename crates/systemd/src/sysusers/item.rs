//! The lines of sysusers.d.

use bringup_shell::{Stop, World};

use crate::specifier::{Expanded, expand};
use crate::words;

/// A user or a group to be made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) is_user: bool,
    /// The group that a user is to be in, which must be there already.
    pub(crate) group_name: Option<String>,
    pub(crate) uid: Option<u32>,
    pub(crate) gid: Option<u32>,
    /// The GID must be taken as it is, and be there already.
    pub(crate) strict: bool,
    pub(crate) uid_path: Option<String>,
    pub(crate) gid_path: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) home: Option<String>,
    pub(crate) shell: Option<String>,
    /// The account is to be expired (`u!`).
    pub(crate) locked: bool,
    /// This item's group gets made.
    pub(crate) makes_group: bool,
}

impl Item {
    /// The name of the group that a user's GID is to come from, if none is given as a number.
    pub(crate) fn own_group(&self) -> Option<&str> {
        match self.gid {
            Some(_) => None,
            None => Some(self.group_name.as_deref().unwrap_or(&self.name)),
        }
    }
}

/// All lines, in order.
#[derive(Debug, Default)]
pub(crate) struct Items {
    pub(crate) users: Vec<Item>,
    pub(crate) groups: Vec<Item>,
    /// Groups and who is to be in them.
    pub(crate) members: Vec<(String, Vec<String>)>,
    /// First and last ID of each range to take IDs from.
    pub(crate) ranges: Vec<(u32, u32)>,
}

impl Items {
    /// Takes up a line; an error says what is wrong with it.
    pub(crate) fn parse(&mut self, world: &World, line: &str) -> Result<Result<(), String>, Stop> {
        let Some((words, rest)) = words::split(line, 6, false) else {
            return Ok(Err("Syntax error.".to_owned()));
        };
        if words.len() < 2 {
            return Ok(Err("Missing action and name columns.".to_owned()));
        }
        if !rest.is_empty() {
            return Ok(Err("Trailing garbage.".to_owned()));
        }
        let mut fields: [Option<String>; 5] = Default::default();
        for (field, word) in fields.iter_mut().zip(&words[1..]) {
            if word.is_empty() || word == "-" {
                continue;
            }
            match expand(super::NAME, world, word)? {
                Expanded::Text(text) => *field = Some(text),
                Expanded::NoMachineId => {
                    return Ok(Err(format!("Failed to replace specifiers in '{word}'")));
                }
            }
        }
        Ok(self.take(&words[0], fields))
    }

    fn take(&mut self, action: &str, fields: [Option<String>; 5]) -> Result<(), String> {
        let [name, id, description, home, shell] = fields;
        if let Some(name) = name.as_ref().filter(|name| !is_valid_name(name)) {
            return Err(format!("'{name}' is not a valid user or group name."));
        }
        if let Some(text) = description.as_ref().filter(|text| text.contains(':') || has_control(text)) {
            return Err(format!("'{text}' is not a valid GECOS field."));
        }
        let (home, shell) = (home.map(|path| simplify(&path)), shell.map(|path| simplify(&path)));
        for (path, what) in [(&home, "home directory"), (&shell, "login shell")] {
            let bad = |path: &&String| !path.starts_with('/') || path.contains(':') || has_control(path);
            if let Some(path) = path.as_ref().filter(bad) {
                return Err(format!("'{path}' is not a valid {what} field."));
            }
        }
        let more = description.is_some() || home.is_some() || shell.is_some();
        match action {
            "r" => {
                let range = id.filter(|_| name.is_none() && !more).and_then(|text| parse_range(&text));
                self.ranges.push(range.ok_or("Invalid UID range.")?);
            }
            "m" => {
                let user = name.ok_or("Lines of type 'm' require a user name in the second field.")?;
                let group = id.ok_or("Lines of type 'm' require a group name in the third field.")?;
                if more || !is_valid_name(&group) {
                    return Err(format!("'{group}' is not a valid user or group name."));
                }
                self.add_member(group, user);
            }
            "g" if more => return Err("Lines of type 'g' don't take such a field.".to_owned()),
            "u" | "u!" | "g" => {
                let name = name.ok_or("Lines of type 'u' require a user name in the second field.")?;
                let mut item = Item { name, description, home, shell, ..Item::default() };
                item.is_user = action != "g";
                item.locked = action == "u!";
                if let Some(id) = id {
                    parse_id(&mut item, &id)?;
                }
                let list = if item.is_user { &mut self.users } else { &mut self.groups };
                // Of two lines with one name, the first one counts.
                if !list.iter().any(|other| other.name == item.name) {
                    list.push(item);
                }
            }
            _ => return Err(format!("Unknown command type '{action}'.")),
        }
        Ok(())
    }

    fn add_member(&mut self, group: String, user: String) {
        match self.members.iter_mut().find(|(name, _)| *name == group) {
            Some((_, users)) if users.contains(&user) => {}
            Some((_, users)) => users.push(user),
            None => self.members.push((group, vec![user])),
        }
    }

    /// Users and groups that only `m` lines name are made, too.
    pub(crate) fn add_implied(&mut self) {
        for (group, users) in &self.members {
            for name in users {
                if !self.users.iter().any(|user| user.name == *name) {
                    self.users.push(Item { name: name.clone(), is_user: true, ..Item::default() });
                }
            }
            if !self.users.iter().chain(&self.groups).any(|item| item.name == *group) {
                self.groups.push(Item { name: group.clone(), ..Item::default() });
            }
        }
    }
}

/// An ID field: a number, a user's and a group's, or a path whose owner counts.
fn parse_id(item: &mut Item, text: &str) -> Result<(), String> {
    if text.starts_with('/') {
        let path = Some(simplify(text));
        *if item.is_user { &mut item.uid_path } else { &mut item.gid_path } = path;
        return Ok(());
    }
    if !item.is_user {
        item.gid = Some(parse_number(text).ok_or_else(|| format!("Failed to parse GID: '{text}'"))?);
        return Ok(());
    }
    let (uid, gid) = match text.split_once(':') {
        Some((uid, gid)) => (uid, Some(gid)),
        None => (text, None),
    };
    if let Some(gid) = gid {
        item.gid = parse_number(gid);
        item.strict = item.gid.is_some();
        if item.gid.is_none() {
            if !is_valid_name(gid) {
                return Err(format!("Failed to parse GID: '{text}'"));
            }
            item.group_name = Some(gid.to_owned());
        }
    }
    if uid != "-" {
        item.uid = Some(parse_number(uid).ok_or_else(|| format!("Failed to parse UID: '{text}'"))?);
    }
    Ok(())
}

/// An ID; -1 in 16 and in 32 bits are none (`uid_is_valid` of src/basic/uid-classification.h).
pub(crate) fn parse_number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|digit| digit.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|id| plain && *id != 0xFFFF && *id != u32::MAX)
}

fn parse_range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((parse_number(first)?, parse_number(last)?)).filter(|(first, last)| first <= last)
}

/// `valid_user_group_name` of systemd's src/basic/user-util.c: 31 letters, digits, `_` and `-`, no
/// digit or `-` first.
fn is_valid_name(name: &str) -> bool {
    let first = |letter: u8| letter.is_ascii_alphabetic() || letter == b'_';
    let letter = |letter: u8| first(letter) || letter.is_ascii_digit() || letter == b'-';
    name.len() <= 31 && name.bytes().next().is_some_and(first) && name.bytes().all(letter)
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// No double slashes, no `.`, no slash at the end.
pub(crate) fn simplify(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("{}{}", if path.starts_with('/') { "/" } else { "" }, parts.join("/"))
}
