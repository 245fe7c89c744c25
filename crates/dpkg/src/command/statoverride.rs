//! `dpkg-statoverride`: another owner and mode for a file that a package brings.
//!
//! dpkg-statoverride(1); each line of `/var/lib/dpkg/statoverride` is owner, group, mode, path.

use std::collections::BTreeMap;

use bringup_shell::{Call, Status, Stop, World};

use super::{divert, fail, records, say, unsupported, written};
use crate::machine::Machine;

const FILE: &str = "/var/lib/dpkg/statoverride";

/// A root's overrides: owner, group and mode by path. Accounts that do not exist are left out.
pub(crate) fn read(world: &World) -> BTreeMap<String, (u32, u32, u32)> {
    let mut found = BTreeMap::new();
    for line in lines(world) {
        let fields: Vec<&str> = line.splitn(4, ' ').collect();
        let [owner, group, mode, path] = fields[..] else { continue };
        if let (Some(uid), Some(gid), Ok(mode)) = (
            records::account(world, "/etc/passwd", owner),
            records::account(world, "/etc/group", group),
            u32::from_str_radix(mode, 8),
        ) {
            found.insert(path.to_owned(), (uid, gid, mode & 0o7777));
        }
    }
    found
}

fn lines(world: &World) -> Vec<String> {
    let text = world.read(FILE).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
}

fn path_of(line: &str) -> &str {
    line.splitn(4, ' ').nth(3).unwrap_or_default()
}

fn write(call: &mut Call<'_>, lines: &[String]) -> Result<Status, Stop> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let done = match call.world.read(FILE) {
        Ok(old) => records::write(call.world, &format!("{FILE}-old"), old),
        Err(_) => Ok(()),
    };
    let done = done.and_then(|()| records::write(call.world, FILE, text));
    written(call, done)
}

/// The command.
pub(crate) fn command(_: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let (mut action, mut update, mut force, mut quiet) = ("", false, false, false);
    let mut operands: Vec<String> = Vec::new();
    for word in call.arguments {
        match word.as_str() {
            "--add" | "--remove" | "--list" => action = word,
            "--update" => update = true,
            "--force" | "--force-all" | "--force-statoverride-add" | "--force-statoverride-remove" => {
                force = true
            }
            "--quiet" => quiet = true,
            word if word.starts_with("--") => return unsupported(call, format!("`{word}`")),
            _ => operands.push(word.clone()),
        }
    }
    let mut all = lines(call.world);
    match (action, &operands[..]) {
        ("--list", patterns) => {
            if patterns.iter().any(|pattern| pattern.contains(['?', '[', '\\'])) {
                return unsupported(call, "a pattern other than `*`");
            }
            // A trailing slash says the same.
            let fits = |line: &String| {
                let hit = |pattern: &String| {
                    let pattern = if pattern.len() > 1 { pattern.trim_end_matches('/') } else { pattern };
                    divert::matches(pattern, path_of(line))
                };
                patterns.is_empty() || patterns.iter().any(hit)
            };
            let found: Vec<String> = all.into_iter().filter(fits).collect();
            found.iter().for_each(|line| say(call, line));
            Ok(u8::from(found.is_empty()))
        }
        ("--add", [owner, group, mode, path]) => {
            let path = path.trim_end_matches('/');
            let Some(uid) = records::account(call.world, "/etc/passwd", owner) else {
                return fail(call, &format!("user '{owner}' does not exist"));
            };
            let Some(gid) = records::account(call.world, "/etc/group", group) else {
                return fail(call, &format!("group '{group}' does not exist"));
            };
            let Some(bits) = u32::from_str_radix(mode, 8).ok().filter(|bits| *bits <= 0o7777) else {
                return fail(call, &format!("mode value '{mode}' is not valid"));
            };
            if all.iter().any(|line| path_of(line) == path) {
                if !force {
                    let text = format!("an override for '{path}' already exists; aborting");
                    return fail(call, &text);
                }
                all.retain(|line| path_of(line) != path);
            }
            all.push(format!("{owner} {group} {bits:o} {path}"));
            if update {
                match call.world.followed(path).ok().and_then(|at| call.world.tree.get_mut(at)) {
                    Some(node) => (node.meta.uid, node.meta.gid, node.meta.mode) = (uid, gid, bits),
                    None if quiet => {}
                    None => {
                        let text =
                            format!("dpkg-statoverride: warning: --update given but {path} does not exist\n");
                        call.errors.extend_from_slice(text.as_bytes());
                    }
                }
            }
            write(call, &all)
        }
        ("--remove", [path]) => {
            let path = path.trim_end_matches('/');
            let before = all.len();
            all.retain(|line| path_of(line) != path);
            if all.len() == before {
                if !quiet {
                    call.errors.extend_from_slice(b"dpkg-statoverride: warning: no override present\n");
                }
                return Ok(if force { 0 } else { 2 });
            }
            write(call, &all)
        }
        _ => unsupported(call, "such arguments"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, machine, world};

    #[test]
    fn an_override_is_recorded_and_set() {
        let mut machine = machine(&[]);
        let mut world = world(&[
            ("/etc/passwd", "root:x:0:0::/:\n"),
            ("/etc/group", "root:x:0:\nssl:x:103:\n"),
            ("/var/lib/dpkg/statoverride", ""),
            ("/key", ""),
        ]);
        for (line, status, output) in [
            ("dpkg-statoverride --list /key", 1, ""),
            ("dpkg-statoverride --update --add root ssl 02710 /key", 0, ""),
            ("dpkg-statoverride --list /k*", 0, "root ssl 2710 /key\n"),
            ("dpkg-statoverride --add root ssl 710 /key", 2, ""),
            ("dpkg-statoverride --add nobody ssl 710 /other", 2, ""),
        ] {
            let (found, text, _) = call(&mut machine, &mut world, line);
            assert_eq!((found, text.as_str()), (status, output), "{line}");
        }
        let meta = &world.stat("/key").unwrap().meta;
        assert_eq!((meta.uid, meta.gid, meta.mode), (0, 103, 0o2710));
        assert_eq!(read(&world), BTreeMap::from([("/key".to_owned(), (0, 103, 0o2710))]));
    }
}
