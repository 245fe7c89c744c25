//! Groups, users, keys.

use super::Work;
use super::put::Owned;
use crate::record::Password;
use crate::{Error, User};

/// An entry of `/etc/passwd`: passwd(5).
struct Entry {
    uid: u32,
    gid: u32,
    home: String,
}

impl Work<'_> {
    pub(super) fn accounts(&mut self) -> Result<(), Error> {
        let system = self.system;
        for (at, group) in system.groups.iter().enumerate() {
            let path = format!("group[{at}]");
            let gid = group.gid.map(|gid| gid.to_string());
            if let Some(there) = self.group_id(&group.name) {
                self.same_id(&format!("{path}.gid"), group.gid, there)?;
                continue;
            }
            let mut arguments = Vec::new();
            if let Some(gid) = &gid {
                arguments.extend(["-g", gid.as_str()]);
            }
            if group.system {
                arguments.push("-r");
            }
            arguments.push(&group.name);
            self.run(&path, "groupadd", &arguments)?;
        }
        for (at, user) in system.users.iter().enumerate() {
            self.user(&format!("user[{at}]"), user)?;
        }
        if !self.facts.root_keys.is_empty() {
            self.authorize("user", "root", self.facts.root_keys)?;
        }
        Ok(())
    }

    fn user(&mut self, path: &str, user: &User) -> Result<(), Error> {
        for (at, group) in user.groups.iter().enumerate() {
            if self.group_id(group).is_none() {
                let path = format!("{path}.groups[{at}]");
                return Err(self.not_there(&path, "the group", group, self.first_fields("/etc/group")));
            }
        }
        let shell = user.shell();
        if (user.shell.is_some() || self.entry(&user.name).is_none()) && self.world.stat(shell).is_none() {
            let known = self.first_fields("/etc/shells");
            return Err(self.not_there(&format!("{path}.shell"), "the shell", shell, known));
        }
        if let Some(entry) = self.entry(&user.name) {
            self.same_id(&format!("{path}.uid"), user.uid, entry.uid)?;
            self.same_id(&format!("{path}.gid"), user.gid, entry.gid)?;
            self.change_user(path, user)?;
        } else {
            self.add_user(path, user)?;
        }
        self.password(path, user)?;
        if user.ssh_keys.is_empty() { Ok(()) } else { self.authorize(path, &user.name, &user.ssh_keys) }
    }

    fn add_user(&mut self, path: &str, user: &User) -> Result<(), Error> {
        let (home, groups) = (user.home(), user.groups.join(","));
        let uid = user.uid.map(|uid| uid.to_string());
        let gid = user.gid.map(|gid| gid.to_string());
        let mut arguments = vec!["-m", "-s", user.shell(), "-d", &home, "-c", &user.gecos];
        if let Some(uid) = &uid {
            arguments.extend(["-u", uid]);
        }
        if let Some(gid) = &gid {
            if !self.ids("/etc/group").any(|id| id == *gid) {
                self.run(path, "groupadd", &["-g", gid, &user.name])?;
            }
            arguments.extend(["-g", gid]);
        }
        if !groups.is_empty() {
            arguments.extend(["-G", &groups]);
        }
        arguments.push(&user.name);
        self.run(path, "useradd", &arguments)
    }

    fn change_user(&mut self, path: &str, user: &User) -> Result<(), Error> {
        let groups = user.groups.join(",");
        let mut arguments = Vec::new();
        if let Some(shell) = &user.shell {
            arguments.extend(["-s", shell.as_str()]);
        }
        if let Some(home) = &user.home {
            arguments.extend(["-d", home.as_str()]);
        }
        if !user.gecos.is_empty() {
            arguments.extend(["-c", &user.gecos]);
        }
        if !groups.is_empty() {
            arguments.extend(["-a", "-G", &groups]);
        }
        if arguments.is_empty() {
            return Ok(());
        }
        arguments.push(&user.name);
        self.run(path, "usermod", &arguments)
    }

    fn password(&mut self, path: &str, user: &User) -> Result<(), Error> {
        let field = match &user.password {
            Password::Hashed(hash) => hash,
            Password::NoneNeeded => "",
            // Locked already, one way or the other: shadow(5).
            Password::Locked if self.shadow(&user.name).is_some_and(|old| old.starts_with(['!', '*'])) => {
                return Ok(());
            }
            Password::Locked | Password::Plain => "*",
        };
        self.run(&format!("{path}.password"), "usermod", &["-p", field, &user.name])
    }

    /// Lets the owners of `keys` log in as `name` over SSH.
    fn authorize(&mut self, path: &str, name: &str, keys: &[String]) -> Result<(), Error> {
        let Some(Entry { uid, gid, home }) = self.entry(name) else {
            return Err(self.not_there(path, "the user", name, self.first_fields("/etc/passwd")));
        };
        let folder = format!("{home}/.ssh");
        let file = format!("{folder}/authorized_keys");
        let mut text = String::from_utf8_lossy(&self.world.read(&file).unwrap_or_default()).into_owned();
        for key in keys {
            if !text.lines().any(|line| line == key) {
                text = text + key + "\n";
            }
        }
        self.directory(&folder, Owned { uid, gid, mode: 0o700 })?;
        self.file(&file, Owned { uid, gid, mode: 0o600 }, text.into_bytes())
    }

    fn same_id(&self, path: &str, wanted: Option<u32>, there: u32) -> Result<(), Error> {
        match wanted {
            Some(wanted) if wanted != there => Err(Error::Value {
                place: self.system.place(path),
                field: path.to_owned(),
                value: wanted.to_string(),
                rule: "missing or the same as the id that the packages gave it",
            }),
            _ => Ok(()),
        }
    }

    /// A user's id, by name.
    pub(super) fn user_id(&self, name: &str) -> Option<u32> {
        self.entry(name).map(|entry| entry.uid)
    }

    /// A group's id, by name.
    pub(super) fn group_id(&self, name: &str) -> Option<u32> {
        self.row("/etc/group", name)?.get(2)?.parse().ok()
    }

    /// The names in a file whose fields are parted by colons.
    pub(super) fn first_fields(&self, file: &str) -> Vec<String> {
        let bytes = self.world.read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().filter_map(|line| Some(line.split(':').next()?.to_owned())).collect()
    }

    fn entry(&self, name: &str) -> Option<Entry> {
        let row = self.row("/etc/passwd", name)?;
        let [_, _, uid, gid, _, home, ..] = row.as_slice() else { return None };
        Some(Entry { uid: uid.parse().ok()?, gid: gid.parse().ok()?, home: home.clone() })
    }

    fn shadow(&self, name: &str) -> Option<String> {
        self.row("/etc/shadow", name)?.get(1).cloned()
    }

    fn ids(&self, file: &str) -> impl Iterator<Item = String> + use<> {
        let text = String::from_utf8_lossy(&self.world.read(file).unwrap_or_default()).into_owned();
        let ids: Vec<String> =
            text.lines().filter_map(|line| line.split(':').nth(2).map(str::to_owned)).collect();
        ids.into_iter()
    }

    fn row(&self, file: &str, name: &str) -> Option<Vec<String>> {
        let bytes = self.world.read(file).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
        Some(line.split(':').map(str::to_owned).collect())
    }
}
