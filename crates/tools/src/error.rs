use std::path::PathBuf;

use bringup_store::DeriveError;

/// Why a tool is not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No set has the program.
    #[error("no tool `{program}`\nhelp: there are `{}`", known.join("`, `"))]
    Unknown {
        /// What was asked for.
        program: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// The host does not run the set's programs.
    #[error(
        "the tools `{set}` are {architecture} programs, which the host's {host} does not run\nhelp: build on an {} machine",
        hosts.join(" or ")
    )]
    Foreign {
        /// Which set.
        set: &'static str,
        /// The Debian architecture of its packages.
        architecture: &'static str,
        /// The host's.
        host: String,
        /// Those that run them.
        hosts: Vec<&'static str>,
    },
    /// The repositories.
    #[error("cannot get the tools `{set}`")]
    Fetch {
        /// Which set.
        set: &'static str,
        /// Why not.
        source: bringup_debian::Error,
    },
    /// The packages do not go together.
    #[error("cannot select the packages of the tools `{set}`")]
    Resolve {
        /// Which set.
        set: &'static str,
        /// Why not.
        source: bringup_debian::ResolveError,
    },
    /// A package is damaged.
    #[error("cannot unpack the tools `{set}`")]
    Unpack {
        /// Which set.
        set: &'static str,
        /// Why not.
        source: bringup_debian::DebError,
    },
    /// Two packages do not go over each other, or cannot be written out.
    #[error("cannot put together the tools `{set}`")]
    Tree {
        /// Which set.
        set: &'static str,
        /// Why not.
        source: bringup_tree::Error,
    },
    /// The store.
    #[error("cannot keep the tools `{set}` in the store")]
    Store {
        /// Which set.
        set: &'static str,
        /// Why not.
        source: Box<DeriveError<Error>>,
    },
    /// Neither way of running programs is open.
    #[error("cannot run the tools in `{}`", path.display())]
    Run {
        /// Where they are.
        path: PathBuf,
        /// Why not.
        source: bringup_sandbox::Error,
    },
}

/// Tells a step's own error from the store's.
pub(crate) fn from_derive(set: &'static str, error: DeriveError<Error>) -> Error {
    match error {
        DeriveError::Step(error) => error,
        other => Error::Store { set, source: Box::new(other) },
    }
}
