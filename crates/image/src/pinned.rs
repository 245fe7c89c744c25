//! Tools that an image's lock pins.

use std::path::Path;

use bringup_debian::{Lock, LockedPackage};
use bringup_tools::{ToolSet, Toolbox};

use crate::Error;

/// The packages of a set of tools: those that the image's lock names; without any the newest, which
/// the lock then gets. An image that is not locked gets the newest.
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
    if !locked.is_empty() {
        return Ok(locked);
    }
    let newest = toolbox.packages(set)?;
    let mut image = image.clone();
    image.set_tools(set.name, toolbox.architecture, newest.clone());
    Lock::update(lock, image)?;
    Ok(newest)
}
