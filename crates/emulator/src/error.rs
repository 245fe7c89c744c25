use std::io;
use std::path::PathBuf;
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
