//! Files that are written as a whole.

use bringup_shell::{Failure, Stop, World};
use bringup_tree::{Content, Kind, Meta};

use crate::unsupported;

/// Puts a new file of root's into a place, as a rename(2) onto it does; folders above are made with
/// mode 0755 less the umask.
pub(crate) fn replace(
    world: &mut World,
    command: &str,
    path: &str,
    mode: u32,
    bytes: Vec<u8>,
) -> Result<(), Stop> {
    let failed = |failure: Failure| unsupported(command, format!("`{path}`: {}", failure.text()));
    for (at, _) in path.match_indices('/').skip(1) {
        let folder = &path[..at];
        if !world.is_directory(folder) {
            world.make_directory(folder).map_err(failed)?;
            let named = world.named(folder).map_err(failed)?;
            let mode = 0o755 & !world.umask;
            if let Some(node) = world.tree.get_mut(named) {
                node.meta.mode = mode;
            }
        }
    }
    let at = world.named(path).map_err(failed)?;
    world.tree.insert(at, Meta::root(mode, world.epoch), Kind::File(Content::bytes(bytes)))?;
    Ok(())
}
