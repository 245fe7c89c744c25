//! dpkg itself, in a root of its own.

use std::fs;
use std::io::BufWriter;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bringup_sandbox::{Chroot, Format, Output};
use bringup_store::{Digest, Hasher, Key, Store};
use bringup_tree::{Content, Device, Devices, Kind, Limits, NodeId, Source, Tree};

use crate::changes::{Changes, changes};
use crate::export::export;
use crate::{Error, Route};

/// Changes when the same run would give another result.
const FORMAT: u32 = 4;
/// How many lines of what dpkg said an error shows.
const LAST_LINES: usize = 30;
/// What scripts of packages that depend on nothing rely on: accounts, debconf's own settings. Whoever
/// installs a system configures these first.
const FIRST: [&str; 2] = ["base-passwd", "debconf"];
/// The names of what a run leaves in the store.
const CHANGED: &str = "changes.tar";
const REMOVED: &str = "removed";
const SAID: &str = "said.txt";
/// What is read back is this program's own; the limits are those of a large system.
const LIMITS: Limits = Limits { entries: 10_000_000, total_bytes: 1 << 40, devices: Devices::Allow };

/// What is to be run.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) route: Route,
    /// Unpacked packages.
    pub(crate) packages: &'a [String],
    /// Those of them whose preinst did not run when they were unpacked.
    pub(crate) preinst: &'a [String],
    pub(crate) architecture: &'a str,
    /// For `debconf-set-selections`.
    pub(crate) answers: &'a str,
    /// Registered while they run.
    pub(crate) format: Option<Format>,
    pub(crate) epoch: i64,
}

impl Run<'_> {
    /// `tree` with the packages configured, and what was said on the way. The same run on the same tree is
    /// done once for a store.
    pub(crate) fn on(&self, store: &Store, tree: Tree) -> Result<(Tree, String), Error> {
        let mut key = Key::new("configure", FORMAT)
            .input("tree", digest(&tree)?.0)
            .input("answers", self.answers)
            .input("epoch", self.epoch.to_le_bytes());
        for package in self.packages {
            key = key.input("package", package);
        }
        for package in self.preinst {
            key = key.input("preinst", package);
        }
        if let Some(format) = &self.format {
            // A file of the store, so named by what made it.
            key = key.input("interpreter", format.interpreter.as_os_str().as_encoded_bytes());
        }
        let made = store.derive_dir(&key, |folder| {
            let root = folder.join("root");
            let result = self.run(&tree, &root, folder);
            let removed = fs::remove_dir_all(&root).map_err(Error::io("remove", &root));
            result.and(removed)
        });
        let made = made.map_err(Error::from_derive)?;
        let said = read(&made.join(SAID))?;
        let removed = read(&made.join(REMOVED))?;
        let removed = removed.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        let changes = Changes {
            removed: removed.map(<[u8]>::to_vec).collect(),
            tree: Tree::from_tar(&Source::open(&made.join(CHANGED))?, &LIMITS)?,
        };
        Ok((changes.apply(tree)?, String::from_utf8_lossy(&said).into_owned()))
    }

    fn run(&self, tree: &Tree, root: &Path, folder: &Path) -> Result<(), Error> {
        let mut chroot = {
            fs::create_dir(root).map_err(Error::io("make", root))?;
            Chroot::new(root)?
        };
        let stamps = export(tree, root, chroot.records())?;
        chroot.env("DEBIAN_FRONTEND", "noninteractive").env("DEBCONF_NONINTERACTIVE_SEEN", "true");
        chroot.env("SOURCE_DATE_EPOCH", self.epoch.to_string());
        if let Some(format) = &self.format {
            chroot.format(format.clone());
        }
        // Nothing may be started while packages are configured (Debian's invoke-rc.d: 101 forbids it).
        let policy = root.join("usr/sbin/policy-rc.d");
        write(&policy, b"#!/bin/sh\nexit 101\n")?;
        fs::set_permissions(&policy, fs::Permissions::from_mode(0o755))
            .map_err(Error::io("change", &policy))?;
        let mut said = Vec::new();
        if !self.answers.is_empty() {
            let answers = root.join(".answers");
            write(&answers, self.answers.as_bytes())?;
            let output = chroot.run("/usr/bin/debconf-set-selections", &["/.answers"])?;
            fs::remove_file(&answers).map_err(Error::io("remove", &answers))?;
            self.check(&output, None, &mut said)?;
        }
        for package in self.preinst {
            self.preinst(&chroot, root, package, &mut said)?;
        }
        let mut dpkg = |options: &[&str], packages: &[&str]| -> Result<(), Error> {
            // The packages go together: what they depend on and is not among them is the image's own.
            let always = ["--force-unsafe-io", "--force-confdef", "--force-confold", "--force-depends"];
            let arguments: Vec<&str> = always.iter().chain(options).chain(packages).copied().collect();
            self.check(&chroot.run("/usr/bin/dpkg", &arguments)?, None, &mut said)
        };
        let packages: Vec<&str> = self.packages.iter().map(String::as_str).collect();
        let first: Vec<&str> = FIRST.iter().copied().filter(|first| packages.contains(first)).collect();
        if !first.is_empty() {
            dpkg(&["--configure"], &first)?;
        }
        let rest: Vec<&str> = packages.into_iter().filter(|package| !first.contains(package)).collect();
        if !rest.is_empty() {
            dpkg(&["--configure"], &rest)?;
        }
        let changes = changes(tree, root, &stamps, chroot.records(), self.epoch)?;
        let to = folder.join(CHANGED);
        let file = fs::File::create_new(&to).map_err(Error::io("make", &to))?;
        changes.tree.to_tar(BufWriter::new(file))?;
        write(&folder.join(REMOVED), &changes.removed.join(&0))?;
        write(&folder.join(SAID), &said)
    }

    /// What dpkg would have run before unpacking (Debian Policy 6.5); dpkg itself has no way to do it later.
    /// The package's control files are then in `tmp.ci`, where debconf looks for its name.
    fn preinst(&self, chroot: &Chroot, root: &Path, package: &str, said: &mut Vec<u8>) -> Result<(), Error> {
        let info = root.join("var/lib/dpkg/info");
        let names = [package.to_owned(), format!("{package}:{}", self.architecture)];
        let Some(name) = names.iter().find(|name| info.join(format!("{name}.preinst")).is_file()) else {
            return Ok(());
        };
        let control = root.join("var/lib/dpkg/tmp.ci");
        fs::create_dir_all(&control).map_err(Error::io("make", &control))?;
        for file in ["preinst", "config", "templates"] {
            let from = info.join(format!("{name}.{file}"));
            if from.is_file() {
                fs::copy(&from, control.join(file)).map_err(Error::io("copy", &from))?;
            }
        }
        write(&control.join("control"), format!("Package: {package}\n").as_bytes())?;
        let arguments = [
            &format!("DPKG_MAINTSCRIPT_PACKAGE={package}"),
            &format!("DPKG_MAINTSCRIPT_ARCH={}", self.architecture),
            "DPKG_MAINTSCRIPT_NAME=preinst",
            "DPKG_ADMINDIR=/var/lib/dpkg",
            "DPKG_ROOT=",
            "/var/lib/dpkg/tmp.ci/preinst",
            "install",
        ];
        let output = chroot.run("/usr/bin/env", &arguments)?;
        fs::remove_dir_all(&control).map_err(Error::io("remove", &control))?;
        self.check(&output, Some((package, "preinst install")), said)
    }

    fn check(&self, output: &Output, script: Option<(&str, &str)>, said: &mut Vec<u8>) -> Result<(), Error> {
        said.extend(&output.stdout);
        said.extend(&output.stderr);
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(said);
        let status = output.status.code().unwrap_or(-1);
        let known = script.map(|(package, script)| (package, script, status));
        let lines: Vec<&str> = text.lines().collect();
        let said = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        Err(match known.or_else(|| failed_script(&lines)) {
            Some((package, script, status)) => Error::Script {
                package: package.to_owned(),
                script: script.to_owned(),
                route: self.route,
                status,
                said,
            },
            None => Error::Dpkg { packages: self.packages.to_vec(), route: self.route, status, said },
        })
    }
}

