//! The root tree: packages, busybox's names, accounts, configuration.

use bringup_tree::{Content, Kind, Meta, Tree};

use crate::accounts::accounts;
use crate::{Devices, Error, Init, System, mounts};

/// Directories that every root has, besides what packages bring; Filesystem
/// Hierarchy Standard 3.0. `/usr` is merged, as in Debian since bookworm.
const DIRECTORIES: &[(&str, u32)] = &[
    ("boot", 0o755),
    ("dev", 0o755),
    ("etc", 0o755),
    ("home", 0o755),
    ("mnt", 0o755),
    ("opt", 0o755),
    ("proc", 0o555),
    ("root", 0o700),
    ("run", 0o755),
    ("srv", 0o755),
    ("sys", 0o555),
    ("tmp", 0o1777),
    ("usr", 0o755),
    ("usr/bin", 0o755),
    ("usr/lib", 0o755),
    ("var", 0o755),
    ("var/cache", 0o755),
    ("var/lib", 0o755),
    ("var/log", 0o755),
    ("var/spool", 0o755),
    ("var/tmp", 0o1777),
];

/// Links that every root has. `/usr/sbin` is one too: busybox's table of names
/// does not tell the two folders apart.
const LINKS: &[(&str, &str)] = &[
    ("bin", "usr/bin"),
    ("lib", "usr/lib"),
    ("sbin", "usr/sbin"),
    ("usr/sbin", "bin"),
    ("var/lock", "/run/lock"),
    ("var/run", "/run"),
];

/// What a root tree is made of.
#[derive(Debug)]
pub struct RootParts<'a> {
    /// The system wanted.
    pub system: &'a System,
    /// The unpacked packages, in the order they are laid over each other.
    pub packages: &'a [&'a Tree],
    /// Files made elsewhere (boot menu, initramfs, module indexes), by absolute path.
    pub made: Vec<(String, Content)>,
    /// What is mounted at `/` and `/var`.
    pub devices: Devices<'a>,
    /// The time of everything that no package dates, in seconds since 1970.
    pub epoch: i64,
}

/// Where packages put busybox.
pub const BUSYBOX: &str = "usr/bin/busybox";

/// Makes the root tree.
///
/// # Errors
/// A package's path clashes with another's, busybox is missing, or the
/// record names a file that is not there.
pub fn root_tree(parts: RootParts<'_>) -> Result<Tree, Error> {
    let RootParts { system, packages, made, devices, epoch } = parts;
    let dir = Meta::root(0o755, epoch);
    let mut tree = Tree::new(dir.clone());
    for (path, mode) in DIRECTORIES {
        tree.insert(path, Meta::root(*mode, epoch), Kind::Directory)?;
    }
    for (path, target) in LINKS {
        tree.insert(path, Meta::root(0o777, epoch), Kind::Symlink(target.as_bytes().to_vec()))?;
    }
    for package in packages {
        tree.merge(package)?;
    }
    if system.init == Init::Busybox {
        add_busybox(&mut tree, epoch)?;
    }

    let users = accounts(&system.users);
    for user in &system.users {
        let uid = user.uid.unwrap_or_default();
        let gid = user.gid.unwrap_or(uid);
        let home = Meta { mode: 0o700, uid, gid, mtime: epoch, ..Meta::default() };
        tree.insert_all(user.home(), home, Kind::Directory, &dir)?;
    }
    // Where an amd64 program's header names its dynamic linker.
    if tree.get("usr/lib64").is_some() && tree.get("lib64").is_none() {
        tree.insert("lib64", Meta::root(0o777, epoch), Kind::Symlink(b"usr/lib64".to_vec()))?;
    }
    let mut fstab = mounts::fstab(system, devices, "");
    for partition in system.partitions.iter().filter(|_| devices.root.is_some()) {
        fstab += &partition.fstab_line("").unwrap_or_default();
        if let Some(mount) = &partition.mount
            && tree.get(mount).is_none()
        {
            tree.insert_all(mount, dir.clone(), Kind::Directory, &dir)?;
        }
    }
    let hosts = format!("127.0.0.1 localhost {0}\n::1 localhost ip6-localhost\n", system.hostname);
    let texts = [
        ("etc/fstab", fstab, 0o644),
        ("etc/group", users.group, 0o644),
        ("etc/hostname", format!("{}\n", system.hostname), 0o644),
        ("etc/hosts", hosts, 0o644),
        ("etc/passwd", users.passwd, 0o644),
        ("etc/shadow", users.shadow, 0o600),
    ];
    for (path, text, mode) in texts {
        tree.insert_all(path, Meta::root(mode, epoch), Kind::File(Content::bytes(text)), &dir)?;
    }
    for file in &system.files {
        let content = Content::bytes(system.file_bytes(file)?);
        let at = tree.resolve(&file.path)?;
        tree.insert_all(at, Meta::root(file.mode, epoch), Kind::File(content), &dir)?;
    }
    for (path, content) in made {
        let at = tree.resolve(&path)?;
        tree.insert_all(at, Meta::root(0o644, epoch), Kind::File(content), &dir)?;
    }
    Ok(tree)
}

