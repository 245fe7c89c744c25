//! Who can log in.

use serde::Deserialize;

/// An account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct User {
    /// Login name.
    pub name: String,
    /// User id; the next free one where a package's account database is there.
    #[serde(default)]
    pub uid: Option<u32>,
    /// Group id of the user's own group, which bears the user's name; the uid, if free.
    #[serde(default)]
    pub gid: Option<u32>,
    /// Groups it is in besides its own.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Home folder, absolute; `/home/NAME`, if missing.
    #[serde(default)]
    pub home: Option<String>,
    /// Login shell, absolute; `/bin/bash`, if missing.
    #[serde(default)]
    pub shell: Option<String>,
    /// The GECOS field: the full name, say.
    #[serde(default)]
    pub gecos: String,
    /// Lines of `~/.ssh/authorized_keys`.
    #[serde(default)]
    pub ssh_keys: Vec<String>,
    /// How it logs in; locked unless the record says otherwise.
    #[serde(default)]
    pub password: Password,
}

impl User {
    /// The home folder: the record's, or the usual one.
    pub fn home(&self) -> String {
        match &self.home {
            Some(home) => home.clone(),
            None if self.name == "root" => "/root".to_owned(),
            None => format!("/home/{}", self.name),
        }
    }

    /// The login shell: the record's, or the usual one.
    pub fn shell(&self) -> &str {
        self.shell.as_deref().unwrap_or("/bin/bash")
    }
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
    /// The field of `/etc/shadow`, as crypt(5) has it.
    Hashed(String),
}

/// A group.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its id; the next free one, if missing.
    #[serde(default)]
    pub gid: Option<u32>,
    /// Whether its id comes from the range of the system's own groups.
    #[serde(default)]
    pub system: bool,
}