/// The package and script that dpkg says failed first, and its status: a line with the package, and below
/// it one with the script (dpkg, `src/main/errors.c`, `lib/dpkg/subproc.c`).
fn failed_script<'a>(lines: &[&'a str]) -> Option<(&'a str, &'static str, i32)> {
    lines.windows(2).find_map(|lines| {
        let name = lines[0].strip_prefix("dpkg: error processing package ")?;
        let name = name.split([' ', ':']).next()?;
        let (what, status) = lines[1].split_once(" script subprocess returned error exit status ")?;
        let scripts = [("post-installation", "postinst"), ("pre-installation", "preinst")];
        let (_, script) = scripts.into_iter().find(|(described, _)| what.ends_with(described))?;
        Some((name, script, status.trim().parse().ok()?))
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(Error::io("write", path))
}

fn read(path: &PathBuf) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(Error::io("read", path))
}

/// What tells a tree from every other: names, metadata, and bytes or where in the store they are.
fn digest(tree: &Tree) -> Result<Digest, Error> {
    let mut hasher = Hasher::new();
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    let mut first: std::collections::HashMap<NodeId, &[u8]> = std::collections::HashMap::new();
    for (path, id, node) in tree.iter() {
        field(path);
        if let Some(first) = first.get(&id) {
            field(b"link");
            field(first);
            continue;
        }
        first.insert(id, path);
        let meta = &node.meta;
        for number in [i64::from(meta.mode), i64::from(meta.uid), i64::from(meta.gid), meta.mtime] {
            field(&number.to_le_bytes());
        }
        for (name, value) in &meta.xattrs {
            field(name);
            field(value);
        }
        let device = |device: &Device| [device.major.to_le_bytes(), device.minor.to_le_bytes()].concat();
        field(node.kind.describe().as_bytes());
        match &node.kind {
            Kind::Symlink(target) => field(target),
            Kind::CharDevice(number) | Kind::BlockDevice(number) => field(&device(number)),
            Kind::File(Content::Range { source, offset, len }) => {
                field(source.path.as_os_str().as_encoded_bytes());
                field(&[offset.to_le_bytes(), len.to_le_bytes()].concat());
            }
            Kind::File(content) => field(&Digest::of(&content.read()?).0),
            Kind::Directory | Kind::Fifo | Kind::Socket => {}
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dpkg_says_names_package_and_script() {
        let said = "Setting up b (1) ...\n\
            dpkg: error processing package b:arm64 (--configure):\n \
            installed b:arm64 package post-installation script subprocess returned error exit status 7\n\
            dpkg: dependency problems prevent configuration of a:\n a depends on b.\n\n\
            dpkg: error processing package a (--configure):\n dependency problems - leaving unconfigured\n";
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(failed_script(&lines), Some(("b", "postinst", 7)));
        assert_eq!(failed_script(&lines[3..]), None);
    }
}
