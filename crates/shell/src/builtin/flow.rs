//! What changes the way through a script: `break`, `return`, `exit`, `eval`, `exec`, `.`, `trap`, `command`.

use std::rc::Rc;

use crate::shell::{Flow, Found, Outcome, Shell};

/// Reserved words, for `command -v`.
const KEYWORDS: [&str; 16] = [
    "!", "{", "}", "if", "then", "else", "elif", "fi", "while", "until", "do", "done", "for", "case", "esac",
    "in",
];

pub(super) fn yes(_: &mut Shell<'_>, _: &[String]) -> Outcome {
    Ok(0)
}

pub(super) fn no(_: &mut Shell<'_>, _: &[String]) -> Outcome {
    Ok(1)
}

/// Nothing runs in the background.
pub(super) fn jobs(_: &mut Shell<'_>, _: &[String]) -> Outcome {
    Ok(0)
}

pub(super) fn wait(_: &mut Shell<'_>, _: &[String]) -> Outcome {
    Ok(0)
}

/// There are no aliases.
pub(super) fn alias(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    if fields.len() > 1 { Err(shell.unsupported(&fields[0], "an alias")) } else { Ok(0) }
}

/// Limits hold for programs, and none runs; what they are is not known.
pub(super) fn ulimit(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let sets = fields.last().is_some_and(|last| fields.len() > 1 && !last.starts_with('-'));
    if sets { Ok(0) } else { Err(shell.unsupported("ulimit", "a question")) }
}

pub(super) fn times(shell: &mut Shell<'_>, _: &[String]) -> Outcome {
    shell.write(1, b"0m0.000000s 0m0.000000s\n0m0.000000s 0m0.000000s\n");
    Ok(0)
}

/// A number as an argument, which `fallback` stands for if there is none.
fn number(shell: &mut Shell<'_>, fields: &[String], fallback: usize) -> Result<usize, Flow> {
    let Some(text) = fields.get(1) else { return Ok(fallback) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits && number <= i32::MAX as usize => Ok(number),
        _ => Err(shell.fatal(&format!("{}: Illegal number: {text}", fields[0]))),
    }
}

/// How many loops `break` and `continue` mean; none outside of loops.
fn loops(shell: &mut Shell<'_>, fields: &[String]) -> Result<Option<usize>, Flow> {
    let count = number(shell, fields, 1)?;
    if count == 0 {
        return Err(shell.fatal(&format!("{}: Illegal number: 0", fields[0])));
    }
    Ok(Some(count.min(shell.state.loops)).filter(|count| *count > 0))
}

pub(super) fn break_(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    loops(shell, fields)?.map_or(Ok(0), |count| Err(Flow::Break(count)))
}

pub(super) fn continue_(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    loops(shell, fields)?.map_or(Ok(0), |count| Err(Flow::Continue(count)))
}

pub(super) fn return_(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let status = number(shell, fields, usize::from(shell.state.status))?;
    Err(Flow::Return((status & 0xff) as u8))
}

pub(super) fn exit(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let status = number(shell, fields, usize::from(shell.state.status))?;
    Err(Flow::Exit((status & 0xff) as u8))
}

pub(super) fn eval(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let (text, line, tested) = (fields[1..].join(" "), shell.line, shell.tested);
    let outcome = shell.deeper(|shell| shell.text(&text, line, tested));
    shell.line = line;
    outcome
}

pub(super) fn exec(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let fields = &fields[1..];
    if fields.is_empty() {
        return Ok(0);
    }
    if fields[0].starts_with('-') {
        return Err(shell.unsupported("exec", format!("`{}`", fields[0])));
    }
    let status = shell.program(fields, "exec: ")?;
    // The EXIT trap goes with the shell that is replaced.
    shell.state.exit_trap = None;
    Err(Flow::Exit(status))
}

pub(super) fn dot(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let Some(name) = fields.get(1) else { return Ok(0) };
    let found = if name.contains('/') {
        shell.world.stat(name).is_some().then(|| name.clone())
    } else {
        let folders = shell.get("PATH").unwrap_or_default().split(':');
        let mut paths =
            folders.map(|folder| format!("{}/{name}", if folder.is_empty() { "." } else { folder }));
        paths.find(|path| shell.world.stat(path).is_some_and(|node| !node.kind.is_directory()))
    };
    let absolute = shell.world.absolute(found.as_ref().unwrap_or(name));
    if shell.host.takes_place_of(&absolute) {
        return Ok(0);
    }
    let Some(path) = found else {
        let message = if name.contains('/') {
            format!(".: cannot open {name}: No such file")
        } else {
            format!(".: {name}: not found")
        };
        return Err(shell.fatal(&message));
    };
    let text = match shell.world.read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(failure) => return Err(shell.fatal(&format!(".: cannot open {name}: {}", failure.text()))),
    };
    let bash_arguments =
        (shell.state.options.bash && fields.len() > 2).then(|| Rc::new(fields[2..].to_vec()));
    let before = bash_arguments.map(|own| std::mem::replace(&mut shell.state.arguments, own));
    // In dash a failure in the file ends the script even where the status of `.` is tested.
    let (line, tested) = (shell.line, shell.tested && shell.state.options.bash);
    shell.state.sourced += 1;
    let outcome = shell.deeper(|shell| shell.text(&text, 1, tested));
    shell.state.sourced -= 1;
    if let Some(before) = before {
        shell.state.arguments = before;
    }
    match outcome {
        // What a stop in the file is about is there.
        Err(Flow::Stop(stop)) if !matches!(*stop, crate::Stop::At { .. }) => {
            let at = crate::Stop::At { script: path, line: shell.line, stop };
            shell.line = line;
            Err(at.into())
        }
        other => {
            shell.line = line;
            match other {
                Err(Flow::Return(status)) => Ok(status),
                other => other,
            }
        }
    }
}

