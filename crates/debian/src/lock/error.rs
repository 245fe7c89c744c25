use std::io;
use std::path::PathBuf;

use super::Change;

/// Why a lock file was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The text is no lock file.
    #[error("`{}`, line {line}: {problem}{MERGE_HELP}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The file does not say which format it has.
    #[error("`{}`: `version = 1` is missing", path.display())]
    NoVersion {
        /// The file.
        path: PathBuf,
    },
    /// Another version of this program made the file.
    #[error(
        "`{}`: version {found} of the format is not known, only {known} is\nhelp: use the program that made it, \
         or remove the file and lock again",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version known here.
        known: i64,
    },
    /// The archive has other packages than the lock, and the lock may not change.
    #[error("the lock of `{board}` with `{system}` is out of date:{}\n{OUTDATED_HELP}", lines(changes))]
    Outdated {
        /// The board.
        board: String,
        /// The system.
        system: String,
        /// What differs.
        changes: Vec<Change>,
    },
    /// The lock has no section for an image, and may not change.
    #[error("the lock has nothing for `{board}` with `{system}`\n{OUTDATED_HELP}")]
    NotLocked {
        /// The board.
        board: String,
        /// The system.
        system: String,
    },
    /// Reading or writing failed.
    #[error("cannot {operation} `{}`", path.display())]
    Io {
        /// What was being done.
        operation: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

const OUTDATED_HELP: &str = "help: `cargo xtask lock --update`";

/// Nobody writes this file by hand.
const MERGE_HELP: &str = "\nhelp: take the file of either side of a merge, then `cargo xtask lock --update`";

fn lines(changes: &[Change]) -> String {
    changes.iter().map(|change| format!("\n  {change}")).collect()
}
