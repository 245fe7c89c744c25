//! What runs the target's programs on this host.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bringup_debian::{DebFile, LockedPackage, UnpackLimits, unpack};
use bringup_sandbox::{Chroot, Format};
use bringup_spec::{Class, Endian, Platform};
use bringup_store::Key;
use bringup_tools::{ToolSet, Toolbox, set};

use crate::registered::{self, Registered};
use crate::{Error, Means};

/// Changes when the same package would give another interpreter.
const FORMAT: u32 = 1;
/// The set of tools with the interpreters.
pub const TOOLS: &str = "qemu-user";
/// Where Linux shows what the host has registered.
const REGISTRATIONS: &str = "/proc/sys/fs/binfmt_misc";

/// How the target's programs are emulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Emulation {
    /// By QEMU of the store, registered in a namespace.
    Own,
    /// By what the host has registered.
    Host(Registered),
}

/// What this host can do for `platform`; nothing is fetched.
pub fn means(architecture: &str, platform: &Platform) -> Means {
    let root = Chroot::probe().map_err(|error| said(&error));
    let native = match platform.debian_arch {
        target if target == architecture => root.clone(),
        target => Err(format!("the host's {architecture} does not run {target} programs here")),
    };
    let emulated = root.and_then(|()| emulation(architecture, platform)).map(|found| match found {
        Emulation::Own => {
            let program = platform.qemu_user.unwrap_or_default();
            format!("`{program}` of the store, registered in a namespace of its own")
        }
        Emulation::Host(registered) => {
            format!("`{}`, which the host has registered", registered.interpreter.display())
        }
    });
    Means { native, emulated }
}

pub(crate) fn emulation(architecture: &str, platform: &Platform) -> Result<Emulation, String> {
    if platform.debian_arch == architecture {
        return Err("the host's machine is the target's".into());
    }
    if platform.qemu_user.is_none() {
        return Err("QEMU emulates no programs of that kernel".into());
    }
    let refusal = match Format::probe() {
        Ok(()) => return Ok(Emulation::Own),
        Err(error) => said(&error),
    };
    let wanted = format(platform, PathBuf::new());
    match registered::find(Path::new(REGISTRATIONS), &wanted) {
        Ok(found) => Ok(Emulation::Host(found)),
        Err(why) => Err(format!(
            "{refusal} (Linux 6.7 or later allows it), and {why}; as root: install the packages \
             `qemu-user` and `qemu-user-binfmt`"
        )),
    }
}

/// An error and its causes in one line.
fn said(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    let first = |error: &dyn std::error::Error| error.to_string().replace("\nhelp: ", "; ");
    chain.map(first).collect::<Vec<_>>().join(": ")
}

pub(crate) fn format(platform: &Platform, interpreter: PathBuf) -> Format {
    let (wide, big) = (platform.elf.class == Class::Elf64, platform.elf.endian == Endian::Big);
    Format::elf(platform.qemu_user.unwrap_or_default(), wide, big, platform.elf.machine, interpreter)
}

/// The packages of the set.
pub(crate) fn tools() -> Result<&'static ToolSet, Error> {
    Ok(set(TOOLS)?)
}

/// The interpreter for `platform` out of `packages`, alone: all of them are half a gigabyte.
pub(crate) fn interpreter(
    toolbox: &Toolbox<'_>,
    packages: &[LockedPackage],
    platform: &Platform,
) -> Result<PathBuf, Error> {
    let program = platform.qemu_user.unwrap_or_default();
    let mut key = Key::new("interpreter", FORMAT).input("program", program);
    for package in packages {
        key = key.input("deb", package.sha256.0);
    }
    let made = toolbox.store.derive_dir(&key, |folder| {
        let requests: Vec<_> = packages.iter().map(|package| toolbox.source.request(package)).collect();
        let paths = toolbox.source.fetch(toolbox.store, &requests, toolbox.jobs, toolbox.progress)?;
        for (path, package) in paths.into_iter().zip(packages) {
            let deb = DebFile { path, digest: package.sha256 };
            let unpacked = unpack(toolbox.store, &deb, &UnpackLimits::default())?;
            // Before trixie, only those of another package were static.
            for name in [format!("usr/bin/{program}-static"), format!("usr/bin/{program}")] {
                let Ok(bytes) = unpacked.tree.read(&name) else { continue };
                let to = folder.join(program);
                fs::write(&to, bytes).map_err(Error::io("write", &to))?;
                let mode = fs::Permissions::from_mode(0o755);
                return fs::set_permissions(&to, mode).map_err(Error::io("change", &to));
            }
        }
        Err(Error::UnknownTool { program: program.to_owned() })
    });
    Ok(made.map_err(Error::from_derive)?.join(program))
}
