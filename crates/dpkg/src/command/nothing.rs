//! Programs that need not run while an image is made.

use bringup_shell::{Call, Status, Stop};

use super::unsupported;
use crate::machine::Machine;

/// Commands that do nothing and succeed, each with the reason.
pub const NOTHING: &[(&str, &str)] = &[
    ("bootctl", "an image's boot programs are placed when it is built"),
    ("dbus-uuidgen", "a machine gets its identity at its first boot"),
    ("depmod", "an image's modules are indexed when it is built"),
    ("initctl", "no init runs"),
    ("kernel-install", "an image's menu is written when it is built"),
    ("linux-run-hooks", "no boot loader's hooks: an image's menu is written when it is built"),
    ("linux-update-symlinks", "an image's menu names its kernel"),
    ("py3clean", "there is no byte code to remove"),
    ("py3compile", "byte code is made when a module is first used"),
    ("pypy3clean", "there is no byte code to remove"),
    ("pypy3compile", "byte code is made when a module is first used"),
    ("telinit", "no init runs"),
    ("udevadm", "no udev runs"),
    ("update-initramfs", "an image brings the initramfs that its board needs"),
    ("update-grub", "an image's menu is written when it is built"),
];

/// Python's module that compiles byte code.
const COMPILER: &str = "/py_compile.py";

/// Whether a command is an interpreter of a package `python3.N`, which its own script calls by that name.
pub(crate) fn is_python(name: &str) -> bool {
    name.strip_prefix("python3.").is_some_and(|minor| minor.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Python, as far as it compiles byte code: that is made when a module is first used.
pub(crate) fn python(_: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let script = call.arguments.iter().find(|argument| !["-E", "-O", "-S"].contains(&argument.as_str()));
    match script {
        Some(script) if script.ends_with(COMPILER) => Ok(0),
        _ => unsupported(call, "anything but compiling byte code"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn interpreters_have_a_version() {
        for (name, is) in [("python3.13", true), ("python3", false), ("python3.x", false)] {
            assert_eq!(super::is_python(name), is, "{name}");
        }
    }
}
