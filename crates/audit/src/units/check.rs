//! Whether one unit could start.

use std::collections::BTreeSet;

use bringup_tree::Tree;

use super::file::UnitFile;
use super::names::{Place, find};
use crate::finding::Findings;
use crate::{Error, Rule, look};

/// Where a program without a folder is looked for; systemd.service(5), the fixed search path.
const SEARCH: [&str; 4] = ["usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin"];

/// Keys that start programs; systemd.service(5), systemd.socket(5).
const EXEC: [&str; 10] = [
    "ExecCondition",
    "ExecReload",
    "ExecStart",
    "ExecStartPost",
    "ExecStartPre",
    "ExecStop",
    "ExecStopPost",
    "ExecStopPre",
    "ExecReloadPost",
    "ExecReloadPre",
];

/// Names of accounts.
pub(super) struct Accounts {
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Accounts {
    pub(super) fn of(root: &Tree) -> Result<Self, Error> {
        Ok(Self { users: names(root, b"etc/passwd")?, groups: names(root, b"etc/group")? })
    }
}

fn names(root: &Tree, path: &[u8]) -> Result<BTreeSet<String>, Error> {
    let text = look::text(root, path)?.unwrap_or_default();
    Ok(text.lines().filter_map(|line| line.split(':').next()).map(str::to_owned).collect())
}

pub(super) fn check(root: &Tree, unit: &UnitFile, accounts: &Accounts, found: &mut Findings) {
    if never_starts(root, unit) {
        return;
    }
    dependencies(root, unit, found);
    programs(root, unit, found);
    users(unit, accounts, found);
}

/// Whether a condition wants a program or file below `/usr` that is not there; systemd.unit(5).
fn never_starts(root: &Tree, unit: &UnitFile) -> bool {
    let conditions = ["ConditionFileIsExecutable", "ConditionPathExists"];
    let mut paths = conditions.iter().flat_map(|key| unit.values(key));
    // `!` and `|` before a path are another condition.
    paths.any(|path| {
        path.starts_with("/usr/") && !path.contains('%') && !look::leads_somewhere(root, path.as_bytes())
    })
}

fn dependencies(root: &Tree, unit: &UnitFile, found: &mut Findings) {
    let missing = |key: &str| {
        let mut names = unit.words(key);
        names.retain(|name| !name.contains('%') && find(root, name) == Place::Missing);
        names.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for key in ["BindsTo", "Requires", "Requisite"] {
        for name in missing(key) {
            found.error(
                Rule::UnitDependency,
                &unit.path,
                format!("`{}` cannot start without `{name}` ({key}), which there is not", unit.name),
                "install the package that has the unit, or disable or mask this one",
            );
        }
    }
    if !unit.is_own() {
        // Packages name what may be there.
        return;
    }
    for key in ["After", "Before", "Wants"] {
        for name in missing(key) {
            found.note(
                Rule::UnitDependency,
                &unit.path,
                format!("`{}` names `{name}` ({key}), which there is not", unit.name),
                "systemd takes no notice of it: is the name right?",
            );
        }
    }
}

fn programs(root: &Tree, unit: &UnitFile, found: &mut Findings) {
    let is_service = unit.name.ends_with(".service");
    if is_service && ["ExecStart", "ExecStop", "SuccessAction"].iter().all(|key| unit.values(key).is_empty())
    {
        found.error(
            Rule::Unit,
            &unit.path,
            format!("`{}` starts no program", unit.name),
            "a service needs `ExecStart=`",
        );
    }
    if unit.last("RootDirectory").or(unit.last("RootImage")).is_some() {
        // Its programs are elsewhere.
        return;
    }
    for (key, value) in
        EXEC.iter().flat_map(|key| unit.values(key).into_iter().map(move |value| (key, value)))
    {
        let Some(program) = program(value) else { continue };
        let candidates: Vec<String> = match program.strip_prefix('/') {
            Some(path) => vec![path.to_owned()],
            None => SEARCH.iter().map(|folder| format!("{folder}/{program}")).collect(),
        };
        if candidates.iter().any(|path| look::is_program(root, path.as_bytes())) {
            continue;
        }
        let is_there = candidates.iter().any(|path| look::leads_somewhere(root, path.as_bytes()));
        let problem = if is_there { "which is no program" } else { "which there is not" };
        found.error(
            Rule::UnitProgram,
            &unit.path,
            format!("`{}` starts `{program}` ({key}), {problem}", unit.name),
            "install the package that has the program, or disable or mask the unit",
        );
    }
    for file in unit.values("EnvironmentFile") {
        let is_plain = file.starts_with('/') && !file.contains(['%', '*', '?', '[']);
        if is_plain && !file.starts_with("/run/") && !look::leads_somewhere(root, file.as_bytes()) {
            found.error(
                Rule::UnitProgram,
                &unit.path,
                format!("`{}` reads `{file}` (EnvironmentFile), which there is not", unit.name),
                "add the file, or write a `-` before its name",
            );
        }
    }
}

/// The program of a command line; none if its failure does not count, or if only the running system
/// knows its name. systemd.service(5), "Command lines".
fn program(line: &str) -> Option<&str> {
    let word = line.trim_start_matches(['@', ':', '+', '!', '|', '-']);
    let ignored = line[..line.len() - word.len()].contains('-');
    let program = match word.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.split(['"', '\'']).next(),
        None => word.split_whitespace().next(),
    }?;
    (!ignored && !program.is_empty() && !program.contains(['%', '$'])).then_some(program)
}

fn users(unit: &UnitFile, accounts: &Accounts, found: &mut Findings) {
    // The users of these are made when they start; systemd.exec(5).
    let dynamic = unit.is_on("DynamicUser");
    for (key, names, what) in [
        ("User", &accounts.users, "user"),
        ("Group", &accounts.groups, "group"),
        ("SupplementaryGroups", &accounts.groups, "group"),
    ] {
        if dynamic && key != "SupplementaryGroups" {
            continue;
        }
        let wanted: Vec<&str> =
            if key == "SupplementaryGroups" { unit.words(key) } else { unit.last(key).into_iter().collect() };
        for name in wanted {
            let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
            if is_number || name.contains('%') || name == "root" || names.contains(name) {
                continue;
            }
            found.error(
                Rule::UnitUser,
                &unit.path,
                format!("`{}` runs as the {what} `{name}`, which there is not", unit.name),
                format!("make the {what}, or disable or mask the unit"),
            );
        }
    }
}
