use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use bringup_spec::Bytes;

/// Why a machine did not do what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The console did not say what was waited for.
    #[error("the console did not show {} within {} s{}", list(wanted), waited.as_secs(), tail(last))]
    Timeout {
        /// Any of these would have done.
        wanted: Vec<String>,
        /// How long.
        waited: Duration,
        /// The last lines it showed.
        last: Vec<String>,
    },
    /// The machine stopped before the console said what was waited for.
    #[error("the machine stopped before the console showed {}{}", list(wanted), tail(last))]
    Stopped {
        /// Any of these would have done.
        wanted: Vec<String>,
        /// The last lines it showed.
        last: Vec<String>,
    },
    /// Linux gave up.
    #[error("the kernel panicked before the console showed {}: {message}{}", list(wanted), tail(last))]
    Panicked {
        /// Any of these would have done.
        wanted: Vec<String>,
        /// The kernel's reason.
        message: String,
        /// The last lines the console showed.
        last: Vec<String>,
    },
    /// A command in the machine gave no exit status that can be read.
    #[error("`{command}` gave no exit status, but `{found}`")]
    NoStatus {
        /// The command.
        command: String,
        /// What stood in its place.
        found: String,
    },
    /// QEMU's models of SD cards only take sizes that are powers of two.
    #[error(
        "image `{}` is {size}, but an emulated SD card must be a power of two\nhelp: make it {next} large",
        path.display()
    )]
    SdSize {
        /// The image.
        path: PathBuf,
        /// Its size.
        size: Bytes,
        /// The next power of two.
        next: Bytes,
    },
    /// A path cannot stand in QEMU's option syntax.
    #[error("path `{}` is not UTF-8, which QEMU's options need", path.display())]
    PathNotUtf8 {
        /// The path.
        path: PathBuf,
    },
    /// QEMU's monitor refused a command.
    #[error("QEMU refused `{command}`: {description} ({class})")]
    Refused {
        /// The command.
        command: String,
        /// The error's class, as QEMU names it.
        class: String,
        /// QEMU's reason.
        description: String,
    },
    /// QEMU's monitor said something that is no answer.
    #[error("QEMU's monitor said `{found}` where {wanted} was expected")]
    BadAnswer {
        /// What was expected.
        wanted: &'static str,
        /// What came, cut after 200 characters.
        found: String,
    },
    /// QEMU did not open its monitor.
    #[error("QEMU did not open its monitor `{}` within {} s", path.display(), waited.as_secs())]
    NoMonitor {
        /// The socket.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
        /// Why the last try failed.
        source: io::Error,
    },
    /// QEMU ended instead of starting its machine.
    #[error("`{program}` ended at once ({status}){}", tail(last))]
    EndedAtOnce {
        /// Its name.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        last: Vec<String>,
    },
    /// QEMU runs on although it should have stopped.
    #[error("QEMU did not stop within {} s", waited.as_secs())]
    StillRunning {
        /// How long was waited.
        waited: Duration,
    },
    /// QEMU could not be started or waited for.
    #[error("cannot run `{program}`")]
    Program {
        /// Its name.
        program: String,
        /// Why not.
        source: bringup_sandbox::Error,
    },
    /// Reading, writing or looking at something failed.
    #[error("cannot {operation}")]
    Io {
        /// What was being done.
        operation: &'static str,
        /// Why not.
        source: io::Error,
    },
}

fn list(wanted: &[String]) -> String {
    let quoted: Vec<String> = wanted.iter().map(|text| format!("`{text}`")).collect();
    quoted.join(" or ")
}

fn tail(last: &[String]) -> String {
    if last.is_empty() {
        return ", nor anything else".to_owned();
    }
    format!("; it ended with:\n  {}", last.join("\n  "))
}
