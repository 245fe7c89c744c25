//! Units, services and the serial console.

use super::Work;
use crate::Error;

/// Where units are, the first before the others: systemd.unit(5), "UNIT FILE LOAD PATH".
pub(super) const UNIT_FOLDERS: &[&str] =
    &["/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"];

impl Work<'_> {
    /// The record's own unit files.
    pub(super) fn units(&mut self) -> Result<(), Error> {
        let system = self.system;
        for (at, unit) in system.units.iter().enumerate() {
            let text = match &unit.source {
                Some(source) => system.source_for(&format!("unit[{at}].source"), source)?.to_vec(),
                None => unit.text.clone().unwrap_or_default().into_bytes(),
            };
            let path = format!("/etc/systemd/system/{}", unit.name);
            self.file(&path, super::put::Owned::root(0o644), text)?;
        }
        Ok(())
    }

    /// What is enabled, disabled and masked.
    pub(super) fn services(&mut self) -> Result<(), Error> {
        let system = self.system;
        self.getty()?;
        for (at, unit) in system.units.iter().enumerate().filter(|(_, unit)| unit.enable) {
            self.run(&format!("unit[{at}]"), "systemctl", &["enable", &unit.name])?;
        }
        let services = &system.services;
        for (verb, names) in
            [("disable", &services.disable), ("mask", &services.mask), ("enable", &services.enable)]
        {
            for (at, name) in names.iter().enumerate() {
                let path = format!("services.{verb}[{at}]");
                let name = whole(name);
                self.must_have(&path, &name)?;
                self.run(&path, "systemctl", &[verb, &name])?;
            }
        }
        if let Some(target) = &services.default_target {
            self.must_have("services.default-target", target)?;
            self.run("services.default-target", "systemctl", &["set-default", target])?;
        }
        Ok(())
    }

    /// A unit that some package, or the record, has.
    fn must_have(&self, path: &str, name: &str) -> Result<(), Error> {
        let there = |name: &str| {
            UNIT_FOLDERS.iter().any(|folder| self.world.lstat(&format!("{folder}/{name}")).is_some())
        };
        // `getty@tty1.service` is of `getty@.service`.
        let template = name.split_once('@').and_then(|(prefix, rest)| {
            let (_, kind) = rest.rsplit_once('.')?;
            Some(format!("{prefix}@.{kind}"))
        });
        if there(name) || template.is_some_and(|template| there(&template)) {
            return Ok(());
        }
        let known = UNIT_FOLDERS.iter().flat_map(|folder| self.world.names(folder));
        Err(self.not_there(path, "the unit", name, known.filter(|name| !name.ends_with(".wants"))))
    }

    /// The login at the serial console.
    ///
    /// systemd-getty-generator(8) starts one on every console that the kernel has, whether by
    /// `console=` or by the device tree's `stdout-path`. So nothing is enabled unless the record names
    /// another terminal: a `serial-getty@` on one that this machine lacks holds the boot up for 90 s.
    fn getty(&mut self) -> Result<(), Error> {
        let getty = &self.system.getty;
        let unit = match &getty.console {
            Some(console) => format!("serial-getty@{console}.service"),
            None => "serial-getty@.service".to_owned(),
        };
        if getty.console.is_some() {
            self.run("getty.console", "systemctl", &["enable", &unit])?;
        }
        if getty.term.is_none() && getty.baud.is_none() && getty.autologin.is_none() {
            return Ok(());
        }
        let mut text = "[Service]\n".to_owned();
        if let Some(term) = &getty.term {
            text += &format!("Environment=TERM={term}\n");
        }
        if getty.baud.is_some() || getty.autologin.is_some() {
            let login = match &getty.autologin {
                Some(user) if self.user_id(user).is_none() => {
                    let known = self.first_fields("/etc/passwd");
                    return Err(self.not_there("getty.autologin", "the user", user, known));
                }
                // agetty(8) itself passes `-f` on, unless `--login-options` says something else.
                Some(user) => format!("--autologin {user}"),
                None => "-o '-- \\\\u'".to_owned(),
            };
            // As systemd's serial-getty@.service has it, but for the speed.
            let speed = match getty.baud {
                Some(baud) => baud.to_string(),
                None => "--keep-baud 115200,57600,38400,9600".to_owned(),
            };
            let start = format!("-/sbin/agetty {login} --noreset --noclear {speed} - ${{TERM}}");
            text += &format!("ExecStart=\nExecStart={start}\n");
        }
        self.text(&format!("/etc/systemd/system/{unit}.d/console.conf"), text)
    }
}

/// A unit's name with its kind: a service, unless it says so.
fn whole(name: &str) -> String {
    const KINDS: &[&str] =
        &["service", "socket", "mount", "automount", "swap", "target", "path", "timer", "slice"];
    match name.rsplit_once('.') {
        Some((_, kind)) if KINDS.contains(&kind) => name.to_owned(),
        _ => format!("{name}.service"),
    }
}
