//! `basename`, `dirname`, `readlink`, `realpath`, `mktemp`, `pwd`.

use bringup_shell::{Call, Failure, Host, Status, Stop, World};
use bringup_tree::Kind;

use crate::common::{base, complain, extra_operand, folder, join, missing_operand, print, quote};
use crate::ln::between;
use crate::options::{parse, unsupported};

/// The last component of names.
pub(crate) fn basename(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "+as:z", &[("multiple", 'a'), ("suffix", 's'), ("zero", 'z')])?;
    let mut operands = parsed.operands.clone();
    if operands.is_empty() {
        return Ok(missing_operand(call));
    }
    let mut suffix = parsed.value('s').unwrap_or_default().to_owned();
    if !parsed.has('a') && !parsed.has('s') {
        if let Some(more) = operands.get(2).cloned() {
            return Ok(extra_operand(call, &more));
        }
        if operands.len() == 2 {
            suffix = operands.remove(1);
        }
    }
    for operand in &operands {
        let name = base(operand);
        let short = name.strip_suffix(suffix.as_str()).filter(|short| !short.is_empty());
        let end = if parsed.has('z') { "\0" } else { "\n" };
        print(call, &format!("{}{end}", short.unwrap_or(name)));
    }
    Ok(0)
}

/// Names without their last component.
pub(crate) fn dirname(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "z", &[("zero", 'z')])?;
    if parsed.operands.is_empty() {
        return Ok(missing_operand(call));
    }
    for operand in &parsed.operands {
        let end = if parsed.has('z') { "\0" } else { "\n" };
        print(call, &format!("{}{end}", folder(operand)));
    }
    Ok(0)
}

/// How much of a path must be there.
#[derive(Clone, Copy, PartialEq)]
enum Needed {
    Everything,
    AllButLast,
    Nothing,
}

fn canonical(world: &World, path: &str, needed: Needed) -> Result<String, Failure> {
    if path.is_empty() {
        return Err(Failure::Missing);
    }
    let at = world.followed(path)?;
    let text = format!("/{}", String::from_utf8_lossy(&at));
    let parent = folder(&text);
    if needed == Needed::Nothing {
        return Ok(text);
    }
    if !world.is_directory(parent)
        || path.ends_with('/') && world.stat(&text).is_some() && !world.is_directory(&text)
    {
        let above = world.stat(parent).is_some();
        return Err(if above { Failure::NotDirectory } else { world.absence(&text) });
    }
    if needed == Needed::Everything && world.stat(&text).is_none() {
        return Err(Failure::Missing);
    }
    Ok(text)
}

/// What links point at.
pub(crate) fn readlink(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("canonicalize", 'f'),
        ("canonicalize-existing", 'e'),
        ("canonicalize-missing", 'm'),
        ("no-newline", 'n'),
        ("quiet", 'q'),
        ("silent", 's'),
        ("verbose", 'v'),
        ("zero", 'z'),
    ];
    let parsed = parse(call, "femnqsvz", LONG)?;
    if parsed.operands.is_empty() {
        return Ok(missing_operand(call));
    }
    let needed = parsed.last_of("fem").map(|option| match option {
        'e' => Needed::Everything,
        'm' => Needed::Nothing,
        _ => Needed::AllButLast,
    });
    let mut status = 0;
    for operand in &parsed.operands {
        let result = match needed {
            Some(needed) => canonical(call.world, operand, needed),
            None => match call.world.lstat(operand).map(|node| &node.kind) {
                Some(Kind::Symlink(target)) => Ok(String::from_utf8_lossy(target).into_owned()),
                Some(_) => Err(Failure::Invalid),
                None => Err(call.world.absence(operand)),
            },
        };
        match result {
            Ok(text) => {
                let last = parsed.has('n') && parsed.operands.len() == 1;
                let end = if parsed.has('z') { "\0" } else { "\n" };
                print(call, &format!("{text}{}", if last { "" } else { end }));
            }
            Err(failure) => {
                status = 1;
                if parsed.last_of("qsv") == Some('v') {
                    complain(call, &format!("{operand}: {}", failure.text()));
                }
            }
        }
    }
    Ok(status)
}

