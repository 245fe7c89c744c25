//! `ls`.

use bringup_shell::{Call, Host, Status, Stop};
use bringup_tree::{Kind, Node};

use crate::accounts::{group_name, user_name};
use crate::common::{complain, join, quote};
use crate::mode::letters;
use crate::options::{Parsed, parse};
use crate::stat::{links, size, type_letter};
use crate::time::Moment;

/// One name to show.
struct Entry {
    shown: String,
    path: String,
    node: Node,
}

/// Lists names, one a line since no terminal is there.
pub(crate) fn ls(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("all", 'a'),
        ("almost-all", 'A'),
        ("color", '='),
        ("dereference", 'L'),
        ("directory", 'd'),
        ("numeric-uid-gid", 'n'),
        ("recursive", 'R'),
        ("reverse", 'r'),
    ];
    let parsed = parse(call, "1aAdlLnrRtU=::", LONG)?;
    let operands = if parsed.operands.is_empty() { vec![".".to_owned()] } else { parsed.operands.clone() };
    let long = parsed.has('l') || parsed.has('n');
    let mut status = 0;
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for path in &operands {
        let lstat = call.world.lstat(path);
        // Links given by name are followed to folders, unless the listing is long.
        let follow = parsed.has('L') || !long && !parsed.has('d') || path.ends_with('/');
        let node = match call.world.stat(path).filter(|_| follow) {
            Some(node) if parsed.has('L') || node.kind.is_directory() => Some(node),
            _ if parsed.has('L') => None,
            _ => lstat,
        };
        let Some(node) = node.cloned() else {
            let failure = call.world.absence(path);
            complain(call, &format!("cannot access {}: {}", quote(path), failure.text()));
            status = 2;
            continue;
        };
        let entry = Entry { shown: path.clone(), path: path.clone(), node };
        if entry.node.kind.is_directory() && !parsed.has('d') { &mut folders } else { &mut files }
            .push(entry);
    }
    let headings = operands.len() > 1 || parsed.has('R');
    sort(&parsed, &mut files);
    sort(&parsed, &mut folders);
    let mut first = files.is_empty();
    show(call, &parsed, &files);
    for entry in folders {
        folder(call, &parsed, &entry.path, headings, &mut first);
    }
    Ok(status)
}

fn sort(parsed: &Parsed, entries: &mut [Entry]) {
    entries.sort_by(|one, other| one.shown.as_bytes().cmp(other.shown.as_bytes()));
    if parsed.has('t') {
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.node.meta.mtime));
    }
    if parsed.has('r') {
        entries.reverse();
    }
}

fn folder(call: &mut Call<'_>, parsed: &Parsed, path: &str, headings: bool, first: &mut bool) {
    if headings {
        let gap = if *first { "" } else { "\n" };
        call.output.extend_from_slice(format!("{gap}{path}:\n").as_bytes());
    }
    *first = false;
    let mut names = call.world.names(path);
    let all = parsed.last_of("aA");
    if all.is_none() {
        names.retain(|name| !name.starts_with('.'));
    }
    if all == Some('a') {
        names.extend([".".to_owned(), "..".to_owned()]);
    }
    let mut entries = Vec::new();
    for name in names {
        let inner = join(path, &name);
        let follow = parsed.has('L') || name == "." || name == "..";
        let node = call.world.stat(&inner).filter(|_| follow).or(call.world.lstat(&inner));
        if let Some(node) = node.cloned() {
            entries.push(Entry { shown: name, path: inner, node });
        }
    }
    sort(parsed, &mut entries);
    if parsed.has('l') || parsed.has('n') {
        let blocks: u64 = entries.iter().map(|entry| blocks(&entry.node)).sum();
        call.output.extend_from_slice(format!("total {blocks}\n").as_bytes());
    }
    show(call, parsed, &entries);
    if parsed.has('R') {
        let inner = entries.iter().filter(|entry| entry.node.kind.is_directory());
        for entry in inner.filter(|entry| entry.shown != "." && entry.shown != "..") {
            folder(call, parsed, &entry.path, headings, first);
        }
    }
}

/// In KiB, as ext4 with blocks of 4 KiB has it; short links need none.
fn blocks(node: &Node) -> u64 {
    match &node.kind {
        Kind::Symlink(target) if target.len() < 60 => 0,
        _ => size(node).div_ceil(4096) * 4,
    }
}

fn show(call: &mut Call<'_>, parsed: &Parsed, entries: &[Entry]) {
    if !parsed.has('l') && !parsed.has('n') {
        for entry in entries {
            call.output.extend_from_slice(format!("{}\n", entry.shown).as_bytes());
        }
        return;
    }
    let now = call.world.epoch;
    let rows: Vec<[String; 7]> = entries.iter().map(|entry| row(call, parsed, entry, now)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths = [width(1), width(2), width(3), width(4)];
    for row in &rows {
        let [mode, links, user, group, size, time, name] = row;
        let [w1, w2, w3, w4] = widths;
        let line = if parsed.has('n') {
            format!("{mode} {links:>w1$} {user:>w2$} {group:>w3$} {size:>w4$} {time} {name}\n")
        } else {
            format!("{mode} {links:>w1$} {user:w2$} {group:w3$} {size:>w4$} {time} {name}\n")
        };
        call.output.extend_from_slice(line.as_bytes());
    }
}

fn row(call: &Call<'_>, parsed: &Parsed, entry: &Entry, now: i64) -> [String; 7] {
    let node = &entry.node;
    let (uid, gid) = (node.meta.uid, node.meta.gid);
    let numeric = parsed.has('n');
    let user = user_name(call.world, uid).filter(|_| !numeric).unwrap_or_else(|| uid.to_string());
    let group = group_name(call.world, gid).filter(|_| !numeric).unwrap_or_else(|| gid.to_string());
    let size = match node.kind {
        Kind::CharDevice(device) | Kind::BlockDevice(device) => format!("{}, {}", device.major, device.minor),
        _ => size(node).to_string(),
    };
    // Half a Gregorian year, as GNU has it: 31,556,952 / 2 seconds.
    let recent = node.meta.mtime <= now && now - node.meta.mtime < 15_778_476;
    let format = if recent { "%b %e %H:%M" } else { "%b %e  %Y" };
    let time = Moment::of(node.meta.mtime).format(format, node.meta.mtime).unwrap_or_default();
    let follow = parsed.has('L') || entry.shown == "." || entry.shown == "..";
    let name = match &node.kind {
        Kind::Symlink(target) => format!("{} -> {}", entry.shown, String::from_utf8_lossy(target)),
        _ => entry.shown.clone(),
    };
    let mode = format!("{}{}", type_letter(node), letters(node.meta.mode));
    [mode, links(call, &entry.path, follow, node).to_string(), user, group, size, time, name]
}
