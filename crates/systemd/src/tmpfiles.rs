//! systemd-tmpfiles: files and folders that have to be there (tmpfiles.d(5), systemd-tmpfiles(8)).
//!
//! Cleaning by age is left out: nothing in a new root is old. Access control lists are kept, but what
//! gets made in a folder with a default list does not inherit it.

mod acl;
mod create;
mod line;
mod path;
#[cfg(test)]
mod tests;

use bringup_shell::{Call, Host, Status, Stop};

use crate::options::{self, Given, Known, flag, value};
use crate::{fragments, unsupported};
use line::{Item, Parsed, Wanted, is_below};

const NAME: &str = "systemd-tmpfiles";
const KNOWN: &[Known] = &[
    flag("create", '\0'),
    flag("remove", '\0'),
    flag("boot", '\0'),
    flag("graceful", '\0'),
    flag("no-pager", '\0'),
    value("prefix", '\0'),
    value("exclude-prefix", '\0'),
    flag("exclude-default", 'E'),
    value("root", '\0'),
    value("replace", '\0'),
];

/// `EX_DATAERR` and `EX_CANTCREAT` of sysexits.h.
const WRONG_LINE: Status = 65;
const CANNOT_CREATE: Status = 73;

/// All lines for one path, what makes it first.
#[derive(Debug)]
struct Group {
    items: Vec<Item>,
    /// The lines for the nearest folder above.
    parent: Option<usize>,
    done: bool,
}

/// systemd-tmpfiles(8).
pub(crate) fn run(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = options::parse(NAME, KNOWN, call.arguments)?;
    given.check_root(NAME)?;
    if !given.has("create") && !given.has("remove") {
        return Err(unsupported(NAME, "a call without `--create` or `--remove`"));
    }
    let mut wanted = Wanted {
        boot: given.has("boot"),
        graceful: given.has("graceful"),
        prefixes: given.values("prefix").map(str::to_owned).collect(),
        excluded: given.values("exclude-prefix").map(str::to_owned).collect(),
    };
    if given.has("exclude-default") {
        wanted.excluded.extend(["/dev", "/proc", "/run", "/sys"].map(str::to_owned));
    }
    let Some(texts) = texts(call, &given) else { return Ok(1) };
    let mut status = 0;
    let mut items: Vec<Item> = Vec::new();
    for (path, bytes) in texts {
        let text = String::from_utf8(bytes).map_err(|_| Stop::NotText { what: path.clone() })?;
        for (number, line) in fragments::lines(&text) {
            match line::parse(call.world, &wanted, line)? {
                Parsed::Item(item) => {
                    let same =
                        |other: &&Item| other.path == item.path && other.is_pattern() == item.is_pattern();
                    if items.iter().filter(same).all(|other| other.agrees_with(&item)) {
                        items.push(*item);
                    } else {
                        let text = format!(
                            "{path}:{number}: Duplicate line for path \"{}\", ignoring.\n",
                            item.path
                        );
                        call.errors.extend_from_slice(text.as_bytes());
                    }
                }
                Parsed::Skipped => {}
                Parsed::Wrong(what) => {
                    call.errors.extend_from_slice(format!("{path}:{number}: {what}\n").as_bytes());
                    status = WRONG_LINE;
                }
            }
        }
    }
    if given.has("remove") {
        for item in &items {
            remove(call, item);
        }
    }
    if given.has("create") {
        let mut groups = grouped(items);
        for at in 0..groups.len() {
            let good = create(call, &mut groups, at)?;
            if !good && status == 0 {
                status = CANNOT_CREATE;
            }
        }
    }
    Ok(status)
}

/// The files that count, with their paths; none if one on the command line is missing.
fn texts(call: &mut Call<'_>, given: &Given) -> Option<Vec<(String, Vec<u8>)>> {
    let folders = fragments::folders("tmpfiles.d");
    let mut named = Vec::new();
    for argument in &given.operands {
        match fragments::named(call.world, &folders, argument, call.input) {
            Ok(file) => named.push(file),
            Err(failure) => {
                let text = format!("Failed to read '{argument}': {}\n", failure.text());
                call.errors.extend_from_slice(text.as_bytes());
                return None;
            }
        }
    }
    let place = given.value("replace");
    if place.is_none() && !named.is_empty() {
        return Some(named);
    }
    let mut paths = fragments::files(call.world, &folders, ".conf");
    if let Some(place) = place {
        fragments::put(&mut paths, &folders, place);
    }
    let mut texts = Vec::new();
    for path in paths {
        if place == Some(path.as_str()) {
            texts.append(&mut named);
        } else if let Ok(bytes) = call.world.read(&path) {
            texts.push((path, bytes));
        }
    }
    Some(texts)
}

/// Lines by path: first those that make something, then those with patterns.
fn grouped(items: Vec<Item>) -> Vec<Group> {
    let (patterns, plain): (Vec<Item>, Vec<Item>) = items.into_iter().partition(Item::is_pattern);
    let mut groups: Vec<Group> = Vec::new();
    for list in [plain, patterns] {
        let start = groups.len();
        for item in list {
            match groups[start..].iter_mut().find(|group| group.items[0].path == item.path) {
                Some(group) => group.items.push(item),
                None => groups.push(Group { items: vec![item], parent: None, done: false }),
            }
        }
    }
    for group in &mut groups {
        group.items.sort_by_key(|item| (!item.owns(), item.kind));
    }
    for at in 0..groups.len() {
        let path = groups[at].items[0].path.clone();
        let above = |group: &&(usize, String)| group.1 != path && is_below(&path, &group.1);
        let paths: Vec<(usize, String)> =
            groups.iter().enumerate().map(|(at, group)| (at, group.items[0].path.clone())).collect();
        // The longest one; of a plain one and a pattern of the same length the plain one.
        let parent = paths.iter().filter(above).max_by_key(|(at, path)| (path.len(), std::cmp::Reverse(*at)));
        groups[at].parent = parent.map(|(at, _)| *at);
    }
    groups
}

/// Does the lines of a path, those of its parent before them; false if one failed.
fn create(call: &mut Call<'_>, groups: &mut [Group], at: usize) -> Result<bool, Stop> {
    if groups[at].done {
        return Ok(true);
    }
    groups[at].done = true;
    let mut good = match groups[at].parent {
        Some(parent) => create(call, groups, parent)?,
        None => true,
    };
    for item in &groups[at].items {
        if let Err(what) = create::create(call.world, item)? {
            call.errors.extend_from_slice(format!("{what}\n").as_bytes());
            good &= item.may_fail;
        }
    }
    Ok(good)
}

fn remove(call: &mut Call<'_>, item: &Item) {
    for path in path::matches(call.world, &item.path) {
        match item.kind {
            'r' => {
                // A folder with something in it stays.
                let _ = call.world.remove(&path);
            }
            'R' => create::remove_all(call.world, &path),
            'D' => {
                for name in call.world.names(&path) {
                    create::remove_all(call.world, &format!("{path}/{name}"));
                }
            }
            _ => {}
        }
    }
}
