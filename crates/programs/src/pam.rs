//! `pam-auth-update` of libpam-runtime 1.7: `/etc/pam.d/common-*` from the profiles of packages.

mod profile;
mod stack;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use bringup_shell::{Call, Command, Host, Status, Stop, World};

use crate::arguments::unsupported;
use crate::print;
use profile::Profile;
use stack::{Changes, TYPES, Template};

/// The names and their functions.
pub(crate) const COMMANDS: &[(&str, Command)] = &[("pam-auth-update", pam_auth_update)];

const NAME: &str = "pam-auth-update";

/// What the arguments ask for.
#[derive(Debug, Default)]
struct Request {
    force: bool,
    package: bool,
    root: String,
    remove: BTreeSet<String>,
    enable: BTreeSet<String>,
    disable: BTreeSet<String>,
}

impl Request {
    fn parse(arguments: &[String]) -> Result<Self, Stop> {
        let mut request = Self::default();
        let mut rest = arguments.iter().peekable();
        while let Some(argument) = rest.next() {
            let names = match argument.as_str() {
                "--force" => {
                    request.force = true;
                    continue;
                }
                "--package" => {
                    request.package = true;
                    continue;
                }
                "--root" => {
                    request.root = rest.next().cloned().unwrap_or_default();
                    continue;
                }
                "--remove" => &mut request.remove,
                "--enable" => &mut request.enable,
                "--disable" => &mut request.disable,
                other => return Err(unsupported(NAME, format!("`{other}`"))),
            };
            while let Some(name) = rest.next_if(|next| !next.starts_with("--")) {
                names.insert(name.clone());
                request.package = true;
            }
        }
        Ok(request)
    }
}

/// Writes the common files anew from the profiles that are enabled: all that were, and new ones
/// that say so by default.
fn pam_auth_update(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    let request = Request::parse(call.arguments)?;
    let inputs = format!("{}/usr/share/pam-configs", request.root);
    let folder = format!("{}/etc/pam.d", request.root);
    let saved = format!("{}/var/lib/pam", request.root);
    let mut profiles = Vec::new();
    for name in call.world.names(&inputs) {
        if name.ends_with('~') || (name.starts_with('#') && name.ends_with('#') && name.len() > 2) {
            continue;
        }
        let profile = Profile::read(call.world, &format!("{inputs}/{name}"), &name)?;
        if !profile.is_disabled() && !request.remove.contains(&name) {
            profiles.push(profile);
        }
    }
    // Highest priority first, then the last name first.
    profiles.sort_by(|one, two| (two.priority(), &two.name).cmp(&(one.priority(), &one.name)));
    let known = |name: &String| profiles.iter().any(|profile| profile.name == *name);
    let mut changes = Changes::read(call.world, &folder, &saved);
    let mut enabled: Vec<String> =
        changes.as_ref().map(|changes| changes.modules.clone()).unwrap_or_default();
    let mut seen = BTreeSet::new();
    if call.world.stat(&format!("{saved}/seen")).is_some() {
        seen.extend(text(call.world, &format!("{saved}/seen"))?.lines().map(str::to_owned));
        if changes.is_none() && request.force {
            return Err(unsupported(NAME, "overwriting files changed by hand"));
        }
    }
    enabled.retain(known);
    enabled.extend(request.enable.iter().filter(|name| known(name)).cloned());
    enabled.retain(|name| !request.disable.contains(name));
    seen.extend(request.disable.iter().cloned());
    if enabled.is_empty() {
        seen.clear();
    }
    let new = profiles.iter().filter(|profile| !seen.contains(&profile.name));
    enabled.extend(new.clone().filter(|profile| profile.is_default()).map(|profile| profile.name.clone()));
    let any_new = new.count() > 0;
    let mut enabled: Vec<&Profile> =
        profiles.iter().filter(|profile| enabled.contains(&profile.name)).collect();
    let names: Vec<&str> = profiles.iter().map(|profile| profile.name.as_str()).collect();
    let titles: Vec<&str> =
        profiles.iter().map(|profile| profile.field("Name").unwrap_or_default()).collect();
    let mut debconf = Debconf { call: &mut *call, host };
    debconf.say(&["x_loadtemplatefile", "/var/lib/dpkg/info/libpam-runtime.templates", "libpam-runtime"])?;
    debconf.say(&["subst", PROFILES, "profile_names", &names.join(", ")])?;
    debconf.say(&["subst", PROFILES, "profiles", &titles.join(", ")])?;
    debconf.say(&["settitle", "libpam-runtime/title"])?;
    if changes.is_none() && !request.force {
        debconf.say(&["input", "high", OVERRIDE])?;
        debconf.say(&["go"])?;
        print!(
            call.errors,
            "\npam-auth-update: Local modifications to /etc/pam.d/common-*, not updating.\n\
             pam-auth-update: Run pam-auth-update --force to override.\n\n"
        );
        return Ok(0);
    }
    if any_new || !request.package {
        debconf.say(&["fset", PROFILES, "seen", "false"])?;
    }
    debconf.say(&["set", PROFILES, &joined(&enabled)])?;
    debconf.say(&["input", if request.package { "medium" } else { "high" }, PROFILES])?;
    debconf.say(&["go"])?;
    if let Some(bad) = conflict(&enabled) {
        return Err(unsupported(NAME, format!("the conflict of {bad}")));
    }
    debconf.say(&["set", PROFILES, &joined(&enabled)])?;
    if enabled.is_empty() {
        return Err(unsupported(NAME, "a root without any profile"));
    }
    let list: String = names.iter().map(|name| format!("{name}\n")).collect();
    if !call.world.is_directory(&saved) {
        call.world.make_directory(&saved).map_err(|why| unsupported(NAME, why.text()))?;
    }
    put(call.world, &format!("{saved}/seen"), list)?;
    enabled.dedup_by(|one, two| one.name == two.name);
    for kind in TYPES {
        let target = format!("{folder}/common-{kind}");
        let shipped = text(call.world, &format!("/usr/share/pam/common-{kind}"))?;
        let exists = call.world.stat(&target).is_some();
        let mut template = Template::parse(&shipped).ok_or_else(|| unsupported(NAME, "its own template"))?;
        if exists {
            let present = text(call.world, &target)?;
            match Template::parse(&present) {
                // Old templates are known by their MD5 sums; the present one needs none.
                Some(own) if own == template => template = own,
                Some(_) => return Err(unsupported(NAME, format!("`{target}` with other text around"))),
                None if request.force => {}
                None => return Ok(0),
            }
        }
        let fresh = template.fill(kind, &enabled, changes.as_mut());
        let record = stack::record(kind, &enabled);
        if exists && request.force {
            let old = call.world.read(&target).map_err(|why| unsupported(NAME, why.text()))?;
            put(call.world, &format!("{target}.pam-old"), old)?;
        }
        replace(call.world, &target, fresh)?;
        replace(call.world, &format!("{saved}/{kind}"), record)?;
    }
    let mut debconf = Debconf { call, host };
    debconf.say(&["fset", OVERRIDE, "seen", "false"])?;
    debconf.say(&["set", OVERRIDE, "false"])?;
    Ok(0)
}

