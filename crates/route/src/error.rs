use std::io;
use std::path::{Path, PathBuf};

use crate::Route;

/// Why packages could not be configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Interpretation failed.
    #[error(transparent)]
    Interpret(bringup_dpkg::Error),
    /// A package that is to wait for the first boot, of which there is none.
    #[error("there is no package `{package}` that could be left for the first boot")]
    NotThere {
        /// Its name.
        package: String,
    },
    /// A package cannot take the only route that is allowed.
    #[error(
        "package `{package}` cannot take the route {route}: {reason}\n\
         help: allow the other routes, or leave it for the first boot with `--defer {package}`"
    )]
    Refused {
        /// Its name.
        package: String,
        /// The route.
        route: Route,
        /// Why not.
        reason: String,
    },
    /// A package's script says that it failed.
    #[error(
        "package `{package}`: its script `{script}` ended with status {status} (route {route}){}\n\
         help: {}`--defer {package}` leaves it for the first boot",
        indented(said),
        match route {
            Route::Cross => "`--route emulated`, or `native`, runs it instead of interpreting it; ",
            _ => "",
        }
    )]
    Script {
        /// Its name.
        package: String,
        /// The script, with its arguments where they are known.
        script: String,
        /// How it ran.
        route: Route,
        /// Its status.
        status: i32,
        /// The last of what was said.
        said: String,
    },
    /// dpkg failed while it configured packages on the target's machine, or an emulated one.
    #[error(
        "{} could not be configured ({route}), dpkg ended with status {status}{}\n\
         help: leave them for the first boot with `--defer`",
        names(packages),
        indented(said)
    )]
    Dpkg {
        /// Those that were to be configured.
        packages: Vec<String>,
        /// How.
        route: Route,
        /// dpkg's status.
        status: i32,
        /// The last of what it and the scripts said.
        said: String,
    },
    /// A tool of the host's architecture failed on the root.
    #[error("the tool `{program}` could not finish the root")]
    Tool {
        /// Its name.
        program: String,
        /// Why.
        source: bringup_sandbox::Error,
    },
    /// A tool that nothing is known about.
    #[error("the root wants the tool `{program}`, which no set of tools has for this")]
    UnknownTool {
        /// Its name.
        program: String,
    },
    /// The packages of a set of tools cannot be had.
    #[error("cannot get the tools `{set}`")]
    Locked {
        /// Which set.
        set: &'static str,
        /// Why not.
        source: crate::LockedError,
    },
    /// Tools cannot be had.
    #[error(transparent)]
    Tools(#[from] bringup_tools::Error),
    /// Packages cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] bringup_debian::Error),
    /// Packages do not go together.
    #[error("cannot select the packages")]
    Resolve(#[from] bringup_debian::ResolveError),
    /// A package is damaged.
    #[error("cannot unpack a package")]
    Unpack(#[from] bringup_debian::DebError),
    /// Programs cannot be run.
    #[error("programs cannot be run in a root of their own")]
    Sandbox(#[from] bringup_sandbox::Error),
    /// The store.
    #[error("the result cannot be kept in the store")]
    Store(#[source] Box<bringup_store::DeriveError<Error>>),
    /// A tree refuses.
    #[error(transparent)]
    Tree(#[from] bringup_tree::Error),
    /// The list of expected differences is wrong.
    #[error("expected differences, line {line}: {problem}")]
    Expected {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
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

impl Error {
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { operation, path, source }
    }

    /// Tells a step's own error from the store's.
    pub(crate) fn from_derive(error: bringup_store::DeriveError<Self>) -> Self {
        match error {
            bringup_store::DeriveError::Step(error) => error,
            other => Self::Store(Box::new(other)),
        }
    }
}

impl From<bringup_dpkg::Error> for Error {
    fn from(error: bringup_dpkg::Error) -> Self {
        match error {
            bringup_dpkg::Error::Script { package, script, status, output } => Self::Script {
                package,
                script: script.trim_end().to_owned(),
                route: Route::Cross,
                status: status.into(),
                said: output.trim_end().to_owned(),
            },
            other => Self::Interpret(other),
        }
    }
}

/// What was said, below what says so.
fn indented(said: &str) -> String {
    said.lines().map(|line| format!("\n  | {line}")).collect()
}

fn names(packages: &[String]) -> String {
    match packages {
        [one] => format!("package `{one}`"),
        many => format!("packages `{}`", many.join("`, `")),
    }
}
