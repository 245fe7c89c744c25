//! The system record: what `systems/*.toml` says.

mod accounts;
mod files;
mod network;
mod services;
mod size;
mod software;
mod storage;

use std::collections::BTreeMap;

use bringup_spec::Kernel;
use schemars::JsonSchema;
use serde::Deserialize;

pub use accounts::{Group, Password, User};
pub use files::{Directory, File, Link};
pub use network::{Dhcp, Hardware, Interface, Manager, Match, Network, Wifi};
pub use services::{FirstBoot, Getty, Regenerate, Services, Unit};
pub use software::{Apt, Build, Component, Initramfs, KernelChoice, Packages, Repository, Supplied};
pub(crate) use storage::fstab_word;
pub use storage::{
    Compression, Create, FileSystem, Partition, PartitionFileSystem, Root, RootFileSystem, Swap,
};

use crate::builtin::{BUILTIN, Builtin};
use crate::check::check;
use crate::document::{self, Node, Places, Value, merge, read};
use crate::near::near_matches;
use crate::{Error, Place};

/// The operating system wanted, whatever the board.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct System {
    /// Its name: the file's, without `.toml`. Not written in the file.
    #[serde(skip)]
    pub name: String,
    /// One line for tables.
    pub summary: String,
    /// Its name in the network, of one label.
    pub hostname: String,
    /// The time zone, as `/usr/share/zoneinfo` has it; what packages chose or UTC, if missing.
    #[serde(default)]
    pub timezone: Option<String>,
    /// `LANG`; `C.UTF-8`, if missing.
    #[serde(default)]
    pub locale: Option<String>,
    /// The layout of the keyboard, with a variant behind a colon, as keyboard(5) has them: `de`,
    /// `us:dvorak`; what packages chose, if missing.
    #[serde(default)]
    pub keymap: Option<String>,
    /// What runs as process 1.
    pub init: Init,
    /// Debian's architecture of its packages, where that is not the board's.
    #[serde(default)]
    pub architecture: Option<String>,
    /// The kernel.
    #[serde(default)]
    pub kernel: KernelChoice,
    /// The initramfs.
    #[serde(default)]
    pub initramfs: Initramfs,
    /// What is installed.
    pub packages: Packages,
    /// Answers to the packages' questions: debconf's names and values.
    #[serde(default)]
    pub debconf: BTreeMap<String, String>,
    /// Repositories of packages besides Debian's own.
    #[serde(default, rename = "repository")]
    pub repositories: Vec<Repository>,
    /// Where `apt` in the image gets Debian's own packages from.
    #[serde(default)]
    pub apt: Apt,
    /// Programs compiled from source.
    #[serde(default, rename = "component")]
    pub components: Vec<Component>,
    /// The root file system.
    pub root: Root,
    /// What else is mounted.
    #[serde(default, rename = "file-system")]
    pub file_systems: Vec<FileSystem>,
    /// Swap space.
    #[serde(default, rename = "swap")]
    pub swaps: Vec<Swap>,
    /// Partitions that are made later.
    #[serde(default, rename = "partition")]
    pub partitions: Vec<Partition>,
    /// Groups.
    #[serde(default, rename = "group")]
    pub groups: Vec<Group>,
    /// Accounts.
    #[serde(default, rename = "user")]
    pub users: Vec<User>,
    /// Which services run.
    #[serde(default)]
    pub services: Services,
    /// Unit files of the system's own.
    #[serde(default, rename = "unit")]
    pub units: Vec<Unit>,
    /// The login at the serial console.
    #[serde(default)]
    pub getty: Getty,
    /// The network.
    #[serde(default)]
    pub network: Network,
    /// Folders to add.
    #[serde(default, rename = "directory")]
    pub directories: Vec<Directory>,
    /// Files to add.
    #[serde(default, rename = "file")]
    pub files: Vec<File>,
    /// Symbolic links to add.
    #[serde(default, rename = "link")]
    pub links: Vec<Link>,
    /// What is done once, when an image first boots.
    #[serde(default)]
    pub first_boot: FirstBoot,
    /// The texts that [`files`](Self::files) and others refer to, by name.
    #[serde(skip)]
    pub sources: BTreeMap<String, Vec<u8>>,
    /// Where each key stands.
    #[serde(skip)]
    places: Places,
}

/// What runs as process 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// busybox's init, reading `/etc/inittab`.
    Busybox,
    /// systemd, of a Debian whose packages are configured.
    Systemd,
    /// A task of the system's own, compiled from the C files of its folder, that GNU Mach starts.
    BootstrapTask,
    /// The Hurd's servers.
    Hurd,
}

