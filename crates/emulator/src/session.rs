//! A machine that runs.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use bringup_sandbox::{Access, Child, Root};

use crate::machine::monitor_arguments;
use crate::{Console, Error, Machine, Qmp};

/// The monitor's socket in the folder it is given.
const SOCKET: &str = "qmp";
/// How long QEMU may take to open its monitor.
const OPENING: Duration = Duration::from_secs(30);
/// How long QEMU may take to end once its monitor or its output is closed.
const ENDING: Duration = Duration::from_secs(10);
/// How often a machine that is to stop is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A machine that runs, with its serial line and its monitor; it dies when dropped, and with the
/// thread that started it.
pub struct Session {
    console: Console,
    qmp: Option<Qmp>,
    child: Child,
    program: String,
}

impl Session {
    /// Starts `machine` with the QEMU called `program` in `root`.
    ///
    /// With `folder`, an absolute path of at most 100 bytes to an empty folder, its monitor is
    /// opened there. What QEMU itself has to say comes on the console, too.
    ///
    /// # Errors
    /// QEMU cannot be started, or does not open its monitor.
    pub fn start(
        machine: &Machine,
        root: &Root,
        program: &str,
        folder: Option<&Path>,
    ) -> Result<Self, Error> {
        let mut command = machine.command(root, program)?;
        if let Some(folder) = folder {
            command.args(monitor_arguments(&folder.join(SOCKET))?).bind(folder, Access::ReadWrite);
        }
        let failed = |source| Error::Io { operation: "make a pipe for the console", source };
        let (output, says) = io::pipe().map_err(failed)?;
        let also_says = says.try_clone().map_err(failed)?;
        let (hears, input) = io::pipe().map_err(failed)?;
        let failed = |source| Error::Program { program: program.to_owned(), source };
        let child = command.stdin(hears).stdout(says).stderr(also_says).spawn().map_err(failed)?;
        // Nobody but QEMU may hold the writing ends, or its end would not be noticed.
        drop(command);
        let mut session =
            Self { console: Console::new(output, input), qmp: None, child, program: program.to_owned() };
        if let Some(folder) = folder {
            session.qmp = Some(session.connect(&folder.join(SOCKET))?);
        }
        Ok(session)
    }

    /// Its serial line.
    pub fn console(&mut self) -> &mut Console {
        &mut self.console
    }

    /// Its monitor, if one was asked for.
    pub fn qmp(&mut self) -> Option<&mut Qmp> {
        self.qmp.as_mut()
    }

    /// Waits until QEMU ends by itself.
    ///
    /// # Errors
    /// It does not within `timeout`.
    pub fn wait(&mut self, timeout: Duration) -> Result<ExitStatus, Error> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                return Err(Error::StillRunning { waited: timeout });
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Presses the power button and waits until QEMU ends.
    ///
    /// # Errors
    /// There is no monitor (then nothing is pressed), or the machine does not stop in time.
    pub fn power_off(&mut self, timeout: Duration) -> Result<ExitStatus, Error> {
        if let Some(qmp) = &mut self.qmp {
            qmp.system_powerdown()?;
        }
        self.wait(timeout)
    }

    /// Ends QEMU at once and gives everything the console showed.
    ///
    /// # Errors
    /// QEMU cannot be killed.
    pub fn stop(mut self) -> Result<String, Error> {
        // The monitor lets QEMU write back what it holds; where that fails, killing does not.
        let asked = self.qmp.take().is_some_and(|qmp| qmp.quit().is_ok());
        if !asked || self.wait(OPENING).is_err() {
            self.child.kill().map_err(|source| Error::Program { program: self.program.clone(), source })?;
        }
        // What was still in the pipe belongs to the transcript.
        let _ = self.console.expect_end(OPENING);
        Ok(self.console.transcript())
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        let program = &self.program;
        self.child.try_wait().map_err(|source| Error::Program { program: program.clone(), source })
    }

    /// A QEMU that ends instead of opening its monitor has said why on the console.
    fn connect(&mut self, socket: &Path) -> Result<Qmp, Error> {
        let deadline = Instant::now() + OPENING;
        loop {
            let error = match Qmp::connect(socket, LOOK_EVERY) {
                Ok(qmp) => return Ok(qmp),
                Err(error) => error,
            };
            // QEMU opens the socket before it looks at the rest of its options.
            let lost = !matches!(error, Error::NoMonitor { .. });
            let patience = if lost { ENDING } else { Duration::ZERO };
            if self.console.expect_end(patience).is_ok() {
                let status = self.wait(ENDING)?;
                let last = self.console.last_lines();
                return Err(Error::EndedAtOnce { program: self.program.clone(), status, last });
            }
            if lost || Instant::now() >= deadline {
                return Err(error);
            }
        }
    }
}

/// Runs `machine` on the caller's terminal until it ends; Ctrl-A X ends it, Ctrl-A C is its monitor.
///
/// # Errors
/// QEMU cannot be started.
pub fn run_interactive(machine: &Machine, root: &Root, program: &str) -> Result<ExitStatus, Error> {
    let failed = |source| Error::Program { program: program.to_owned(), source };
    let machine = Machine { interactive: true, ..machine.clone() };
    let mut command = machine.command(root, program)?;
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    command.spawn().map_err(failed)?.wait().map_err(failed)
}
