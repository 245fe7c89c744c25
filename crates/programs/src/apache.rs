//! `a2enmod`, `a2enconf`, `a2ensite` and their opposites (apache2 2.4): links to what is available, and
//! notes of who made them.

use bringup_shell::{Call, Command, Host, Status, Stop, World};
use bringup_tree::Kind;

use crate::arguments::{Given, Spec, unsupported};
use crate::print;

/// The names and their functions.
pub(crate) const COMMANDS: &[(&str, Command)] = &[
    ("a2disconf", switch),
    ("a2dismod", switch),
    ("a2dissite", switch),
    ("a2enconf", switch),
    ("a2enmod", switch),
    ("a2ensite", switch),
];

const OPTIONS: &[Spec] = &[('m', &["maintmode"], false), ('q', &["quiet"], false)];

fn switch(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = Given::parse(call.name, call.arguments, OPTIONS)?;
    let (object, folder, end) = match call.name {
        name if name.ends_with("mod") => ("module", "mods", ".load"),
        name if name.ends_with("conf") => ("conf", "conf", ".conf"),
        _ => ("site", "sites", ".conf"),
    };
    if given.operands.is_empty() || call.world.stat("/etc/apache2/envvars").is_some_and(moved) {
        return Err(unsupported(call.name, "asking, or other folders than the usual ones"));
    }
    let enable = call.name.starts_with("a2en");
    let by = if given.has("maintmode") { "maint" } else { "admin" };
    let verb = if enable { "enabled" } else { "disabled" };
    let mut work = Work {
        name: call.name,
        object,
        end,
        available: format!("/etc/apache2/{folder}-available"),
        enabled: format!("/etc/apache2/{folder}-enabled"),
        relative: format!("../{folder}-available"),
        state: format!("/var/lib/apache2/{object}"),
        markers: format!("/var/lib/apache2/{object}/{verb}_by_{by}"),
        quiet: given.has("quiet"),
        changed: false,
        output: Vec::new(),
        errors: Vec::new(),
    };
    let mut status = 0;
    for operand in &given.operands {
        let name = operand.strip_suffix(end).unwrap_or(operand);
        let plain = |letter: char| letter.is_alphanumeric() || "._-".contains(letter);
        if !name.chars().all(plain) || ["cgi", "cache_disk"].contains(&name) {
            return Err(unsupported(call.name, format!("`{name}`")));
        }
        let done = if enable { work.enable(call.world, name)? } else { work.disable(call.world, name)? };
        status = if done { status } else { 1 };
    }
    if work.changed && !work.quiet {
        let how = if object == "module" { "restart" } else { "reload" };
        print!(work.output, "To activate the new configuration, you need to run:\n  service apache2 {how}\n");
    }
    call.output.extend(work.output);
    call.errors.extend(work.errors);
    Ok(status)
}

/// Whether the environment file may set other folders: it is a script, and only where it is short of
/// those names is it known not to.
fn moved(node: &bringup_tree::Node) -> bool {
    let Kind::File(content) = &node.kind else { return true };
    let text = content.read().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().map(str::trim_start).filter(|line| !line.starts_with('#')).any(|line| {
        ["_AVAILABLE=", "_ENABLED=", "APACHE_STATE_DIRECTORY="].iter().any(|name| line.contains(name))
    })
}

