//! What systemd may enable by itself when a machine first boots: nothing.

use std::collections::BTreeSet;

use bringup_tree::Kind;

use super::Work;
use super::services::UNIT_FOLDERS;
use crate::Error;

/// Read before the presets of packages: systemd.preset(5).
const FILE: &str = "/etc/systemd/system-preset/00-image.preset";

impl Work<'_> {
    /// Lists every unit that could be enabled and is not.
    ///
    /// At first boot process 1 enables every unit that no preset says otherwise of
    /// (systemd.preset(5), machine-id(5)), which would undo what packages and the record chose. Units
    /// that come with packages later are not in the list, so that those are enabled as usual.
    pub(super) fn presets(&mut self) -> Result<(), Error> {
        let mut text = "# Not enabled when this image was made, and so not at its first boot.\n".to_owned();
        let enabled = self.enabled();
        let mut units = BTreeSet::new();
        for folder in UNIT_FOLDERS {
            for name in self.world.names(folder) {
                let path = format!("{folder}/{name}");
                let is_file = self.world.lstat(&path).is_some_and(|node| matches!(node.kind, Kind::File(_)));
                if is_file && !enabled.contains(&name) && self.can_be_enabled(&path) {
                    units.insert(name);
                }
            }
        }
        for unit in units {
            text += &format!("disable {unit}\n");
        }
        self.text(FILE, text)
    }

    fn can_be_enabled(&self, path: &str) -> bool {
        let text = self.world.read(path).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().any(|line| line.trim() == "[Install]")
    }

    /// The units that links in `/etc/systemd/system` start: by those links' targets, and by their names.
    fn enabled(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (path, node) in self.world.tree.below(b"etc/systemd/system") {
            let Kind::Symlink(target) = &node.kind else { continue };
            for path in [path, target.as_slice()] {
                let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                names.insert(String::from_utf8_lossy(name).into_owned());
            }
        }
        names
    }
}
