//! What went wrong, and the exit code for it.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Unknown(#[from] bringup_catalog::UnknownName),
    #[error(transparent)]
    Image(#[from] bringup_image::Error),
    #[error(transparent)]
    Debian(#[from] bringup_debian::Error),
    #[error(transparent)]
    Tools(#[from] bringup_tools::Error),
    #[error(transparent)]
    Emulator(#[from] bringup_emulator::Error),
    #[error(transparent)]
    Store(#[from] bringup_store::Error),
    #[error(transparent)]
    System(#[from] bringup_system::Error),
    #[error("the store had {entries} damaged entries, now removed\nhelp: the next build fetches them anew")]
    StoreDamaged { entries: usize },
    #[error(transparent)]
    Sandbox(#[from] bringup_sandbox::Error),
    #[error("SOURCE_DATE_EPOCH is `{value}`, but must be whole seconds since 1970")]
    BadEpoch { value: String },
    #[error("`{program}` ended with status {status}")]
    ToolFailed { program: String, status: i32 },
    #[error(
        "neither XDG_CACHE_HOME nor HOME names a folder for the store\nhelp: give one with `--store DIR`"
    )]
    NoCacheFolder,
    #[error("cannot {operation} `{}`", path.display())]
    Io { operation: &'static str, path: PathBuf, source: io::Error },
}

/// The build failed.
const BUILD: u8 = 1;
/// The environment lacks something: a mirror, a permission, space.
const ENVIRONMENT: u8 = 3;

fn of_image(error: &bringup_image::Error) -> u8 {
    use bringup_disk::Error as Disk;
    use bringup_image::Error as Image;
    match error {
        Image::Debian(debian) => of_debian(debian),
        Image::Store(store) => of_store(store),
        Image::Disk(Disk::NoSpace { .. } | Disk::NotWritable { .. }) => ENVIRONMENT,
        Image::Io { source, .. } => of_io(source),
        _ => BUILD,
    }
}

fn of_debian(error: &bringup_debian::Error) -> u8 {
    use bringup_debian::Error as Debian;
    match error {
        Debian::NoMirror | Debian::Unreachable { .. } | Debian::Offline { .. } => ENVIRONMENT,
        Debian::Store(store) => of_store(store),
        Debian::Io { source, .. } => of_io(source),
        _ => BUILD,
    }
}

fn of_store(error: &bringup_store::Error) -> u8 {
    match error {
        bringup_store::Error::Io { source, .. } => of_io(source),
        _ => BUILD,
    }
}

fn of_io(error: &io::Error) -> u8 {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        PermissionDenied | ReadOnlyFilesystem | StorageFull => ENVIRONMENT,
        _ => BUILD,
    }
}

impl Error {
    /// 1: the build failed; 2: the command is wrong; 3: the environment lacks something.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Unknown(_) | Self::System(_) | Self::BadEpoch { .. } => 2,
            Self::Image(image) => of_image(image),
            Self::Debian(debian) => of_debian(debian),
            Self::Tools(bringup_tools::Error::Unknown { .. }) => 2,
            Self::Tools(bringup_tools::Error::Fetch { source, .. }) => of_debian(source),
            Self::Tools(bringup_tools::Error::Run { .. }) => ENVIRONMENT,
            Self::Store(store) => of_store(store),
            Self::NoCacheFolder => ENVIRONMENT,
            _ => BUILD,
        }
    }

    /// Prints it, its causes, and last what to do about it.
    pub(crate) fn report(&self) {
        let mut help = Vec::new();
        let mut say = |prefix: &str, text: String| {
            let (helps, lines): (Vec<&str>, Vec<&str>) =
                text.lines().partition(|line| line.starts_with("help: "));
            help.extend(helps.into_iter().map(str::to_owned));
            eprintln!("{prefix}: {}", lines.join("\n  "));
        };
        say("error", self.to_string());
        let mut cause = self.source();
        while let Some(error) = cause {
            say("  because", error.to_string());
            cause = error.source();
        }
        for line in help {
            eprintln!("{line}");
        }
    }
}
