//! `mv`.

use bringup_shell::{Call, Failure, Host, Status, Stop};

use crate::common::{complain, print, quote};
use crate::options::{Parsed, parse, unsupported};
use crate::places::pairs;

/// Renames.
pub(crate) fn mv(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("context", 'Z'),
        ("force", 'f'),
        ("no-clobber", 'n'),
        ("no-target-directory", 'T'),
        ("target-directory", 't'),
        ("verbose", 'v'),
    ];
    let parsed = parse(call, "fint:TuvZ", LONG)?;
    if parsed.last_of("fin") == Some('i') {
        return Err(unsupported(call, "a question"));
    }
    let pairs = match pairs(call, &parsed, true) {
        Ok(pairs) => pairs,
        Err(status) => return Ok(status),
    };
    let mut status = 0;
    for (from, to) in pairs {
        status |= one(call, &parsed, &from, &to);
    }
    Ok(status)
}

fn one(call: &mut Call<'_>, parsed: &Parsed, from: &str, to: &str) -> Status {
    let Some(node) = call.world.lstat(from) else {
        let failure = call.world.absence(from);
        complain(call, &format!("cannot stat {}: {}", quote(from), failure.text()));
        return 1;
    };
    let (moves, time) = (node.kind.is_directory(), node.meta.mtime);
    if let Some(old) = call.world.lstat(to) {
        let (directory, old_time) = (old.kind.is_directory(), old.meta.mtime);
        if parsed.last_of("fn") == Some('n') || parsed.has('u') && old_time >= time {
            return 0;
        }
        // Two names of one file count as that file.
        if call.world.id(from, false) == call.world.id(to, false) {
            complain(call, &format!("{} and {} are the same file", quote(from), quote(to)));
            return 1;
        }
        if directory && !moves {
            complain(call, &format!("cannot overwrite directory {} with non-directory", quote(to)));
            return 1;
        }
        if moves && !directory {
            complain(
                call,
                &format!("cannot overwrite non-directory {} with directory {}", quote(to), quote(from)),
            );
            return 1;
        }
    }
    match call.world.rename(from, to) {
        Ok(()) => renamed(call, parsed, from, to),
        Err(Failure::Invalid) if moves => {
            complain(
                call,
                &format!("cannot move {} to a subdirectory of itself, {}", quote(from), quote(to)),
            );
            1
        }
        Err(Failure::NotDirectory) if !moves => {
            complain(call, &format!("cannot stat {}: Not a directory", quote(to)));
            1
        }
        Err(failure) => {
            complain(call, &format!("cannot move {} to {}: {}", quote(from), quote(to), failure.text()));
            1
        }
    }
}

fn renamed(call: &mut Call<'_>, parsed: &Parsed, from: &str, to: &str) -> Status {
    if parsed.has('v') {
        print(call, &format!("renamed {} -> {}\n", quote(from), quote(to)));
    }
    0
}
