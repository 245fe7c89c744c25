//! The steps into a folder that is a whole system.
//!
//! Two user namespaces, one in the other: what is mounted in the outer one cannot be changed from the inner
//! one (mount_namespaces(7), "locked mounts"), where the programs run. So `/proc/sys`, which belongs to
//! the host's root, stays read-only even where the caller is that root, and interpreters stay registered.

use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use rustix::process::Resource;
use rustix::thread::UnshareFlags;

use crate::plan::{DEVICE_LINKS, DEVICES, Step, text};
use crate::seccomp::Filter;
use crate::{Error, Format, supervise};

/// Folders of the root that something is mounted on.
pub(crate) const FOLDERS: [&str; 4] = ["dev", "proc", "run", "tmp"];
/// What of `/proc` is the host's own business (proc(5)).
const OF_THE_HOST: [&str; 5] = ["bus", "fs", "irq", "sys", "sysrq-trigger"];
/// Open files, as Linux itself has it for whoever asks for no more; processes; the largest file.
const MOST_FILES: u64 = 4096;
const MOST_PROCESSES: u64 = 4096;
const MOST_BYTES: u64 = 8 << 30;

/// The steps into `dir`, whose questions go to `socket`.
pub(crate) fn steps(dir: &Path, formats: &[Format], socket: Arc<OwnedFd>) -> Result<Vec<Step>, Error> {
    let filter = Filter::asking(&supervise::calls()).ok_or(Error::NoSupervisor)?;
    let at = |path: &str| text(dir.join(path));
    let parent = rustix::process::getpid().as_raw_nonzero().get();
    let mut steps = vec![Step::DieWithParent { parent }];
    steps.extend(outer());
    steps.extend([Step::MakePrivate, Step::Fork, Step::HostName]);
    let here = text(dir)?;
    steps.push(Step::Bind { from: here.clone(), to: here.clone(), read_only: false });
    devices(&mut steps, &at)?;
    steps.push(Step::Tmpfs(at("run")?));
    steps.push(Step::Directory(at("run/lock")?));
    steps.push(Step::SharedTmpfs(at("tmp")?));
    steps.push(Step::Processes(at("proc")?));
    // Interpreters have to be there when they are registered, under a short name.
    for (index, format) in formats.iter().enumerate() {
        let place = at(&format!("tmp/{index}"))?;
        steps.push(Step::File { path: place.clone(), bytes: Vec::new() });
        let from = format.interpreter.canonicalize().map_err(Error::io("find", &format.interpreter))?;
        steps.push(Step::Bind { from: text(from)?, to: place, read_only: true });
    }
    steps.extend([Step::ChangeDirectory(here), Step::PivotHere]);
    if !formats.is_empty() {
        steps.push(Step::Directory(c"/tmp/formats".into()));
        steps.push(Step::Formats(c"/tmp/formats".into()));
        for (index, format) in formats.iter().enumerate() {
            steps.push(write(c"/tmp/formats/register", format.registration(&format!("/tmp/{index}"))));
        }
        // Over all of that: what is mounted there stays, but nobody sees it.
        steps.push(Step::SharedTmpfs(c"/tmp".into()));
    }
    for name in OF_THE_HOST.iter().filter(|name| Path::new("/proc").join(name).exists()) {
        let path = text(format!("/proc/{name}"))?;
        steps.push(Step::Bind { from: path.clone(), to: path, read_only: true });
    }
    steps.push(Step::ForkAsInit);
    steps.push(Step::Unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS));
    steps.extend(maps(0, 0));
    steps.extend([
        Step::Session,
        Step::Limit { resource: Resource::Core, most: 0 },
        Step::Limit { resource: Resource::Nofile, most: MOST_FILES },
        Step::Limit { resource: Resource::Nproc, most: MOST_PROCESSES },
        Step::Limit { resource: Resource::Fsize, most: MOST_BYTES },
        Step::ChangeDirectory(c"/".into()),
        Step::NoNewPrivileges,
        Step::Supervise { filter, socket },
    ]);
    Ok(steps)
}

/// The steps that may be refused, without a root: namespaces, `/proc`, the filter.
pub(crate) fn probe() -> Option<Vec<Step>> {
    let filter = Filter::asking(&supervise::calls())?;
    let mut steps = outer();
    steps.extend([Step::MakePrivate, Step::Fork, Step::Processes(c"/proc".into())]);
    steps.extend([Step::NoNewPrivileges, Step::Filter(filter)]);
    Some(steps)
}

/// The steps to a register of interpreters of one's own; where it is mounted is sure to be there.
pub(crate) fn probe_formats() -> Vec<Step> {
    let mut steps = outer();
    steps.extend([Step::MakePrivate, Step::Formats(c"/proc".into())]);
    steps
}

/// Namespaces in which the caller is root.
fn outer() -> Vec<Step> {
    let mut steps = vec![Step::Unshare(
        UnshareFlags::NEWUSER
            | UnshareFlags::NEWNS
            | UnshareFlags::NEWIPC
            | UnshareFlags::NEWUTS
            | UnshareFlags::NEWNET
            | UnshareFlags::NEWPID,
    )];
    steps.extend(maps(rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw()));
    steps
}

/// Root inside is this user of the namespace around.
fn maps(uid: u32, gid: u32) -> [Step; 3] {
    [
        // Before gid_map, or the kernel refuses that (user_namespaces(7)).
        write(c"/proc/self/setgroups", b"deny".to_vec()),
        write(c"/proc/self/uid_map", format!("0 {uid} 1\n").into()),
        write(c"/proc/self/gid_map", format!("0 {gid} 1\n").into()),
    ]
}

fn write(path: &CStr, bytes: Vec<u8>) -> Step {
    Step::Write { path: path.to_owned(), bytes }
}

fn devices(steps: &mut Vec<Step>, at: &impl Fn(&str) -> Result<CString, Error>) -> Result<(), Error> {
    steps.push(Step::Tmpfs(at("dev")?));
    for folder in ["dev/pts", "dev/shm"] {
        steps.push(Step::Directory(at(folder)?));
    }
    // A container may lack some: a program that needs it says so itself.
    for name in DEVICES.iter().filter(|name| Path::new("/dev").join(name).exists()) {
        let to = at(&format!("dev/{name}"))?;
        steps.push(Step::File { path: to.clone(), bytes: Vec::new() });
        steps.push(Step::Bind { from: text(format!("/dev/{name}"))?, to, read_only: false });
    }
    steps.push(Step::Terminals(at("dev/pts")?));
    steps.push(Step::SharedTmpfs(at("dev/shm")?));
    for (name, target) in DEVICE_LINKS {
        steps.push(Step::Link { path: at(&format!("dev/{name}"))?, target: text(target)? });
    }
    Ok(())
}
