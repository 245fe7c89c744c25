//! The initramfs: busybox, the modules that root needs, and a short script.

use bringup_tree::{Content, Device, Kind, Meta, Tree};

use crate::{Error, System};

/// A kernel module for the initramfs: plain ELF bytes under a plain name.
#[derive(Clone, Debug)]
pub struct LoadedModule {
    /// `virtio_blk.ko`.
    pub file_name: String,
    /// The module, not compressed.
    pub bytes: Vec<u8>,
}

/// The name of the script among a system's files.
pub const INITRAMFS_SCRIPT: &str = "init";

/// Makes the initramfs's tree.
///
/// `busybox` is the static binary; `modules` are in load order; all times are `epoch`.
///
/// # Errors
/// The system has no initramfs script, or the binary is not busybox.
pub fn initramfs(
    system: &System,
    busybox: &Content,
    modules: &[LoadedModule],
    epoch: i64,
) -> Result<Tree, Error> {
    let dir = Meta::root(0o755, epoch);
    let file = Meta::root(0o644, epoch);
    let program = Meta::root(0o755, epoch);
    let mut tree = Tree::new(dir.clone());
    for name in ["bin", "dev", "modules", "proc", "root", "sys"] {
        tree.insert(name, dir.clone(), Kind::Directory)?;
    }
    // The kernel opens /dev/console for init before anything is mounted.
    // Character device 5:1: Linux, Documentation/admin-guide/devices.txt.
    tree.insert("dev/console", Meta::root(0o600, epoch), Kind::CharDevice(Device { major: 5, minor: 1 }))?;
    tree.insert("bin/busybox", program.clone(), Kind::File(busybox.clone()))?;
    let binary = busybox.read()?;
    let applets = crate::busybox::applets(&binary);
    if applets.is_empty() {
        return Err(Error::NoApplets { path: "usr/bin/busybox".to_owned() });
    }
    for applet in applets.iter().filter(|name| **name != "busybox") {
        tree.insert(format!("bin/{applet}"), dir.clone(), Kind::Symlink(b"busybox".to_vec()))?;
    }
    let mut order = String::new();
    for module in modules {
        order += &module.file_name;
        order.push('\n');
        let kind = Kind::File(Content::bytes(module.bytes.clone()));
        tree.insert(format!("modules/{}", module.file_name), file.clone(), kind)?;
    }
    tree.insert("modules/order", file, Kind::File(Content::bytes(order)))?;
    tree.insert("init", program, Kind::File(Content::bytes(system.source(INITRAMFS_SCRIPT)?)))?;
    Ok(tree)
}
