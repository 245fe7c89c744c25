//! Takes a plan's steps between fork and exec: a module with `unsafe` code.
//!
//! Other threads may hold any lock at the moment of the fork, so that the child must neither
//! allocate nor lock: everything is made before, and the steps are bare system calls.

use std::ffi::CStr;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatVfsMountFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags,
};
use rustix::process::Signal;
use rustix::thread::UnshareFlags;

use crate::plan::Step;
use crate::way::Refusal;

/// A name that is the same everywhere.
const HOST_NAME: &[u8] = b"bringup";
/// How often, and after how long, a program that is open for writing is tried again.
const BUSY_TRIES: usize = 100;
const BUSY_WAIT: Duration = Duration::from_millis(10);
/// What a dry run ends with once every step has succeeded; no step gives it.
const DONE: Errno = Errno::CANCELED;

/// Why nothing was started.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A step failed.
    Step(String, io::Error),
    /// The kernel did not run the program, or there are no more processes.
    Exec(io::Error),
}

/// Starts `command` after taking `steps`.
pub(crate) fn spawn(mut command: Command, steps: Vec<Step>) -> Result<Child, Failure> {
    let descriptions: Vec<String> = steps.iter().map(Step::describe).collect();
    let (reader, writer) = io::pipe().map_err(Failure::Exec)?;
    before_exec(&mut command, steps, writer, false);
    let mut result = command.spawn();
    for _ in 0..BUSY_TRIES {
        match &result {
            // A child that another thread has just forked still holds the program open for
            // writing, as it was when the store wrote it, until it has called exec.
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => thread::sleep(BUSY_WAIT),
            _ => break,
        }
        result = command.spawn();
    }
    // With the command goes this process's writing end, so that reading comes to an end.
    drop(command);
    result.map_err(|error| match failed_step(reader) {
        Some(index) => Failure::Step(descriptions.get(index).cloned().unwrap_or_default(), error),
        None => Failure::Exec(error),
    })
}

/// Takes `steps` in a child that then ends without starting anything.
pub(crate) fn dry_run(steps: Vec<Step>) -> Result<(), Refusal> {
    let descriptions: Vec<String> = steps.iter().map(Step::describe).collect();
    let fork = |error: &io::Error| Refusal::new("starting a process".into(), error);
    let (reader, writer) = io::pipe().map_err(|error| fork(&error))?;
    // Never run: the child gives up before.
    let mut command = Command::new("/");
    before_exec(&mut command, steps, writer, true);
    let Err(error) = command.spawn() else { return Ok(()) };
    drop(command);
    match failed_step(reader) {
        Some(index) => Err(Refusal::new(descriptions.get(index).cloned().unwrap_or_default(), &error)),
        None if Errno::from_io_error(&error) == Some(DONE) => Ok(()),
        None => Err(fork(&error)),
    }
}

fn failed_step(mut reader: PipeReader) -> Option<usize> {
    let mut index = [0; 4];
    reader.read_exact(&mut index).ok()?;
    usize::try_from(u32::from_le_bytes(index)).ok()
}

#[allow(unsafe_code)]
fn before_exec(command: &mut Command, steps: Vec<Step>, mut writer: PipeWriter, dry: bool) {
    let take = move || {
        for (index, step) in steps.iter().enumerate() {
            if let Err(error) = run(step) {
                // A failure to tell is a failure still.
                let _ = writer.write_all(&(index as u32).to_le_bytes());
                return Err(error.into());
            }
        }
        if dry { Err(DONE.into()) } else { Ok(()) }
    };
    // SAFETY: `take` only makes system calls on memory that was allocated before the fork: no
    // allocation (an `io::Error` from an error number holds none), no lock, no panic.
    unsafe { command.pre_exec(take) };
}

