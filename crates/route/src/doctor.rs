//! What the host has, what it lacks, what that costs, and how to mend it.

use std::fs;
use std::path::{Path, PathBuf};

use bringup_sandbox::{Chroot, Format};
use bringup_spec::{Bytes, Platform};
use rustix::process::{Resource, getrlimit};

use crate::emulator;

/// What a large system takes while it is made for the first time: packages, the same unpacked, a root to
/// run scripts in, an image. Measured with a server's packages for two machines.
const ENOUGH_SPACE: u64 = 10 << 30;
/// Open files: threads that fetch and unpack have some dozens each.
const ENOUGH_FILES: u64 = 512;
/// An image is one file.
const ENOUGH_BYTES: u64 = 8 << 30;
/// Where the host says which further ids a user may have (subuid(5)).
const SUBUID: &str = "/etc/subuid";

/// How it stands with one requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there.
    Ok,
    /// It is not, and something gets slower, takes another route, or cannot be done that few images need.
    Degraded,
    /// It is not, and no image can be made.
    Missing,
}

impl State {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Missing => "missing",
        }
    }
}

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is required.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// What was found, and what it costs where it is not enough.
    pub found: String,
    /// What to do, where something can be done.
    pub help: Option<String>,
}

impl Finding {
    /// A requirement that is met.
    pub fn ok(name: &str, found: impl Into<String>) -> Self {
        Self { name: name.to_owned(), state: State::Ok, found: found.into(), help: None }
    }

    /// A requirement that is not.
    pub fn lacks(name: &str, state: State, found: impl Into<String>, help: impl Into<String>) -> Self {
        Self { name: name.to_owned(), state, found: found.into(), help: Some(help.into()) }
    }
}

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// Debian's name of its architecture.
    pub architecture: &'a str,
    /// Where the store is, or will be.
    pub store: &'a Path,
    /// What images are wanted for.
    pub platforms: &'a [&'a Platform],
}

/// Every requirement of the kernel and the file system, tried rather than looked up.
pub fn doctor(host: &Host<'_>) -> Vec<Finding> {
    let mut findings = vec![kernel(), namespaces(), formats()];
    for platform in host.platforms.iter().filter(|platform| platform.debian_arch != host.architecture) {
        findings.push(emulation(host.architecture, platform));
    }
    findings.extend([ids(), kvm(Path::new("/dev/kvm")), space(host.store)]);
    findings.push(limit("open files", Resource::Nofile, ENOUGH_FILES, "ulimit -n 4096"));
    findings.push(limit("largest file", Resource::Fsize, ENOUGH_BYTES, "ulimit -f unlimited"));
    findings
}

/// Every feature is tried; the version is for whoever reads the table.
fn kernel() -> Finding {
    let name = rustix::system::uname();
    let version = format!("{} {}", name.sysname().to_string_lossy(), name.release().to_string_lossy());
    Finding::ok("kernel", format!("{version} on {}", name.machine().to_string_lossy()))
}

fn namespaces() -> Finding {
    let name = "roots without root";
    match Chroot::probe() {
        Ok(()) => Finding::ok(name, "user, mount and process namespaces and a supervisor of system calls"),
        Err(error) => {
            let text = chain(&error);
            let (found, help) = text.split_once("\nhelp: ").unwrap_or((&text, "allow user namespaces"));
            let cost = "packages whose scripts must run wait for the first boot, sources are not compiled, \
                        and tools run without isolation";
            Finding::lacks(name, State::Degraded, format!("{found}: {cost}"), help)
        }
    }
}

fn formats() -> Finding {
    let name = "private binfmt_misc";
    match Format::probe() {
        Ok(()) => Finding::ok(name, "interpreters are registered for one root alone"),
        Err(error) => {
            let text = chain(&error);
            let found = text.split("\nhelp: ").next().unwrap_or_default();
            let cost = "emulation needs the host's registrations";
            let help =
                "Linux 6.7 or later, with binfmt_misc built in or loaded: as root, modprobe binfmt_misc";
            Finding::lacks(name, State::Degraded, format!("{found}: {cost}"), help)
        }
    }
}

