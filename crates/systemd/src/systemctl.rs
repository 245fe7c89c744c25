//! systemctl(1), as it acts where systemd does not run: on files only.

use bringup_shell::{Call, Host, Status, Stop};

use crate::options::{self, Given, Known, flag, value};
use crate::unit::{self, Change, How, Outcome, PresetMode, Scope};
use crate::{Error, unsupported};

const NAME: &str = "systemctl";
const KNOWN: &[Known] = &[
    value("root", '\0'),
    flag("system", '\0'),
    flag("global", '\0'),
    flag("user", '\0'),
    flag("quiet", 'q'),
    flag("force", 'f'),
    flag("runtime", '\0'),
    flag("no-reload", '\0'),
    flag("no-warn", '\0'),
    flag("no-block", '\0'),
    flag("no-pager", '\0'),
    flag("no-legend", '\0'),
    flag("no-ask-password", '\0'),
    flag("now", '\0'),
    flag("all", 'a'),
    flag("full", 'l'),
    flag("plain", '\0'),
    flag("value", '\0'),
    flag("failed", '\0'),
    flag("version", '\0'),
    value("preset-mode", '\0'),
    value("property", 'p'),
    value("type", 't'),
    value("state", '\0'),
    value("signal", 's'),
    value("kill-whom", '\0'),
    value("kill-who", '\0'),
    value("machine", 'M'),
    value("job-mode", '\0'),
    value("lines", 'n'),
    value("output", 'o'),
];

/// Verbs that need a running systemd; where none runs they say so and succeed
/// (`VERB_ONLINE_ONLY` of systemd's src/systemctl/systemctl.c).
const ONLINE: &str = "list-units list-automounts list-paths list-sockets list-timers list-jobs list-machines \
    clear-jobs cancel start stop condstop reload restart try-restart reload-or-restart reload-or-try-restart \
    try-reload-or-restart force-reload condreload condrestart isolate kill clean freeze thaw is-active check \
    is-failed show cat status help daemon-reload daemon-reexec log-level log-target service-log-level \
    service-log-target service-watchdogs show-environment set-environment unset-environment \
    import-environment halt poweroff reboot kexec soft-reboot sleep suspend hibernate hybrid-sleep \
    suspend-then-hibernate default rescue emergency exit reset-failed switch-root list-dependencies \
    set-property edit bind mount-image whoami";

/// systemctl(1).
pub(crate) fn run(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    let mut given = options::parse(NAME, KNOWN, call.arguments)?;
    given.check_root(NAME)?;
    if given.has("version") {
        return Err(unsupported(NAME, "`--version`"));
    }
    let verb = if given.operands.is_empty() { "list-units".to_owned() } else { given.operands.remove(0) };
    if ONLINE.split_ascii_whitespace().any(|online| online == verb) {
        let text = format!("Running in chroot, ignoring command '{verb}'\n");
        call.errors.extend_from_slice(text.as_bytes());
        return Ok(0);
    }
    let scope = match given.has("user") {
        true => return Err(unsupported(NAME, "`--user`")),
        false if given.has("global") => Scope::User,
        false => Scope::System,
    };
    if verb == "is-system-running" {
        say(call, &given, "offline");
        return Ok(1);
    }
    if verb == "get-default" {
        return match unit::default_target(call.world) {
            Ok(target) => {
                call.output.extend_from_slice(format!("{target}\n").as_bytes());
                Ok(0)
            }
            Err(error) => Ok(failed(call, "get default target", &error)),
        };
    }
    let ending = if verb == "set-default" { ".target" } else { ".service" };
    let complete =
        |name: &String| if name.contains('/') { name.clone() } else { unit::completed(name, ending) };
    let mut units: Vec<String> = given.operands.iter().map(complete).collect();
    if units.is_empty() {
        return Err(unsupported(NAME, format!("`{verb}` without a unit")));
    }
    if scope == Scope::System
        && matches!(verb.as_str(), "enable" | "disable" | "is-enabled")
        && let Some(status) = with_init_scripts(call, host, &verb, &mut units, &given)?
    {
        return Ok(status);
    }
    if verb == "is-enabled" {
        return Ok(is_enabled(call, scope, &units, &given));
    }
    change(call, scope, &verb, &units, &given)
}

