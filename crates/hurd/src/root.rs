//! A tree of unpacked packages as the Hurd's root.
//!
//! No maintainer script of the Hurd's packages runs: it is another kernel's code. What they do that
//! the system needs to come up and to log in is done here.

use bringup_tree::{Content, Device, Kind, Meta, Tree};

use crate::accounts::{RootLogin, accounts};
use crate::modules::check_disk;
use crate::translators::{LINKS, Node, Shape, TRANSLATOR, argz, nodes, programs};
use crate::{Error, check_programs};

/// What is not in the packages.
#[derive(Clone, Debug)]
pub struct RootOptions<'a> {
    /// `/etc/hostname`: one label.
    pub hostname: &'a str,
    /// The disk that root is on, as GNU Mach calls it: `hd0`.
    pub disk: &'a str,
    /// Root's partition on it, from 1.
    pub partition: u32,
    /// How root logs in.
    pub root_login: RootLogin,
    /// The time of everything made here, in seconds since 1970.
    pub epoch: i64,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Paths that got a passive translator.
    pub translators: Vec<String>,
    /// Paths that got none because their program is in no package, with that program.
    pub skipped: Vec<(String, String)>,
}

/// Folders that must exist, with their modes: those of Debian's hurd.dirs and MAKEDEV, and those
/// that base-files would make (base-files, postinst).
const FOLDERS: [(&str, u32); 12] = [
    ("boot", 0o755),
    ("dev", 0o755),
    ("etc", 0o755),
    ("mnt", 0o755),
    ("proc", 0o555),
    ("root", 0o700),
    ("run", 0o755),
    ("servers", 0o755),
    ("servers/socket", 0o755),
    ("tmp", 0o1777),
    ("var/lib", 0o755),
    ("var/tmp", 0o1777),
];

/// Files that servers put themselves on while the system runs, and that must be there then:
/// GNU Hurd, startup/startup.c and proc/main.c.
const SEATS: [&str; 2] = ["servers/proc", "servers/startup"];

/// Where `runsystem` is looked for: the script that the Hurd's init starts. Packages bring
/// variants, of which `update-alternatives` would choose (Debian, hurd.postinst, sysvinit's).
const RUNSYSTEM_FOLDERS: [&str; 2] = ["etc/hurd", "libexec"];
const RUNSYSTEM_VARIANTS: [&str; 2] = ["runsystem.sysv", "runsystem.gnu"];

/// Makes of a tree of unpacked packages what boots as the Hurd's root.
///
/// Afterwards the tree has passive translators as extended attributes ([`TRANSLATOR`]), so it must
/// be written to an ext2 whose creator is the Hurd. The tree is unchanged if an error comes.
///
/// # Errors
/// A server is missing or for another machine, base-passwd's masters are missing or wrong, a name
/// is not plain, or the tree has something else where a folder must be.
pub fn prepare_root(tree: &mut Tree, options: &RootOptions<'_>) -> Result<Prepared, Error> {
    check_hostname(options.hostname)?;
    check_disk(options.disk)?;
    check_programs(tree)?;
    let mut work = tree.clone();
    let prepared = Work { tree: &mut work, epoch: options.epoch }.all(options)?;
    *tree = work;
    Ok(prepared)
}

/// RFC 1123, section 2.1.
fn check_hostname(name: &str) -> Result<(), Error> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if (1..=63).contains(&name.len()) && name.bytes().all(good) {
        return Ok(());
    }
    Err(Error::Name {
        what: "the host name",
        value: name.to_owned(),
        rule: "1 to 63 letters, digits and hyphens",
    })
}

struct Work<'a> {
    tree: &'a mut Tree,
    epoch: i64,
}

