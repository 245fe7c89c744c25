//! `/etc/passwd`, `/etc/group` and `/etc/shadow`.

use crate::record::{Password, User};

/// The group that pseudo-terminals belong to: Debian's base-passwd, group.master.
const TTY: &str = "tty:x:5:\n";

/// The three files, in that order.
pub(crate) struct Accounts {
    pub(crate) passwd: String,
    pub(crate) group: String,
    pub(crate) shadow: String,
}

pub(crate) fn accounts(users: &[User]) -> Accounts {
    let mut passwd = String::new();
    let mut group = String::new();
    let mut shadow = String::new();
    for user in users {
        let User { name, gecos, password, .. } = user;
        let (home, shell) = (user.home(), user.shell());
        let uid = user.uid.unwrap_or_default();
        let gid = user.gid.unwrap_or(uid);
        passwd += &format!("{name}:x:{uid}:{gid}:{gecos}:{home}:{shell}\n");
        group += &format!("{name}:x:{gid}:\n");
        let field = match password {
            Password::Locked | Password::Plain => "*",
            Password::NoneNeeded => "",
            Password::Hashed(hash) => hash,
        };
        // No date of the last change: a date here would force one at the first login, or
        // depend on the day of the build (shadow(5)).
        shadow += &format!("{name}:{field}::0:99999:7:::\n");
    }
    group += TTY;
    Accounts { passwd, group, shadow }
}
