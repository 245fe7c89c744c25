//! `dpkg-query`, and what `dpkg` hands over to it.

use bringup_shell::{Call, Status, Stop};

use super::divert::matches;
use super::{fail, say, unsupported};
use crate::machine::Machine;
use crate::status;

/// `dpkg-query`.
pub(crate) fn command(machine: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let mut format = "${binary:Package}\\t${Version}\\n".to_owned();
    let mut action = "";
    let mut operands: Vec<&str> = Vec::new();
    let mut words = call.arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-W" | "--show" => action = "-W",
            "-L" | "--listfiles" => action = "-L",
            "-S" | "--search" => action = "-S",
            "-s" | "--status" => action = "-s",
            "-c" | "--control-path" => action = "-c",
            "--control-list" => return unsupported(call, "`--control-list`"),
            "-f" => format = words.next().cloned().unwrap_or_default(),
            "--" => {}
            word => match word.strip_prefix("--showformat=").or_else(|| word.strip_prefix("-f")) {
                Some(value) => format = value.strip_prefix('=').unwrap_or(value).to_owned(),
                None if word.starts_with('-') => return unsupported(call, format!("`{word}`")),
                None => operands.push(word),
            },
        }
    }
    match action {
        "-W" => show(machine, call, &format, &operands),
        "-L" => list_files(machine, call, &operands),
        "-S" => search(machine, call, &operands),
        "-s" => status(machine, call, &operands),
        "-c" => control_path(machine, call, &operands),
        _ => unsupported(call, "such arguments"),
    }
}

fn control_path(machine: &Machine<'_>, call: &mut Call<'_>, operands: &[&str]) -> Result<Status, Stop> {
    let [name, rest @ ..] = operands else {
        return fail(call, "--control-path needs at least one package name");
    };
    let Some(at) = machine.known(name) else {
        let text = format!("dpkg-query: package '{name}' is not installed\n");
        call.errors.extend_from_slice(text.as_bytes());
        return Ok(1);
    };
    let info = machine.packages[at].info_name();
    let names = call.world.names("/var/lib/dpkg/info");
    for file in names {
        let Some(kind) = file.strip_prefix(&format!("{info}.")) else { continue };
        // dpkg does not show its own files.
        if !["list", "conffiles"].contains(&kind) && rest.first().is_none_or(|wanted| *wanted == kind) {
            say(call, &format!("/var/lib/dpkg/info/{file}"));
        }
    }
    Ok(0)
}

/// `-W`.
fn show(machine: &Machine<'_>, call: &mut Call<'_>, format: &str, patterns: &[&str]) -> Result<Status, Stop> {
    let mut failed = false;
    let all = machine.by_name();
    let mut found = Vec::new();
    if patterns.is_empty() {
        found = all.clone();
    }
    for pattern in patterns {
        let (name, architecture) = pattern.split_once(':').unwrap_or((pattern, ""));
        let here = |at: &&usize| {
            let package = &machine.packages[**at];
            matches(name, package.name())
                && (["", "any", "all"].contains(&architecture)
                    || [package.control.architecture(), call.world.architecture.as_str()]
                        .contains(&architecture))
        };
        let before = found.len();
        found.extend(all.iter().filter(here).copied());
        if found.len() == before {
            let text = format!("dpkg-query: no packages found matching {pattern}\n");
            call.errors.extend_from_slice(text.as_bytes());
            failed = true;
        }
    }
    found.sort_by_key(|at| all.iter().position(|one| one == at));
    found.dedup();
    for at in found {
        let text =
            expand(machine, at, format).or_else(|field| unsupported(call, format!("`${{{field}}}`")))?;
        call.output.extend_from_slice(text.as_bytes());
    }
    Ok(u8::from(failed))
}