/// One run.
struct Work<'a> {
    name: &'a str,
    object: &'static str,
    end: &'static str,
    available: String,
    enabled: String,
    relative: String,
    state: String,
    markers: String,
    quiet: bool,
    changed: bool,
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Work<'_> {
    fn failed(&self, what: &str, why: bringup_shell::Failure) -> Stop {
        unsupported(self.name, format!("`{what}`: {}", why.text()))
    }

    fn info(&mut self, text: &str) {
        if !self.quiet {
            print!(self.output, "{text}\n");
        }
    }

    fn title(&self) -> String {
        self.object[..1].to_uppercase() + &self.object[1..]
    }

    /// Names of a `# Depends:` or `# Conflicts:` line among the first comments.
    fn listed(&self, world: &World, name: &str, kind: &str) -> Vec<String> {
        let bytes = world.read(&format!("{}/{name}{}", self.available, self.end)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let start = format!("# {kind}:");
        let comments =
            text.lines().take_while(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        let found = comments.filter_map(|line| line.strip_prefix(&start));
        let found = found.filter(|rest| rest.starts_with(char::is_whitespace)).take(1);
        found.flat_map(str::split_whitespace).map(str::to_owned).collect()
    }

    /// Whether a link is right; none if there is none (one that leads nowhere is taken away).
    fn check(&mut self, world: &mut World, file: &str) -> Result<Option<bool>, Stop> {
        let link = format!("{}/{file}", self.enabled);
        if world.stat(&link).is_some() {
            let is_link = world.lstat(&link).is_some_and(|node| matches!(node.kind, Kind::Symlink(_)));
            let target = format!("{}/{file}", self.available);
            return Ok(Some(is_link && world.followed(&link).ok() == world.followed(&target).ok()));
        }
        if world.lstat(&link).is_some() {
            world.remove(&link).map_err(|why| self.failed(&link, why))?;
        }
        Ok(None)
    }

    fn link(&mut self, world: &mut World, file: &str) -> Result<(), Stop> {
        let link = format!("{}/{file}", self.enabled);
        let target = format!("{}/{file}", self.relative);
        world.make_symlink(&target, &link).map_err(|why| self.failed(&link, why))?;
        self.changed = true;
        Ok(())
    }

    fn exists(&mut self, world: &World, name: &str) -> bool {
        let there = world.stat(&format!("{}/{name}{}", self.available, self.end)).is_some();
        if !there {
            print!(self.errors, "ERROR: {} {name} does not exist!\n", self.title());
        }
        there
    }

    fn enable(&mut self, world: &mut World, name: &str) -> Result<bool, Stop> {
        if !self.exists(world, name) {
            return Ok(false);
        }
        let depends = self.listed(world, name, "Depends");
        if self.object == "module" {
            for other in depends {
                self.info(&format!("Considering dependency {other} for {name}:"));
                if !self.enable(world, &other)? {
                    print!(self.errors, "ERROR: Could not enable dependency {other} for {name}, aborting\n");
                    return Ok(false);
                }
            }
            let mut free = true;
            for other in self.listed(world, name, "Conflicts") {
                self.info(&format!("Considering conflict {other} for {name}:"));
                if self.check(world, &format!("{other}{}", self.end))? == Some(true) {
                    print!(
                        self.errors,
                        "ERROR: Module {other} is enabled - cannot proceed due to conflicts. It needs to be disabled first!\n"
                    );
                    free = false;
                }
            }
            if !free {
                return Ok(false);
            }
        } else {
            for other in depends {
                self.info(&format!("Checking dependency {other} for {name}:"));
                if world.stat(&format!("/etc/apache2/mods-enabled/{other}.load")).is_none() {
                    print!(
                        self.errors,
                        "WARNING: Module {other} is not enabled, but {name} depends on it, aborting\n"
                    );
                    return Ok(false);
                }
            }
        }
        let file = format!("{name}{}", self.end);
        let conf = format!("{name}.conf");
        let has_conf = self.object == "module" && world.stat(&format!("{}/{conf}", self.available)).is_some();
        let loaded = self.check(world, &file)?;
        let configured = if has_conf { self.check(world, &conf)? } else { loaded };
        if loaded == Some(false) || configured == Some(false) {
            print!(self.errors, "ERROR: {} {name} not properly enabled\n", self.title());
            return Ok(false);
        }
        if loaded.is_some() {
            if configured.is_none() {
                print!(self.output, "Enabling config file {conf}.\n");
                self.link(world, &conf)?;
            }
            self.info(&format!("{} {name} already enabled", self.title()));
            return Ok(true);
        }
        if has_conf && configured.is_none() {
            self.link(world, &conf)?;
        }
        print!(self.output, "Enabling {} {name}.\n", self.object);
        if name == "ssl" && self.object == "module" {
            self.info(
                "See /usr/share/doc/apache2/README.Debian.gz on how to configure SSL and create self-signed certificates.",
            );
        }
        self.link(world, &file)?;
        self.mark(world, name)?;
        Ok(true)
    }

    fn disable(&mut self, world: &mut World, name: &str) -> Result<bool, Stop> {
        if !self.exists(world, name) {
            return Ok(false);
        }
        if self.object == "module" {
            if !name.starts_with("mpm_") {
                return Err(unsupported(self.name, format!("`{name}`, which may be essential")));
            }
            for file in world.names(&self.enabled) {
                let Some(other) = file.strip_suffix(".load") else { continue };
                if self.listed(world, other, "Depends").iter().any(|depends| depends == name) {
                    print!(
                        self.errors,
                        "ERROR: The following modules depend on {name} and need to be disabled first: {other}\n"
                    );
                    return Ok(false);
                }
            }
        }
        let mut was = false;
        for file in [format!("{name}{}", self.end), format!("{name}.conf")] {
            let link = format!("{}/{file}", self.enabled);
            if world.lstat(&link).is_some_and(|node| matches!(node.kind, Kind::Symlink(_))) {
                world.remove(&link).map_err(|why| self.failed(&link, why))?;
                was = true;
            }
        }
        if was {
            self.changed = true;
            self.mark(world, name)?;
            print!(self.output, "{} {name} disabled.\n", self.title());
        } else {
            self.info(&format!("{} {name} already disabled", self.title()));
        }
        Ok(true)
    }

    /// Notes who decided; older notes go.
    fn mark(&self, world: &mut World, name: &str) -> Result<(), Stop> {
        let mut at = String::new();
        for part in self.markers.split('/').skip(1) {
            at = format!("{at}/{part}");
            if !world.is_directory(&at) {
                world.make_directory(&at).map_err(|why| self.failed(&at, why))?;
            }
        }
        for folder in world.names(&self.state) {
            let old = format!("{}/{folder}/{name}", self.state);
            if world.lstat(&old).is_some() {
                world.remove(&old).map_err(|why| self.failed(&old, why))?;
            }
        }
        let marker = format!("{}/{name}", self.markers);
        world.write(&marker, "").map_err(|why| self.failed(&marker, why))
    }
}

#[cfg(test)]
mod tests {
    use bringup_tree::Kind;

    use crate::testing::{ok, run, world};

    #[test]
    fn a_module_brings_what_it_depends_on() {
        let mut world = world(&[
            ("etc/apache2/mods-available/a.load", "# Depends: b\nLoad a\n"),
            ("etc/apache2/mods-available/b.load", "Load b\n"),
            ("etc/apache2/mods-available/b.conf", ""),
            ("etc/apache2/mods-available/c.load", "# Conflicts: a\n"),
            ("etc/apache2/mods-enabled/.keep", ""),
            ("var/lib/apache2/module/disabled_by_admin/b", ""),
        ]);
        let output = ok(&mut world, "a2enmod -m -q a");
        assert_eq!(output, "Enabling module b.\nEnabling module a.\n");
        assert_eq!(world.names("/etc/apache2/mods-enabled"), [".keep", "a.load", "b.conf", "b.load"]);
        let Kind::Symlink(target) = &world.lstat("/etc/apache2/mods-enabled/a.load").unwrap().kind else {
            panic!("a link");
        };
        assert_eq!(target, b"../mods-available/a.load");
        assert_eq!(world.names("/var/lib/apache2/module/enabled_by_maint"), ["a", "b"]);
        assert!(world.names("/var/lib/apache2/module/disabled_by_admin").is_empty());
        let (status, _, errors) = run(&mut world, "a2enmod c", "").unwrap();
        assert_eq!(status, 1);
        assert!(errors.starts_with("ERROR: Module a is enabled - cannot proceed due to conflicts."));
        assert_eq!(run(&mut world, "a2enmod nope", "").unwrap().2, "ERROR: Module nope does not exist!\n");
    }
}
