//! A program that runs, and one that has ended.

use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{self, ChildStderr, ChildStdin, ChildStdout, ExitStatus};
use std::thread;

use crate::Error;

/// How many lines of standard error an error shows.
const LAST_LINES: usize = 20;

/// A running program; killed when dropped.
#[derive(Debug)]
pub struct Child {
    inner: process::Child,
    program: String,
}

/// A program that has ended.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to its standard output, if that was collected.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error, if that was collected.
    pub stderr: Vec<u8>,
    program: String,
}

impl Child {
    pub(crate) fn new(inner: process::Child, program: String) -> Self {
        Self { inner, program }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.inner.id()
    }

    /// The writing end of its standard input, once, if that is a pipe.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.inner.stdin.take()
    }

    /// The reading end of its standard output, once, if that is a pipe.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.inner.stdout.take()
    }

    /// The reading end of its standard error, once, if that is a pipe.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.inner.stderr.take()
    }

    /// Waits until it ends.
    ///
    /// # Errors
    /// The kernel has no such process.
    pub fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.inner.wait().map_err(Error::io("wait for", Path::new(&self.program)))
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The kernel has no such process.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.inner.try_wait().map_err(Error::io("wait for", Path::new(&self.program)))
    }

    /// Kills it, and waits until it is gone.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn kill(&mut self) -> Result<(), Error> {
        let program = Path::new(&self.program);
        self.inner.kill().map_err(Error::io("kill", program))?;
        self.inner.wait().map(drop).map_err(Error::io("wait for", program))
    }

    /// Closes its standard input, collects what it writes, and waits until it ends.
    ///
    /// # Errors
    /// Reading its output failed.
    pub fn output(mut self) -> Result<Output, Error> {
        drop(self.inner.stdin.take());
        let (stdout, stderr) = (self.inner.stdout.take(), self.inner.stderr.take());
        // Both at once, or a full pipe of one would stop it while the other is being read.
        let (stdout, stderr) = thread::scope(|scope| {
            let stderr = scope.spawn(|| read_all(stderr));
            let stdout = read_all(stdout);
            (stdout, stderr.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))
        });
        let read = Error::io("read the output of", Path::new(&self.program));
        let (stdout, stderr) = stdout.and_then(|stdout| Ok((stdout, stderr?))).map_err(read)?;
        Ok(Output { status: self.wait()?, stdout, stderr, program: self.program.clone() })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Fails where it has ended already.
        let _ = self.inner.kill();
        let _ = self.inner.wait();
    }
}

impl Output {
    /// Itself, if the program ended with status 0.
    ///
    /// # Errors
    /// It did not; the error shows the last lines of its standard error.
    pub fn success(self) -> Result<Self, Error> {
        if self.status.success() {
            return Ok(self);
        }
        let text = String::from_utf8_lossy(&self.stderr);
        let lines: Vec<&str> = text.lines().collect();
        let stderr = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        let program = self.program;
        Err(match (self.status.code(), self.status.signal()) {
            (Some(status), _) => Error::Failed { program, status, stderr },
            (None, signal) => {
                let signal = signal.unwrap_or_default();
                Error::Killed { program, signal, name: signal_name(signal), stderr }
            }
        })
    }

    /// Its standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

fn read_all(stream: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        stream.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Linux, signal(7); the numbers are the same on every architecture but MIPS, Alpha, SPARC and PA-RISC.
fn signal_name(signal: i32) -> &'static str {
    match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => "another signal",
    }
}