/// Paths without links.
pub(crate) fn realpath(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("canonicalize-existing", 'e'),
        ("canonicalize-missing", 'm'),
        ("no-symlinks", 's'),
        ("physical", 'P'),
        ("quiet", 'q'),
        ("relative-to", '#'),
        ("strip", 's'),
        ("zero", 'z'),
    ];
    let parsed = parse(call, "emPqsz#:", LONG)?;
    if parsed.operands.is_empty() {
        return Ok(missing_operand(call));
    }
    let needed = match parsed.last_of("em") {
        Some('e') => Needed::Everything,
        Some(_) => Needed::Nothing,
        None => Needed::AllButLast,
    };
    let resolve = |world: &World, path: &str| {
        if !parsed.has('s') {
            return canonical(world, path, needed);
        }
        let text = lexical(&world.absolute(path));
        let there = match needed {
            Needed::Nothing => true,
            Needed::AllButLast => world.is_directory(folder(&text)),
            Needed::Everything => world.stat(&text).is_some(),
        };
        if there { Ok(text) } else { Err(world.absence(&text)) }
    };
    let start = match parsed.value('#') {
        None => None,
        Some(start) => match resolve(call.world, start) {
            Ok(start) => Some(start),
            Err(failure) => {
                complain(call, &format!("{start}: {}", failure.text()));
                return Ok(1);
            }
        },
    };
    let mut status = 0;
    for operand in &parsed.operands {
        match resolve(call.world, operand) {
            Ok(text) => {
                let text = start.as_ref().map_or(text.clone(), |start| between(start, &text));
                let end = if parsed.has('z') { "\0" } else { "\n" };
                print(call, &format!("{text}{end}"));
            }
            Err(failure) => {
                status = 1;
                if !parsed.has('q') {
                    complain(call, &format!("{operand}: {}", failure.text()));
                }
            }
        }
    }
    Ok(status)
}

/// `.` and `..` taken out by the text alone.
fn lexical(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// A new file or folder with a name of its own; names are the same in every run.
pub(crate) fn mktemp(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] =
        &[("directory", 'd'), ("dry-run", 'u'), ("quiet", 'q'), ("suffix", '#'), ("tmpdir", '%')];
    let parsed = parse(call, "dp:qtu#:%::", LONG)?;
    let temporary = call.world.environment.get("TMPDIR").filter(|path| !path.is_empty()).cloned();
    let temporary = temporary.unwrap_or_else(|| "/tmp".to_owned());
    let given = parsed.value('p').or(parsed.value('%')).filter(|path| !path.is_empty());
    let template = match parsed.operands.as_slice() {
        [] => "tmp.XXXXXXXXXX",
        [template] => template.as_str(),
        _ => {
            complain(call, "too many templates");
            return Ok(crate::common::try_help(call));
        }
    };
    let inside = parsed.operands.is_empty() || parsed.has('t') || parsed.has('p') || parsed.has('%');
    let (head, tail) = match parsed.value('#') {
        Some(suffix) => (template.to_owned(), suffix.to_owned()),
        None => {
            let end = template.rfind('X').map_or(0, |at| at + 1);
            (template[..end].to_owned(), template[end..].to_owned())
        }
    };
    let stem = head.trim_end_matches('X');
    let signs = head.len() - stem.len();
    if signs < 3 || tail.contains('/') {
        if signs < 3 {
            complain(call, &format!("too few X's in template {}", quote(template)));
            return Ok(1);
        }
        return Err(unsupported(call, "a suffix with a slash"));
    }
    loop {
        call.world.temporary += 1;
        let number = call.world.temporary;
        let name = format!("{stem}{number:0signs$}{tail}");
        let path = if inside { join(given.unwrap_or(&temporary), &name) } else { name };
        if call.world.lstat(&path).is_some() {
            continue;
        }
        if !parsed.has('u') {
            let made = if parsed.has('d') {
                call.world.make_directory(&path)
            } else {
                call.world.write(&path, Vec::new())
            };
            if let Err(failure) = made {
                if !parsed.has('q') {
                    let kind = if parsed.has('d') { "directory" } else { "file" };
                    let shown = if inside {
                        join(given.unwrap_or(&temporary), template)
                    } else {
                        template.to_owned()
                    };
                    complain(
                        call,
                        &format!(
                            "failed to create {kind} via template {}: {}",
                            quote(&shown),
                            failure.text()
                        ),
                    );
                }
                return Ok(1);
            }
            let mode = if parsed.has('d') { 0o700 } else { 0o600 };
            let _ = call.world.set_mode(&path, mode);
        }
        print(call, &format!("{path}\n"));
        return Ok(0);
    }
}
