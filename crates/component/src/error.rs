use std::io;
use std::path::{Path, PathBuf};

use bringup_store::DeriveError;

/// Why a component was not built, or is not fit for its system.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A record of components is malformed.
    #[error("`{file}`: malformed component")]
    Record {
        /// Which file.
        file: String,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// A value of a record cannot be used.
    #[error("component `{component}`: `{key}` {problem}")]
    Value {
        /// Which component.
        component: String,
        /// The record's key.
        key: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Debian has no compiler for the platform.
    #[error("no compiler for `{platform}` is packaged\nhelp: there are compilers for `{}`", known.join("`, `"))]
    NoCompiler {
        /// The platform.
        platform: &'static str,
        /// Those that have one.
        known: Vec<&'static str>,
    },
    /// A compiler starts other programs of its root, which only works where that is `/`.
    #[error(
        "a compiler needs user namespaces, which this kernel does not give\nhelp: `bringup doctor` says what forbids them"
    )]
    NeedsNamespaces,
    /// The tools or the sysroot.
    #[error(transparent)]
    Tools(#[from] bringup_tools::Error),
    /// Debian's source package.
    #[error("component `{component}`: its source package")]
    DebianSource {
        /// Which component.
        component: String,
        /// Why not.
        source: Box<bringup_debian::Error>,
    },
    /// A package of the target cannot be read.
    #[error("cannot unpack a package of the target")]
    Deb(#[from] bringup_debian::DebError),
    /// The source folder is not there.
    #[error("component `{component}`: no source folder `{}`", path.display())]
    NoSource {
        /// Which component.
        component: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// The source lacks what its kind of build starts from.
    #[error(
        "component `{component}` is built with {build}, but its source has no `{file}`{}",
        help(help_text)
    )]
    NoBuildFile {
        /// Which component.
        component: String,
        /// How it is built.
        build: &'static str,
        /// What is missing.
        file: &'static str,
        /// What to do; may be empty.
        help_text: &'static str,
    },
    /// A crate that the source is locked to is not at hand.
    #[error(
        "component `{component}` needs the crate `{name}` {version}, which is neither vendored nor in cargo's cache\n\
         help: run `cargo fetch` or `cargo vendor` in its folder; a build has no network"
    )]
    NoCrate {
        /// Which component.
        component: String,
        /// The crate.
        name: String,
        /// Its version.
        version: String,
    },
    /// A crate is not what the source is locked to.
    #[error("`{}` has the SHA-256 {found}, but `Cargo.lock` of component `{component}` says {wanted}", path.display())]
    WrongCrate {
        /// Which component.
        component: String,
        /// The file in cargo's cache.
        path: PathBuf,
        /// As locked.
        wanted: String,
        /// As found.
        found: String,
    },
    /// `Cargo.lock` is malformed, or names a source other than the registry.
    #[error("component `{component}`: `Cargo.lock` {problem}")]
    CargoLock {
        /// Which component.
        component: String,
        /// What is wrong.
        problem: String,
    },
    /// A step of the build failed.
    #[error("component `{component}`: {step} failed with status {status}{}", said(log))]
    Step {
        /// Which component.
        component: String,
        /// Which step.
        step: String,
        /// Its exit status, or 128 and the signal that killed it.
        status: i32,
        /// The last lines of what it wrote.
        log: String,
    },
    /// A step could not be started.
    #[error("cannot run `{program}`")]
    Run {
        /// The program.
        program: String,
        /// Why not.
        source: bringup_sandbox::Error,
    },
    /// Nothing was installed.
    #[error(
        "component `{component}` was built, but installed nothing\n\
         help: name what goes where: `install = {{ \"FILE\" = \"/usr/bin/FILE\" }}`"
    )]
    NothingInstalled {
        /// Which component.
        component: String,
    },
    /// A program is for another platform.
    #[error(
        "component `{component}`: `/{path}` is not for the platform\nhelp: build it with `$CC`, not with `cc`"
    )]
    WrongPlatform {
        /// Which component.
        component: String,
        /// Path in the root.
        path: String,
        /// What it is.
        source: bringup_inspect::Error,
    },
    /// A program is damaged.
    #[error("component `{component}`: `/{path}` cannot be read as an ELF file")]
    BadProgram {
        /// Which component.
        component: String,
        /// Path in the root.
        path: String,
        /// What is wrong with it.
        source: bringup_inspect::Error,
    },
    /// A program names a dynamic linker that is not the platform's, or not in the root.
    #[error("component `{component}`: `/{path}` is started by `{found}`, but {problem}")]
    Interpreter {
        /// Which component.
        component: String,
        /// Path in the root.
        path: String,
        /// The dynamic linker it names.
        found: String,
        /// What is wrong with that.
        problem: String,
    },
    /// A program needs a library that the root lacks.
    #[error(
        "component `{component}`: `/{path}` needs `{library}`, which the root does not have\nhelp: {}",
        provider_help(provider)
    )]
    MissingLibrary {
        /// Which component.
        component: String,
        /// Path in the root.
        path: String,
        /// The library's `DT_SONAME`.
        library: String,
        /// The package that has it, if one of the sysroot does.
        provider: Option<String>,
    },
    /// A file has a path of the build in it.
    #[error(
        "component `{component}`: `/{path}` holds the build path `{found}`\n\
         help: strip it, or pass relative paths; the compilers here map paths of source and build"
    )]
    BuildPath {
        /// Which component.
        component: String,
        /// Path in the root.
        path: String,
        /// What of the path is in it.
        found: &'static str,
    },
    /// A tree cannot be put together or written.
    #[error("the tree of a component")]
    Tree(#[from] bringup_tree::Error),
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
    /// The store.
    #[error("cannot keep a component in the store")]
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

fn help(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\nhelp: {text}") }
}

fn said(log: &str) -> String {
    if log.is_empty() { String::new() } else { format!(":\n{log}") }
}

fn provider_help(provider: &Option<String>) -> String {
    match provider {
        Some(package) => format!("package `{package}` has it: add it to the system's packages"),
        None => "install the library too, or link it statically".to_owned(),
    }
}
