//! What went wrong, and the exit code for it.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;

use bringup_spec::Bytes;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Unknown(#[from] bringup_catalog::UnknownName),
    #[error(transparent)]
    Image(#[from] bringup_image::Error),
    #[error(transparent)]
    Component(#[from] bringup_component::Error),
    #[error("the lock file")]
    Lock(#[from] bringup_debian::LockError),
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
    #[error("`{}` does not boot", image.display())]
    ChainBroken { image: PathBuf },
    #[error("they differ")]
    Differ,
    #[error(
        "an image of type `{image_type}` is no disk that a machine starts\n\
         help: raw disks, `qcow2` and `iso9660` are"
    )]
    NoDisk { image_type: &'static str },
    #[error("cannot read `{}`", path.display())]
    Unreadable { path: PathBuf, source: bringup_bootchain::Error },
    #[error(
        "`{}` has no partition of type {kind}, in which `{board}` has its first program\n\
         help: `bringup inspect` shows the partitions that there are",
        image.display()
    )]
    NoFirstProgram { board: &'static str, image: PathBuf, kind: bringup_spec::PartitionType },
    #[error(
        "`{}` is {size} large, but the disk is to have {asked}\nhelp: ask for {size} or more",
        image.display()
    )]
    DiskTooSmall { image: PathBuf, size: Bytes, asked: Bytes },
    #[error("`{}` has no component `{name}`; it has `{}`", file.display(), known.join("`, `"))]
    NoComponent { file: PathBuf, name: String, known: Vec<String> },
    #[error("`{}` is there already\nhelp: choose another folder, or remove it", path.display())]
    OutputExists { path: PathBuf },
    #[error(transparent)]
    Route(#[from] bringup_route::Error),
    #[error("there is no board\nhelp: name it with `--board`")]
    NoBoard,
    #[error(
        "interpretation cannot be compared with the route {route}\n\
         help: `--route native` and `--route emulated` run the scripts"
    )]
    NotComparable { route: bringup_route::Route },
    #[error(
        "{count} paths differ for no known reason\nhelp: `--output DIR` writes both versions of every file that differs"
    )]
    Unexpected { count: usize },
    #[error("{count} requirements are not met")]
    Unmet { count: usize },
    #[error(transparent)]
    Assemble(#[from] bringup_genimage::Error),
    #[error(transparent)]
    Growth(#[from] bringup_growth::Error),
    #[error(transparent)]
    Files(#[from] bringup_files::Error),
    #[error(
        "one of `{from}` and `{to}` must be a place in an image, and the other a file of the host\n\
         help: a place is `IMAGE:/PATH` or `IMAGE:PARTITION:/PATH`"
    )]
    NotOnePlace { from: String, to: String },
    #[error("`{text}` is no place in an image\nhelp: a place is `IMAGE:/PATH` or `IMAGE:PARTITION:/PATH`")]
    NoPlace { text: String },
    #[error(transparent)]
    Flash(#[from] bringup_flash::Error),
    #[error("cannot use the block map `{}`", path.display())]
    BlockMap { path: PathBuf, source: bringup_flash::Error },
    #[error("nobody is there to ask\nhelp: `--yes` writes without a question")]
    NobodyToAsk,
    #[error("`{}` is left as it is", to.display())]
    NotWanted { to: PathBuf },
    #[error("`{program}` ended with status {status}")]
    ToolFailed { program: String, status: i32 },
    #[error(
        "neither XDG_CACHE_HOME nor HOME names a folder for the store\nhelp: give one with `--store DIR`"
    )]
    NoCacheFolder,
    #[error("cannot {operation} `{}`", path.display())]
    Io { operation: &'static str, path: PathBuf, source: io::Error },
}

/// The command, or a file that it is given, is wrong.
const USAGE: u8 = 2;
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
        Image::Component(component) => of_component(component),
        Image::Disk(Disk::NoSpace { .. } | Disk::NotWritable { .. }) => ENVIRONMENT,
        Image::Route(route) => of_route(route),
        other => of_causes(other),
    }
}

fn of_assembly(error: &bringup_genimage::Error) -> u8 {
    use bringup_disk::Error as Disk;
    use bringup_genimage::Error as Assembly;
    match error {
        Assembly::Disk(Disk::NoSpace { .. } | Disk::NotWritable { .. }) => ENVIRONMENT,
        Assembly::Disk(_) | Assembly::Tree(_) | Assembly::Io { .. } => of_causes(error),
        // What the configuration says, and what it names.
        _ => USAGE,
    }
}

fn of_route(error: &bringup_route::Error) -> u8 {
    use bringup_route::{Error as Failed, Route};
    match error {
        Failed::NotThere { .. } => USAGE,
        // What is refused then is the host's doing.
        Failed::Refused { route: Route::Native | Route::Emulated, .. } => ENVIRONMENT,
        Failed::Fetch(debian) => of_debian(debian),
        Failed::Tools(bringup_tools::Error::Fetch { source, .. }) => of_debian(source),
        other => of_causes(other),
    }
}

