//! Configuration files that belong to the administrator once they are installed: deb-conffiles(5).

use std::collections::BTreeSet;

use bringup_shell::{Failure, World};

use crate::command::divert;
use crate::{Error, Package};

/// A line of `conffiles`.
struct Listed {
    /// Absolute.
    path: String,
    /// An upgrade will remove it; a new installation does not have it.
    gone: bool,
}

/// dpkg's word for a conffile that has never been configured, in place of its hash.
const NEW: &str = "newconffile";

/// What stands behind the hash of a conffile that an upgrade removes.
const GONE: &str = "newconffile remove-on-upgrade";

/// A package's `conffiles`, in its order.
fn all(package: &Package<'_>) -> Vec<Listed> {
    let text = package.control_text("conffiles").unwrap_or_default();
    let line = |line: &str| match line.trim_end().strip_prefix("remove-on-upgrade ") {
        Some(path) => Listed { path: path.to_owned(), gone: true },
        None => Listed { path: line.trim_end().to_owned(), gone: false },
    };
    text.lines().map(line).filter(|listed| listed.path.starts_with('/')).collect()
}

/// The absolute paths in a package's `conffiles`, in its order, without those to be removed.
pub(crate) fn listed(package: &Package<'_>) -> Vec<String> {
    all(package).into_iter().filter(|listed| !listed.gone).map(|listed| listed.path).collect()
}

/// What the records say of a package's conffiles before it is configured.
pub(crate) fn fresh(package: &Package<'_>) -> Vec<(String, String)> {
    let word = |gone| if gone { GONE } else { NEW }.to_owned();
    all(package).into_iter().map(|listed| (listed.path, word(listed.gone))).collect()
}

/// Gives a package's new conffiles their names, and says the hash of each.
///
/// A file that is there already and differs stays, as with `--force-confold` and no terminal; the new
/// one is then beside it as `.dpkg-dist`.
pub(crate) fn install(world: &mut World, package: &Package<'_>) -> Result<Vec<(String, String)>, Error> {
    let diversions = divert::read(world);
    let mut hashes = Vec::new();
    for Listed { path, gone } in all(package) {
        if gone {
            hashes.push((path, GONE.to_owned()));
            continue;
        }
        let place = diversions.place(&path, package.name());
        let fresh = format!("{place}.dpkg-new");
        let fail = |failure: Failure| Error::Record { path: place.clone(), problem: failure.text() };
        let content = match world.read(&fresh) {
            Ok(content) => content,
            // Unpacked under its own name, or gone.
            Err(_) => match world.read(&place) {
                Ok(content) => {
                    hashes.push((path, md5::hex(&content)));
                    continue;
                }
                Err(_) => continue,
            },
        };
        hashes.push((path, md5::hex(&content)));
        let old = world.lstat(&place).is_some().then(|| world.read(&place).ok()).flatten();
        match old {
            None => world.rename(&fresh, &place).map_err(fail)?,
            Some(old) if old == content => world.remove(&fresh).map_err(fail)?,
            Some(_) => world.rename(&fresh, &format!("{place}.dpkg-dist")).map_err(fail)?,
        }
    }
    Ok(hashes)
}

/// The conffiles of a package as its stanza in `status` has them.
pub(crate) fn field(hashes: &[(String, String)]) -> Option<String> {
    let mut seen = BTreeSet::new();
    let lines: String = hashes
        .iter()
        .filter(|(path, _)| seen.insert(path.as_str()))
        .map(|(path, hash)| format!("\n {path} {hash}"))
        .collect();
    (!lines.is_empty()).then_some(lines)
}

/// MD5, which dpkg's records use (deb-md5sums(5)).
pub(crate) mod md5 {
    use md5::{Digest, Md5};

    /// In hexadecimal.
    pub(crate) fn hex(bytes: &[u8]) -> String {
        Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
