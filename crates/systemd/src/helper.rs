//! deb-systemd-helper and deb-systemd-invoke of Debian's init-system-helpers 1.69, which packages
//! enable and start their units with.
//!
//! The helper remembers the links of each unit it enabled in a state file below
//! `/var/lib/systemd`. Its oddities are kept, as they show in these files: links that two units name
//! are listed twice, and several aliases on one line are taken as one name with blanks.

mod links;
#[cfg(test)]
mod tests;

use bringup_shell::{Call, Host, Status, Stop};
use bringup_tree::{Kind, Meta};

use crate::unsupported;
use links::{Link, closure, find_unit};

const NAME: &str = "deb-systemd-helper";

/// Whose units, and where their state is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    instance: &'static str,
    enabled: &'static str,
    masked: &'static str,
}

const SYSTEM: Place = Place {
    instance: "system",
    enabled: "/var/lib/systemd/deb-systemd-helper-enabled",
    masked: "/var/lib/systemd/deb-systemd-helper-masked",
};

const USER: Place = Place {
    instance: "user",
    enabled: "/var/lib/systemd/deb-systemd-user-helper-enabled",
    masked: "/var/lib/systemd/deb-systemd-user-helper-masked",
};

/// A failure that the program reports before it ends with status 1.
struct Failed(String);

impl Place {
    fn config(&self, name: &str) -> String {
        format!("/etc/systemd/{}/{name}", self.instance)
    }

    fn state(&self, unit: &str) -> String {
        format!("{}/{}.dsh-also", self.enabled, base(unit))
    }

