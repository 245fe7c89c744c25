use std::io;
use std::path::PathBuf;

/// Why a file of an image was not read, written or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The host refused something.
    #[error("cannot {operation} `{}`", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The image, its table or a file system is broken.
    #[error("cannot read `{}`", image.display())]
    Image {
        /// The image.
        image: PathBuf,
        /// Why.
        source: bringup_bootchain::Error,
    },
    /// A path within the image is not there, or broken.
    #[error("`{path}` of partition {partition}")]
    Path {
        /// The path.
        path: String,
        /// The partition that it was looked for in.
        partition: String,
        /// Why.
        source: bringup_bootchain::Error,
    },
    /// The image has no such partition.
    #[error("`{}` has no partition `{name}`; it has {known}", image.display())]
    NoPartition {
        /// The image.
        image: PathBuf,
        /// What it was called.
        name: String,
        /// Those that it has.
        known: String,
    },
    /// Nothing says which partition is root.
    #[error(
        "`{}` does not say which of its partitions is root; it has {known}\n\
         help: name one, as in `IMAGE:1:/etc/hostname`",
        image.display()
    )]
    NoRoot {
        /// The image.
        image: PathBuf,
        /// Those that it has.
        known: String,
    },
    /// The file system is only read, not written.
    #[error("a file system of type {kind} cannot be changed")]
    NotChangeable {
        /// Its type.
        kind: &'static str,
    },
    /// The file system is not sound to begin with.
    #[error("partition {partition}: {what}\nhelp: `bringup tool e2fsck` or `bringup tool fsck.fat` mends it")]
    Unsound {
        /// The partition.
        partition: String,
        /// What is wrong.
        what: String,
    },
    /// What is written into is no file that can be replaced.
    #[error("`{}` is no regular file, so nothing in it is changed", path.display())]
    NotAnImage {
        /// The path.
        path: PathBuf,
    },
    /// A path goes through something that is no directory, or ends in one that is not there.
    #[error("there is no directory `{path}`")]
    NoDirectory {
        /// The path.
        path: String,
    },
    /// There is nothing of that name.
    #[error("there is no `{path}`")]
    NotFound {
        /// The path.
        path: String,
    },
    /// A file was to be, but it is something else.
    #[error("`{path}` is no regular file")]
    NotAFile {
        /// The path.
        path: String,
    },
    /// A directory with something in it.
    #[error("`{path}` is a directory that is not empty\nhelp: `-r` removes it with all that is in it")]
    NotEmpty {
        /// The path.
        path: String,
    },
    /// The root directory was to be removed.
    #[error("the root directory cannot be removed")]
    IsRoot,
    /// A name that cannot be passed on, or that this file system cannot hold.
    #[error("the name `{name}` {problem}")]
    BadName {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Modes and owners for a file system without any.
    #[error("FAT knows neither modes nor owners\nhelp: leave `--mode` and `--owner` out")]
    NoOwners,
    /// What is copied out is there already.
    #[error("`{}` is there already", path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// A tool could not be run.
    #[error("cannot run `{program}`")]
    Tool {
        /// Which.
        program: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A tool was run, and what it was to do is not done.
    #[error("`{program}` did not do it; it said: {said}")]
    NotDone {
        /// Which.
        program: String,
        /// What it said.
        said: String,
    },
    /// The file system is not clean afterwards.
    #[error("`{program}` does not find the changed file system clean; it said: {said}")]
    NotClean {
        /// The checker.
        program: String,
        /// What it said.
        said: String,
    },
}