impl Work<'_> {
    fn all(&mut self, options: &RootOptions<'_>) -> Result<Prepared, Error> {
        for (path, mode) in FOLDERS {
            self.folder(path, mode)?;
        }
        for path in SEATS {
            self.missing_file(path, 0o644)?;
        }
        let mut prepared = Prepared::default();
        for node in nodes() {
            let absent = programs(&node.command).find(|program| self.tree.content(program).is_err());
            if let Some(program) = absent {
                prepared.skipped.push((node.path, program.to_owned()));
                continue;
            }
            self.translator(&node)?;
            prepared.translators.push(node.path);
        }
        for (path, target) in LINKS {
            self.missing_link(path, target)?;
        }
        self.runsystem()?;
        self.files(options)?;
        Ok(prepared)
    }

    fn files(&mut self, options: &RootOptions<'_>) -> Result<(), Error> {
        let RootOptions { hostname, disk, partition, .. } = options;
        let accounts = accounts(self.tree, options.root_login)?;
        self.file("etc/passwd", 0o644, 0, accounts.passwd)?;
        self.file("etc/group", 0o644, 0, accounts.group)?;
        // Group 42 is shadow: base-passwd, group.master.
        self.file("etc/shadow", 0o640, 42, accounts.shadow)?;
        self.file("etc/hostname", 0o644, 0, format!("{hostname}\n"))?;
        self.file("etc/hosts", 0o644, 0, format!("127.0.0.1\tlocalhost\n127.0.1.1\t{hostname}\n"))?;
        let fstab = format!("/dev/{disk}s{partition}\t/\text2\tdefaults\t0\t1\n");
        self.file("etc/fstab", 0o644, 0, fstab)
    }

    /// A folder with this mode, whatever mode a package gave it; its translator, if any, stays.
    fn folder(&mut self, path: &str, mode: u32) -> Result<(), Error> {
        let path = self.tree.resolve(path)?;
        if let Some(node) = self.tree.get_mut(&path)
            && node.kind.is_directory()
        {
            node.meta.mode = mode;
            return Ok(());
        }
        let parents = self.meta(0o755);
        self.tree.insert_all(&path, self.meta(mode), Kind::Directory, &parents)?;
        Ok(())
    }

    /// A node with its translator. What a package has there is kept if it is of the same kind.
    fn translator(&mut self, node: &Node) -> Result<(), Error> {
        // No number means anything to the Hurd here.
        const NUMBER: Device = Device { major: 0, minor: 0 };
        let kind = match node.shape {
            Shape::Block => Kind::BlockDevice(NUMBER),
            Shape::Char => Kind::CharDevice(NUMBER),
            Shape::Directory => Kind::Directory,
            Shape::File => Kind::File(Content::bytes("")),
        };
        let mut meta = self.meta(node.mode);
        meta.xattrs.insert(TRANSLATOR.to_vec(), argz(&node.command));
        self.tree.insert(&node.path, meta, kind)?;
        Ok(())
    }

    /// Chooses the start script, unless a package has.
    fn runsystem(&mut self) -> Result<(), Error> {
        for folder in RUNSYSTEM_FOLDERS {
            let link = format!("{folder}/runsystem");
            let variant = RUNSYSTEM_VARIANTS.iter().find(|name| self.has(&format!("{folder}/{name}")));
            if let Some(variant) = variant
                && !self.has(&link)
            {
                let link = self.in_folder(&link)?;
                self.tree.insert(&link, self.meta(0o777), Kind::Symlink(variant.as_bytes().to_vec()))?;
            }
        }
        Ok(())
    }

    fn has(&self, path: &str) -> bool {
        self.tree.resolve(path).is_ok_and(|path| self.tree.get(path).is_some())
    }

    /// `path` with the links of its folder followed, so that `libexec` may be one.
    fn in_folder(&self, path: &str) -> Result<Vec<u8>, Error> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut inside = self.tree.resolve(folder)?;
        inside.push(b'/');
        inside.extend_from_slice(name.as_bytes());
        Ok(inside)
    }

    fn file(&mut self, path: &str, mode: u32, gid: u32, text: String) -> Result<(), Error> {
        let meta = Meta { gid, ..self.meta(mode) };
        self.tree.insert(path, meta, Kind::File(Content::bytes(text)))?;
        Ok(())
    }

    fn missing_file(&mut self, path: &str, mode: u32) -> Result<(), Error> {
        if self.tree.get(path).is_none() {
            self.file(path, mode, 0, String::new())?;
        }
        Ok(())
    }

    fn missing_link(&mut self, path: &str, target: &str) -> Result<(), Error> {
        if self.tree.get(path).is_none() {
            self.tree.insert(path, self.meta(0o777), Kind::Symlink(target.as_bytes().to_vec()))?;
        }
        Ok(())
    }

    fn meta(&self, mode: u32) -> Meta {
        Meta::root(mode, self.epoch)
    }
}

#[cfg(test)]
mod tests;