    /// Where the helper notes that a link was made.
    fn note(&self, link: &str) -> String {
        match link.strip_prefix(&self.config("")) {
            Some(rest) => format!("{}/{rest}", self.enabled),
            None => link.to_owned(),
        }
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// deb-systemd-helper(1p).
pub(crate) fn run(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    let mut place = SYSTEM;
    let mut quiet = false;
    let mut words: Vec<String> = Vec::new();
    for argument in call.arguments {
        match argument.as_str() {
            "--quiet" | "-quiet" => quiet = true,
            "--user" | "-user" => place = USER,
            "--system" | "-system" => place = SYSTEM,
            option if option.starts_with('-') => {
                return Err(unsupported(NAME, format!("option `{option}`")));
            }
            word => words.push(word.to_owned()),
        }
    }
    if call.world.environment.get("DPKG_ROOT").is_some_and(|root| !root.is_empty()) {
        return Err(unsupported(NAME, "`DPKG_ROOT`"));
    }
    if words.is_empty() {
        return Err(unsupported(NAME, "a call without a verb"));
    }
    let mut verb = words.remove(0);
    let package = call.world.environment.get("DPKG_MAINTSCRIPT_PACKAGE");
    if package.is_none_or(|name| name.is_empty()) {
        call.errors.extend_from_slice(format!("{NAME} was not called from dpkg. Exiting.\n").as_bytes());
        return Ok(1);
    }
    let mut purge = call.world.environment.get("_DEB_SYSTEMD_HELPER_PURGE").is_some_and(|value| value == "1");
    if verb == "purge" {
        purge = true;
        verb = "disable".to_owned();
    }
    let mut helper = Helper { call, host, place, quiet, purge };
    match helper.act(&verb, &words)? {
        Ok(status) => Ok(status),
        Err(Failed(what)) => {
            call.errors.extend_from_slice(format!("{NAME}: error: {what}\n").as_bytes());
            Ok(1)
        }
    }
}

struct Helper<'a, 'b> {
    call: &'a mut Call<'b>,
    host: &'a mut dyn Host,
    place: Place,
    quiet: bool,
    purge: bool,
}

impl Helper<'_, '_> {
    fn act(&mut self, verb: &str, units: &[String]) -> Result<Result<Status, Failed>, Stop> {
        let asks = ["is-enabled", "was-enabled", "debian-installed"].contains(&verb);
        let mut status = u8::from(asks);
        for unit in units {
            let path = find_unit(self.call.world, self.place, unit);
            let result = match verb {
                "is-enabled" => closure(self.call.world, self.place, &path)
                    .map(|links| self.tell(links.iter().all(|link| self.is_link(&link.path)), &mut status)),
                "was-enabled" => {
                    let all = self.entries(unit).iter().all(|link| self.is_link(link));
                    self.tell(all, &mut status);
                    Ok(())
                }
                "debian-installed" => {
                    if self.is_installed(unit) {
                        status = 0;
                    }
                    Ok(())
                }
                "update-state" => self.update_state(unit, &path),
                "enable" => match self.enable(unit, &path)? {
                    Ok(()) => Ok(()),
                    Err(failed) => return Ok(Err(failed)),
                },
                "reenable" => {
                    self.remove_links(&path, 0);
                    self.make_links(unit, &path, true)
                }
                "disable" => {
                    self.remove_links(&path, 0);
                    self.clean(
                        &[SYSTEM.enabled, USER.enabled],
                        &["/etc/systemd/system", "/etc/systemd/user"],
                    );
                    Ok(())
                }
                "mask" => self.mask(&path),
                "unmask" => {
                    self.unmask(&path);
                    self.clean(&[SYSTEM.masked, USER.masked], &[]);
                    Ok(())
                }
                _ => Ok(()),
            };
            if let Err(failed) = result {
                return Ok(Err(failed));
            }
        }
        Ok(Ok(status))
    }

    fn tell(&mut self, enabled: bool, status: &mut Status) {
        if !self.quiet {
            let text: &[u8] = if enabled { b"enabled\n" } else { b"disabled\n" };
            self.call.errors.extend_from_slice(text);
        }
        if enabled {
            *status = 0;
        }
    }

    fn is_link(&self, path: &str) -> bool {
        self.call.world.lstat(path).is_some_and(|node| matches!(node.kind, Kind::Symlink(_)))
    }

    fn is_installed(&self, unit: &str) -> bool {
        let node = self.call.world.stat(&self.place.state(unit));
        node.is_some_and(|node| matches!(node.kind, Kind::File(_)))
    }

    /// The links that a unit's state file lists.
    fn entries(&self, unit: &str) -> Vec<String> {
        let bytes = self.call.world.read(&self.place.state(unit)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }

    fn enable(&mut self, unit: &str, path: &str) -> Result<Result<(), Failed>, Stop> {
        let has_systemctl = self.call.world.stat("/usr/bin/systemctl").is_some();
        if !has_systemctl {
            return Ok(self.make_links(unit, path, true));
        }
        if self.is_installed(unit) {
            // On upgrade, new links are made only if there are old ones.
            let links = match closure(self.call.world, self.place, path) {
                Ok(links) => links,
                Err(failed) => return Ok(Err(failed)),
            };
            let create = links.iter().any(|link| self.is_link(&link.path));
            return Ok(self.make_links(unit, path, create));
        }
        let scope = if self.place.instance == "user" { "--global" } else { "--system" };
        let arguments = ["--root=/", scope, "--preset-mode=enable-only", "preset", unit].map(str::to_owned);
        let mut inner = Call {
            name: "systemctl",
            arguments: &arguments,
            input: b"",
            output: self.call.output,
            errors: self.call.errors,
            world: self.call.world,
        };
        let status = self.host.run(&mut inner)?.ok_or(Stop::Unknown { command: "systemctl".to_owned() })?;
        if status != 0 {
            return Ok(Err(Failed(format!("systemctl preset failed on {unit}: "))));
        }
        Ok(self.make_links(unit, path, false))
    }

    /// Notes every link of a unit, and makes it if asked to.
    fn make_links(&mut self, unit: &str, path: &str, create: bool) -> Result<(), Failed> {
        let state = self.place.state(unit);
        for Link { path: link, target } in closure(self.call.world, self.place, path)? {
            let mut lines = self.entries(unit);
            if !lines.contains(&link) {
                lines.push(link.clone());
            }
            self.write_state(&state, &lines)?;
            let note = self.place.note(&link);
            if self.call.world.stat(&note).is_some() {
                continue;
            }
            if create && !self.is_link(&link) {
                self.make_path(&link);
                let failed = |failure: bringup_shell::Failure| {
                    Failed(format!("unable to link {link} to {target}: {}", failure.text()))
                };
                self.call.world.make_symlink(&target, &link).map_err(failed)?;
            }
            self.touch(&note)?;
        }
        Ok(())
    }

    fn update_state(&mut self, unit: &str, path: &str) -> Result<(), Failed> {
        let links = closure(self.call.world, self.place, path)?;
        let lines: Vec<String> = links.into_iter().map(|link| link.path).collect();
        self.write_state(&self.place.state(unit), &lines)
    }

    /// Writes a state file as the program does: a new file takes the place of the old one.
    fn write_state(&mut self, state: &str, lines: &[String]) -> Result<(), Failed> {
        self.make_path(state);
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let failed = || Failed(format!("Unable to move to {state}"));
        let world = &mut *self.call.world;
        let at = world.named(state).map_err(|_| failed())?;
        let kind = Kind::File(bringup_tree::Content::bytes(text));
        world.tree.insert(at, Meta::root(0o644, world.epoch), kind).map_err(|_| failed())?;
        Ok(())
    }

    fn touch(&mut self, path: &str) -> Result<(), Failed> {
        self.make_path(path);
        let failed = |_| Failed(format!("Failed to create/touch {path}"));
        self.call.world.append(path, b"").map_err(failed)
    }

    /// The folders above a path, mode 0777 less the umask; what is wrong shows when they are used.
    fn make_path(&mut self, path: &str) {
        for (at, _) in path.match_indices('/').skip(1) {
            let folder = &path[..at];
            if !self.call.world.is_directory(folder) && self.call.world.make_directory(folder).is_err() {
                return;
            }
        }
    }

    /// Removes the links that the state file lists, and those of every unit that `Also=` names.
    fn remove_links(&mut self, path: &str, depth: usize) {
        let unit = base(path).to_owned();
        let entries = self.entries(&unit);
        if self.purge {
            let _ = self.call.world.remove(&self.place.state(&unit));
        }
        for link in entries {
            if self.purge || self.is_link(&link) {
                let _ = self.call.world.remove(&self.place.note(&link));
            }
            if self.is_link(&link) {
                let _ = self.call.world.remove(&link);
            }
        }
        let Ok(bytes) = self.call.world.read(path) else { return };
        // The real program does not come back from units that name each other.
        if depth > 16 {
            return;
        }
        for line in String::from_utf8_lossy(&bytes).lines() {
            if let Some((key, value)) = links::assignment(line)
                && key.eq_ignore_ascii_case("Also")
            {
                let path = find_unit(self.call.world, self.place, value);
                self.remove_links(&path, depth + 1);
            }
        }
    }

    fn mask(&mut self, path: &str) -> Result<(), Failed> {
        let link = self.place.config(base(path));
        if self.call.world.stat(&link).is_some() || self.is_mask(&link) {
            return Ok(());
        }
        self.make_path(&link);
        let _ = self.call.world.remove(&link);
        let failed = |failure: bringup_shell::Failure| {
            Failed(format!("unable to link {link} to /dev/null: {}", failure.text()))
        };
        self.call.world.make_symlink("/dev/null", &link).map_err(failed)?;
        let note = format!("{}/{}", self.place.masked, base(path));
        self.touch(&note)
    }

    fn unmask(&mut self, path: &str) {
        let link = self.place.config(base(path));
        let note = format!("{}/{}", self.place.masked, base(path));
        if self.is_mask(&link) && self.call.world.stat(&note).is_some() {
            let _ = self.call.world.remove(&link);
            let _ = self.call.world.remove(&note);
        }
    }

    fn is_mask(&self, link: &str) -> bool {
        let node = self.call.world.lstat(link);
        node.is_some_and(|node| matches!(&node.kind, Kind::Symlink(target) if target == b"/dev/null"))
    }

    /// Removes folders with nothing but empty folders in them: these, and those in `above`.
    fn clean(&mut self, folders: &[&str], above: &[&str]) {
        for folder in folders {
            self.remove_if_empty(folder);
        }
        for folder in above {
            for name in self.call.world.names(folder) {
                self.remove_if_empty(&format!("{folder}/{name}"));
            }
        }
    }

    fn remove_if_empty(&mut self, folder: &str) {
        let node = self.call.world.lstat(folder);
        if !node.is_some_and(|node| node.kind.is_directory()) {
            return;
        }
        for name in self.call.world.names(folder).iter().filter(|name| !name.starts_with('.')) {
            self.remove_if_empty(&format!("{folder}/{name}"));
        }
        let _ = self.call.world.remove(folder);
    }
}

/// deb-systemd-invoke(1p): asks policy-rc.d, and then systemctl, which does nothing here.
pub(crate) fn invoke(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    let is_option = |word: &&String| word.starts_with("--");
    let options: Vec<&String> = call.arguments.iter().filter(is_option).collect();
    let known = ["--user", "--system", "--quiet", "--no-dbus"];
    if let Some(option) = options.iter().find(|option| !known.contains(&option.as_str())) {
        return Err(unsupported("deb-systemd-invoke", format!("option `{option}`")));
    }
    let mut words = call.arguments.iter().filter(|word| !is_option(word));
    let Some(action) = words.next() else {
        return Err(unsupported("deb-systemd-invoke", "a call without a verb"));
    };
    if call.world.stat("/usr/sbin/policy-rc.d").is_some() {
        return Err(unsupported("deb-systemd-invoke", "`/usr/sbin/policy-rc.d`"));
    }
    if options.iter().any(|option| *option == "--user") {
        // There are no instances of user managers.
        return Ok(0);
    }
    let mut wanted: Vec<String> = Vec::new();
    for unit in words {
        if action == "start" || action == "restart" {
            // `is-active` succeeds where no systemd runs, so that only `start` leaves units out.
            let arguments = ["--system", "is-enabled", "--", unit.as_str()].map(str::to_owned);
            let (_, output) = systemctl(call, host, &arguments)?;
            if action == "start" && !output.contains("enabled") {
                let text = format!("{unit} is a disabled or a static unit, not starting it.\n");
                call.errors.extend_from_slice(text.as_bytes());
                continue;
            }
        }
        wanted.push(unit.clone());
    }
    if wanted.is_empty() && (action == "start" || action == "restart") {
        return Ok(0);
    }
    let arguments: Vec<String> = [action.clone()].into_iter().chain(wanted).collect();
    let (status, output) = systemctl(call, host, &arguments)?;
    call.output.extend_from_slice(output.as_bytes());
    Ok(status)
}

fn systemctl(
    call: &mut Call<'_>,
    host: &mut dyn Host,
    arguments: &[String],
) -> Result<(Status, String), Stop> {
    let mut output = Vec::new();
    let mut inner = Call {
        name: "systemctl",
        arguments,
        input: b"",
        output: &mut output,
        errors: call.errors,
        world: call.world,
    };
    let status = host.run(&mut inner)?.ok_or(Stop::Unknown { command: "systemctl".to_owned() })?;
    Ok((status, String::from_utf8_lossy(&output).into_owned()))
}