/// busybox's own names in `/usr/bin`, wherever no package has a program of that name.
fn add_busybox(tree: &mut Tree, epoch: i64) -> Result<(), Error> {
    let binary = tree.read(BUSYBOX)?;
    let applets = crate::busybox::applets(&binary);
    if applets.is_empty() {
        return Err(Error::NoApplets { path: BUSYBOX.to_owned() });
    }
    for applet in applets {
        let path = format!("usr/bin/{applet}");
        if tree.get(&path).is_none() {
            tree.insert(&path, Meta::root(0o777, epoch), Kind::Symlink(b"busybox".to_vec()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICES: Devices<'static> = Devices { root: Some("UUID=some-uuid"), var: None };

    fn package() -> Tree {
        let mut tree = Tree::new(Meta::root(0o755, 1));
        let busybox = Kind::File(Content::bytes("\x7fELF[\0[[\0init\0sh\0\0"));
        let dir = Meta::root(0o755, 1);
        tree.insert_all("bin/busybox", Meta::root(0o755, 7), busybox, &dir).unwrap();
        tree.insert_all("sbin/init", Meta::root(0o755, 7), Kind::File(Content::bytes("own")), &dir).unwrap();
        tree
    }

    fn tiny() -> System {
        crate::BUILTIN.iter().find(|builtin| builtin.name == "tiny").unwrap().system().unwrap()
    }

    fn tree() -> Tree {
        let system = tiny();
        let package = package();
        root_tree(RootParts {
            system: &system,
            packages: &[&package],
            made: vec![("/boot/extlinux/extlinux.conf".to_owned(), Content::bytes("menu"))],
            devices: DEVICES,
            epoch: 42,
        })
        .unwrap()
    }

    #[test]
    fn usr_is_merged_and_busybox_answers_to_its_names() {
        let tree = tree();
        assert_eq!(tree.resolve("/bin/sh").unwrap(), b"usr/bin/busybox");
        assert_eq!(tree.read("/boot/extlinux/extlinux.conf").unwrap(), b"menu");
    }

    #[test]
    fn a_packages_own_program_wins_over_busybox() {
        assert_eq!(tree().read("/sbin/init").unwrap(), b"own");
    }

    #[test]
    fn root_is_found_by_uuid_and_dated_by_the_epoch() {
        let tree = tree();
        assert_eq!(tree.read("/etc/fstab").unwrap(), b"UUID=some-uuid / ext4 defaults 0 1\n");
        assert_eq!(tree.get("etc/fstab").unwrap().meta.mtime, 42);
        assert_eq!(tree.get("etc/shadow").unwrap().meta.mode, 0o600);
    }

    #[test]
    fn a_root_without_busybox_is_refused() {
        let system = tiny();
        let parts = RootParts { system: &system, packages: &[], made: vec![], devices: DEVICES, epoch: 0 };
        assert!(matches!(root_tree(parts), Err(Error::Tree(bringup_tree::Error::NotFound { .. }))));
    }
}