const PROFILES: &str = "libpam-runtime/profiles";
const OVERRIDE: &str = "libpam-runtime/override";

/// What it tells debconf, by the commands of debconf's shell library where the host has them.
struct Debconf<'a, 'b> {
    call: &'a mut Call<'b>,
    host: &'a mut dyn Host,
}

impl Debconf<'_, '_> {
    fn say(&mut self, words: &[&str]) -> Result<(), Stop> {
        let name = format!("db_{}", words[0]);
        if !self.host.has(&name) {
            return Ok(());
        }
        let arguments: Vec<String> = words[1..].iter().map(|&word| word.to_owned()).collect();
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut inner = Call {
            name: &name,
            arguments: &arguments,
            input: b"",
            output: &mut output,
            errors: &mut errors,
            world: &mut *self.call.world,
        };
        // Its status only says whether a question was asked.
        self.host.run(&mut inner)?;
        // The answer is for the program, not for a variable of the script that called it.
        self.host.take_assignments();
        Ok(())
    }
}

fn joined(profiles: &[&Profile]) -> String {
    let names: Vec<&str> = profiles.iter().map(|profile| profile.name.as_str()).collect();
    names.join(", ")
}

fn conflict(enabled: &[&Profile]) -> Option<String> {
    for one in enabled {
        for two in enabled {
            if one.conflicts().any(|name| name == two.name) {
                return Some(format!("`{}` and `{}`", one.name, two.name));
            }
        }
    }
    None
}

fn text(world: &World, path: &str) -> Result<String, Stop> {
    let bytes = world.read(path).map_err(|why| unsupported(NAME, format!("`{path}`: {}", why.text())))?;
    String::from_utf8(bytes).map_err(|_| Stop::NotText { what: path.to_owned() })
}

fn put(world: &mut World, path: &str, bytes: impl Into<Vec<u8>>) -> Result<(), Stop> {
    world.write(path, bytes).map_err(|why| unsupported(NAME, format!("`{path}`: {}", why.text())))
}

/// As a new file that is renamed over the old one: owner and mode are the new one's.
fn replace(world: &mut World, path: &str, bytes: String) -> Result<(), Stop> {
    if world.lstat(path).is_some() {
        world.remove(path).map_err(|why| unsupported(NAME, format!("`{path}`: {}", why.text())))?;
    }
    let umask = std::mem::replace(&mut world.umask, 0o022);
    let written = put(world, path, bytes);
    world.umask = umask;
    written
}
