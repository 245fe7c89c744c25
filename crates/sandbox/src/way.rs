//! How programs are run, and whether the kernel allows it.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use crate::{Error, enter, plan};

/// How programs of a root are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// In namespaces where the kernel allows it, otherwise by the loader.
    #[default]
    Auto,
    /// In namespaces of their own, with the root as `/`.
    Namespace,
    /// By the root's dynamic linker, among the host's files.
    Loader,
}

/// What the kernel refused.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    step: String,
    errno: Option<i32>,
}

impl Refusal {
    pub(crate) fn new(step: String, error: &io::Error) -> Self {
        Self { step, errno: error.raw_os_error() }
    }

    fn source(&self) -> io::Error {
        self.errno.map_or_else(|| io::ErrorKind::Other.into(), io::Error::from_raw_os_error)
    }

    /// One sentence and its help, for an error that has another cause besides.
    pub(crate) fn explain(&self) -> String {
        format!(
            "user namespaces cannot be used either: {} failed: {}\nhelp: {}",
            self.step,
            self.source(),
            help(Path::new("/proc/sys"))
        )
    }

    pub(crate) fn into_error(self) -> Error {
        let source = self.source();
        Error::NoNamespace { step: self.step, help: help(Path::new("/proc/sys")), source }
    }
}

/// Whether namespaces work, tried once a process.
pub(crate) fn probe() -> Result<(), Refusal> {
    static RESULT: OnceLock<Result<(), Refusal>> = OnceLock::new();
    RESULT.get_or_init(|| enter::dry_run(plan::probe())).clone()
}

/// Settings that forbid user namespaces: below `/proc/sys`, the value that forbids, one that allows.
/// Sources: user_namespaces(7), Debian's and Ubuntu's kernels.
const SETTINGS: [(&str, &str, &str); 3] = [
    ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
];

/// What would allow user namespaces.
fn help(settings: &Path) -> String {
    let forbids = |(path, bad, _): &&(&str, &str, &str)| {
        fs::read_to_string(settings.join(path)).is_ok_and(|value| value.trim() == *bad)
    };
    let fixes: Vec<&str> = SETTINGS.iter().filter(forbids).map(|(_, _, fix)| *fix).collect();
    if fixes.is_empty() {
        "no sysctl forbids it: leave the chroot, or allow user namespaces and mounts in the container's profile"
            .into()
    } else {
        format!("as root: sysctl -w {}", fixes.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_the_settings_that_forbid() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["kernel", "user"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("user/max_user_namespaces"), "96365\n").unwrap();
        assert!(help(dir.path()).starts_with("no sysctl forbids it"));
        fs::write(dir.path().join("user/max_user_namespaces"), "0\n").unwrap();
        fs::write(dir.path().join("kernel/apparmor_restrict_unprivileged_userns"), "1\n").unwrap();
        assert_eq!(
            help(dir.path()),
            "as root: sysctl -w user.max_user_namespaces=15000 kernel.apparmor_restrict_unprivileged_userns=0"
        );
    }
}
