//! `ln`, `link`.

use bringup_shell::{Call, Failure, Host, Status, Stop};
use bringup_tree::Kind;

use crate::common::{complain, folder, missing_operand, print, quote};
use crate::options::{Parsed, parse, unsupported};
use crate::places::pairs;

/// Makes links.
pub(crate) fn ln(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("force", 'f'),
        ("logical", 'L'),
        ("no-dereference", 'n'),
        ("no-target-directory", 'T'),
        ("physical", 'P'),
        ("relative", 'r'),
        ("symbolic", 's'),
        ("target-directory", 't'),
        ("verbose", 'v'),
    ];
    let parsed = parse(call, "fiLnPrst:Tv", LONG)?;
    if parsed.last_of("fi") == Some('i') {
        return Err(unsupported(call, "a question"));
    }
    if parsed.has('r') && !parsed.has('s') {
        complain(call, "cannot do --relative without --symbolic");
        return Ok(1);
    }
    let pairs = match pairs(call, &parsed, !parsed.has('n')) {
        Ok(pairs) => pairs,
        Err(status) => return Ok(status),
    };
    let mut status = 0;
    for (target, path) in pairs {
        status |= one(call, &parsed, &target, &path);
    }
    Ok(status)
}

fn one(call: &mut Call<'_>, parsed: &Parsed, target: &str, path: &str) -> Status {
    let symbolic = parsed.has('s');
    let target = if parsed.has('r') { relative(call, target, path) } else { target.to_owned() };
    if !symbolic {
        let Some(node) = call.world.lstat(&target) else {
            let failure = call.world.absence(&target);
            complain(call, &format!("failed to access {}: {}", quote(&target), failure.text()));
            return 1;
        };
        if node.kind.is_directory() {
            complain(call, &format!("{}: hard link not allowed for directory", target));
            return 1;
        }
    }
    let kind = if symbolic { "symbolic" } else { "hard" };
    if let Some(old) = call.world.lstat(path) {
        if old.kind.is_directory() {
            let text = if parsed.has('f') {
                format!("{path}: cannot overwrite directory")
            } else {
                format!("failed to create {kind} link {}: File exists", quote(path))
            };
            complain(call, &text);
            return 1;
        }
        if parsed.has('f') {
            let same = call.world.named(&target) == call.world.named(path);
            let linked = !symbolic && call.world.id(&target, false) == call.world.id(path, false);
            if same {
                complain(call, &format!("{} and {} are the same file", quote(&target), quote(path)));
                return 1;
            }
            if linked {
                return 0;
            }
            let _ = call.world.remove(path);
        }
    }
    let result = if symbolic {
        if target.is_empty() { Err(Failure::Missing) } else { call.world.make_symlink(&target, path) }
    } else if parsed.has('L') {
        let followed = call.world.followed(&target).map(|at| format!("/{}", String::from_utf8_lossy(&at)));
        followed.and_then(|target| call.world.link(&target, path))
    } else {
        call.world.link(&target, path)
    };
    match result {
        Ok(()) => {
            if parsed.has('v') {
                let arrow = if symbolic { "->" } else { "=>" };
                print(call, &format!("{} {arrow} {}\n", quote(path), quote(&target)));
            }
            0
        }
        Err(failure) => {
            let arrow = match (symbolic, failure) {
                (true, Failure::Missing) if target.is_empty() => " -> ''".to_owned(),
                (false, other) if other != Failure::Exists => format!(" => {}", quote(&target)),
                _ => String::new(),
            };
            complain(
                call,
                &format!("failed to create {kind} link {}{arrow}: {}", quote(path), failure.text()),
            );
            1
        }
    }
}

/// The target as seen from the link's own folder; links on the way are followed in both.
fn relative(call: &Call<'_>, target: &str, path: &str) -> String {
    let text = |at: Vec<u8>| String::from_utf8_lossy(&at).into_owned();
    let (Ok(target_at), Ok(start)) = (call.world.followed(target), call.world.followed(folder(path))) else {
        return target.to_owned();
    };
    between(&text(start), &text(target_at))
}

/// The way from a folder to a path, both the tree's own.
pub(crate) fn between(start: &str, end: &str) -> String {
    let split =
        |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (start, end) = (split(start), split(end));
    let shared = start.iter().zip(&end).take_while(|(one, other)| one == other).count();
    let mut parts = vec!["..".to_owned(); start.len() - shared];
    parts.extend_from_slice(&end[shared..]);
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// Makes one hard link.
pub(crate) fn link(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "", &[])?;
    let [existing, path] = parsed.operands.as_slice() else { return Ok(missing_operand(call)) };
    if let Err(failure) = call.world.link(existing, path) {
        complain(
            call,
            &format!("cannot create link {} to {}: {}", quote(path), quote(existing), failure.text()),
        );
        return Ok(1);
    }
    Ok(0)
}

/// Whether the node at a path is a symbolic link.
pub(crate) fn is_link(call: &Call<'_>, path: &str) -> bool {
    call.world.lstat(path).is_some_and(|node| matches!(node.kind, Kind::Symlink(_)))
}
