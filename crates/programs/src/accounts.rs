//! Users and groups: shadow's programs and Debian's `adduser`, on the tree's own files.

mod adduser;
mod adduser_settings;
mod convert;
mod dates;
mod deluser;
mod getent;
mod groups;
mod home;
mod numbers;
mod passwords;
mod table;
#[cfg(test)]
mod tests;
mod useradd;
mod usermod;

use bringup_shell::{Call, Command, Host, Status, Stop};

/// The names and their functions.
pub(crate) const COMMANDS: &[(&str, Command)] = &[
    ("addgroup", adduser::adduser),
    ("adduser", adduser::adduser),
    ("chage", passwords::chage),
    ("chfn", usermod::chfn),
    ("chpasswd", passwords::chpasswd),
    ("chsh", usermod::chsh),
    ("delgroup", deluser::deluser),
    ("deluser", deluser::deluser),
    ("getent", getent::getent),
    ("gpasswd", groups::gpasswd),
    ("groupadd", groups::groupadd),
    ("groupdel", groups::groupdel),
    ("groupmod", groups::groupmod),
    ("grpck", convert::check),
    ("grpconv", convert::grpconv),
    ("passwd", passwords::passwd),
    ("pwck", convert::check),
    ("pwconv", convert::pwconv),
    ("update-passwd", convert::update_passwd),
    ("useradd", useradd::useradd),
    ("userdel", useradd::userdel),
    ("usermod", usermod::usermod),
];

/// Runs another of these programs, as `adduser` does.
fn run(call: &mut Call<'_>, host: &mut dyn Host, name: &str, arguments: &[&str]) -> Result<Status, Stop> {
    let command = COMMANDS.iter().find(|entry| entry.0 == name);
    let command = command.ok_or_else(|| Stop::Unknown { command: name.to_owned() })?.1;
    let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
    let mut inner = Call {
        name,
        arguments: &arguments,
        input: b"",
        output: &mut *call.output,
        errors: &mut *call.errors,
        world: &mut *call.world,
    };
    command(&mut inner, host)
}
