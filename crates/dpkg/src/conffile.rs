//! Configuration files that belong to the administrator once they are installed: deb-conffiles(5).

use std::collections::BTreeSet;

use bringup_shell::{Failure, World};

use crate::command::divert;
use crate::{Error, Package};

/// The absolute paths in a package's `conffiles`, in its order, without those to be removed.
pub(crate) fn listed(package: &Package<'_>) -> Vec<String> {
    let text = package.control_text("conffiles").unwrap_or_default();
    text.lines().map(str::trim_end).filter(|line| line.starts_with('/')).map(str::to_owned).collect()
}

/// Gives a package's new conffiles their names, and says the hash of each.
///
/// A file that is there already and differs stays, as with `--force-confold` and no terminal; the new
/// one is then beside it as `.dpkg-dist`.
pub(crate) fn install(world: &mut World, package: &Package<'_>) -> Result<Vec<(String, String)>, Error> {
    let diversions = divert::read(world);
    let mut hashes = Vec::new();
    for path in listed(package) {
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