/// The verbs that change links.
fn change(
    call: &mut Call<'_>,
    scope: Scope,
    verb: &str,
    units: &[String],
    given: &Given,
) -> Result<Status, Stop> {
    let how = How { force: given.has("force"), runtime: given.has("runtime"), lenient: false };
    let world = &mut *call.world;
    let result = match verb {
        "enable" => unit::enable_all(world, scope, units, how),
        "disable" => unit::disable_all(world, scope, units, how.runtime),
        "reenable" => unit::disable_all(world, scope, units, how.runtime).and_then(|gone| {
            let mut outcome = unit::enable_all(world, scope, units, how)?;
            outcome.changes.splice(0..0, gone.changes);
            Ok(outcome)
        }),
        "mask" => {
            let mut outcome = Outcome::default();
            for unit in units {
                if let Err(error) = unit::mask_one(world, scope, unit, how, &mut outcome) {
                    outcome.errors.push(error);
                }
            }
            Ok(outcome)
        }
        "unmask" => unit::unmask_all(world, scope, units, how.runtime),
        "preset" => {
            let mode = match given.value("preset-mode") {
                None | Some("full") => PresetMode::Full,
                Some("enable-only") => PresetMode::EnableOnly,
                Some("disable-only") => PresetMode::DisableOnly,
                Some(other) => return Err(unsupported(NAME, format!("`--preset-mode={other}`"))),
            };
            unit::preset_all(world, scope, units, mode, how)
        }
        "set-default" => {
            unit::set_default(world, &units[0]).map(|changes| Outcome { changes, ..Outcome::default() })
        }
        other => return Err(unsupported(NAME, format!("`{other}`"))),
    };
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => return Ok(failed(call, &format!("{verb} unit"), &error)),
    };
    for change in outcome.changes.iter().filter(|_| !given.has("quiet")) {
        let text = match change {
            Change::Linked { path, target } => format!("Created symlink '{path}' → '{target}'.\n"),
            Change::Removed { path } => format!("Removed '{path}'.\n"),
        };
        call.errors.extend_from_slice(text.as_bytes());
    }
    match outcome.errors.first() {
        Some(error) => Ok(failed(call, &format!("{verb} unit"), error)),
        None => Ok(0),
    }
}

fn is_enabled(call: &mut Call<'_>, scope: Scope, units: &[String], given: &Given) -> Status {
    // Nothing found, found but not enabled, enabled.
    let mut status = 4;
    for name in units {
        match unit::state(call.world, scope, name) {
            Ok(state) => {
                let enabled = ["enabled", "enabled-runtime", "static", "alias", "indirect", "generated"];
                status = if enabled.contains(&state) { 0 } else { status.min(1) };
                say(call, given, state);
            }
            Err(Error::Unknown { .. }) => say(call, given, "not-found"),
            Err(error) => return failed(call, &format!("get unit file state for {name}"), &error),
        }
    }
    status
}

/// Where a unit has a script in `/etc/init.d` as well, the links of that script change, too, by
/// Debian's systemd-sysv-install, which calls `update-rc.d`. Units that only have a script are taken
/// out of the list; a status says that all is done.
fn with_init_scripts(
    call: &mut Call<'_>,
    host: &mut dyn Host,
    verb: &str,
    units: &mut Vec<String>,
    given: &Given,
) -> Result<Option<Status>, Stop> {
    let mut native = Vec::new();
    for name in std::mem::take(units) {
        let script = name.strip_suffix(".service").filter(|stem| !stem.contains('/'));
        let script = script.filter(|stem| call.world.stat(&format!("/etc/init.d/{stem}")).is_some());
        let is_native = unit::exists(call.world, &name);
        let Some(script) = script.map(str::to_owned) else {
            native.push(name);
            continue;
        };
        if verb == "is-enabled" {
            if !is_native {
                return Err(unsupported(NAME, format!("`is-enabled` of the init script `{script}`")));
            }
            native.push(name);
            continue;
        }
        if !given.has("quiet") {
            let text = if is_native {
                format!(
                    "Synchronizing state of {name} with SysV service script with /usr/lib/systemd/systemd-sysv-install.\n"
                )
            } else {
                format!("{name} is not a native service, redirecting to systemd-sysv-install.\n")
            };
            call.errors.extend_from_slice(text.as_bytes());
        }
        for action in ["defaults", verb] {
            let status = update_rc(call, host, &script, action)?;
            if status != 0 {
                return Ok(Some(1));
            }
        }
        if is_native {
            native.push(name);
        }
    }
    *units = native;
    Ok(units.is_empty().then_some(0))
}

fn update_rc(call: &mut Call<'_>, host: &mut dyn Host, script: &str, action: &str) -> Result<Status, Stop> {
    let arguments = [script.to_owned(), action.to_owned()];
    let key = "_SKIP_SYSTEMD_NATIVE".to_owned();
    let before = call.world.environment.insert(key.clone(), "1".to_owned());
    let mut inner = Call {
        name: "update-rc.d",
        arguments: &arguments,
        input: b"",
        output: call.output,
        errors: call.errors,
        world: call.world,
    };
    let status = host.run(&mut inner);
    match before {
        Some(value) => call.world.environment.insert(key, value),
        None => call.world.environment.remove(&key),
    };
    status?.ok_or(Stop::Unknown { command: "update-rc.d".to_owned() })
}

fn say(call: &mut Call<'_>, given: &Given, text: &str) {
    if !given.has("quiet") {
        call.output.extend_from_slice(format!("{text}\n").as_bytes());
    }
}

fn failed(call: &mut Call<'_>, what: &str, error: &Error) -> Status {
    call.errors.extend_from_slice(format!("Failed to {what}: {error}\n").as_bytes());
    1
}
