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
use serde::Deserialize;

pub use accounts::{Group, Password, User};
pub use files::{Directory, File, Link};
pub use network::{Dhcp, Hardware, Interface, Manager, Match, Network, Wifi};
pub use services::{FirstBoot, Getty, Regenerate, Services, Unit};
pub use software::{Apt, Build, Component, Initramfs, KernelChoice, Packages, Repository, Supplied};
pub use storage::{Create, FileSystem, Partition, PartitionFileSystem, Root, RootFileSystem, Swap};

use crate::Error;

/// The operating system wanted, whatever the board.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct System {
    /// Its name: the file's, without `.toml`. Not written in the file.
    #[serde(skip)]
    pub name: String,
    /// One line for tables.
    pub summary: String,
    /// `/etc/hostname`.
    pub hostname: String,
    /// The time zone, as `/usr/share/zoneinfo` has it; UTC, if missing.
    #[serde(default)]
    pub timezone: Option<String>,
    /// `LANG`; `C.UTF-8`, if missing.
    #[serde(default)]
    pub locale: Option<String>,
    /// The layout of the keyboard, as loadkeys(1) has it; the kernel's, if missing.
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
}

/// What runs as process 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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

impl System {
    /// Reads a record.
    ///
    /// `sources` are the files of the folder beside it, by name.
    ///
    /// # Errors
    /// The text is not a system record (with line and column), a file it names
    /// is not among the sources, or a value is out of its limits.
    pub fn parse(name: &str, text: &str, sources: BTreeMap<String, Vec<u8>>) -> Result<Self, Error> {
        let mut system: Self = toml::from_str(text)
            .map_err(|source| Error::Record { system: name.to_owned(), source: Box::new(source) })?;
        system.name = name.to_owned();
        system.sources = sources;
        system.check()?;
        Ok(system)
    }

    fn check(&self) -> Result<(), Error> {
        let refuse = |field: &str, value: &str, rule: &'static str| {
            Err(Error::Value {
                system: self.name.clone(),
                field: field.to_owned(),
                value: value.to_owned(),
                rule,
            })
        };
        let host_ok = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        // RFC 1123, section 2.1; one label, as hostname(1) wants it.
        if self.hostname.is_empty() || self.hostname.len() > 63 || !self.hostname.bytes().all(host_ok) {
            return refuse("hostname", &self.hostname, "1 to 63 letters, digits and hyphens");
        }
        // s_volume_name has 16 bytes: Linux, Documentation/filesystems/ext4/super.rst.
        if self.root.label.len() > 16 {
            return refuse("root.label", &self.root.label, "at most 16 bytes");
        }
        for user in &self.users {
            let plain = |text: &str| !text.contains([':', '\n', '\0']);
            let home = user.home();
            let fields = [&user.name, &home, user.shell(), &user.gecos];
            if user.name.is_empty() || !fields.into_iter().all(plain) {
                return refuse("users", &user.name, "names and paths without colons and line breaks");
            }
        }
        for argument in &self.kernel.arguments {
            if argument.is_empty() || argument.contains(char::is_whitespace) {
                return refuse("kernel.arguments", argument, "one argument each, without white space");
            }
        }
        for file in &self.files {
            if !file.path.starts_with('/') {
                return refuse("file.path", &file.path, "an absolute path");
            }
            if file.mode > 0o7777 {
                return refuse("file.mode", &format!("{:#o}", file.mode), "at most 0o7777");
            }
            if let Some(source) = &file.source {
                self.source(source)?;
            }
        }
        Ok(())
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
        self.sources.get(name).map(Vec::as_slice).ok_or_else(|| Error::NoSource {
            system: self.name.clone(),
            file: name.to_owned(),
            known: self.sources.keys().cloned().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use bringup_spec::Bytes;

    use super::*;

    const GOOD: &str = r#"
summary = "s"
hostname = "h"
init = "busybox"
[packages]
install = ["busybox-static"]
[root]
file-system = "ext4"
label = "root"
free = "64 MiB"
[[file]]
path = "/etc/x"
source = "x"
"#;

    fn parse(text: &str) -> Result<System, Error> {
        System::parse("test", text, BTreeMap::from([("x".to_owned(), b"1".to_vec())]))
    }

    #[test]
    fn a_record_keeps_what_it_says() {
        let system = parse(GOOD).unwrap();
        assert_eq!(system.name, "test");
        assert_eq!(system.root.free, Bytes::mib(64));
        assert_eq!(system.files[0].mode, 0o644);
        assert_eq!(system.source("x").unwrap(), b"1");
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let text = GOOD.replace("hostname = \"h\"", "hostname = \"h\"\nhostnam = \"x\"");
        let error = parse(&text).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("line 4") && cause.contains("unknown field `hostnam`"), "{cause}");
    }

    #[test]
    fn an_account_is_locked_unless_the_record_says_otherwise() {
        let text =
            format!("{GOOD}[[user]]\nname = \"a\"\nuid = 1\ngid = 1\nhome = \"/\"\nshell = \"/bin/sh\"\n");
        assert_eq!(parse(&text).unwrap().users[0].password, Password::Locked);
    }

    #[test]
    fn values_out_of_their_limits_are_refused() {
        for (from, to, message) in [
            (
                "\"h\"",
                "\"a b\"",
                "system `test`: `hostname` is `a b`, but must be 1 to 63 letters, digits and hyphens",
            ),
            (
                "\"root\"",
                "\"seventeen-letters\"",
                "system `test`: `root.label` is `seventeen-letters`, but must be at most 16 bytes",
            ),
            (
                "\"/etc/x\"",
                "\"etc/x\"",
                "system `test`: `file.path` is `etc/x`, but must be an absolute path",
            ),
        ] {
            assert_eq!(parse(&GOOD.replacen(from, to, 1)).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_file_must_be_there() {
        let error = parse(&GOOD.replace("source = \"x\"", "source = \"y\"")).unwrap_err();
        assert_eq!(error.to_string(), "system `test`: no file `y` in its folder, which has `x`");
    }
}
