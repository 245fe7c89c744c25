//! Paths that are patterns, and paths that are not safe.

use bringup_shell::World;

use crate::glob;

/// Everything that fits a pattern, in byte order; a name with a dot first only if the pattern has it.
pub(crate) fn matches(world: &World, pattern: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for folder in found {
            if !glob::is_pattern(part) {
                let path = format!("{folder}/{part}");
                if world.lstat(&path).is_some() {
                    next.push(path);
                }
                continue;
            }
            let above = if folder.is_empty() { "/" } else { &folder };
            for name in world.names(above) {
                if (part.starts_with('.') || !name.starts_with('.')) && glob::fits(part, &name) {
                    next.push(format!("{folder}/{name}"));
                }
            }
        }
        found = next;
    }
    found
}

/// Whether somebody other than root, who owns a folder on the way, could have put what is behind it
/// there for somebody else (`unsafe_transition` of systemd's src/basic/chase.c).
pub(crate) fn is_unsafe(world: &World, path: &str) -> bool {
    let mut owner = world.stat("/").map_or(0, |node| node.meta.uid);
    for (at, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]) {
        let Some(node) = world.lstat(&path[..at]) else { return false };
        if owner != 0 && node.meta.uid != owner {
            return true;
        }
        owner = node.meta.uid;
    }
    false
}

/// The folder of a path.
pub(crate) fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}
