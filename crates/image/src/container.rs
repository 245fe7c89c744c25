//! A container's image: the root in layers by package.

use std::collections::HashMap;
use std::io::{Seek, Write};

use bringup_oci::{Compression, MAX_LAYERS, Options, Platform, Run, layers, write_image};
use bringup_system::Init;
use bringup_tree::Tree;

use crate::file_systems::threads;
use crate::packages::Ready;
use crate::{Context, Error, Request};

/// Layers unless somebody asks for others: enough that a changed package is a small download, and few
/// enough for every registry and file system.
pub(crate) const LAYERS: usize = 32;

/// What gzip takes if nobody says.
const LEVEL: u32 = 6;

/// What stops systemd in a container: systemd(1), "Signals".
const STOP_SYSTEMD: &str = "SIGRTMIN+3";

/// Writes the image to `to`.
pub(crate) fn write(
    context: &Context<'_>,
    request: &Request<'_>,
    tree: &Tree,
    ready: &Ready,
    epoch: i64,
    to: impl Write + Seek,
) -> Result<(), Error> {
    let architecture = request.debian_arch();
    let platform = Platform::of_debian(architecture);
    let platform = platform.ok_or_else(|| Error::NoContainers { architecture: architecture.to_owned() })?;
    let owners = owners(request, tree, ready)?;
    let most = request.max_layers.unwrap_or(LAYERS).min(MAX_LAYERS);
    let layers = layers(tree, |path| owners.get(path).copied(), most)?;
    let systemd = request.system.init == Init::Systemd;
    let options = Options {
        reference: Some(format!("{}:latest", request.system.name.to_lowercase())),
        platform,
        created: epoch,
        run: Run {
            cmd: vec![if systemd { "/sbin/init" } else { "/bin/sh" }.to_owned()],
            stop_signal: if systemd { STOP_SYSTEMD.to_owned() } else { String::new() },
            ..Run::default()
        },
        compression: Compression::Gzip { level: LEVEL },
        threads: threads(context.jobs),
    };
    write_image(&layers, &options, to)?;
    Ok(())
}

/// The package of each path that one has.
fn owners<'a>(
    request: &Request<'_>,
    tree: &Tree,
    ready: &'a Ready,
) -> Result<HashMap<Vec<u8>, &'a str>, Error> {
    let mut owners = HashMap::new();
    for (name, package) in ready.named(request)? {
        for (path, _, node) in package.iter() {
            if !node.kind.is_directory() {
                // Where the folders of old lead to in a root that has merged them.
                let cut = path.iter().rposition(|byte| *byte == b'/');
                let (folder, file) = path.split_at(cut.map_or(0, |cut| cut + 1));
                let at = [&tree.resolve(folder)?[..], b"/", file].concat();
                let at = at.strip_prefix(b"/").map_or(at.clone(), <[u8]>::to_vec);
                owners.insert(at, name);
            }
        }
    }
    Ok(owners)
}
