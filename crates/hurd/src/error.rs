use std::io;
use std::path::{Path, PathBuf};

use bringup_store::DeriveError;

/// Why a task was not compiled, or a tree cannot become a Hurd's root.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The compiler cannot be had or started.
    #[error("the tools for GNU Mach")]
    Tools(#[from] bringup_tools::Error),
    /// A tool refuses its input.
    #[error("cannot {step} `{file}`")]
    Step {
        /// What was being done.
        step: &'static str,
        /// To which file.
        file: String,
        /// What the tool said.
        source: bringup_sandbox::Error,
    },
    /// The compiler is not where its package puts it.
    #[error("{found} compilers in `{}`, but there must be 1", path.display())]
    Compiler {
        /// The folder with one folder a version.
        path: PathBuf,
        /// How many there are.
        found: usize,
    },
    /// The task's sources are not all there.
    #[error("the bootstrap task has no source `{name}`")]
    NoSource {
        /// The missing file.
        name: &'static str,
    },
    /// A source's name is not a plain one.
    #[error("`{name}` is no name of a source\nhelp: a name ends in `.c` or `.h` and holds no `/`")]
    SourceName {
        /// The name.
        name: String,
    },
    /// A program is not what the kernel can start.
    #[error("`{path}` {reason}")]
    Program {
        /// Path in the tree, or the task.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A program is no ELF file at all.
    #[error("`{path}` cannot be read as a program")]
    Elf {
        /// Path in the tree, or the task.
        path: String,
        /// What is wrong with it.
        source: bringup_inspect::Error,
    },
    /// Something that a package brings is missing.
    #[error("no `{path}`\nhelp: it comes with the package `{package}`")]
    Missing {
        /// Path in the tree.
        path: &'static str,
        /// Which package has it.
        package: &'static str,
    },
    /// More than one kernel is in the tree.
    #[error("{} kernels instead of one: `{}`", found.len(), found.join("`, `"))]
    Kernels {
        /// Their paths.
        found: Vec<String>,
    },
    /// A line of an account file has not the right fields.
    #[error("`{path}`, line {line}: {fields} fields, but there must be {needed}")]
    Account {
        /// Path in the tree.
        path: &'static str,
        /// Its number, from 1.
        line: usize,
        /// How many there are.
        fields: usize,
        /// How many there must be.
        needed: usize,
    },
    /// A file of a package is not text.
    #[error("`{path}` is not UTF-8 text")]
    NotText {
        /// Path in the tree.
        path: &'static str,
    },
    /// A name goes into a file or a translator where it would be read as something else.
    #[error("`{value}` cannot be {what}: it must be {rule}")]
    Name {
        /// What it was to be.
        what: &'static str,
        /// The name.
        value: String,
        /// What it may be.
        rule: &'static str,
    },
    /// The tree refuses.
    #[error("the root tree")]
    Tree(#[from] bringup_tree::Error),
    /// A file of the store cannot be read or written.
    #[error("cannot {operation} `{}`", path.display())]
    Io {
        /// What was being done.
        operation: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The store.
    #[error("cannot keep the bootstrap task in the store")]
    Store(#[source] Box<DeriveError<Error>>),
}

impl Error {
    /// Turns an I/O error into one that says what was done to which file.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }

    /// A step's own error, or the store's.
    pub(crate) fn from_derive(error: DeriveError<Self>) -> Self {
        match error {
            DeriveError::Step(error) => error,
            other => Self::Store(Box::new(other)),
        }
    }
}
