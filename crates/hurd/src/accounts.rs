//! `/etc/passwd`, `/etc/group` and `/etc/shadow` from the masters of base-passwd.
//!
//! On a running system `update-passwd` copies the masters, and `shadowconfig` moves the passwords
//! into `/etc/shadow` (Debian, base-passwd and passwd, their postinst scripts).

use bringup_tree::Tree;

use crate::Error;

const PASSWD: &str = "usr/share/base-passwd/passwd.master";
const GROUP: &str = "usr/share/base-passwd/group.master";

/// passwd(5) and group(5).
const PASSWD_FIELDS: usize = 7;
const GROUP_FIELDS: usize = 4;

/// How root logs in at the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RootLogin {
    /// Not with a password.
    #[default]
    Locked,
    /// Without a password.
    NoPassword,
}

/// The three files.
pub(crate) struct Accounts {
    pub(crate) passwd: String,
    pub(crate) group: String,
    pub(crate) shadow: String,
}

pub(crate) fn accounts(tree: &Tree, root: RootLogin) -> Result<Accounts, Error> {
    let mut accounts = Accounts { passwd: String::new(), group: String::new(), shadow: String::new() };
    for fields in rows(&read(tree, PASSWD)?, PASSWD, PASSWD_FIELDS)? {
        let (name, rest) = (&fields[0], fields[2..].join(":"));
        accounts.passwd += &format!("{name}:x:{rest}\n");
        let password = if name == "root" && root == RootLogin::NoPassword { "" } else { "*" };
        // No date of the last change: it would depend on the day of the build (shadow(5)).
        accounts.shadow += &format!("{name}:{password}::0:99999:7:::\n");
    }
    for fields in rows(&read(tree, GROUP)?, GROUP, GROUP_FIELDS)? {
        accounts.group += &format!("{}:x:{}\n", fields[0], fields[2..].join(":"));
    }
    Ok(accounts)
}

fn read(tree: &Tree, path: &'static str) -> Result<String, Error> {
    let content = tree.content(path).map_err(|_| Error::Missing { path, package: "base-passwd" })?;
    String::from_utf8(content.read()?).map_err(|_| Error::NotText { path })
}

fn rows(text: &str, path: &'static str, needed: usize) -> Result<Vec<Vec<String>>, Error> {
    let row = |(at, line): (usize, &str)| {
        let fields: Vec<String> = line.split(':').map(str::to_owned).collect();
        if fields.len() == needed {
            return Ok(fields);
        }
        Err(Error::Account { path, line: at + 1, fields: fields.len(), needed })
    };
    text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use bringup_tree::{Content, Kind, Meta};

    use super::*;

    fn tree(passwd: &str) -> Tree {
        let dir = Meta::root(0o755, 0);
        let mut tree = Tree::new(dir.clone());
        for (path, text) in [(PASSWD, passwd), (GROUP, "root:*:0:\nstaff:*:50:\n")] {
            tree.insert_all(path, Meta::root(0o644, 0), Kind::File(Content::bytes(text)), &dir).unwrap();
        }
        tree
    }

    const GOOD: &str = "root:*:0:0:root:/root:/bin/bash\nbin:*:2:2:bin:/bin:/usr/sbin/nologin\n";

    #[test]
    fn passwords_are_in_shadow_only() {
        let accounts = accounts(&tree(GOOD), RootLogin::NoPassword).unwrap();
        assert_eq!(
            accounts.passwd,
            "root:x:0:0:root:/root:/bin/bash\nbin:x:2:2:bin:/bin:/usr/sbin/nologin\n"
        );
        assert_eq!(accounts.shadow, "root:::0:99999:7:::\nbin:*::0:99999:7:::\n");
        assert_eq!(accounts.group, "root:x:0:\nstaff:x:50:\n");
    }

    #[test]
    fn root_is_locked_unless_asked_for() {
        let accounts = accounts(&tree(GOOD), RootLogin::default()).unwrap();
        assert!(accounts.shadow.starts_with("root:*:"));
    }

    #[test]
    fn a_line_with_other_fields_is_refused() {
        let error = accounts(&tree("root:*:0:0:root:/root\n"), RootLogin::Locked).map(|_| ()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`usr/share/base-passwd/passwd.master`, line 1: 6 fields, but there must be 7"
        );
    }

    #[test]
    fn the_masters_must_be_there() {
        let error = accounts(&Tree::new(Meta::root(0o755, 0)), RootLogin::Locked).map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::Missing { package: "base-passwd", .. }));
    }
}
