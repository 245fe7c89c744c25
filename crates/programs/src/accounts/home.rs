//! Home folders.

use bringup_shell::{Stop, World};
use bringup_tree::{Kind, Meta};

use crate::arguments::unsupported;

/// Makes a folder that belongs to `owner` (user, group); parents that are missing are root's, 0755.
///
/// # Errors
/// The path is no good or leads through a file.
pub(crate) fn make(world: &mut World, path: &str, owner: (u32, u32), mode: u32) -> Result<(), Stop> {
    let mut at = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        at = format!("{at}/{part}");
        if !world.is_directory(&at) {
            world
                .make_directory(&at)
                .map_err(|why| unsupported("mkdir", format!("`{at}`: {}", why.text())))?;
        }
    }
    set(world, path, owner, Some(mode))
}

/// Copies what is in `from` into `to`, for `owner`; modes and times stay.
///
/// # Errors
/// A path is no good.
pub(crate) fn copy_keeping_times(
    world: &mut World,
    from: &str,
    to: &str,
    owner: (u32, u32),
) -> Result<(), Stop> {
    copy(world, from, to, owner, None, &|_| true)
}

/// Copies what `wanted` takes (by its path in `from`), for `owner`; modes stay, times are now.
///
/// # Errors
/// A path is no good.
pub(crate) fn copy_anew(
    world: &mut World,
    from: &str,
    to: &str,
    owner: (u32, u32),
    wanted: &dyn Fn(&str) -> bool,
) -> Result<(), Stop> {
    let epoch = world.epoch;
    copy(world, from, to, owner, Some(epoch), wanted)
}

fn copy(
    world: &mut World,
    from: &str,
    to: &str,
    (uid, gid): (u32, u32),
    mtime: Option<i64>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<(), Stop> {
    let resolve = |world: &World, path: &str| {
        world.followed(path).map_err(|why| unsupported("cp", format!("`{path}`: {}", why.text())))
    };
    let (from, to) = (resolve(world, from)?, resolve(world, to)?);
    if from.is_empty() {
        return Err(unsupported("cp", "copying the root"));
    }
    let nodes: Vec<(Vec<u8>, Meta, Kind)> = world
        .tree
        .below(&from)
        .map(|(path, node)| (path[from.len() + 1..].to_vec(), node.meta.clone(), node.kind.clone()))
        .filter(|(path, ..)| wanted(&String::from_utf8_lossy(path)))
        .collect();
    for (path, meta, kind) in nodes {
        let mut at = to.clone();
        at.push(b'/');
        at.extend_from_slice(&path);
        let mtime = mtime.unwrap_or(meta.mtime);
        world.tree.insert(at, Meta { uid, gid, mtime, ..meta }, kind)?;
    }
    Ok(())
}

/// Sets owner and, if given, mode.
fn set(world: &mut World, path: &str, (uid, gid): (u32, u32), mode: Option<u32>) -> Result<(), Stop> {
    let at = world.followed(path).map_err(|why| unsupported("chown", format!("`{path}`: {}", why.text())))?;
    if let Some(node) = world.tree.get_mut(at) {
        (node.meta.uid, node.meta.gid) = (uid, gid);
        node.meta.mode = mode.unwrap_or(node.meta.mode);
    }
    Ok(())
}

/// Gives what belongs to `old` (user, group) at and below `path` to `new`, each of the two for itself.
pub(crate) fn hand_over(world: &mut World, path: &str, old: (u32, u32), new: (u32, u32)) {
    let Ok(top) = world.followed(path) else { return };
    let below: Vec<Vec<u8>> = world.tree.below(&top).map(|(path, _)| path.to_vec()).collect();
    for at in below.into_iter().chain([top]) {
        if let Some(node) = world.tree.get_mut(at) {
            if node.meta.uid == old.0 {
                node.meta.uid = new.0;
            }
            if node.meta.gid == old.1 {
                node.meta.gid = new.1;
            }
        }
    }
}
