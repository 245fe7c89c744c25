//! The system record: what `systems/*.toml` says.

use std::collections::BTreeMap;

use bringup_spec::{Bytes, Kernel};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

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
    /// What runs as process 1.
    pub init: Init,
    /// Debian's architecture of its packages, where that is not the board's.
    #[serde(default)]
    pub architecture: Option<String>,
    /// What is installed.
    pub packages: Packages,
    /// The root file system.
    pub root: Root,
    /// Accounts.
    #[serde(default)]
    pub users: Vec<User>,
    /// Files to add, from the folder beside the record that bears its name.
    #[serde(default)]
    pub files: Vec<File>,
    /// Kernel arguments besides `root=` and `rw`.
    #[serde(default)]
    pub kernel_arguments: Vec<String>,
    /// The texts that [`files`](Self::files) and the initramfs refer to, by name.
    #[serde(skip)]
    pub sources: BTreeMap<String, Vec<u8>>,
}

/// What runs as process 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// busybox's init, reading `/etc/inittab`.
    Busybox,
    /// A task of the system's own, compiled from the C files of its folder, that GNU Mach starts.
    BootstrapTask,
    /// The Hurd's servers.
    Hurd,
}

impl Init {
    /// The kernel that it runs on.
    pub const fn kernel(self) -> Kernel {
        match self {
            Self::Busybox => Kernel::Linux,
            Self::BootstrapTask | Self::Hurd => Kernel::Hurd,
        }
    }
}

/// What is installed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Packages {
    /// Debian packages by name; the board adds its kernel.
    pub install: Vec<String>,
    /// Names that dependencies ask for and the system itself answers to.
    #[serde(default)]
    pub supplied: Vec<Supplied>,
}

/// A dependency that needs no package here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplied {
    /// The package name that is asked for.
    pub name: String,
    /// Why it is not needed, for the plan.
    pub reason: String,
}

/// The root file system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Root {
    /// Its kind.
    pub file_system: RootFileSystem,
    /// Its label: at most 16 bytes for ext4.
    pub label: String,
    /// Free space in the finished file system.
    #[serde(deserialize_with = "bytes")]
    pub free: Bytes,
}

impl RootFileSystem {
    /// Its name, as the kernel and tables have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Ext2 => "ext2",
        }
    }
}

/// A kind of file system that root can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RootFileSystem {
    /// ext4.
    Ext4,
    /// ext2, whose creator is the kernel that will run on it.
    Ext2,
}

/// An account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct User {
    /// Login name.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Group id; a group of the same name is made for it.
    pub gid: u32,
    /// Home directory, absolute.
    pub home: String,
    /// Login shell, absolute.
    pub shell: String,
    /// How it logs in; locked unless the record says otherwise.
    #[serde(default)]
    pub password: Password,
}

/// How an account logs in with a password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Password {
    /// Not at all (`*` in `/etc/shadow`).
    #[default]
    Locked,
    /// Without one: the field is empty.
    NoneNeeded,
}

/// A file to add.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// Where it goes, absolute.
    pub path: String,
    /// Its name in the system's folder.
    pub source: String,
    /// Permission bits.
    #[serde(default = "readable")]
    pub mode: u32,
}

const fn readable() -> u32 {
    0o644
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
            if user.name.is_empty()
                || ![&user.name, &user.home, &user.shell].into_iter().all(|text| plain(text))
            {
                return refuse("users", &user.name, "names and paths without colons and line breaks");
            }
        }
        for argument in &self.kernel_arguments {
            if argument.is_empty() || argument.contains(char::is_whitespace) {
                return refuse("kernel-arguments", argument, "one argument each, without white space");
            }
        }
        for file in &self.files {
            if !file.path.starts_with('/') {
                return refuse("files.path", &file.path, "an absolute path");
            }
            if file.mode > 0o7777 {
                return refuse("files.mode", &format!("{:#o}", file.mode), "at most 0o7777");
            }
            self.source(&file.source)?;
        }
        Ok(())
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

/// A size as people write it: `64 MiB`, `512KiB`, `4096`.
pub(crate) fn parse_bytes(text: &str) -> Option<Bytes> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit: u64 = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(unit).map(Bytes)
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_bytes(&text).ok_or_else(|| {
        D::Error::custom(format!("`{text}` is not a size; write a whole number and B, KiB, MiB or GiB"))
    })
}

#[cfg(test)]
mod tests {
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
[[files]]
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
            format!("{GOOD}[[users]]\nname = \"a\"\nuid = 1\ngid = 1\nhome = \"/\"\nshell = \"/bin/sh\"\n");
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
                "system `test`: `files.path` is `etc/x`, but must be an absolute path",
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

    #[test]
    fn sizes_need_a_binary_unit() {
        assert_eq!(parse_bytes("1 GiB"), Some(Bytes::gib(1)));
        assert_eq!(parse_bytes("4096"), Some(Bytes(4096)));
        for wrong in ["", "MiB", "1 MB", "-1", "1.5 GiB", "99999999999 TiB"] {
            assert_eq!(parse_bytes(wrong), None, "{wrong}");
        }
    }
}
