//! `install`.

use bringup_shell::{Call, Host, Status, Stop};
use bringup_tree::{Kind, Meta};

use crate::accounts::{group_id, user_id};
use crate::common::{complain, print, quote, source};
use crate::make::{make_above, make_all};
use crate::mode::Mode;
use crate::options::{parse, unsupported};
use crate::places::pairs;

/// Copies files with owner and mode, or makes folders.
pub(crate) fn install(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("directory", 'd'),
        ("group", 'g'),
        ("mode", 'm'),
        ("no-target-directory", 'T'),
        ("owner", 'o'),
        ("preserve-timestamps", 'p'),
        ("target-directory", 't'),
        ("verbose", 'v'),
    ];
    let parsed = parse(call, "cCdDg:m:o:pt:TvZ", LONG)?;
    let text = parsed.value('m').unwrap_or("755");
    let Some(mode) = Mode::parse(text) else {
        complain(call, &format!("invalid mode {}", quote(text)));
        return Ok(1);
    };
    let uid = match parsed.value('o') {
        None => None,
        Some(name) => match user_id(call.world, name) {
            Some(uid) => Some(uid),
            None => {
                complain(call, &format!("invalid user {}", quote(name)));
                return Ok(1);
            }
        },
    };
    let gid = match parsed.value('g') {
        None => None,
        Some(name) => match group_id(call.world, name) {
            Some(gid) => Some(gid),
            None => {
                complain(call, &format!("invalid group {}", quote(name)));
                return Ok(1);
            }
        },
    };
    let umask = std::mem::replace(&mut call.world.umask, 0o022);
    let result = if parsed.has('d') {
        if parsed.operands.is_empty() {
            complain(call, "missing file operand");
            crate::common::try_help(call);
        }
        let mut status = u8::from(parsed.operands.is_empty());
        for path in &parsed.operands {
            match make_all(call, path, parsed.has('v')) {
                Ok(made) => {
                    if made && parsed.has('v') {
                        print(call, &format!("install: creating directory {}\n", quote(path)));
                    }
                    let _ = call.world.set_owner(path, uid, gid, true);
                    let old = call.world.stat(path).map_or(0, |node| node.meta.mode & 0o2000);
                    // A given mode counts from nothing, with no mask.
                    let kept = if matches!(mode, Mode::Octal(_, true)) { 0 } else { old };
                    let _ = call.world.set_mode(path, mode.apply(0, true, 0) | kept);
                }
                Err((at, failure)) => {
                    complain(call, &format!("cannot create directory {}: {}", quote(&at), failure.text()));
                    status = 1;
                }
            }
        }
        Ok(status)
    } else {
        files(call, &parsed, &mode, uid, gid)
    };
    call.world.umask = umask;
    result
}

fn files(
    call: &mut Call<'_>,
    parsed: &crate::options::Parsed,
    mode: &Mode,
    uid: Option<u32>,
    gid: Option<u32>,
) -> Result<Status, Stop> {
    if parsed.has('D') {
        let above = match (parsed.value('t'), parsed.operands.as_slice()) {
            (Some(target), _) => make_all(call, target, parsed.has('v')).map(drop),
            (None, [_, to]) => make_above(call, to, parsed.has('v')),
            _ => Ok(()),
        };
        if let Err((at, failure)) = above {
            complain(call, &format!("cannot create directory {}: {}", quote(&at), failure.text()));
            return Ok(1);
        }
    }
    let pairs = match pairs(call, parsed, true) {
        Ok(pairs) => pairs,
        Err(status) => return Ok(status),
    };
    let mut status = 0;
    for (from, to) in pairs {
        let Some(node) = source(call, &from, true) else {
            let failure = call.world.absence(&from);
            complain(call, &format!("cannot stat {}: {}", quote(&from), failure.text()));
            status = 1;
            continue;
        };
        let content = match node.kind {
            Kind::File(content) => content,
            Kind::Directory => {
                complain(call, &format!("omitting directory {}", quote(&from)));
                status = 1;
                continue;
            }
            _ => return Err(unsupported(call, "a source that is no file")),
        };
        if call.world.id(&from, true).is_some_and(|id| Some(id) == call.world.id(&to, false)) {
            complain(call, &format!("{} and {} are the same file", quote(&from), quote(&to)));
            status = 1;
            continue;
        }
        if call.world.lstat(&to).is_some_and(|node| node.kind.is_directory()) {
            complain(call, &format!("cannot overwrite directory {} with non-directory", quote(&to)));
            status = 1;
            continue;
        }
        let _ = call.world.remove(&to);
        if let Err(failure) = call.world.write(&to, Vec::new()) {
            complain(call, &format!("cannot create regular file {}: {}", quote(&to), failure.text()));
            status = 1;
            continue;
        }
        let mtime = if parsed.has('p') { node.meta.mtime } else { call.world.epoch };
        if let Ok(at) = call.world.node_mut(&to, true) {
            at.kind = Kind::File(content);
            let owner = Meta::root(mode.apply(0, false, 0), mtime);
            at.meta = Meta { uid: uid.unwrap_or(0), gid: gid.unwrap_or(at.meta.gid), ..owner };
        }
        if parsed.has('v') {
            print(call, &format!("{} -> {}\n", quote(&from), quote(&to)));
        }
    }
    Ok(status)
}
