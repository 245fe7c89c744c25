//! `chmod`, `chown`, `chgrp`.

use bringup_shell::{Call, Host, Status, Stop};

use crate::accounts::{group_id, group_name, user_id, user_name, users};
use crate::common::{complain, join, missing_after, missing_operand, print, quote};
use crate::ln::is_link;
use crate::mode::{Mode, letters};
use crate::options::{Parsed, parse, parse_words, unsupported};

const LONG: &[(&str, char)] = &[
    ("changes", 'c'),
    ("dereference", '#'),
    ("from", '%'),
    ("no-dereference", 'h'),
    ("preserve-root", '='),
    ("quiet", 'f'),
    ("recursive", 'R'),
    ("reference", '@'),
    ("silent", 'f'),
    ("verbose", 'v'),
];

/// Changes modes.
pub(crate) fn chmod(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    // A mode such as `-x` is no option.
    let is_mode = |word: &String| word.len() > 1 && word.starts_with('-') && Mode::parse(word).is_some();
    let at = call.arguments.iter().position(is_mode);
    let mut words = call.arguments.to_vec();
    let minus = at.map(|at| words.remove(at));
    let parsed = parse_words(call, &words, "cfRv@:=", LONG)?;
    let mut operands = parsed.operands.clone();
    let mode = if let Some(path) = parsed.value('@') {
        let Some(node) = call.world.stat(path) else {
            let failure = call.world.absence(path);
            complain(call, &format!("failed to get attributes of {}: {}", quote(path), failure.text()));
            return Ok(1);
        };
        Mode::Octal(node.meta.mode, true)
    } else {
        let text = match minus {
            Some(text) => text,
            None if operands.is_empty() => return Ok(missing_operand(call)),
            None => operands.remove(0),
        };
        let Some(mode) = Mode::parse(&text) else {
            complain(call, &format!("invalid mode: {}", quote(&text)));
            crate::common::try_help(call);
            return Ok(1);
        };
        if operands.is_empty() {
            return Ok(missing_after(call, "operand", &text));
        }
        mode
    };
    let mut status = 0;
    for path in &operands {
        status |= change_mode(call, &parsed, &mode, path, true);
    }
    Ok(status)
}

fn change_mode(call: &mut Call<'_>, parsed: &Parsed, mode: &Mode, path: &str, operand: bool) -> Status {
    if !operand && is_link(call, path) {
        return 0;
    }
    let umask = call.world.umask;
    let Some(node) = call.world.stat(path) else {
        if parsed.has('f') {
            return 1;
        }
        let text = if is_link(call, path) {
            format!("cannot operate on dangling symlink {}", quote(path))
        } else {
            format!("cannot access {}: {}", quote(path), call.world.absence(path).text())
        };
        complain(call, &text);
        return 1;
    };
    let (old, directory) = (node.meta.mode, node.kind.is_directory());
    let new = mode.apply(old, directory, umask);
    let _ = call.world.set_mode(path, new);
    if parsed.has('v') || parsed.has('c') && new != old {
        let text = if new == old {
            format!("mode of {} retained as {old:04o} ({})\n", quote(path), letters(old))
        } else {
            let (from, to) = (letters(old), letters(new));
            format!("mode of {} changed from {old:04o} ({from}) to {new:04o} ({to})\n", quote(path))
        };
        print(call, &text);
    }
    let mut status = 0;
    if parsed.has('R') && directory {
        for name in call.world.names(path) {
            status |= change_mode(call, parsed, mode, &join(path, &name), false);
        }
    }
    status
}

/// Who a file is to belong to.
#[derive(Clone, Copy, Default)]
struct Owner {
    uid: Option<u32>,
    gid: Option<u32>,
}

/// Changes owners (`chown`) or groups (`chgrp`).
pub(crate) fn chown(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "cfhHLPRv#%:@:=", LONG)?;
    let recursive = parsed.has('R');
    if recursive && matches!(parsed.last_of("HLP"), Some('H' | 'L')) {
        return Err(unsupported(call, "`-R` with `-H` or `-L`"));
    }
    let mut operands = parsed.operands.clone();
    let owner = if let Some(path) = parsed.value('@') {
        let Some(node) = call.world.stat(path) else {
            let failure = call.world.absence(path);
            complain(call, &format!("failed to get attributes of {}: {}", quote(path), failure.text()));
            return Ok(1);
        };
        let uid = (call.name != "chgrp").then_some(node.meta.uid);
        Owner { uid, gid: Some(node.meta.gid) }
    } else {
        if operands.is_empty() {
            return Ok(missing_operand(call));
        }
        let text = operands.remove(0);
        if operands.is_empty() {
            return Ok(missing_after(call, "operand", &text));
        }
        match if call.name == "chgrp" { group(call, &text) } else { owner(call, &text) } {
            Some(owner) => owner,
            None => return Ok(1),
        }
    };
    let from = match parsed.value('%') {
        None => Owner::default(),
        Some(text) => match self::owner(call, text) {
            Some(owner) => owner,
            None => return Ok(1),
        },
    };
    // With -R and nothing followed, links themselves change.
    let follow = !recursive && parsed.last_of("h#") != Some('h');
    let mut status = 0;
    for path in &operands {
        status |= change_owner(call, &parsed, (owner, from), path, follow);
    }
    Ok(status)
}

