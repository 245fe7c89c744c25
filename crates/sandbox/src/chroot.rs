//! A folder as the whole system of the programs that run in it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType};
use rustix::process::{Pid, PidfdFlags, Signal};

use crate::enter::{self, Failure};
use crate::way::Refusal;
use crate::{Child, Error, Format, Output, Records, chroot_plan, supervise};

/// The environment of every program, whatever the caller's is.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("HOME", "/root"),
    ("LC_ALL", "C.UTF-8"),
    ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ("TERM", "dumb"),
    ("TZ", "UTC"),
];

/// How long one program may run.
const TIME: Duration = Duration::from_secs(3600);

/// A folder that programs run in as root, and write to.
///
/// They have user, mount, process, network, IPC and host name namespaces of their own: of the host they
/// see the folder and six devices; `/run` and `/tmp` are gone with the last of them; there is no network, no
/// terminal, no `/sys`. With one id of the host, what only a real root can do to files (owners, devices,
/// attributes) is [recorded](Records) instead, and seen by every program as if it were so.
#[derive(Debug)]
pub struct Chroot {
    dir: PathBuf,
    records: Records,
    formats: Vec<Format>,
    environment: BTreeMap<OsString, OsString>,
    time: Duration,
}

impl Chroot {
    /// Programs of the folder `dir`.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn new(dir: &Path) -> Result<Self, Error> {
        let dir = dir.canonicalize().map_err(Error::io("find", dir))?;
        let environment = ENVIRONMENT.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Ok(Self { dir, records: Records::default(), formats: Vec::new(), environment, time: TIME })
    }

    /// Whether programs can be run like this here at all, tried without any.
    ///
    /// # Errors
    /// What the kernel refuses.
    pub fn probe() -> Result<(), Error> {
        let steps = chroot_plan::probe().ok_or(Error::NoSupervisor)?;
        enter::dry_run(steps).map_err(Refusal::into_error)
    }

    /// What files are believed to be: before programs run, to be filled; afterwards, to be read.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// Sets an environment variable.
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.environment.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Lets programs of another machine run, by an interpreter that is registered for these programs alone
    /// (binfmt_misc in a user namespace, Linux 6.7).
    pub fn format(&mut self, format: Format) -> &mut Self {
        self.formats.push(format);
        self
    }

    /// How long a program may run; otherwise an hour.
    pub fn time(&mut self, time: Duration) -> &mut Self {
        self.time = time;
        self
    }

    /// Runs a program, by its path in the folder, to its end and collects what it wrote, whatever its
    /// status. Whatever it left running is killed. A program killed by a signal has the status 128 and
    /// the signal's number.
    ///
    /// # Errors
    /// The kernel refuses, or the program takes too long.
    pub fn run(&self, program: &str, arguments: &[impl AsRef<OsStr>]) -> Result<Output, Error> {
        let name = || program.to_owned();
        let setup = |step: &str| {
            let (program, step) = (name(), step.to_owned());
            move |source: rustix::io::Errno| Error::Setup { program, step, source: source.into() }
        };
        for folder in chroot_plan::FOLDERS {
            let path = self.dir.join(folder);
            if fs::symlink_metadata(&path).is_err() {
                fs::create_dir(&path).map_err(Error::io("make", &path))?;
            }
        }
        let (ours, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .map_err(setup("making a socket"))?;
        let steps = chroot_plan::steps(&self.dir, &self.formats, Arc::new(theirs))?;
        let mut command = process::Command::new(program);
        command.args(arguments).env_clear().envs(&self.environment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = match enter::spawn(command, steps) {
            Ok(child) => Child::new(child, name()),
            Err(Failure::Step(step, source)) => return Err(Error::Setup { program: name(), step, source }),
            Err(Failure::Exec(source)) => return Err(Error::Start { program: name(), source }),
        };
        let listener = enter::receive(&ours).map_err(Error::io("supervise", Path::new(program)))?;
        let id = Pid::from_raw(child.id() as i32).expect("a child has an id");
        let handle =
            rustix::process::pidfd_open(id, PidfdFlags::empty()).map_err(setup("watching the program"))?;
        let (ended, end) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || listener.map(|listener| supervise::supervise(&listener, &self.records)));
            let watch = scope.spawn(move || {
                let late = end.recv_timeout(self.time) == Err(RecvTimeoutError::Timeout);
                // With the one that waits, all of them end.
                late.then(|| rustix::process::pidfd_send_signal(&handle, Signal::KILL))
            });
            let output = child.output();
            drop(ended);
            match watch.join() {
                Ok(Some(_)) => Err(Error::TooLong { program: name(), limit: self.time }),
                _ => output,
            }
        })
    }
}
