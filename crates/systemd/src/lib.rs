//! What systemd's own programs do to a root, done to a file tree in memory.
//!
//! Each program is a [`Command`]; [`command`] finds it by name. What each
//! writes is what systemd 257 and Debian's init-system-helpers 1.69 write, byte for byte. A use that
//! is not reproduced is a [`Stop`].

mod catalog;
mod error;
mod files;
mod fragments;
mod glob;
mod helper;
mod hwdb;
mod identity;
mod offline;
mod options;
mod specifier;
mod strings;
mod systemctl;
mod sysusers;
#[cfg(test)]
mod testing;
mod tmpfiles;
mod unit;
mod words;

use bringup_shell::{Command, Stop};

pub use error::Error;
pub use unit::{
    Change, Scope, UnitFile, default_target, disable, enable, exists, is_masked, mask, set_default,
    unit_files, unmask,
};

/// Every program of this crate by its name.
const COMMANDS: &[(&str, Command)] = &[
    ("bootctl", offline::bootctl),
    ("deb-systemd-helper", helper::run),
    ("deb-systemd-invoke", helper::invoke),
    ("journalctl", catalog::run),
    ("systemctl", systemctl::run),
    ("systemd-hwdb", hwdb::run),
    ("systemd-machine-id-setup", offline::machine_id),
    ("systemd-sysusers", sysusers::run),
    ("systemd-tmpfiles", tmpfiles::run),
    ("udevadm", offline::udevadm),
];

/// The command of this name, if it is one of this crate's.
pub fn command(name: &str) -> Option<Command> {
    COMMANDS.iter().find(|(known, _)| *known == name).map(|(_, command)| *command)
}

fn unsupported(command: &str, what: impl Into<String>) -> Stop {
    Stop::Unsupported { command: command.to_owned(), what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for (at, (name, _)) in COMMANDS.iter().enumerate() {
            assert!(command(name).is_some());
            assert!(COMMANDS[at + 1..].iter().all(|(other, _)| other != name), "{name}");
        }
        assert!(command("systemd-nothing").is_none());
    }
}
