//! The programs that change file systems.

use std::path::Path;

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code; -1 if it was killed.
    pub status: i32,
    /// All that it printed.
    pub said: String,
}

/// Runs e2fsprogs, dosfstools and mtools, wherever they come from.
pub trait Tools {
    /// Runs a program in `folder`, which it may read and write, with these variables besides a fixed
    /// environment.
    ///
    /// # Errors
    /// It cannot be started.
    fn run(
        &self,
        folder: &Path,
        program: &str,
        arguments: &[String],
        environment: &[(&str, String)],
    ) -> Result<Ran, Box<dyn std::error::Error + Send + Sync>>;
}
