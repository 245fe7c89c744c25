use std::io;
use std::path::{Path, PathBuf};

/// Why a program could not be run, or did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder is no root of unpacked packages.
    #[error("`{}` is no root: it has no folder `usr`", path.display())]
    NotARoot {
        /// The folder.
        path: PathBuf,
    },
    /// The root does not hold the program.
    #[error("no program `{program}` in `{}`{}", root.display(), near_matches(near))]
    NoProgram {
        /// What was asked for.
        program: String,
        /// Where it was looked for.
        root: PathBuf,
        /// Programs there with a similar name.
        near: Vec<String>,
    },
    /// Namespaces cannot be had, and were asked for.
    #[error("user namespaces cannot be used here: {step} failed\nhelp: {help}")]
    NoNamespace {
        /// What was tried.
        step: String,
        /// How to allow it.
        help: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The program has no dynamic linker in its root.
    #[error(
        "`{program}` cannot be started by its dynamic linker: the root has no `{loader}`{}",
        also(namespace)
    )]
    NoLoader {
        /// The program.
        program: String,
        /// The dynamic linker that it names.
        loader: String,
        /// Why namespaces were not used instead, and how to allow them, where that was tried.
        namespace: Option<String>,
    },
    /// The file is not something that can be started.
    #[error("`{}` cannot be started: {reason}", path.display())]
    NotAProgram {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A path cannot be made visible to the program.
    #[error("`{}` cannot be bound: {reason}", path.display())]
    BadBind {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A string holds a NUL byte, which no path, argument or variable can.
    #[error("`{text}` holds a NUL byte")]
    NulByte {
        /// The string, lossily shown.
        text: String,
    },
    /// The namespaces could be had, but not be filled.
    #[error("`{program}` could not be started: {step} failed")]
    Setup {
        /// The program.
        program: String,
        /// What was being done.
        step: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// What only root may do cannot be recorded here.
    #[error("programs cannot believe to be root on this machine: its system calls are not known here")]
    NoSupervisor,
    /// The program did not end in time.
    #[error("`{program}` did not end within {} s", limit.as_secs())]
    TooLong {
        /// The program.
        program: String,
        /// How long it had.
        limit: std::time::Duration,
    },
    /// The kernel would not run the program.
    #[error("`{program}` could not be started")]
    Start {
        /// The program.
        program: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The program ended with a status other than 0.
    #[error("`{program}` ended with status {status}{}", said(stderr))]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: i32,
        /// The last lines of what it wrote to its standard error.
        stderr: String,
    },
    /// The program was killed.
    #[error("`{program}` was killed by signal {signal} ({name}){}", said(stderr))]
    Killed {
        /// The program.
        program: String,
        /// The signal's number.
        signal: i32,
        /// The signal's name.
        name: &'static str,
        /// The last lines of what it wrote to its standard error.
        stderr: String,
    },
    /// Reading or writing failed.
    #[error("cannot {operation} `{}`", path.display())]
    Io {
        /// What was being done.
        operation: &'static str,
        /// To which file, or with which program.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { operation, path, source }
    }
}

fn near_matches(near: &[String]) -> String {
    match near {
        [] => String::new(),
        near => format!("\nhelp: it has `{}`", near.join("`, `")),
    }
}

fn also(namespace: &Option<String>) -> String {
    namespace.as_ref().map(|why| format!("; {why}")).unwrap_or_default()
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(":\n{stderr}") }
}