fn run(step: &Step) -> Result<(), Errno> {
    match step {
        Step::Unshare(flags) => unshare(*flags),
        Step::Write { path, bytes } => {
            write(rustix::fs::open(path.as_c_str(), OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?, bytes)
        }
        Step::MakePrivate => {
            let flags = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
            rustix::mount::mount_change(c"/", flags)
        }
        Step::Tmpfs(path) => mount(c"tmpfs", path, c"mode=0755"),
        Step::SharedTmpfs(path) => mount(c"tmpfs", path, c"mode=1777"),
        Step::Processes(path) => mount(c"proc", path, c""),
        Step::Formats(path) => mount(c"binfmt_misc", path, c""),
        Step::PivotHere => {
            // pivot_root(2), "pivot_root(\".\", \".\")": the old root ends up on top of the new one.
            rustix::process::pivot_root(c".", c".")?;
            rustix::mount::unmount(c".", UnmountFlags::DETACH)?;
            rustix::process::chdir(c"/")
        }
        Step::Pivot { root, old } => rustix::process::pivot_root(root.as_c_str(), old.as_c_str()),
        Step::HostName => rustix::system::sethostname(HOST_NAME),
        Step::Directory(path) => unless_there(rustix::fs::mkdir(path.as_c_str(), Mode::from(0o755))),
        Step::File { path, bytes } => {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
            match rustix::fs::open(path.as_c_str(), flags, Mode::from(0o644)) {
                Ok(file) => write(file, bytes),
                Err(error) => unless_there(Err(error)),
            }
        }
        Step::Link { path, target } => unless_there(rustix::fs::symlink(target.as_c_str(), path.as_c_str())),
        Step::Bind { from, to, read_only } => {
            rustix::mount::mount_bind_recursive(from.as_c_str(), to.as_c_str())?;
            if *read_only { make_read_only(to) } else { Ok(()) }
        }
        Step::Terminals(path) => mount(c"devpts", path, c"newinstance,ptmxmode=0666,mode=0620"),
        Step::CutOff(path) => {
            rustix::mount::unmount(path.as_c_str(), UnmountFlags::DETACH)?;
            rustix::fs::unlinkat(CWD, path.as_c_str(), AtFlags::REMOVEDIR)
        }
        Step::ChangeDirectory(path) => rustix::process::chdir(path.as_c_str()),
        Step::Fork => fork(false),
        Step::ForkAsInit => fork(true),
        Step::Session => rustix::process::setsid().map(drop),
        Step::Limit { resource, most } => {
            let limit = rustix::process::Rlimit { current: Some(*most), maximum: Some(*most) };
            rustix::process::setrlimit(*resource, limit)
        }
        Step::NoNewPrivileges => rustix::thread::set_no_new_privs(true),
        Step::Filter(filter) => filter.install().map(drop),
        Step::Supervise { filter, socket } => send(socket, &filter.install()?),
        Step::DieWithParent { parent } => {
            rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
            // It may have died before that.
            let current = rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
            if current == *parent { Ok(()) } else { Err(Errno::SRCH) }
        }
    }
}

#[allow(unsafe_code)]
fn unshare(flags: UnshareFlags) -> Result<(), Errno> {
    // SAFETY: the table of file descriptors stays shared with nobody.
    unsafe { rustix::thread::unshare_unsafe(flags) }
}

/// Goes on in a child; the caller waits for it and ends with its status, or with 128 and the number of
/// the signal that killed it. With `init`, every other child is collected, too.
#[allow(unsafe_code)]
fn fork(init: bool) -> Result<(), Errno> {
    // SAFETY: this is a child itself, with one thread; both sides only make system calls.
    let child = match unsafe { libc::fork() } {
        -1 => {
            return Err(Errno::from_raw_os_error(
                std::io::Error::last_os_error().raw_os_error().unwrap_or(0),
            ));
        }
        // Nobody is left behind without the one that waits.
        0 => return rustix::process::set_parent_process_death_signal(Some(Signal::KILL)),
        child => child,
    };
    // Whoever reads at the other ends must not wait for this process; the standard streams stay.
    // SAFETY: nothing of this process uses a descriptor any more.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) };
    let mut status = 0;
    loop {
        // SAFETY: the call writes the status only.
        let ended = unsafe { libc::waitpid(if init { -1 } else { child }, &raw mut status, 0) };
        if ended == child {
            break;
        }
        if ended == -1 && std::io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
            break;
        }
    }
    let code = match libc::WIFSIGNALED(status) {
        true => 128 + libc::WTERMSIG(status),
        false => libc::WEXITSTATUS(status),
    };
    // SAFETY: ends this process at once, without running anything of it.
    unsafe { libc::_exit(code) }
}

/// Sends a descriptor with one byte.
fn send(socket: &OwnedFd, descriptor: &OwnedFd) -> Result<(), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors = [descriptor.as_fd()];
    control.push(SendAncillaryMessage::ScmRights(&descriptors));
    rustix::net::sendmsg(socket, &[io::IoSlice::new(&[0])], &mut control, SendFlags::empty()).map(drop)
}

/// What [`send`] sent; none if nobody will.
pub(crate) fn receive(socket: &OwnedFd) -> io::Result<Option<OwnedFd>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let mut parts = [io::IoSliceMut::new(&mut byte)];
    rustix::net::recvmsg(socket, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC)?;
    Ok(control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    }))
}

fn mount(kind: &CStr, path: &CStr, options: &CStr) -> Result<(), Errno> {
    rustix::mount::mount(kind, path, kind, MountFlags::NOSUID, options)
}

/// A remount may not drop what another user namespace set (mount_namespaces(7)): flags are kept.
fn make_read_only(path: &CStr) -> Result<(), Errno> {
    const KEPT: [(StatVfsMountFlags, MountFlags); 5] = [
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
    ];
    let current = rustix::fs::statvfs(path)?.f_flag;
    let mut flags = MountFlags::BIND | MountFlags::RDONLY;
    for (seen, kept) in KEPT {
        if current.contains(seen) {
            flags |= kept;
        }
    }
    rustix::mount::mount_remount(path, flags, c"")
}

fn write(file: OwnedFd, bytes: &[u8]) -> Result<(), Errno> {
    // One write each, which the id maps insist on; none of these files is longer than a page.
    let written = rustix::io::write(&file, bytes)?;
    if written == bytes.len() { Ok(()) } else { Err(Errno::IO) }
}

fn unless_there(result: Result<(), Errno>) -> Result<(), Errno> {
    if result == Err(Errno::EXIST) { Ok(()) } else { result }
}
