//! A small root whose packages are configured.

use std::collections::BTreeMap;

use bringup_shell::World;
use bringup_tree::{Content, Kind, Meta, Tree};

use super::{Facts, apply};
use crate::{Error, System};

/// 2026-11-21, day 20,778.
pub(super) const EPOCH: i64 = 20_778 * 86_400;

const FILES: &[(&str, &str)] = &[
    ("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"),
    ("etc/group", "root:x:0:\nsudo:x:27:\nusers:x:100:\n"),
    ("etc/shadow", "root:*:20000:0:99999:7:::\n"),
    ("etc/gshadow", "root:*::\nsudo:*::\nusers:*::\n"),
    ("etc/shells", "/bin/bash\n/usr/bin/bash\n"),
    ("etc/login.defs", "UID_MIN 1000\nGID_MIN 1000\nUSERGROUPS_ENAB yes\nHOME_MODE 0700\n"),
    ("etc/skel/.profile", "# profile\n"),
    ("etc/ssh/ssh_host_rsa_key", "somebody's"),
    ("usr/bin/bash", "\x7fELF"),
    ("usr/bin/setupcon", "#!/bin/sh\n"),
    ("usr/sbin/mkfs.ext4", "\x7fELF"),
    ("usr/lib/systemd/systemd-networkd", "\x7fELF"),
    ("usr/lib/systemd/systemd-resolved", "\x7fELF"),
    ("usr/lib/systemd/system/multi-user.target", "[Unit]\n"),
    ("usr/lib/systemd/system/rescue.target", "[Unit]\n"),
    ("usr/lib/systemd/system/getty.target", "[Unit]\n"),
    ("usr/lib/systemd/system/systemd-networkd.service", "[Install]\nWantedBy=multi-user.target\n"),
    ("usr/lib/systemd/system/iwd.service", "[Install]\nWantedBy=multi-user.target\n"),
    ("usr/lib/systemd/system/sshd-keygen.service", "[Unit]\nConditionFirstBoot=yes\n"),
    ("usr/lib/systemd/system/ssh.service", "[Install]\nWantedBy=multi-user.target\n"),
    ("usr/lib/systemd/system/ssh.socket", "[Install]\nWantedBy=sockets.target\n"),
    ("usr/lib/systemd/system/serial-getty@.service", "[Install]\nWantedBy=getty.target\n"),
    ("usr/share/keyrings/debian-archive-keyring.gpg", "keys"),
    ("usr/share/zoneinfo/UTC", "TZif"),
    ("usr/share/zoneinfo/Europe/Berlin", "TZif"),
];

const RECORD: &str = "summary = 's'\nhostname = 'h'\ninit = 'systemd'\npackages.install = []\n\
    root = { file-system = 'ext4', label = 'root', free = '1 MiB' }\n";

pub(super) fn world() -> World {
    let folder = Meta::root(0o755, 0);
    let mut tree = Tree::new(folder.clone());
    for name in ["home", "root", "etc/systemd/system"] {
        tree.insert_all(name, folder.clone(), Kind::Directory, &folder).unwrap();
    }
    tree.insert_all("usr/bin", folder.clone(), Kind::Directory, &folder).unwrap();
    tree.insert("bin", folder.clone(), Kind::Symlink(b"usr/bin".to_vec())).unwrap();
    for (path, text) in FILES {
        tree.insert_all(path, Meta::root(0o644, 0), Kind::File(Content::bytes(*text)), &folder).unwrap();
    }
    World::new(tree, "arm64", EPOCH)
}

/// A record with these lines, which begin at its line 6, on that root.
pub(super) fn applied(lines: &str) -> Result<World, Error> {
    applied_to(world(), lines, &[])
}

pub(super) fn applied_to(mut world: World, lines: &str, keys: &[String]) -> Result<World, Error> {
    let sources = BTreeMap::from([("own.asc".to_owned(), b"armoured".to_vec())]);
    let system = System::parse("test", &format!("{RECORD}{lines}"), sources)?;
    let secrets = BTreeMap::from([("home".to_owned(), b"my net\tlong enough\n".to_vec())]);
    let facts = Facts {
        devices: crate::Devices { root: Some("UUID=some-uuid"), var: None },
        suite: "trixie",
        secrets: &secrets,
        root_keys: keys,
    };
    apply(&system, &mut world, &facts)?;
    Ok(world)
}

/// What a record with these lines is refused with.
pub(super) fn refused(lines: &str) -> String {
    applied(lines).map(drop).unwrap_err().to_string()
}

/// A file as text.
pub(super) fn text(world: &World, path: &str) -> String {
    String::from_utf8(world.read(path).unwrap_or_else(|failure| panic!("{path}: {}", failure.text())))
        .unwrap()
}

/// What a link says.
pub(super) fn target(world: &World, path: &str) -> String {
    match world.lstat(path).map(|node| &node.kind) {
        Some(Kind::Symlink(target)) => String::from_utf8(target.clone()).unwrap(),
        other => panic!("{path}: {other:?}"),
    }
}

/// Owner, group and mode.
pub(super) fn owned(world: &World, path: &str) -> (u32, u32, u32) {
    let meta = &world.lstat(path).unwrap_or_else(|| panic!("no {path}")).meta;
    (meta.uid, meta.gid, meta.mode)
}
