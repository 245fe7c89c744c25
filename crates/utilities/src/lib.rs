//! The programs of every script (cp, grep, sed, ...) on a file tree in memory.
//!
//! Each does what the program of Debian does (GNU coreutils 9.7, grep 3.11, sed 4.9, findutils
//! 4.10) in the C locale, as root: output, errors, status and files. An option or a
//! use that is not reproduced is a [`Stop`](bringup_shell::Stop).

mod accounts;
mod awk;
mod common;
mod compare;
mod cp;
mod digest;
mod expr;
mod find;
mod getopt;
mod grep;
mod install;
mod launch;
mod ln;
mod ls;
mod make;
mod mode;
mod mv;
mod names;
mod options;
mod owner;
mod pattern;
mod places;
mod remove;
mod sed;
mod small;
mod sort;
mod stat;
mod text;
mod time;

use bringup_shell::Command;

/// The command of this name, if it is one of this crate's.
pub fn command(name: &str) -> Option<Command> {
    let at = COMMANDS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    Some(COMMANDS[at].1)
}

/// Every command, by name in byte order.
const COMMANDS: &[(&str, Command)] = &[
    ("arch", small::arch),
    ("awk", awk::awk),
    ("base64", digest::base64),
    ("basename", names::basename),
    ("cat", text::cat),
    ("chattr", small::chattr),
    ("chgrp", owner::chown),
    ("chmod", owner::chmod),
    ("chown", owner::chown),
    ("cmp", compare::cmp),
    ("comm", sort::comm),
    ("cp", cp::cp),
    ("cut", text::cut),
    ("date", time::date),
    ("diff", compare::diff),
    ("dirname", names::dirname),
    ("egrep", grep::grep),
    ("env", launch::env),
    ("expr", expr::expr),
    ("false", small::no),
    ("fgrep", grep::grep),
    ("find", find::find),
    ("getopt", getopt::getopt),
    ("grep", grep::grep),
    ("head", text::head),
    ("hostname", small::hostname),
    ("id", small::id),
    ("install", install::install),
    ("ionice", launch::rest),
    ("link", ln::link),
    ("ln", ln::ln),
    ("logger", small::nothing),
    ("ls", ls::ls),
    ("mawk", awk::awk),
    ("md5sum", digest::digest),
    ("mkdir", make::mkdir),
    ("mkfifo", make::mkfifo),
    ("mknod", make::mknod),
    ("mktemp", names::mktemp),
    ("mv", mv::mv),
    ("nice", launch::rest),
    ("nohup", launch::rest),
    ("nproc", small::nproc),
    ("paste", text::paste),
    ("readlink", names::readlink),
    ("realpath", names::realpath),
    ("rm", remove::rm),
    ("rmdir", remove::rmdir),
    ("run-parts", launch::run_parts),
    ("sed", sed::sed),
    ("seq", small::seq),
    ("setsid", launch::rest),
    ("sha1sum", digest::digest),
    ("sha224sum", digest::digest),
    ("sha256sum", digest::digest),
    ("sha384sum", digest::digest),
    ("sha512sum", digest::digest),
    ("sleep", time::sleep),
    ("sort", sort::sort),
    ("stat", stat::stat),
    ("sync", small::nothing),
    ("tac", text::tac),
    ("tail", text::tail),
    ("tee", text::tee),
    ("timeout", launch::rest),
    ("touch", time::touch),
    ("tr", text::tr),
    ("true", small::nothing),
    ("uname", small::uname),
    ("uniq", text::uniq),
    ("unlink", remove::unlink),
    ("wc", text::wc),
    ("which", small::which),
    ("whoami", small::whoami),
    ("xargs", launch::xargs),
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
