//! The commands of this crate: dpkg's own, debconf's, and those that start services.

pub(crate) mod alternatives;
pub(crate) mod debconf;
pub(crate) mod divert;
pub(crate) mod dpkg;
pub(crate) mod maintscript;
mod nothing;
pub(crate) mod query;
pub(crate) mod records;
pub(crate) mod services;
pub(crate) mod statoverride;

use bringup_shell::{Call, Status, Stop};

pub use nothing::NOTHING;

use crate::machine::Machine;

/// A command that knows of packages.
pub(crate) type Known = fn(&mut Machine<'_>, &mut Call<'_>) -> Result<Status, Stop>;

/// Every command of this crate but debconf's, by name.
const COMMANDS: &[(&str, Known)] = &[
    ("deb-systemd-invoke", services::deb_systemd_invoke),
    ("dpkg", dpkg::dpkg),
    ("dpkg-divert", divert::command),
    ("dpkg-maintscript-helper", maintscript::command),
    ("dpkg-query", query::command),
    ("dpkg-realpath", dpkg::realpath),
    ("dpkg-statoverride", statoverride::command),
    ("dpkg-trigger", dpkg::trigger),
    ("invoke-rc.d", services::invoke_rc_d),
    ("perl", dpkg::perl),
    ("policy-rc.d", services::policy_rc_d),
    ("runlevel", services::runlevel),
    ("service", services::service),
    ("start-stop-daemon", services::start_stop_daemon),
    ("update-alternatives", alternatives::command),
    ("update-rc.d", services::update_rc_d),
];

/// The command of this name.
pub(crate) fn command(name: &str) -> Option<Known> {
    if NOTHING.iter().any(|(known, _)| *known == name) {
        return Some(|_, _| Ok(0));
    }
    if nothing::is_python(name) {
        return Some(nothing::python);
    }
    if debconf::is_command(name) {
        return Some(debconf::command);
    }
    COMMANDS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}

/// Prints a line on standard output.
pub(crate) fn say(call: &mut Call<'_>, text: &str) {
    call.output.extend_from_slice(text.as_bytes());
    call.output.push(b'\n');
}

/// Prints `NAME: error: TEXT` as dpkg's programs do, with their status for it.
pub(crate) fn fail(call: &mut Call<'_>, text: &str) -> Result<Status, Stop> {
    let line = format!("{}: error: {text}\n", call.name);
    call.errors.extend_from_slice(line.as_bytes());
    Ok(2)
}

/// A use that is not reproduced.
pub(crate) fn unsupported<T>(call: &Call<'_>, what: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Unsupported { command: call.name.to_owned(), what: what.into() })
}

/// A record cannot be written: whoever asked gets a failure, as from the real program.
pub(crate) fn written(call: &mut Call<'_>, done: Result<(), crate::Error>) -> Result<Status, Stop> {
    match done {
        Ok(()) => Ok(0),
        Err(error) => fail(call, &error.to_string()),
    }
}