fn emulation(architecture: &str, platform: &Platform) -> Finding {
    let name = format!("emulation of {}", platform.debian_arch);
    match emulator::means(architecture, platform).emulated {
        Ok(by) => Finding::ok(&name, by),
        Err(why) if platform.qemu_user.is_none() => Finding::ok(&name, format!("not needed: {why}")),
        Err(why) => Finding::lacks(
            &name,
            State::Degraded,
            format!("{why}; what cannot be interpreted waits for the first boot"),
            "Linux 6.7 or later, or as root: install the packages `qemu-user` and `qemu-user-binfmt`",
        ),
    }
}

/// One id is enough, whatever the host gives.
fn ids() -> Finding {
    let ranges =
        fs::read_to_string(SUBUID).unwrap_or_default().lines().filter(|line| !line.is_empty()).count();
    let found = "one id is enough: owners, devices and attributes are recorded";
    Finding::ok("ids of a root", format!("{found} ({ranges} ranges in `{SUBUID}`, not needed)"))
}

fn kvm(path: &Path) -> Finding {
    let name = "KVM";
    match fs::File::options().read(true).write(true).open(path) {
        Ok(_) => Finding::ok(name, "it can be opened; a boot test tries it before relying on it"),
        Err(error) => {
            let found =
                format!("cannot open `{}`: {error}: boots take three to ten times as long", path.display());
            let help = "as root: add the user to the group `kvm`; in a virtual machine, allow nested ones";
            Finding::lacks(name, State::Degraded, found, help)
        }
    }
}

fn space(store: &Path) -> Finding {
    let name = "space for the store";
    // What does not exist yet will be where its parent is.
    let there =
        store.ancestors().find(|path| path.exists()).map_or_else(|| PathBuf::from("/"), Path::to_owned);
    match rustix::fs::statvfs(&there) {
        Err(error) => Finding::lacks(
            name,
            State::Missing,
            format!("cannot look at `{}`: {error}", there.display()),
            "choose another place with `--store DIR`",
        ),
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let text = format!("{} free at `{}`", Bytes(free), store.display());
            if free >= ENOUGH_SPACE {
                return Finding::ok(name, text);
            }
            let help = "make room, run `store gc`, or choose another place with `--store DIR`";
            let state = if free < ENOUGH_SPACE / 10 { State::Missing } else { State::Degraded };
            Finding::lacks(
                name,
                state,
                format!("{text}, {} are needed for large systems", Bytes(ENOUGH_SPACE)),
                help,
            )
        }
    }
}

fn limit(name: &str, resource: Resource, enough: u64, command: &str) -> Finding {
    match getrlimit(resource).current {
        Some(most) if most < enough => Finding::lacks(
            name,
            State::Degraded,
            format!("at most {most}, {enough} are needed for large systems"),
            format!("in the shell before: {command}"),
        ),
        Some(most) => Finding::ok(name, format!("at most {most}")),
        None => Finding::ok(name, "no limit"),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut lines = error.to_string();
    if let Some(source) = error.source() {
        // The help stays last.
        let (first, help) = lines.split_once('\n').unwrap_or((&lines, ""));
        lines = format!("{first}: {source}\n{help}");
    }
    lines.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lack_says_what_it_costs_and_what_helps() {
        let dir = tempfile::tempdir().unwrap();
        let finding = kvm(&dir.path().join("kvm"));
        assert_eq!(finding.state, State::Degraded);
        assert!(finding.found.ends_with("boots take three to ten times as long") && finding.help.is_some());
        let finding = limit("open files", Resource::Nofile, u64::MAX, "ulimit");
        assert!(finding.state == State::Ok && finding.found == "no limit" || finding.help.is_some());
    }

    #[test]
    fn a_store_that_is_not_there_yet_has_its_folders_space() {
        let dir = tempfile::tempdir().unwrap();
        let finding = space(&dir.path().join("not/yet"));
        assert!(finding.found.contains("free at"), "{}", finding.found);
    }
}
