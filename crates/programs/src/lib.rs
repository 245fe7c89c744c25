//! Accounts, PAM, ld.so's cache and certificates: system programs on a file tree in memory.

mod accounts;
mod apache;
mod arguments;
mod capabilities;
mod catalogs;
mod certificates;
mod identity;
mod ldconfig;
mod locale;
mod pam;
#[cfg(test)]
mod testing;

use bringup_shell::Command;

/// Appends formatted text to one of a call's outputs.
macro_rules! print {
    ($to:expr, $($text:tt)*) => { $to.extend_from_slice(format!($($text)*).as_bytes()) };
}
use print;

/// The command of this name, if it is one of this crate's.
pub fn command(name: &str) -> Option<Command> {
    let lists = [
        accounts::COMMANDS,
        apache::COMMANDS,
        capabilities::COMMANDS,
        catalogs::COMMANDS,
        certificates::COMMANDS,
        identity::COMMANDS,
        ldconfig::COMMANDS,
        locale::COMMANDS,
        pam::COMMANDS,
    ];
    let entry = lists.into_iter().flatten().find(|entry| entry.0 == name)?;
    Some(entry.1)
}