impl Init {
    /// The kernel that it runs on.
    pub const fn kernel(self) -> Kernel {
        match self {
            Self::Busybox | Self::Systemd => Kernel::Linux,
            Self::BootstrapTask | Self::Hurd => Kernel::Hurd,
        }
    }
}

/// A record to inherit, as it was found.
#[derive(Clone, Debug)]
pub struct Parent {
    /// Its name: the file's, without `.toml`.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The files of the folder beside it, by name.
    pub sources: BTreeMap<String, Vec<u8>>,
}

impl System {
    /// Reads a record, which may inherit a system that comes with the program.
    ///
    /// `sources` are the files of the folder beside it, by name.
    ///
    /// # Errors
    /// The text is not a system record, a file it names is not among the sources, or a value is out
    /// of its limits: each with file and line.
    pub fn parse(name: &str, text: &str, sources: BTreeMap<String, Vec<u8>>) -> Result<Self, Error> {
        let names: Vec<&str> = BUILTIN.iter().map(|builtin| builtin.name).collect();
        let found = |name: &str| BUILTIN.iter().find(|builtin| builtin.name == name).map(Builtin::parent);
        Self::parse_with(name, text, sources, &names, &found)
    }

    /// As [`parse`](Self::parse), with other systems to inherit: `find` has one for each of `names`, and
    /// may have more. A file of the record's own folder comes before an inherited one of that name.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn parse_with(
        name: &str,
        text: &str,
        sources: BTreeMap<String, Vec<u8>>,
        names: &[&str],
        find: &dyn Fn(&str) -> Option<Parent>,
    ) -> Result<Self, Error> {
        let own = Parent { name: name.to_owned(), text: text.to_owned(), sources };
        let (node, mut sources) = inherited(own, names, find, &mut Vec::new())?;
        let mut system: Self = read(&node)?;
        if system.init.kernel() == Kernel::Linux {
            let script = || INITRAMFS_DEFAULT.to_vec();
            sources.entry(crate::INITRAMFS_SCRIPT.to_owned()).or_insert_with(script);
        }
        system.name = name.to_owned();
        system.sources = sources;
        system.places = Places::of(&node);
        check(&system)?;
        Ok(system)
    }

    /// Where a key stands in the record, for messages: `user[0].name`.
    pub fn place(&self, path: &str) -> Place {
        self.places.find(path)
    }

    /// What a file to add holds, but for a secret, which is empty here.
    pub(crate) fn file_bytes(&self, file: &File) -> Result<Vec<u8>, Error> {
        match (&file.source, &file.text) {
            (Some(source), _) => Ok(self.source(source)?.to_vec()),
            (None, text) => Ok(text.clone().unwrap_or_default().into_bytes()),
        }
    }

    /// The bytes of a file in the system's folder.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn source(&self, name: &str) -> Result<&[u8], Error> {
        self.source_for("", name)
    }

    /// As [`source`](Self::source), for a key that names the file.
    pub(crate) fn source_for(&self, path: &str, name: &str) -> Result<&[u8], Error> {
        self.sources.get(name).map(Vec::as_slice).ok_or_else(|| Error::NoSource {
            place: self.place(path),
            file: name.to_owned(),
            known: self.sources.keys().cloned().collect(),
        })
    }
}

/// The initramfs's script of a Linux system that has none of its own.
const INITRAMFS_DEFAULT: &[u8] = include_bytes!("../../../systems/tiny/init");

/// The key that names the system to inherit.
const INHERIT: &str = "inherit";

/// A record laid over everything it inherits, and the files of all their folders.
fn inherited(
    own: Parent,
    names: &[&str],
    find: &dyn Fn(&str) -> Option<Parent>,
    chain: &mut Vec<String>,
) -> Result<(Node, BTreeMap<String, Vec<u8>>), Error> {
    chain.push(own.name.clone());
    let mut node = document::parse(&format!("{}.toml", own.name), &own.text)?;
    let Value::Table(entries) = &mut node.value else { return Ok((node, own.sources)) };
    let Some(key) = entries.remove(INHERIT) else { return Ok((node, own.sources)) };
    let place = key.place.clone();
    let name: String = read(&key).map_err(|_| Error::Type {
        place: place.clone(),
        key: INHERIT.to_owned(),
        what: "must be the name of a system".to_owned(),
    })?;
    if chain.contains(&name) {
        chain.push(name);
        return Err(Error::Circle { place, chain: std::mem::take(chain) });
    }
    let Some(parent) = find(&name) else {
        let near = near_matches(&name, names.iter().copied());
        return Err(Error::NoParent { place, parent: name, near });
    };
    let (above, mut sources) = inherited(parent, names, find, chain)?;
    sources.extend(own.sources);
    Ok((merge(above, node)?, sources))
}

#[cfg(test)]
mod tests;
