//! `ldconfig` of glibc 2.41: `/etc/ld.so.cache` and the links by which libraries are found.
//!
//! Its own cache of what it saw (`/var/cache/ldconfig/aux-cache`) holds inode numbers and change times
//! of the file system that it ran on; a tree has none, and ldconfig does without.

mod cache;
mod directories;
mod library;
#[cfg(test)]
mod tests;

use bringup_shell::{Call, Command, Host, Status, Stop};

use crate::arguments::{Given, Spec, unsupported};
use cache::Cache;

/// The names and their functions.
pub(crate) const COMMANDS: &[(&str, Command)] = &[("ldconfig", ldconfig)];

const OPTIONS: &[Spec] =
    &[('N', &["no-build-cache"], false), ('r', &["root"], true), ('X', &["no-links"], false)];

const CACHE: &str = "/etc/ld.so.cache";

fn ldconfig(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, OPTIONS)?;
    if !given.operands.is_empty()
        || given.value("root").is_some_and(|root| !root.trim_matches('/').is_empty())
    {
        return Err(unsupported("ldconfig", "other folders than the usual ones"));
    }
    let Some(machine) = library::Machine::of(&call.world.architecture) else {
        return Err(unsupported("ldconfig", format!("the architecture `{}`", call.world.architecture)));
    };
    let generator = generator(call)?;
    let mut cache = Cache::default();
    for folder in directories::all(call.world, machine.multiarch) {
        directories::search(call.world, &folder, machine, !given.has("no-links"), &mut cache)?;
    }
    if !given.has("no-build-cache") {
        // Written beside and renamed: 0644 and root's whatever was there.
        let umask = std::mem::replace(&mut call.world.umask, 0o022);
        if call.world.lstat(CACHE).is_some() {
            call.world.remove(CACHE).map_err(|why| unsupported("ldconfig", why.text()))?;
        }
        let written = call.world.write(CACHE, cache.to_bytes(&generator));
        call.world.umask = umask;
        written.map_err(|why| unsupported("ldconfig", why.text()))?;
    }
    Ok(0)
}

/// What the cache says about who wrote it: a text of the tree's own ldconfig, which has the version
/// of its glibc package.
fn generator(call: &Call<'_>) -> Result<String, Stop> {
    const START: &[u8] = b"ldconfig (";
    let program =
        ["/usr/sbin/ldconfig", "/sbin/ldconfig"].into_iter().find_map(|path| call.world.read(path).ok());
    let program = program.unwrap_or_default();
    let found = program.windows(START.len()).position(|window| window == START).and_then(|at| {
        let text = program[at..].split(|byte| *byte == 0).next()?;
        let text = std::str::from_utf8(text).ok()?;
        text.contains(" release version ").then(|| text.to_owned())
    });
    found.ok_or_else(|| unsupported("ldconfig", "a tree whose own ldconfig does not say its version"))
}
