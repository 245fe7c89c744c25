//! `cp`.

use std::collections::BTreeMap;

use bringup_shell::{Call, Failure, Host, Status, Stop};
use bringup_tree::{Kind, Node, NodeId};

use crate::common::{complain, join, print, quote, source};
use crate::options::{Parsed, parse, unsupported};
use crate::places::pairs;

/// What to do, from the options.
#[derive(Debug, Default)]
struct Plan {
    recursive: bool,
    /// Follow links: everywhere, only as operands, nowhere.
    follow: Follow,
    mode: bool,
    owner: bool,
    time: bool,
    links: bool,
    xattrs: bool,
    clobber: Clobber,
    force: bool,
    remove_first: bool,
    verbose: bool,
    hard_links: bool,
    symbolic_links: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Follow {
    #[default]
    Everywhere,
    Operands,
    Nowhere,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Clobber {
    #[default]
    Always,
    Never,
    Older,
}

/// Copies.
pub(crate) fn cp(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("archive", 'a'),
        ("context", '='),
        ("dereference", 'L'),
        ("force", 'f'),
        ("link", 'l'),
        ("no-clobber", 'n'),
        ("no-dereference", 'P'),
        ("no-preserve", '%'),
        ("no-target-directory", 'T'),
        ("preserve", '#'),
        ("recursive", 'r'),
        ("reflink", '='),
        ("remove-destination", '@'),
        ("sparse", '='),
        ("symbolic-link", 's'),
        ("target-directory", 't'),
        ("update", 'u'),
        ("verbose", 'v'),
    ];
    let parsed = parse(call, "adfHilLnpPrRst:TuvxZ#::%:@=::", LONG)?;
    if parsed.last_of("fin") == Some('i') {
        return Err(unsupported(call, "a question"));
    }
    let plan = plan(call, &parsed)?;
    let pairs = match pairs(call, &parsed, true) {
        Ok(pairs) => pairs,
        Err(status) => return Ok(status),
    };
    let mut copied = BTreeMap::new();
    let mut status = 0;
    for (from, to) in pairs {
        // Without `-r`, what a device or pipe gives is copied, not the node.
        let special = |node: Node| !matches!(node.kind, Kind::File(_) | Kind::Directory | Kind::Symlink(_));
        if !plan.recursive && source(call, &from, true).is_some_and(special) {
            return Err(unsupported(call, "to read a device"));
        }
        status |= one(call, &plan, &from, &to, true, &mut copied);
    }
    Ok(status)
}

fn plan(call: &Call<'_>, parsed: &Parsed) -> Result<Plan, Stop> {
    let mut plan = Plan::default();
    let mut follow = None;
    for (option, value) in &parsed.options {
        match option {
            'a' => {
                (plan.recursive, plan.links, plan.xattrs) = (true, true, true);
                (plan.mode, plan.owner, plan.time) = (true, true, true);
                follow = Some(Follow::Nowhere);
            }
            'd' => {
                plan.links = true;
                follow = Some(Follow::Nowhere);
            }
            'r' | 'R' => plan.recursive = true,
            'L' => follow = Some(Follow::Everywhere),
            'H' => follow = Some(Follow::Operands),
            'P' => follow = Some(Follow::Nowhere),
            'p' => (plan.mode, plan.owner, plan.time) = (true, true, true),
            '#' if value.is_empty() => (plan.mode, plan.owner, plan.time) = (true, true, true),
            '#' | '%' => {
                for what in value.split(',') {
                    let on = *option == '#';
                    match what {
                        "mode" => plan.mode = on,
                        "ownership" => plan.owner = on,
                        "timestamps" => plan.time = on,
                        "links" => plan.links = on,
                        "xattr" => plan.xattrs = on,
                        "context" => {}
                        "all" => {
                            (plan.mode, plan.owner, plan.time) = (on, on, on);
                            (plan.links, plan.xattrs) = (on, on);
                        }
                        _ => return Err(unsupported(call, &format!("`--preserve={what}`"))),
                    }
                }
            }
            'n' => plan.clobber = Clobber::Never,
            'u' => match value.as_str() {
                "" | "older" => plan.clobber = Clobber::Older,
                "none" => plan.clobber = Clobber::Never,
                "all" => {}
                _ => return Err(unsupported(call, &format!("`--update={value}`"))),
            },
            'f' => plan.force = true,
            '@' => plan.remove_first = true,
            'v' => plan.verbose = true,
            'l' => plan.hard_links = true,
            's' => plan.symbolic_links = true,
            _ => {}
        }
    }
    plan.follow = follow.unwrap_or(if plan.recursive { Follow::Nowhere } else { Follow::Everywhere });
    Ok(plan)
}

fn one(
    call: &mut Call<'_>,
    plan: &Plan,
    from: &str,
    to: &str,
    operand: bool,
    copied: &mut BTreeMap<NodeId, String>,
) -> Status {
    let follow = plan.follow == Follow::Everywhere || plan.follow == Follow::Operands && operand;
    let follow = follow && !plan.hard_links;
    let node = if plan.recursive {
        if follow { call.world.stat(from) } else { call.world.lstat(from) }.cloned()
    } else {
        source(call, from, follow)
    };
    let Some(node) = node else {
        let failure = call.world.absence(from);
        complain(call, &format!("cannot stat {}: {}", quote(from), failure.text()));
        return 1;
    };
    if node.kind.is_directory() {
        return directory(call, plan, from, to, node, copied);
    }
    if !node.kind.is_directory() && from.ends_with('/') {
        complain(call, &format!("cannot stat {}: Not a directory", quote(from)));
        return 1;
    }
    let id = call.world.id(from, follow);
    if let Some(status) = make_room(call, plan, from, to, &node, follow) {
        return status;
    }
    let earlier = id.filter(|_| plan.links).and_then(|id| copied.get(&id).cloned());
    let absent = call.world.lstat(to).is_none();
    let result = if let Some(earlier) = earlier {
        let _ = call.world.remove(to);
        call.world.link(&earlier, to)
    } else if plan.hard_links {
        call.world.link(from, to)
    } else if plan.symbolic_links {
        call.world.make_symlink(from, to)
    } else {
        put(call, plan, to, &node, absent)
    };
    if let Err(failure) = result {
        let what = if absent { "create" } else { "open" };
        let kind = match node.kind {
            Kind::File(_) => "regular file ",
            Kind::Symlink(_) => "symbolic link ",
            Kind::Fifo => "fifo ",
            _ => "special file ",
        };
        complain(call, &format!("cannot {what} {kind}{}: {}", quote(to), failure.text()));
        return 1;
    }
    if let Some(id) = id.filter(|_| plan.links) {
        copied.insert(id, to.to_owned());
    }
    if plan.verbose {
        print(call, &format!("{} -> {}\n", quote(from), quote(to)));
    }
    0
}

/// Looks at what is at the destination of a file; a status if that ends it.
fn make_room(
    call: &mut Call<'_>,
    plan: &Plan,
    from: &str,
    to: &str,
    node: &Node,
    follow: bool,
) -> Option<Status> {
    let old = call.world.lstat(to)?;
    let link = matches!(old.kind, Kind::Symlink(_));
    if plan.clobber == Clobber::Never || plan.clobber == Clobber::Older && old.meta.mtime >= node.meta.mtime {
        return Some(0);
    }
    if call.world.is_directory(to) && (!link || matches!(node.kind, Kind::File(_))) {
        complain(call, &format!("cannot overwrite directory {} with non-directory", quote(to)));
        return Some(1);
    }
    let same = call.world.id(from, follow) == call.world.id(to, true);
    let same_name = call.world.named(from) == call.world.named(to);
    if same && (same_name || !plan.remove_first && !plan.hard_links) {
        complain(call, &format!("{} and {} are the same file", quote(from), quote(to)));
        return Some(1);
    }
    if plan.hard_links && same {
        return Some(0);
    }
    let special = !matches!(node.kind, Kind::File(_)) || plan.hard_links || plan.symbolic_links;
    if special && !plan.force && !plan.remove_first && (plan.hard_links || plan.symbolic_links) {
        let kind = if plan.hard_links { "hard link" } else { "symbolic link" };
        complain(call, &format!("cannot create {kind} {} to {}: File exists", quote(to), quote(from)));
        return Some(1);
    }
    if plan.remove_first || special {
        let _ = call.world.remove(to);
        return None;
    }
    if link && call.world.stat(to).is_none() {
        complain(call, &format!("not writing through dangling symlink {}", quote(to)));
        return Some(1);
    }
    if plan.force && call.world.stat(to).is_some_and(|node| !matches!(node.kind, Kind::File(_))) {
        let _ = call.world.remove(to);
    }
    None
}

/// Writes a node at the destination.
fn put(call: &mut Call<'_>, plan: &Plan, to: &str, node: &Node, absent: bool) -> Result<(), Failure> {
    match &node.kind {
        Kind::File(content) => {
            call.world.write(to, Vec::new())?;
            let umask = call.world.umask;
            let Ok(at) = call.world.node_mut(to, true) else { return Ok(()) };
            // Not read: contents are shared.
            at.kind = Kind::File(content.clone());
            if absent {
                at.meta.mode = node.meta.mode & 0o777 & !umask;
            }
        }
        Kind::Symlink(target) => {
            let target = String::from_utf8_lossy(target).into_owned();
            call.world.make_symlink(&target, to)?;
        }
        kind => {
            let mode = node.meta.mode & 0o777 & !call.world.umask;
            call.world.make_node(to, kind.clone(), mode)?;
        }
    }
    let follow = !matches!(node.kind, Kind::Symlink(_));
    keep(call, plan, to, node, follow);
    Ok(())
}

/// Gives the copy what is to be preserved.
fn keep(call: &mut Call<'_>, plan: &Plan, to: &str, node: &Node, follow: bool) {
    let Ok(at) = call.world.node_mut(to, follow) else { return };
    if plan.owner {
        (at.meta.uid, at.meta.gid) = (node.meta.uid, node.meta.gid);
    }
    if plan.mode && follow {
        at.meta.mode = node.meta.mode;
    }
    if plan.time {
        at.meta.mtime = node.meta.mtime;
    }
    if plan.xattrs {
        at.meta.xattrs.clone_from(&node.meta.xattrs);
    }
}

fn directory(
    call: &mut Call<'_>,
    plan: &Plan,
    from: &str,
    to: &str,
    node: Node,
    copied: &mut BTreeMap<NodeId, String>,
) -> Status {
    if !plan.recursive {
        complain(call, &format!("-r not specified; omitting directory {}", quote(from)));
        return 1;
    }
    let (old, new) = (call.world.followed(from), call.world.followed(to));
    let mut names = call.world.names(from);
    let mut status = 0;
    if let (Ok(old), Ok(new)) = (old, new) {
        if old == new {
            complain(call, &format!("{} and {} are the same file", quote(from), quote(to)));
            return 1;
        }
        let behind = new.strip_prefix(old.as_slice());
        if behind.is_some_and(|rest| old.is_empty() || rest.starts_with(b"/")) {
            // The copy is made, without itself.
            complain(call, &format!("cannot copy a directory, {}, into itself, {}", quote(from), quote(to)));
            status = 1;
            let text = String::from_utf8_lossy(&new[old.len()..]).into_owned();
            names.retain(|name| !text.trim_start_matches('/').split('/').any(|part| part == name));
        }
    }
    let made = match call.world.stat(to).map(|node| node.kind.is_directory()) {
        Some(true) => false,
        Some(false) => {
            if plan.clobber == Clobber::Never {
                return 0;
            }
            let text = format!("cannot overwrite non-directory {} with directory {}", quote(to), quote(from));
            complain(call, &text);
            return 1;
        }
        None => {
            if let Err(failure) = call.world.make_directory(to) {
                complain(call, &format!("cannot create directory {}: {}", quote(to), failure.text()));
                return 1;
            }
            true
        }
    };
    if made && plan.verbose {
        print(call, &format!("{} -> {}\n", quote(from), quote(to)));
    }
    for name in names {
        status |= one(call, plan, &join(from, &name), &join(to, &name), false, copied);
    }
    let umask = call.world.umask;
    if made && let Ok(at) = call.world.node_mut(to, true) {
        // The set-group-id bit may have come from the folder above.
        at.meta.mode = at.meta.mode & 0o2000 | node.meta.mode & 0o7777 & !umask & !0o6000;
    }
    keep(call, plan, to, &node, true);
    status
}
