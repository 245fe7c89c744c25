//! Disables: takes links away (`remove_marked_symlinks` of systemd's src/shared/install.c).

use std::collections::BTreeSet;

use bringup_shell::World;
use bringup_tree::Kind;

use super::load::{Context, Mode};
use super::{Change, Outcome, name};
use crate::Error;

/// Marks the names of all units in the queue, and of what they enable along.
pub(crate) fn mark(world: &World, context: &mut Context, outcome: &mut Outcome) -> BTreeSet<String> {
    let mut marked = BTreeSet::new();
    while let Some(at) = context.queue.pop_front() {
        let result = context.traverse(world, at, true);
        let info = &context.infos[at];
        match (result, &info.mode) {
            // Links of a unit that is gone go, too.
            (Err(Error::Unknown { unit, near }), _) => {
                if !info.auxiliary && unit == info.name {
                    outcome.errors.push(Error::Unknown { unit, near });
                }
            }
            (Err(error), _) => outcome.errors.push(error),
            (Ok(_), Some(Mode::Regular)) => {}
            (Ok(_), _) => continue,
        }
        marked.insert(info.name.clone());
    }
    marked
}

/// Removes every link below `config` that has a marked name, or leads to one; folders that become
/// empty go, too.
pub(crate) fn remove(world: &mut World, config: &str, mut marked: BTreeSet<String>, outcome: &mut Outcome) {
    if marked.is_empty() {
        return;
    }
    let Ok(at) = world.followed(config) else { return };
    let above = String::from_utf8_lossy(&at).into_owned();
    loop {
        let links: Vec<String> = world
            .tree
            .below(&at)
            .filter(|(_, node)| matches!(node.kind, Kind::Symlink(_)))
            .map(|(path, _)| format!("{config}{}", &String::from_utf8_lossy(path)[above.len()..]))
            .collect();
        let mut again = false;
        for path in links {
            let link = name::file_name(&path);
            if name::class(link).is_none() || !leads_to(world, &path, link, &marked) {
                continue;
            }
            if world.remove(&path).is_err() {
                continue;
            }
            remove_empty_parents(world, &path, config);
            again |= marked.insert(path.clone());
            outcome.changes.push(Change::Removed { path });
        }
        if !again {
            return;
        }
    }
}

fn leads_to(world: &World, path: &str, link: &str, marked: &BTreeSet<String>) -> bool {
    if marked.contains(link) || name::template(link).is_some_and(|template| marked.contains(&template)) {
        return true;
    }
    let Ok(end) = world.followed(path) else { return false };
    let end = format!("/{}", String::from_utf8_lossy(&end));
    marked.contains(&end) || marked.contains(name::file_name(&end))
}

fn remove_empty_parents(world: &mut World, path: &str, stop: &str) {
    let mut folder = path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        if above.len() <= stop.len() || world.remove(above).is_err() {
            return;
        }
        folder = above;
    }
}
