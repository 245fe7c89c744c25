use std::io;
use std::path::{Path, PathBuf};

use crate::Route;

/// Why packages could not be configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Interpretation failed.
    #[error(transparent)]
    Interpret(#[from] bringup_dpkg::Error),
    /// A package cannot take the only route that is allowed.
    #[error("package `{package}` cannot take the route {route}: {reason}\nhelp: {help}")]
    Refused {
        /// Its name.
        package: String,
        /// The route.
        route: Route,
        /// Why not.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// Scripts of packages failed on the target's machine, or an emulated one.
    #[error(
        "{} could not be configured ({route}), dpkg ended with status {status}:\n{said}\n\
         help: configure them at first boot instead with `defer`, or leave them out",
        names(packages)
    )]
    Scripts {
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

fn names(packages: &[String]) -> String {
    match packages {
        [one] => format!("package `{one}`"),
        many => format!("packages `{}`", many.join("`, `")),
    }
}
