//! The programs of every script (cp, grep, sed, ...) on a file tree in memory.
//!
//! Each does what the program of Debian does (GNU coreutils 9.7, grep 3.11, sed 4.9, findutils
//! 4.10) in the C locale, as root: output, errors, status and files. An option or a
//! use that is not reproduced is a [`Stop`](bringup_shell::Stop).

mod accounts;
mod common;
mod cp;
mod grep;
mod install;
mod ln;
mod make;
mod mode;
mod mv;
mod options;
mod owner;
mod pattern;
mod places;
mod remove;
mod sed;
mod text;

use bringup_shell::Command;

/// The command of this name, if it is one of this crate's.
pub fn command(name: &str) -> Option<Command> {
    let at = COMMANDS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    Some(COMMANDS[at].1)
}

/// Every command, by name in byte order.
const COMMANDS: &[(&str, Command)] = &[
    ("cat", text::cat),
    ("chgrp", owner::chown),
    ("chmod", owner::chmod),
    ("chown", owner::chown),
    ("cp", cp::cp),
    ("cut", text::cut),
    ("egrep", grep::grep),
    ("fgrep", grep::grep),
    ("grep", grep::grep),
    ("head", text::head),
    ("install", install::install),
    ("link", ln::link),
    ("ln", ln::ln),
    ("mkdir", make::mkdir),
    ("mkfifo", make::mkfifo),
    ("mknod", make::mknod),
    ("mv", mv::mv),
    ("paste", text::paste),
    ("rm", remove::rm),
    ("rmdir", remove::rmdir),
    ("sed", sed::sed),
    ("tac", text::tac),
    ("tail", text::tail),
    ("tee", text::tee),
    ("tr", text::tr),
    ("uniq", text::uniq),
    ("unlink", remove::unlink),
    ("wc", text::wc),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_sorted_and_found() {
        assert!(COMMANDS.is_sorted_by(|(one, _), (other, _)| one < other));
        assert!(COMMANDS.iter().all(|(name, _)| command(name).is_some()));
        assert!(command("perl").is_none());
    }
}
