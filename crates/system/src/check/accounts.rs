//! Users and groups.

use super::{Check, crypt, ssh_key};
use crate::record::Password;
use crate::{Error, User};

/// The longest login name: `LOGIN_NAME_MAX` of Linux is 256 with its NUL, but utmp has 32 bytes
/// (`UT_NAMESIZE`), and useradd(8) refuses more.
const MAX_NAME: usize = 32;

impl Check<'_> {
    pub(super) fn accounts(&self) -> Result<(), Error> {
        let system = self.0;
        let mut names = Vec::new();
        for (at, group) in system.groups.iter().enumerate() {
            let path = format!("group[{at}]");
            self.want(account_name(&group.name), &format!("{path}.name"), &group.name, NAME_RULE)?;
            names.push((path, group.name.as_str()));
        }
        self.once("group", &names)?;
        names.clear();
        for (at, user) in system.users.iter().enumerate() {
            let path = format!("user[{at}]");
            self.user(&path, user)?;
            names.push((path, user.name.as_str()));
        }
        self.once("user", &names)?;
        let ids: Vec<(String, String)> = system
            .users
            .iter()
            .enumerate()
            .filter_map(|(at, user)| Some((format!("user[{at}].uid"), user.uid?.to_string())))
            .collect();
        let ids: Vec<(String, &str)> = ids.iter().map(|(path, id)| (path.clone(), id.as_str())).collect();
        self.once("user id", &ids)
    }

    fn user(&self, path: &str, user: &User) -> Result<(), Error> {
        let field = |key: &str| format!("{path}.{key}");
        self.want(account_name(&user.name), &field("name"), &user.name, NAME_RULE)?;
        let plain = |text: &str| !text.contains([':', '\n', '\0']);
        for (key, text) in [("home", &user.home), ("shell", &user.shell)] {
            if let Some(text) = text {
                let good = text.starts_with('/') && plain(text) && !text.split('/').any(|part| part == "..");
                self.want(good, &field(key), text, "an absolute path without `..` and colons")?;
            }
        }
        self.want(plain(&user.gecos), &field("gecos"), &user.gecos, "one line without colons")?;
        for (at, group) in user.groups.iter().enumerate() {
            self.want(account_name(group), &field(&format!("groups[{at}]")), group, NAME_RULE)?;
        }
        for (at, key) in user.ssh_keys.iter().enumerate() {
            if let Err(rule) = ssh_key::check(key) {
                self.want(false, &field(&format!("ssh-keys[{at}]")), key, rule)?;
            }
        }
        match &user.password {
            Password::Locked | Password::NoneNeeded => Ok(()),
            Password::Hashed(hash) => {
                self.want(crypt::is_hash(hash), &field("password"), "a text that is no hash", crypt::RULE)
            }
            Password::Plain => {
                Err(Error::PlainPassword { place: self.place(&field("password")), field: field("password") })
            }
        }
    }
}

const NAME_RULE: &str = "1 to 32 lower-case letters, digits, `-` and `_`, with a letter or `_` first";

/// What useradd(8) of Debian and systemd's "User/Group Name Syntax" both take.
fn account_name(name: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    let first = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'_';
    (1..=MAX_NAME).contains(&name.len())
        && name.as_bytes().first().is_some_and(first)
        && name.bytes().all(rest)
}