/// Fills in a format; the error is a field that is not reproduced.
fn expand(machine: &Machine<'_>, at: usize, format: &str) -> Result<String, String> {
    let package = &machine.packages[at];
    let mut text = String::new();
    let mut rest = format;
    while let Some(cut) = rest.find(['$', '\\']) {
        text.push_str(&rest[..cut]);
        rest = &rest[cut..];
        if let Some(escaped) = rest.strip_prefix('\\') {
            let next = escaped.chars().next();
            match next {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some(other) => text.push(other),
                None => {}
            }
            rest = &escaped[next.map_or(0, char::len_utf8)..];
            continue;
        }
        let Some((field, after)) = rest.strip_prefix("${").and_then(|rest| rest.split_once('}')) else {
            text.push('$');
            rest = &rest[1..];
            continue;
        };
        rest = after;
        let (field, width) = field.split_once(';').unwrap_or((field, ""));
        if !width.is_empty() {
            return Err(format!("{field};{width}"));
        }
        let (want, state) = ("install", machine.state_name(at));
        match field {
            "binary:Package" => text.push_str(&package.info_name()),
            "Status" => text.push_str(&format!("{want} ok {state}")),
            "db:Status-Want" => text.push_str(want),
            "db:Status-Status" => text.push_str(state),
            "db:Status-Eflag" => text.push_str("ok"),
            "db:Status-Abbrev" => text.push_str(if state == "installed" { "ii " } else { "iU " }),
            "Conffiles" => text.push_str(&machine.conffiles(at).unwrap_or_default()),
            "Essential" => text.push_str(package.control.field("Essential").unwrap_or("no")),
            field if field.contains(':') => return Err(field.to_owned()),
            field => text.push_str(package.control.field(field).unwrap_or_default()),
        }
    }
    text.push_str(rest);
    Ok(text)
}

/// `-s`.
pub(crate) fn status(machine: &Machine<'_>, call: &mut Call<'_>, names: &[&str]) -> Result<Status, Stop> {
    let mut failed = false;
    for name in names {
        match machine.known(name) {
            Some(at) => {
                let fields = machine.conffiles(at);
                let installed = machine.state_name(at) == "installed";
                let text = status::stanza(&machine.packages[at], installed, fields.as_deref());
                call.output.extend_from_slice(text.as_bytes());
            }
            None => {
                failed = true;
                let text = format!(
                    "dpkg-query: package '{name}' is not installed and no information is available\n"
                );
                call.errors.extend_from_slice(text.as_bytes());
            }
        }
    }
    Ok(u8::from(failed))
}

/// `-L`.
pub(crate) fn list_files(machine: &Machine<'_>, call: &mut Call<'_>, names: &[&str]) -> Result<Status, Stop> {
    let mut failed = false;
    for name in names {
        match machine.known(name) {
            Some(at) => machine.owners.list(at).iter().for_each(|path| say(call, path)),
            None => {
                failed = true;
                let text = format!("dpkg-query: package '{name}' is not installed\n");
                call.errors.extend_from_slice(text.as_bytes());
            }
        }
    }
    Ok(u8::from(failed))
}

/// `-S`.
pub(crate) fn search(machine: &Machine<'_>, call: &mut Call<'_>, patterns: &[&str]) -> Result<Status, Stop> {
    let mut failed = false;
    for pattern in patterns {
        if pattern.contains(['?', '[', '\\']) {
            return unsupported(call, "a pattern other than `*`");
        }
        // Without wildcards a name is looked for anywhere, a path as a whole.
        let wanted = match pattern {
            pattern if pattern.contains('*') || pattern.starts_with('/') => (*pattern).to_owned(),
            pattern => format!("*{pattern}*"),
        };
        let mut by_path: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
        for at in machine.by_name() {
            for path in machine.owners.list(at).iter().filter(|path| matches(&wanted, path)) {
                by_path.entry(path).or_default().push(machine.packages[at].info_name());
            }
        }
        if by_path.is_empty() {
            failed = true;
            let text = format!("dpkg-query: no path found matching pattern {pattern}\n");
            call.errors.extend_from_slice(text.as_bytes());
        }
        for (path, packages) in by_path {
            say(call, &format!("{}: {path}", packages.join(", ")));
        }
    }
    Ok(u8::from(failed))
}
