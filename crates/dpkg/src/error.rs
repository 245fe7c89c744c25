/// Why packages could not be configured at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two packages of the same name and architecture.
    #[error("package `{package}` is given twice")]
    Twice {
        /// Its name.
        package: String,
    },
    /// A package's files cannot be put into the root.
    #[error("package `{package}`: its files cannot be unpacked")]
    Unpack {
        /// Its name.
        package: String,
        /// Why.
        source: bringup_tree::Error,
    },
    /// Two packages have the same file, and neither replaces the other.
    #[error("package `{package}`: `{path}` is also in package `{other}`")]
    Overwrite {
        /// The package unpacked later.
        package: String,
        /// The file.
        path: String,
        /// The package that has it already.
        other: String,
    },
    /// A file of a package's control information cannot be read.
    #[error("package `{package}`: `{file}` {problem}")]
    Control {
        /// Its name.
        package: String,
        /// The file: `conffiles`, `triggers`, `templates`, a script.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A relation field makes no sense.
    #[error("package `{package}`")]
    Relation {
        /// Its name.
        package: String,
        /// What is wrong.
        source: bringup_debian::RelationError,
    },
    /// A script says that it failed.
    #[error("package `{package}`: its script `{script}` ended with status {status}\n{output}")]
    Script {
        /// The package.
        package: String,
        /// The script, with its arguments.
        script: String,
        /// Its exit status.
        status: u8,
        /// What it printed.
        output: String,
    },
    /// Triggers activate each other without end.
    #[error("package `{package}`: its triggers were processed {times} times and are pending again")]
    TriggerCycle {
        /// The package.
        package: String,
        /// How often.
        times: usize,
    },
    /// dpkg's own files cannot be written.
    #[error("`{path}` cannot be written: {problem}")]
    Record {
        /// The file.
        path: String,
        /// As strerror(3).
        problem: &'static str,
    },
}
