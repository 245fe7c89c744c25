//! Tools that an image's lock pins.

use std::path::Path;

use bringup_debian::{Lock, LockedPackage};
use bringup_tools::{ToolSet, Toolbox};

use crate::Error;

/// The packages of a set of tools: those that the image's lock names; where it does not name all of
/// the set, the newest, which the lock then gets. An image that is not locked gets the newest.
///
/// # Errors
/// The lock cannot be read or written, or the packages cannot be had.
pub fn locked_tools(
    toolbox: &Toolbox<'_>,
    set: &'static ToolSet,
    lock: &Path,
    board: &str,
    system: &str,
) -> Result<Vec<LockedPackage>, Error> {
    let known = Lock::read(lock)?;
    let Some(image) = known.image(board, system) else { return Ok(toolbox.packages(set)?) };
    let locked = image.tools(set.name, toolbox.architecture);
    // A lock may be older than what the set has in it now.
    let has = |name: &str| locked.iter().any(|package| package.name == name);
    if set.packages.iter().all(|names| names.split(" | ").any(has)) {
        return Ok(locked);
    }
    let newest = toolbox.packages(set)?;
    let mut image = image.clone();
    image.set_tools(set.name, toolbox.architecture, newest.clone());
    Lock::update(lock, image)?;
    Ok(newest)
}
