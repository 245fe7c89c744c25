//! What tells the first boot that the caches are those of this `/usr`.

use super::Work;
use crate::Error;

/// Older than `/usr`, or not there: the caches are made at boot (systemd-update-done.service(8)).
const MARKS: [&str; 2] = ["/etc/.updated", "/var/.updated"];

/// Where files go that a cache is made from: libraries, hwdb.d(5), sysusers.d(5), catalogs.
const FEEDING: [&str; 6] =
    ["/usr", "/etc/ld.so.conf.d", "/etc/udev/hwdb.d", "/etc/sysusers.d", "/etc/ld.so.conf", "/opt"];

impl Work<'_> {
    /// Marks the caches as made, which they were when packages were configured, unless the record adds
    /// what they are made from: seconds of the first boot on a slow machine.
    pub(super) fn updated(&mut self) -> Result<(), Error> {
        let system = self.system;
        let feeds = |path: &str| FEEDING.iter().any(|folder| path.starts_with(folder));
        if !system.components.is_empty() || system.files.iter().any(|file| feeds(&file.path)) {
            return Ok(());
        }
        for path in MARKS {
            self.text(path, "")?;
        }
        Ok(())
    }
}
