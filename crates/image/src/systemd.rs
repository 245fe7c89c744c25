//! The root of a system with systemd: packages configured, then what the record says.

use bringup_route::Choice;
use bringup_shell::World;
use bringup_system::Facts;
use bringup_tree::{Kind, Meta, Tree};

use crate::boot::BootFiles;
use crate::root::Parts;
use crate::{Error, audited, routes, supplied};

/// Folders that are mount points on the running system: what scripts leave there is not the image's.
const MOUNT_POINTS: [&str; 5] = ["dev", "proc", "run", "sys", "tmp"];

/// Lays the packages over each other, configures them, and does what the record says; gives the routes that
/// the packages took, and what somebody should know of the root.
pub(crate) fn root(parts: &Parts<'_>, boot: &BootFiles) -> Result<(Tree, Vec<Choice>, Vec<String>), Error> {
    let Parts { request, epoch, .. } = *parts;
    let system = request.system;
    let routed = routes::configure(parts.context, request, parts.ready, epoch)?;
    let configured = routed.tree.clone();
    let mut world = World::new(routed.tree, request.debian_arch(), epoch);
    supplied::record(&mut world, request, parts.ready.kernel(request.board)?.0)?;
    parts.components.install(parts.context, request, &mut world.tree)?;
    bringup_system::apply(
        system,
        &mut world,
        &Facts {
            devices: parts.names.devices(),
            suite: parts.ready.suite(),
            secrets: &request.secrets,
            root_keys: &request.root_keys,
        },
    )?;
    let mut tree = world.tree;
    empty_mount_points(&mut tree, epoch)?;
    let folder = Meta::root(0o755, epoch);
    for (path, content) in &boot.files {
        let at = tree.resolve(path)?;
        tree.insert_all(at, Meta::root(0o644, epoch), Kind::File(content.clone()), &folder)?;
    }
    let notes = audited::check(parts, &configured, &tree, &routed.table)?;
    Ok((tree, routed.table, notes))
}

/// Takes away what is in folders that something else is mounted over.
fn empty_mount_points(tree: &mut Tree, epoch: i64) -> Result<(), Error> {
    for folder in MOUNT_POINTS {
        let below: Vec<Vec<u8>> = tree.below(folder.as_bytes()).map(|(path, _)| path.to_vec()).collect();
        for path in below {
            tree.remove(path);
        }
        if tree.get(folder).is_none() {
            let mode = match folder {
                "tmp" => 0o1777,
                "proc" | "sys" => 0o555,
                _ => 0o755,
            };
            tree.insert(folder, Meta::root(mode, epoch), Kind::Directory)?;
        }
    }
    Ok(())
}
