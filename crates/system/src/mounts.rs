//! What is mounted at `/` and `/var`: their lines of `/etc/fstab`.

use crate::System;

/// How the file systems of an image are named to the kernel and in `/etc/fstab`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Devices<'a> {
    /// The root file system: `UUID=...`, or `PARTUUID=...` for one that has no UUID; none where root is
    /// on no disk of its own, but a container's or in memory.
    pub root: Option<&'a str>,
    /// That of `/var`, where root is read-only.
    pub var: Option<&'a str>,
}

/// The lines of root and of `/var`; `grow` are further options of what grows at first boot (fstab(5)).
///
/// A volatile root has none: what is mounted there is made by the initramfs.
pub(crate) fn fstab(system: &System, devices: Devices<'_>, grow: &str) -> String {
    let root = &system.root;
    let (Some(device), false) = (devices.root, root.volatile) else { return String::new() };
    let kind = root.file_system.name();
    if !root.is_read_only() {
        return format!("{device} / {kind} defaults{grow} 0 1\n");
    }
    let mut text = format!("{device} / {kind} ro 0 0\n");
    if let Some(var) = devices.var {
        text += &format!("{var} /var ext4 defaults{grow} 0 2\n");
    }
    text
}
