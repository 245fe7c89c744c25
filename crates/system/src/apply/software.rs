//! Sources of packages for `apt` in the image: sources.list(5), "DEB822-STYLE FORMAT".

use super::Work;
use crate::Error;

/// Debian's own keys, of the package `debian-archive-keyring`.
const ARCHIVE_KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

impl Work<'_> {
    pub(super) fn sources_of_apt(&mut self) -> Result<(), Error> {
        let system = self.system;
        for (at, repository) in system.repositories.iter().enumerate() {
            let key =
                system.source_for(&format!("repository[{at}].signed-by"), &repository.signed_by)?.to_vec();
            // apt takes ASCII-armoured keys by the ending `.asc` only: apt-secure(8).
            let ending = if repository.signed_by.ends_with(".asc") { "asc" } else { "gpg" };
            let keys = format!("/etc/apt/keyrings/{}.{ending}", repository.name);
            self.file(&keys, super::put::Owned::root(0o644), key)?;
            let mut text = stanza(&repository.uri, &[&repository.suite], &repository.components, &keys);
            if !repository.check_valid_until {
                text += "Check-Valid-Until: no\n";
            }
            self.text(&format!("/etc/apt/sources.list.d/{}.sources", repository.name), text)?;
        }
        let Some(mirror) = &system.apt.mirror else { return Ok(()) };
        self.needs("apt.mirror", ARCHIVE_KEYS, "debian-archive-keyring")?;
        let suite = self.facts.suite;
        let (updates, security) = (format!("{suite}-updates"), format!("{suite}-security"));
        // Only releases have them.
        let released = system.apt.security && !matches!(suite, "sid" | "unstable" | "experimental");
        let suites: &[&str] = if released { &[suite, &updates] } else { &[suite] };
        let mut text = stanza(mirror, suites, &system.apt.components, ARCHIVE_KEYS);
        if released {
            let uri = system.apt.security_mirror.clone().unwrap_or_else(|| security_mirror(mirror));
            text += "\n";
            text += &stanza(&uri, &[&security], &system.apt.components, ARCHIVE_KEYS);
        }
        // One file for the archive, or apt would warn of sources that are there twice.
        self.world.tree.remove("etc/apt/sources.list");
        self.text("/etc/apt/sources.list.d/debian.sources", text)
    }
}

fn stanza(uri: &str, suites: &[&str], components: &[String], keys: &str) -> String {
    let (suites, components) = (suites.join(" "), components.join(" "));
    format!("Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: {components}\nSigned-By: {keys}\n")
}

/// Where mirrors have the security updates: beside the archive.
fn security_mirror(mirror: &str) -> String {
    let base = mirror.trim_end_matches('/');
    format!("{}/debian-security", base.strip_suffix("/debian").unwrap_or(base))
}
