//! The peers' programs, from the store.

use std::error::Error;
use std::path::PathBuf;

use bringup_sandbox::Way;
use bringup_store::Store;
use bringup_tools::{Toolbox, set_of};

/// The folder of the root that holds the peers.
pub(crate) fn peers(store: &Store) -> Result<PathBuf, Box<dyn Error>> {
    // One set has them all.
    let set = set_of("genimage")?;
    let architecture = bringup_catalog::platform_for_host_arch(std::env::consts::ARCH)?.debian_arch;
    let toolbox = Toolbox {
        store,
        source: &bringup::package_source()?,
        architecture,
        jobs: std::thread::available_parallelism()?.get(),
        progress: &(),
        way: Way::Namespace,
    };
    Ok(toolbox.root(set, &toolbox.packages(set)?)?.dir().to_owned())
}
