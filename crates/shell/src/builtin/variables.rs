//! Variables, the current folder and the umask.

use std::rc::Rc;

use super::quoted;
use crate::parse::name_length;
use crate::shell::{Flow, Outcome, Shell};

/// An argument `name` or `name=value`.
fn split<'a>(
    shell: &mut Shell<'_>,
    command: &str,
    field: &'a str,
) -> Result<(&'a str, Option<&'a str>), Flow> {
    let (name, value) = field.split_once('=').map_or((field, None), |(name, value)| (name, Some(value)));
    if name.is_empty() || name_length(name.as_bytes()) != name.len() {
        return Err(shell.fatal(&format!("{command}: {name}: bad variable name")));
    }
    Ok((name, value))
}

fn mark(shell: &mut Shell<'_>, fields: &[String], exported: bool, readonly: bool) -> Outcome {
    let mut rest = &fields[1..];
    let print = rest.is_empty() || rest == ["-p"];
    if print {
        let wanted = shell.state.variables.iter();
        let wanted = wanted.filter(|(_, v)| (exported && v.exported) || (readonly && v.readonly));
        let lines: String = wanted
            .map(|(name, variable)| match &variable.value {
                Some(value) => format!("{} {name}={}\n", fields[0], quoted(value)),
                None => format!("{} {name}\n", fields[0]),
            })
            .collect();
        shell.write(1, lines.as_bytes());
        return Ok(0);
    }
    match rest[0].as_str() {
        "--" | "-p" => rest = &rest[1..],
        option if option.starts_with('-') => return Err(shell.unsupported(&fields[0], format!("`{option}`"))),
        _ => {}
    }
    for field in rest {
        let (name, value) = split(shell, &fields[0], field)?;
        if let Some(value) = value {
            shell.set(name, value)?;
        }
        shell.mark(name, exported, readonly);
    }
    Ok(0)
}

pub(super) fn export(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    mark(shell, fields, true, false)
}

pub(super) fn readonly(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    mark(shell, fields, false, true)
}

pub(super) fn local(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    if shell.state.locals.is_empty() {
        return Err(shell.fatal("local: not in a function"));
    }
    for field in &fields[1..] {
        if field.starts_with('-') {
            return Err(shell.unsupported("local", format!("`{field}`")));
        }
        let (name, value) = split(shell, "local", field)?;
        shell.localize(name);
        match value {
            Some(value) => shell.set(name, value)?,
            // dash keeps the value that the caller sees, bash does not.
            None if shell.state.options.bash => shell.unset(name)?,
            None => {}
        }
    }
    Ok(0)
}

pub(super) fn unset(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let (mut function, mut rest) = (false, &fields[1..]);
    while let Some(option) = rest.first().filter(|option| option.starts_with('-')) {
        match option.as_str() {
            "-f" => function = true,
            "-v" => function = false,
            "--" => {}
            _ => return Err(shell.fatal(&format!("unset: Illegal option {option}"))),
        }
        rest = &rest[1..];
    }
    for name in rest {
        if function {
            Rc::make_mut(&mut shell.state.functions).remove(name);
        } else if name_length(name.as_bytes()) != name.len() || name.is_empty() {
            return Err(shell.fatal(&format!("unset: {name}: bad variable name")));
        } else {
            shell.unset(name)?;
        }
    }
    Ok(0)
}

pub(super) fn shift(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let count = match fields.get(1) {
        None => 1,
        Some(text) => match text.parse::<usize>() {
            Ok(count) => count,
            Err(_) => return Err(shell.fatal(&format!("shift: Illegal number: {text}"))),
        },
    };
    if count > shell.state.arguments.len() {
        if shell.state.options.bash {
            return Ok(1);
        }
        return Err(shell.fatal("shift: can't shift that many"));
    }
    shell.state.arguments = Rc::new(shell.state.arguments[count..].to_vec());
    Ok(0)
}

pub(super) fn cd(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let mut rest = &fields[1..];
    let mut physical = false;
    while let Some(option @ ("-L" | "-P" | "--")) = rest.first().map(String::as_str) {
        physical = option == "-P";
        rest = &rest[1..];
        if option == "--" {
            break;
        }
    }
    let home = shell.get("HOME").unwrap_or_default().to_owned();
    let old = shell.get("OLDPWD").unwrap_or_default().to_owned();
    let target = match rest.first().map(String::as_str) {
        None => home,
        Some("-") => old,
        Some(target) => target.to_owned(),
    };
    let before = shell.world.cwd.clone();
    let path = if physical {
        shell.world.followed(&target).ok().map(|at| format!("/{}", String::from_utf8_lossy(&at)))
    } else {
        Some(logical(&shell.world.absolute(&target)))
    };
    let path = path.filter(|path| shell.world.is_directory(path));
    let Some(path) = path.filter(|_| !target.is_empty()) else {
        if target.is_empty() {
            return Ok(0);
        }
        // The builtin's own error: it ends no script.
        shell.complain(&format!("cd: can't cd to {target}"));
        return Ok(2);
    };
    if rest.first().is_some_and(|target| target == "-") {
        let line = format!("{path}\n");
        shell.write(1, line.as_bytes());
    }
    shell.world.cwd.clone_from(&path);
    shell.set("OLDPWD", before)?;
    shell.set("PWD", path)?;
    Ok(0)
}

/// A path without `.` and `..`, links not looked at.
fn logical(path: &str) -> String {
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

pub(super) fn pwd(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let path = if fields.get(1).is_some_and(|option| option == "-P") {
        let at = shell.world.followed(".").unwrap_or_default();
        format!("/{}", String::from_utf8_lossy(&at))
    } else {
        shell.world.cwd.clone()
    };
    shell.write(1, format!("{path}\n").as_bytes());
    Ok(0)
}

pub(super) fn umask(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    match fields.get(1).map(String::as_str) {
        None => {
            let line = format!("{:04o}\n", shell.world.umask);
            shell.write(1, line.as_bytes());
            Ok(0)
        }
        Some("-S") => {
            let mask = shell.world.umask;
            let letters = |shift: u32| {
                let bits = !(mask >> shift) & 7;
                [(4, 'r'), (2, 'w'), (1, 'x')]
                    .into_iter()
                    .filter(|(bit, _)| bits & bit != 0)
                    .map(|(_, letter)| letter)
                    .collect::<String>()
            };
            let line = format!("u={},g={},o={}\n", letters(6), letters(3), letters(0));
            shell.write(1, line.as_bytes());
            Ok(0)
        }
        Some(text) if text.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) && !text.is_empty() => {
            shell.world.umask = u32::from_str_radix(text, 8).unwrap_or(0o777) & 0o777;
            Ok(0)
        }
        Some(text) => Err(shell.unsupported("umask", format!("`{text}`"))),
    }
}
