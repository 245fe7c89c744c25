//! The peers' programs, from the store.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bringup_debian::{
    AptFile, Client, ClientOptions, Keyring, Mirror, MirrorInputs, PackageSource, Repository, UnixTime,
};
use bringup_sandbox::Way;
use bringup_store::Store;
use bringup_tools::{ToolSet, Toolbox};

/// Every peer in one root; the shell and its programs are what genimage calls.
const PEERS: ToolSet = ToolSet {
    name: "bench",
    packages: &["coreutils", "dash", "e2fsprogs", "genimage", "tar"],
    programs: &["genimage", "mke2fs", "tar"],
};

/// The folder of the root that holds the peers.
pub(crate) fn peers(store: &Store) -> Result<PathBuf, Box<dyn Error>> {
    static SET: ToolSet = PEERS;
    let architecture = bringup_catalog::platform_for_host_arch(std::env::consts::ARCH)?.debian_arch;
    let toolbox = Toolbox {
        store,
        source: &package_source()?,
        architecture,
        jobs: std::thread::available_parallelism()?.get(),
        progress: &(),
        way: Way::Namespace,
    };
    Ok(toolbox.root(&SET, &toolbox.packages(&SET)?)?.dir().to_owned())
}

/// Debian's own archive on the mirror that the environment or the host's apt names.
fn package_source() -> Result<PackageSource, Box<dyn Error>> {
    let environment = std::env::var("BRINGUP_MIRROR").ok();
    let mut apt = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(entries) = Path::new("/etc/apt/sources.list.d").read_dir() {
        apt.extend(entries.flatten().map(|entry| entry.path()));
    }
    apt.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).ok()?;
        Some(AptFile { path: path.to_string_lossy().into_owned(), text })
    };
    let apt: Vec<AptFile> = apt.iter().filter_map(read).collect();
    let inputs = MirrorInputs { environment: environment.as_deref(), apt: &apt, ..MirrorInputs::default() };
    let mirror = Mirror::find(&inputs)?;
    let repository = Repository::new(&mirror.uri, "trixie", ["main"], Keyring::debian())?;
    let proxy = std::env::var("http_proxy").ok().filter(|uri| !uri.is_empty());
    let client = Client::new(&ClientOptions { proxy, ..ClientOptions::default() })?;
    Ok(PackageSource::new(client, vec![repository], UnixTime::from(SystemTime::now())))
}