/// Signals are never sent; only the end of the shell counts.
pub(super) fn trap(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let mut fields = &fields[1..];
    if fields.first().is_some_and(|field| field == "--") {
        fields = &fields[1..];
    }
    let Some((action, signals)) = fields.split_first() else {
        if let Some(trap) = shell.state.exit_trap.clone() {
            let line = format!("trap -- {} EXIT\n", super::quoted(&trap));
            shell.write(1, line.as_bytes());
        }
        return Ok(0);
    };
    let reset = signals.is_empty() || action.bytes().all(|byte| byte.is_ascii_digit());
    let signals = if reset { fields } else { signals };
    if signals.iter().any(|signal| signal == "0" || signal == "EXIT") {
        shell.state.exit_trap = (!reset && action != "-").then(|| Rc::from(action.as_str()));
    }
    if shell.state.options.bash && signals.iter().any(|s| matches!(s.as_str(), "ERR" | "DEBUG" | "RETURN")) {
        return Err(shell.unsupported("trap", "a signal of bash"));
    }
    Ok(0)
}

pub(super) fn command(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let (mut at, mut how) = (1, None);
    while let Some(option) = fields.get(at) {
        match option.as_str() {
            "-v" => how = Some(false),
            "-V" => how = Some(true),
            "-p" => {}
            "--" => {
                at += 1;
                break;
            }
            _ => break,
        }
        at += 1;
    }
    let rest = &fields[at..];
    let Some(name) = rest.first() else { return Ok(0) };
    let Some(verbose) = how else {
        return match shell.find(name, false) {
            Found::Builtin(builtin) => {
                let tested = shell.tested;
                shell.builtin(builtin, rest, tested)
            }
            _ => shell.deeper(|shell| shell.program(rest, "")),
        };
    };
    // dash looks at the first name only.
    let first = if shell.state.options.bash { rest } else { &rest[..1] };
    if verbose { describe(shell, first) } else { name_of(shell, first) }
}

pub(super) fn type_(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    describe(shell, &fields[1..])
}

/// What a name stands for.
enum Meaning {
    Keyword,
    Function,
    Special,
    Builtin,
    Program(String),
}

fn meaning(shell: &Shell<'_>, name: &str) -> Option<Meaning> {
    if KEYWORDS.contains(&name) {
        return Some(Meaning::Keyword);
    }
    match shell.find(name, true) {
        Found::Builtin(builtin) if builtin.special => return Some(Meaning::Special),
        Found::Builtin(_) => return Some(Meaning::Builtin),
        Found::Function(_) => return Some(Meaning::Function),
        Found::Program => {}
    }
    if let Some(path) = shell.located(name) {
        return Some(Meaning::Program(path));
    }
    let (folder, base) = name.rsplit_once('/').map_or((None, name), |(folder, base)| (Some(folder), base));
    let hosted = folder.is_none() && shell.host.has(base);
    hosted.then(|| Meaning::Program(format!("/usr/bin/{base}")))
}

fn name_of(shell: &mut Shell<'_>, names: &[String]) -> Outcome {
    let mut status = 0;
    for name in names {
        let line = match meaning(shell, name) {
            None => {
                status = 127;
                continue;
            }
            Some(Meaning::Program(path)) => path + "\n",
            Some(_) => format!("{name}\n"),
        };
        shell.write(1, line.as_bytes());
    }
    Ok(status)
}

fn describe(shell: &mut Shell<'_>, names: &[String]) -> Outcome {
    let mut status = 0;
    for name in names {
        let line = match meaning(shell, name) {
            None => {
                status = 127;
                format!("{name}: not found\n")
            }
            Some(Meaning::Keyword) => format!("{name} is a shell keyword\n"),
            Some(Meaning::Function) => format!("{name} is a shell function\n"),
            Some(Meaning::Special) => format!("{name} is a special shell builtin\n"),
            Some(Meaning::Builtin) => format!("{name} is a shell builtin\n"),
            Some(Meaning::Program(path)) if name.contains('/') => format!("{path} is {path}\n"),
            Some(Meaning::Program(path)) => format!("{name} is {path}\n"),
        };
        shell.write(1, line.as_bytes());
    }
    Ok(status)
}

#[cfg(test)]
mod tests {
    use crate::builtin;

    #[test]
    fn every_builtin_is_found_by_name() {
        assert!(builtin::find("[", false).is_some_and(|builtin| builtin.program));
        assert!(builtin::find(".", false).is_some_and(|builtin| builtin.special));
        assert!(builtin::find("wait", false).is_some());
        assert!(builtin::find("source", false).is_none());
        assert!(builtin::find("source", true).is_some());
    }
}