fn of_debian(error: &bringup_debian::Error) -> u8 {
    use bringup_debian::Error as Debian;
    match error {
        Debian::NoMirror | Debian::Unreachable { .. } | Debian::Offline { .. } => ENVIRONMENT,
        Debian::BadUri { .. } | Debian::BadName { .. } | Debian::Config { .. } => USAGE,
        Debian::Store(store) => of_store(store),
        other => of_causes(other),
    }
}

fn of_component(error: &bringup_component::Error) -> u8 {
    use bringup_component::Error as Component;
    match error {
        Component::Record { .. } | Component::Value { .. } | Component::NoCompiler { .. } => USAGE,
        Component::NeedsNamespaces => ENVIRONMENT,
        Component::Tools(bringup_tools::Error::Fetch { source, .. }) => of_debian(source),
        Component::DebianSource { source, .. } => of_debian(source),
        other => of_causes(other),
    }
}

fn of_flash(error: &bringup_flash::Error) -> u8 {
    use bringup_flash::Error as Flash;
    match error {
        Flash::NotADevice { .. } | Flash::Partition { .. } | Flash::NotRemovable { .. } => USAGE,
        Flash::NamedOther { .. } | Flash::Itself { .. } | Flash::System { .. } => USAGE,
        Flash::NoMedium { .. } | Flash::ReadOnly { .. } | Flash::InUse { .. } => ENVIRONMENT,
        Flash::Busy { .. } | Flash::TooSmall { .. } => ENVIRONMENT,
        other => of_causes(other),
    }
}

fn of_files(error: &bringup_files::Error) -> u8 {
    use bringup_files::Error as Files;
    match error {
        Files::NoPartition { .. } | Files::NoRoot { .. } | Files::NotFound { .. } => USAGE,
        Files::NoDirectory { .. } | Files::NotAFile { .. } | Files::NotEmpty { .. } => USAGE,
        Files::NotAnImage { .. } | Files::BadName { .. } | Files::NoOwners | Files::IsRoot => USAGE,
        Files::Exists { .. } | Files::NotChangeable { .. } => USAGE,
        other => of_causes(other),
    }
}

fn of_store(error: &bringup_store::Error) -> u8 {
    match error {
        bringup_store::Error::NotWritable { .. } => ENVIRONMENT,
        other => of_causes(other),
    }
}

/// The environment's fault if the kernel refused something anywhere below, whatever was being done.
fn of_causes(error: &(dyn std::error::Error + 'static)) -> u8 {
    if refusal(error).is_some() { ENVIRONMENT } else { BUILD }
}

/// What to do about the kernel's refusal among the causes of an error, if there is one.
fn refusal(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let kind = |error: &(dyn std::error::Error + 'static)| error.downcast_ref().map(io::Error::kind);
    match std::iter::successors(Some(error), |&error| error.source()).find_map(kind)? {
        StorageFull | QuotaExceeded => Some("help: make room, or choose another place"),
        PermissionDenied => Some("help: change its permissions, or choose another place"),
        ReadOnlyFilesystem => Some("help: choose another place"),
        _ => None,
    }
}

impl Error {
    /// 1: the build failed; 2: the command is wrong; 3: the environment lacks something.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Assemble(error) => of_assembly(error),
            Self::Growth(bringup_growth::Error::Smaller { .. }) => USAGE,
            Self::Unknown(_) | Self::System(_) | Self::BadEpoch { .. } | Self::DiskTooSmall { .. } => USAGE,
            Self::Image(image) => of_image(image),
            Self::Component(component) => of_component(component),
            Self::NoComponent { .. } | Self::OutputExists { .. } => USAGE,
            Self::Debian(debian) => of_debian(debian),
            Self::Tools(bringup_tools::Error::Unknown { .. }) => USAGE,
            Self::Tools(bringup_tools::Error::Fetch { source, .. }) => of_debian(source),
            Self::Tools(bringup_tools::Error::Run { .. }) => ENVIRONMENT,
            Self::Store(store) => of_store(store),
            Self::Files(files) => of_files(files),
            Self::NotOnePlace { .. } | Self::NoPlace { .. } => USAGE,
            Self::Flash(flash) => of_flash(flash),
            Self::NobodyToAsk => USAGE,
            Self::Route(route) => of_route(route),
            Self::NoBoard | Self::NotComparable { .. } => USAGE,
            Self::Unmet { .. } => BUILD,
            Self::NoCacheFolder => ENVIRONMENT,
            other => of_causes(other),
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
        if help.is_empty() {
            help.extend(refusal(self).map(str::to_owned));
        }
        for line in help {
            eprintln!("{line}");
        }
    }
}