fn group(call: &mut Call<'_>, text: &str) -> Option<Owner> {
    if text.is_empty() {
        return Some(Owner::default());
    }
    let gid = group_id(call.world, text);
    if gid.is_none() {
        complain(call, &format!("invalid group: {}", quote(text)));
    }
    gid.map(|gid| Owner { uid: None, gid: Some(gid) })
}

/// `USER`, `USER:GROUP`, `USER:` (the user's own group), `:GROUP`, and the old `USER.GROUP`.
fn owner(call: &mut Call<'_>, text: &str) -> Option<Owner> {
    let (user, group) = match text.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => match text.split_once('.') {
            Some((user, group)) if user_id(call.world, text).is_none() => {
                complain(call, &format!("warning: '.' should be ':': {}", quote(text)));
                (user, Some(group))
            }
            _ => (text, None),
        },
    };
    let uid = match user {
        "" => None,
        user => match user_id(call.world, user) {
            Some(uid) => Some(uid),
            None => {
                complain(call, &format!("invalid user: {}", quote(text)));
                return None;
            }
        },
    };
    let gid = match group {
        None => None,
        Some("") => match uid {
            None => None,
            Some(_) => {
                let own = users(call.world).into_iter().find(|one| one.name == user).map(|one| one.gid);
                if own.is_none() {
                    complain(call, &format!("invalid spec: {}", quote(text)));
                    return None;
                }
                own
            }
        },
        Some(group) => match group_id(call.world, group) {
            Some(gid) => Some(gid),
            None => {
                complain(call, &format!("invalid group: {}", quote(text)));
                return None;
            }
        },
    };
    Some(Owner { uid, gid })
}

fn change_owner(
    call: &mut Call<'_>,
    parsed: &Parsed,
    (owner, from): (Owner, Owner),
    path: &str,
    follow: bool,
) -> Status {
    let node = if follow { call.world.stat(path) } else { call.world.lstat(path) };
    let Some(node) = node else {
        if !parsed.has('f') {
            let what = if is_link(call, path) { "cannot dereference" } else { "cannot access" };
            let failure = call.world.absence(path);
            complain(call, &format!("{what} {}: {}", quote(path), failure.text()));
        }
        return 1;
    };
    let (uid, gid, directory) = (node.meta.uid, node.meta.gid, node.kind.is_directory());
    let mut status = 0;
    if parsed.has('R') && directory {
        for name in call.world.names(path) {
            status |= change_owner(call, parsed, (owner, from), &join(path, &name), follow);
        }
    }
    let matches = from.uid.is_none_or(|wanted| wanted == uid) && from.gid.is_none_or(|wanted| wanted == gid);
    if matches {
        let _ = call.world.set_owner(path, owner.uid, owner.gid, follow);
    }
    let changed =
        matches && (owner.uid.is_some_and(|new| new != uid) || owner.gid.is_some_and(|new| new != gid));
    if parsed.has('v') || parsed.has('c') && changed {
        say(call, path, owner, (uid, gid), changed);
    }
    status
}

fn say(call: &mut Call<'_>, path: &str, owner: Owner, (uid, gid): (u32, u32), changed: bool) {
    let world = &*call.world;
    let user = |uid: u32| user_name(world, uid).unwrap_or_else(|| uid.to_string());
    let group = |gid: u32| group_name(world, gid).unwrap_or_else(|| gid.to_string());
    let old = match (owner.uid, call.name) {
        (Some(_), _) if owner.gid.is_none() => user(uid),
        (None, "chgrp") => group(gid),
        _ => format!("{}:{}", user(uid), group(gid)),
    };
    let what = if call.name == "chgrp" { "group" } else { "ownership" };
    let text = if changed {
        let new = match (owner.uid, owner.gid) {
            (Some(uid), Some(gid)) => format!("{}:{}", user(uid), group(gid)),
            (Some(uid), None) => user(uid),
            (None, Some(gid)) if call.name == "chgrp" => group(gid),
            (None, gid) => format!(":{}", gid.map(group).unwrap_or_default()),
        };
        format!("changed {what} of {} from {old} to {new}\n", quote(path))
    } else {
        format!("{what} of {} retained as {old}\n", quote(path))
    };
    print(call, &text);
}
