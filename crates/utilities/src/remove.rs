//! `rm`, `rmdir`, `unlink`.

use bringup_shell::{Call, Failure, Host, Status, Stop};

use crate::common::{complain, folder, join, missing_operand, print, quote};
use crate::options::{Parsed, parse, unsupported};

/// Removes files, and folders with `-r`.
pub(crate) fn rm(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("dir", 'd'),
        ("force", 'f'),
        ("no-preserve-root", '#'),
        ("one-file-system", '%'),
        ("preserve-root", '='),
        ("recursive", 'r'),
        ("verbose", 'v'),
    ];
    let parsed = parse(call, "dfiIrRv#%=::", LONG)?;
    if matches!(parsed.last_of("fiI"), Some('i' | 'I')) {
        return Err(unsupported(call, "a question"));
    }
    if parsed.operands.is_empty() {
        return Ok(if parsed.has('f') { 0 } else { missing_operand(call) });
    }
    let mut status = 0;
    for path in &parsed.operands {
        status |= one(call, &parsed, path);
    }
    Ok(status)
}

fn one(call: &mut Call<'_>, parsed: &Parsed, path: &str) -> Status {
    let recursive = parsed.has('r') || parsed.has('R');
    let trimmed = path.trim_end_matches('/');
    if recursive && (matches!(trimmed, "." | "..") || trimmed.ends_with("/.") || trimmed.ends_with("/..")) {
        complain(call, &format!("refusing to remove '.' or '..' directory: skipping {}", quote(path)));
        return 1;
    }
    let refused = |call: &mut Call<'_>, failure: Failure| {
        complain(call, &format!("cannot remove {}: {}", quote(path), failure.text()));
        1
    };
    if path.is_empty() {
        return if parsed.has('f') { 0 } else { refused(call, Failure::Missing) };
    }
    let Some(node) = call.world.lstat(path) else {
        let failure = call.world.absence(path);
        return if parsed.has('f') { 0 } else { refused(call, failure) };
    };
    let directory = node.kind.is_directory();
    if !directory && path.ends_with('/') {
        if recursive && call.world.is_directory(path) {
            // What is in the folder goes before the link turns out to be none.
            for name in call.world.names(path) {
                let _ = call.world.remove_all(&join(path, &name));
            }
        }
        return refused(call, Failure::NotDirectory);
    }
    if recursive && call.world.named(path).is_ok_and(|at| at.is_empty()) {
        complain(call, &format!("it is dangerous to operate recursively on {}", quote(path)));
        complain(call, "use --no-preserve-root to override this failsafe");
        return 1;
    }
    if directory && !recursive && !parsed.has('d') {
        return refused(call, Failure::IsDirectory);
    }
    if directory && recursive {
        if parsed.has('v') {
            say(call, path);
        }
        return match call.world.remove_all(path) {
            Ok(()) => 0,
            Err(failure) => refused(call, failure),
        };
    }
    match call.world.remove(path) {
        Ok(()) => {
            if parsed.has('v') {
                let kind = if directory { "directory " } else { "" };
                print(call, &format!("removed {kind}{}\n", quote(path)));
            }
            0
        }
        Err(failure) => refused(call, failure),
    }
}

/// What `rm -rv` says about a folder and all in it.
fn say(call: &mut Call<'_>, path: &str) {
    for name in call.world.names(path) {
        let inner = join(path, &name);
        if call.world.lstat(&inner).is_some_and(|node| node.kind.is_directory()) {
            say(call, &inner);
        } else {
            print(call, &format!("removed {}\n", quote(&inner)));
        }
    }
    print(call, &format!("removed directory {}\n", quote(path)));
}

/// Removes empty folders.
pub(crate) fn rmdir(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[("ignore-fail-on-non-empty", '#'), ("parents", 'p'), ("verbose", 'v')];
    let parsed = parse(call, "pv#", LONG)?;
    if parsed.operands.is_empty() {
        return Ok(missing_operand(call));
    }
    let mut status = 0;
    for operand in &parsed.operands {
        let mut path = operand.trim_end_matches('/').to_owned();
        if path.is_empty() {
            path = operand.clone();
        }
        let mut first = true;
        loop {
            if parsed.has('v') {
                let shown = if first { operand } else { &path };
                print(call, &format!("rmdir: removing directory, {}\n", quote(shown)));
            }
            let found = call.world.lstat(&path).map(|node| node.kind.is_directory());
            let result = match found {
                Some(false) => Err(Failure::NotDirectory),
                _ => call.world.remove(&path),
            };
            if let Err(failure) = result {
                if failure == Failure::NotEmpty && parsed.has('#') {
                    break;
                }
                let what = if path == *operand || !parsed.has('p') { "" } else { "directory " };
                complain(call, &format!("failed to remove {what}{}: {}", quote(&path), failure.text()));
                status = 1;
                break;
            }
            let up = folder(&path);
            if !parsed.has('p') || up == "." || up == "/" {
                break;
            }
            path = up.to_owned();
            first = false;
        }
    }
    Ok(status)
}

/// Removes one file.
pub(crate) fn unlink(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "", &[])?;
    let [path] = parsed.operands.as_slice() else { return Ok(missing_operand(call)) };
    let result = match call.world.lstat(path).map(|node| node.kind.is_directory()) {
        Some(true) => Err(Failure::IsDirectory),
        _ => call.world.remove(path),
    };
    if let Err(failure) = result {
        complain(call, &format!("cannot unlink {}: {}", quote(path), failure.text()));
        return Ok(1);
    }
    Ok(0)
}
