//! `cmp`, `diff`: whether files differ, not how.

use bringup_shell::{Call, Failure, Host, Status, Stop};

use crate::common::{complain, join, print, read};
use crate::options::{Parsed, parse, unsupported};

/// Where two files first differ.
pub(crate) fn cmp(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "s", &[("quiet", 's'), ("silent", 's')])?;
    let [one, other] = parsed.operands.as_slice() else { return Err(unsupported(call, "not two files")) };
    let quiet = parsed.has('s');
    let mut texts = Vec::new();
    for operand in [one, other] {
        match read(call, operand) {
            Ok(bytes) => texts.push(bytes),
            Err(failure) => {
                if !quiet || failure != Failure::Missing {
                    complain(call, &format!("{operand}: {}", failure.text()));
                }
                return Ok(2);
            }
        }
    }
    if texts[0] == texts[1] {
        return Ok(0);
    }
    if quiet {
        return Ok(1);
    }
    let shared = texts[0].iter().zip(&texts[1]).take_while(|(one, other)| one == other).count();
    let newlines = texts[0][..shared].iter().filter(|byte| **byte == b'\n').count();
    let short = [one, other].into_iter().zip(&texts).find(|(_, text)| text.len() == shared);
    match short {
        None => print(call, &format!("{one} {other} differ: char {}, line {}\n", shared + 1, newlines + 1)),
        Some((name, _)) if shared == 0 => complain(call, &format!("EOF on {name} which is empty")),
        Some((name, text)) => {
            let line = if text.ends_with(b"\n") { newlines } else { newlines + 1 };
            let word = if text.ends_with(b"\n") { "line" } else { "in line" };
            complain(call, &format!("EOF on {name} after byte {shared}, {word} {line}"));
        }
    }
    Ok(1)
}

/// Whether files or folders differ; the differences themselves are not reproduced.
pub(crate) fn diff(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] =
        &[("brief", 'q'), ("new-file", 'N'), ("recursive", 'r'), ("text", 'a'), ("unified", 'u')];
    let parsed = parse(call, "aNqru", LONG)?;
    let [one, other] = parsed.operands.as_slice() else { return Err(unsupported(call, "not two files")) };
    let (mut one, mut other) = (one.clone(), other.clone());
    let (left, right) = (call.world.is_directory(&one), call.world.is_directory(&other));
    if left && right {
        return folders(call, &parsed, &one, &other);
    }
    if left {
        one = join(&one, crate::common::base(&other));
    }
    if right {
        other = join(&other, crate::common::base(&one));
    }
    files(call, &parsed, &one, &other)
}

fn files(call: &mut Call<'_>, parsed: &Parsed, one: &str, other: &str) -> Result<Status, Stop> {
    let mut texts = Vec::new();
    for operand in [one, other] {
        match read(call, operand) {
            Ok(bytes) => texts.push(bytes),
            Err(Failure::Missing) if parsed.has('N') => texts.push(Vec::new()),
            Err(failure) => complain(call, &format!("{operand}: {}", failure.text())),
        }
    }
    if texts.len() < 2 {
        return Ok(2);
    }
    if texts[0] == texts[1] {
        return Ok(0);
    }
    if parsed.has('q') {
        print(call, &format!("Files {one} and {other} differ\n"));
        return Ok(1);
    }
    Err(unsupported(call, "the difference of two files"))
}

fn folders(call: &mut Call<'_>, parsed: &Parsed, one: &str, other: &str) -> Result<Status, Stop> {
    let (left, right) = (call.world.names(one), call.world.names(other));
    let mut all: Vec<String> = left.iter().chain(&right).cloned().collect();
    all.sort();
    all.dedup();
    let mut status = 0;
    for name in all {
        let (first, second) = (join(one, &name), join(other, &name));
        if !left.contains(&name) || !right.contains(&name) {
            if parsed.has('N') {
                return Err(unsupported(call, "`-N` of folders"));
            }
            let place = if left.contains(&name) { one } else { other };
            print(call, &format!("Only in {}: {name}\n", place));
            status = status.max(1);
            continue;
        }
        let code = match (call.world.is_directory(&first), call.world.is_directory(&second)) {
            (true, true) if parsed.has('r') => folders(call, parsed, &first, &second)?,
            (true, true) => {
                print(call, &format!("Common subdirectories: {first} and {second}\n"));
                0
            }
            (false, false) => files(call, parsed, &first, &second)?,
            _ => return Err(unsupported(call, "a file against a folder")),
        };
        status = status.max(code);
    }
    Ok(status)
}
