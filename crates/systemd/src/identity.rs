//! Users and groups by name.

use bringup_shell::World;

/// The UID of a number or a name in `/etc/passwd`; root and nobody need not be there.
pub(crate) fn uid(world: &World, name: &str) -> Option<u32> {
    find(world, "/etc/passwd", name, "nobody")
}

/// The GID of a number or a name in `/etc/group`; root and nogroup need not be there.
pub(crate) fn gid(world: &World, name: &str) -> Option<u32> {
    find(world, "/etc/group", name, "nogroup")
}

fn find(world: &World, path: &str, name: &str, nobody: &str) -> Option<u32> {
    if name == "root" {
        return Some(0);
    }
    if name == nobody {
        return Some(65534);
    }
    if !name.is_empty() && name.bytes().all(|digit| digit.is_ascii_digit()) {
        return name.parse().ok().filter(|id| *id != 0xFFFF && *id != u32::MAX);
    }
    let text = world.read(path).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mut entries = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    entries.find(|fields| fields.len() > 2 && fields[0] == name)?[2].parse().ok()
}
