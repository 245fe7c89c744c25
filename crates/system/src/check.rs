//! What a record may say.

mod accounts;
mod crypt;
mod network;
mod software;
mod ssh_key;
mod storage;

use std::collections::BTreeMap;

use crate::{Error, Init, Place, System};

/// Holds a record against its limits.
pub(crate) fn check(system: &System) -> Result<(), Error> {
    let check = Check(system);
    check.names()?;
    check.accounts()?;
    check.software()?;
    check.services()?;
    check.network()?;
    check.storage()?;
    check.files()?;
    check.init()
}

/// A record that is held against its limits, by methods in several files.
struct Check<'a>(&'a System);

impl Check<'_> {
    fn place(&self, path: &str) -> Place {
        self.0.place(path)
    }

    /// A value that is out of its limits unless `good`.
    fn want(&self, good: bool, field: &str, value: &str, rule: &'static str) -> Result<(), Error> {
        if good {
            return Ok(());
        }
        let (field, value) = (field.to_owned(), value.to_owned());
        Err(Error::Value { place: self.place(&field), field, value, rule })
    }

    /// No two of `names` are the same; each comes with the path of its key.
    fn once(&self, what: &'static str, names: &[(String, &str)]) -> Result<(), Error> {
        let mut seen = BTreeMap::new();
        for (path, name) in names {
            if let Some(first) = seen.insert(*name, path) {
                return Err(Error::Twice {
                    place: self.place(path),
                    what,
                    name: (*name).to_owned(),
                    first: self.place(first),
                });
            }
        }
        Ok(())
    }

    /// An absolute path without `..`, which is not the root's own.
    fn path(&self, field: &str, path: &str) -> Result<(), Error> {
        let good = path.len() > 1
            && path.starts_with('/')
            && !path.contains('\0')
            && path.split('/').all(|part| part != ".." && part.len() <= 255);
        self.want(good, field, path, "an absolute path without `..`")
    }

    fn names(&self) -> Result<(), Error> {
        let system = self.0;
        // RFC 1123, section 2.1; one label, as hostname(1) wants it.
        let host = &system.hostname;
        let good = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let good = good && (1..=63).contains(&host.len()) && !host.starts_with('-') && !host.ends_with('-');
        let rule = "1 to 63 letters, digits and hyphens, with no hyphen at either end";
        self.want(good, "hostname", host, rule)?;
        if let Some(zone) = &system.timezone {
            let good = !zone.is_empty()
                && zone.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && word(part));
            self.want(good, "timezone", zone, "a name as `Europe/Berlin` or `UTC`")?;
        }
        if let Some(locale) = &system.locale {
            let good = |c: char| c.is_ascii_alphanumeric() || "_.@-".contains(c);
            let good = !locale.is_empty() && locale.chars().all(good);
            self.want(good, "locale", locale, "a name as `C.UTF-8` or `de_DE.UTF-8`")?;
        }
        if let Some(keymap) = &system.keymap {
            let good = |c: char| c.is_ascii_alphanumeric() || "_,:-".contains(c);
            let good = !keymap.is_empty() && keymap.chars().all(good);
            self.want(good, "keymap", keymap, "a layout as `de`, or with a variant as `us:dvorak`")?;
        }
        Ok(())
    }

    fn services(&self) -> Result<(), Error> {
        let services = &self.0.services;
        let mut all = Vec::new();
        for (list, names) in [
            ("services.enable", &services.enable),
            ("services.disable", &services.disable),
            ("services.mask", &services.mask),
        ] {
            for (at, name) in names.iter().enumerate() {
                let path = format!("{list}[{at}]");
                self.want(unit_name(name), &path, name, "the name of a unit")?;
                all.push((path, name.strip_suffix(".service").unwrap_or(name)));
            }
        }
        self.once("service", &all)?;
        if let Some(target) = &services.default_target {
            let good = unit_name(target) && target.ends_with(".target");
            self.want(good, "services.default-target", target, "the name of a target, with `.target`")?;
        }
        let mut names = Vec::new();
        for (at, unit) in self.0.units.iter().enumerate() {
            let path = format!("unit[{at}]");
            // The kinds of units: systemd.unit(5).
            let (folder, file) = unit.name.split_once('/').unwrap_or(("", &unit.name));
            let good = match folder.strip_suffix(".d") {
                Some(of) => unit_name(of) && file.ends_with(".conf") && word(file) && !file.contains('/'),
                None => folder.is_empty() && unit_name(file) && kind_of_unit(file).is_some(),
            };
            let rule = "a unit's name with its kind, as `demo.service` or `demo.service.d/own.conf`";
            self.want(good, &format!("{path}.name"), &unit.name, rule)?;
            self.exactly_one(
                &path,
                "unit",
                &unit.name,
                &["text", "source"],
                &[unit.text.is_some(), unit.source.is_some()],
            )?;
            if let Some(source) = &unit.source {
                self.0.source_for(&format!("{path}.source"), source)?;
            }
            let rule = "false for a drop-in, which is used with its unit";
            self.want(!unit.enable || folder.is_empty(), &format!("{path}.enable"), "true", rule)?;
            names.push((path, unit.name.as_str()));
        }
        self.once("unit", &names)?;
        let getty = &self.0.getty;
        for (field, value) in [("getty.console", &getty.console), ("getty.term", &getty.term)] {
            if let Some(value) = value {
                let good = !value.is_empty() && word(value) && !value.contains('/');
                self.want(good, field, value, "one word without a slash")?;
            }
        }
        if let Some(baud) = getty.baud {
            self.want(baud > 0, "getty.baud", "0", "more than 0")?;
        }
        for (at, command) in self.0.first_boot.commands.iter().enumerate() {
            let good = !command.trim().is_empty() && !command.contains(['\n', '\0']);
            self.want(good, &format!("first-boot.commands[{at}]"), command, "one line")?;
        }
        Ok(())
    }

    fn files(&self) -> Result<(), Error> {
        let system = self.0;
        let mut paths = Vec::new();
        for (at, file) in system.files.iter().enumerate() {
            let path = format!("file[{at}]");
            self.owned(&path, &file.path, file.mode, &file.owner, &file.group)?;
            self.exactly_one(
                &path,
                "file",
                &file.path,
                &["source", "text", "secret"],
                &[file.source.is_some(), file.text.is_some(), file.secret.is_some()],
            )?;
            if let Some(source) = &file.source {
                system.source_for(&format!("{path}.source"), source)?;
            }
            paths.push((path, file.path.as_str()));
        }
        for (at, folder) in system.directories.iter().enumerate() {
            let path = format!("directory[{at}]");
            self.owned(&path, &folder.path, folder.mode, &folder.owner, &folder.group)?;
            paths.push((path, folder.path.as_str()));
        }
        for (at, link) in system.links.iter().enumerate() {
            let path = format!("link[{at}]");
            self.path(&format!("{path}.path"), &link.path)?;
            let good = !link.target.is_empty() && !link.target.contains('\0');
            self.want(good, &format!("{path}.target"), &link.target, "a path")?;
            paths.push((path, link.path.as_str()));
        }
        self.once("path", &paths)
    }

    fn owned(
        &self,
        at: &str,
        path: &str,
        mode: u32,
        owner: &Option<String>,
        group: &Option<String>,
    ) -> Result<(), Error> {
        self.path(&format!("{at}.path"), path)?;
        let field = format!("{at}.mode");
        self.want(mode <= 0o7777, &field, &format!("{mode:#o}"), "at most 0o7777, and begin with `0o`")?;
        // 644 for 0o644 is the usual slip: 644 is 0o1204.
        let slip = (400..=777).contains(&mode) && format!("{mode}").bytes().all(|digit| digit < b'8');
        let slip = slip && mode & 0o400 == 0;
        self.want(!slip, &field, &format!("{mode}"), "octal, and begin with `0o`")?;
        for (key, name) in [("owner", owner), ("group", group)] {
            if let Some(name) = name {
                let good = !name.is_empty() && word(name) && !name.contains([':', '/']);
                self.want(good, &format!("{at}.{key}"), name, "a name, without colons")?;
            }
        }
        Ok(())
    }

    fn exactly_one(
        &self,
        at: &str,
        what: &'static str,
        name: &str,
        keys: &'static [&'static str],
        there: &[bool],
    ) -> Result<(), Error> {
        if there.iter().filter(|there| **there).count() == 1 {
            return Ok(());
        }
        Err(Error::OneOf { place: self.place(at), what, name: name.to_owned(), keys })
    }

    /// What only a configured Debian with systemd does may not be asked of another system.
    fn init(&self) -> Result<(), Error> {
        let system = self.0;
        if system.init == Init::Systemd {
            return Ok(());
        }
        let asked = [
            ("timezone", system.timezone.is_some()),
            ("locale", system.locale.is_some()),
            ("keymap", system.keymap.is_some()),
            ("debconf", !system.debconf.is_empty()),
            ("repository", !system.repositories.is_empty()),
            ("apt", system.apt.mirror.is_some()),
            ("file-system", !system.file_systems.is_empty()),
            ("swap", !system.swaps.is_empty()),
            ("group", !system.groups.is_empty()),
            ("services.enable", !system.services.enable.is_empty()),
            ("services.disable", !system.services.disable.is_empty()),
            ("services.mask", !system.services.mask.is_empty()),
            ("services.default-target", system.services.default_target.is_some()),
            ("unit", !system.units.is_empty()),
            ("getty.console", system.getty.console.is_some()),
            ("getty.term", system.getty.term.is_some()),
            ("getty.baud", system.getty.baud.is_some()),
            ("getty.autologin", system.getty.autologin.is_some()),
            ("network.manager", system.network.manager != crate::Manager::None),
            ("network.interface", !system.network.interfaces.is_empty()),
            ("directory", !system.directories.is_empty()),
            ("link", !system.links.is_empty()),
            ("first-boot.commands", !system.first_boot.commands.is_empty()),
        ];
        for (field, asked) in asked {
            if asked {
                return Err(Error::NeedsSystemd { place: self.place(field), field });
            }
        }
        for (at, file) in system.files.iter().enumerate() {
            for (field, value) in [("owner", &file.owner), ("group", &file.group), ("secret", &file.secret)] {
                if value.is_some() {
                    let place = self.place(&format!("file[{at}].{field}"));
                    return Err(Error::NeedsSystemd { place, field });
                }
            }
        }
        for (at, user) in system.users.iter().enumerate() {
            let path = format!("user[{at}]");
            if user.uid.is_none() {
                return Err(Error::Missing { place: self.place(&path), key: format!("{path}.uid") });
            }
            for (field, asked) in
                [("groups", !user.groups.is_empty()), ("ssh-keys", !user.ssh_keys.is_empty())]
            {
                if asked {
                    return Err(Error::NeedsSystemd { place: self.place(&format!("{path}.{field}")), field });
                }
            }
        }
        Ok(())
    }
}

/// Text without white space and control characters.
fn word(text: &str) -> bool {
    !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// The kind at the end of a unit's name: systemd.unit(5).
fn kind_of_unit(name: &str) -> Option<&str> {
    const KINDS: &[&str] = &[
        "service",
        "socket",
        "device",
        "mount",
        "automount",
        "swap",
        "target",
        "path",
        "timer",
        "slice",
        "scope",
    ];
    let (rest, kind) = name.rsplit_once('.')?;
    (!rest.is_empty() && KINDS.contains(&kind)).then_some(kind)
}

/// A unit's name, with or without its kind: systemd.unit(5), "String Escaping" and the text above it.
fn unit_name(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    !name.is_empty() && name.len() <= 255 && name.chars().all(good)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use ssh_key::tests::ed25519 as ssh_key_for_tests;
