//! Units by name: where their files are, which are enabled.

use std::collections::BTreeMap;

use bringup_tree::{Kind, Tree};

use crate::look;

/// Where unit files are, the first wins; systemd.unit(5), "System Unit Search Path", without what
/// exists only while the system runs.
pub(super) const FOLDERS: [&str; 3] =
    ["etc/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system"];

/// Kinds that need no file: systemd makes them from `/proc`, `/etc/fstab` and each other.
const MADE_LATER: [&str; 6] = [".automount", ".device", ".mount", ".scope", ".slice", ".swap"];

/// Folders beside a unit that name others to start with it; systemd.unit(5).
const STARTS: [&str; 3] = [".requires", ".upholds", ".wants"];

/// Where a unit is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At this path, links followed.
    File(Vec<u8>),
    /// It must not start.
    Masked,
    /// It may be made when the system runs.
    MadeLater,
    /// Nowhere.
    Missing,
}

/// Where the unit of this name is.
pub(super) fn find(root: &Tree, name: &str) -> Place {
    for name in std::iter::once(name.to_owned()).chain(template(name)) {
        for folder in FOLDERS {
            let path = format!("{folder}/{name}");
            let Some(node) = root.get(&path) else { continue };
            if matches!(&node.kind, Kind::Symlink(target) if target == b"/dev/null") {
                return Place::Masked;
            }
            let Ok(target) = root.resolve(&path) else { continue };
            match root.get(&target).map(|node| &node.kind) {
                // An empty file masks, too.
                Some(Kind::File(content)) if content.is_empty() => return Place::Masked,
                Some(Kind::File(_)) => return Place::File(target),
                _ => {}
            }
        }
    }
    if MADE_LATER.iter().any(|kind| name.ends_with(kind)) { Place::MadeLater } else { Place::Missing }
}

/// `getty@.service` for `getty@tty1.service`.
pub(super) fn template(name: &str) -> Option<String> {
    let (prefix, rest) = name.split_once('@')?;
    let (instance, kind) = rest.rsplit_once('.')?;
    (!instance.is_empty()).then(|| format!("{prefix}@.{kind}"))
}

/// The units that a folder beside another one starts, each with the path that says so.
pub(super) fn enabled(root: &Tree) -> BTreeMap<String, Vec<u8>> {
    let mut enabled = BTreeMap::new();
    for folder in FOLDERS {
        let beside = root.children(folder.as_bytes()).filter(|(path, node)| {
            let name = look::base(path);
            node.kind.is_directory() && STARTS.iter().any(|end| name.ends_with(end.as_bytes()))
        });
        for (path, _) in beside.flat_map(|(path, _)| root.children(path)) {
            let name = String::from_utf8_lossy(look::base(path)).into_owned();
            enabled.entry(name).or_insert_with(|| path.to_vec());
        }
    }
    enabled
}
