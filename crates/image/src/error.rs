use std::io;
use std::path::PathBuf;

use bringup_bootchain::{Link, Proof};
use bringup_spec::{BootMethod, Bytes};
use bringup_store::DeriveError;

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The lock file has nothing for the image, and must not be changed.
    #[error(
        "`{}` has nothing for board `{board}` with system `{system}`\n\
         help: `bringup lock --board {board} --system {system}` writes it",
        lock.display()
    )]
    NotLocked {
        /// The lock file.
        lock: PathBuf,
        /// The board.
        board: &'static str,
        /// The system.
        system: String,
    },
    /// The lock file has other packages than are needed, and must not be changed.
    #[error(
        "`{}` differs from what is needed:\n{}\nhelp: `bringup lock --update` renews it",
        lock.display(), changes.join("\n")
    )]
    LockDiffers {
        /// The lock file.
        lock: PathBuf,
        /// A line for each difference.
        changes: Vec<String>,
    },
    /// The board starts no kernel from a disk.
    #[error("board `{board}` has no boot method")]
    NoBootMethod {
        /// The board.
        board: &'static str,
    },
    /// The image is larger than it may be.
    #[error(
        "the image needs {needed}, and may take {limit}: {} too much\nthe most is taken by {}\n\
         help: leave packages out, or take `root.free` down",
        Bytes(needed.0 - limit.0),
        largest.iter().take(LARGEST_SHOWN).map(|(name, len)| format!("{name} ({len})")).collect::<Vec<_>>().join(", ")
    )]
    DoesNotFit {
        /// What it needs.
        needed: Bytes,
        /// What it may take.
        limit: Bytes,
        /// What the files of each package take, the most first.
        largest: Vec<(String, Bytes)>,
    },
    /// No image type has that name.
    #[error("board `{board}` has no image type `{name}`\nhelp: there are {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))]
    NoSuchType {
        /// The name as given.
        name: String,
        /// The board.
        board: String,
        /// Every type.
        known: Vec<&'static str>,
    },
    /// The type cannot work on that board.
    #[error(
        "board `{board}` cannot have an image of type `{image_type}`: {reason}\n\
         help: `bringup image-types --board {board}` lists those that it can"
    )]
    WrongType {
        /// The board.
        board: &'static str,
        /// The type.
        image_type: &'static str,
        /// Why not.
        reason: String,
    },
    /// The board does not know the boot method asked for.
    #[error(
        "board `{board}` does not boot by `{asked}`\nhelp: it knows {}",
        known.iter().map(|method| format!("`{method}`")).collect::<Vec<_>>().join(", ")
    )]
    OtherBootMethod {
        /// The board.
        board: &'static str,
        /// The method asked for.
        asked: BootMethod,
        /// Those it has.
        known: &'static [BootMethod],
    },
    /// The system is for another kernel than the board's.
    #[error(
        "system `{system}` is for {wanted:?}, but board `{board}` runs {has:?}\n\
         help: `bringup systems` says what each is for"
    )]
    OtherKernel {
        /// The system.
        system: String,
        /// Its kernel.
        wanted: bringup_spec::Kernel,
        /// The board.
        board: &'static str,
        /// The board's kernel.
        has: bringup_spec::Kernel,
    },
    /// A porter's own boot program that the board has no place for.
    #[error(
        "board `{board}` has no boot program `{name}`\nhelp: it has {}",
        if known.is_empty() { "none on its disk".to_owned() } else { quoted(known) }
    )]
    NoSuchFirmware {
        /// The board.
        board: &'static str,
        /// The name as given.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A boot program does not fit in its place.
    #[error("board `{board}`: `{name}` is {len}, but {room} are reserved for it at {offset} ({:#x})", offset.0)]
    FirmwareTooLarge {
        /// The board.
        board: &'static str,
        /// The program.
        name: &'static str,
        /// Its length.
        len: Bytes,
        /// Its room.
        room: Bytes,
        /// Its place, from the start of the disk.
        offset: Bytes,
    },
    /// The kernel package brought no kernel.
    #[error("no package of `{package}` has a kernel's modules")]
    NoKernel {
        /// The board's kernel package.
        package: &'static str,
    },
    /// No package has a file that the image cannot do without.
    #[error("no package of the system has `{path}`\nhelp: add the package that does to `packages.install`")]
    NoFile {
        /// The file.
        path: &'static str,
    },
    /// The board's storage is named by its device tree, which is not to be had.
    #[error("board `{board}`: no device tree with kernel {version}: {reason}")]
    NoDeviceTree {
        /// The board.
        board: &'static str,
        /// The kernel's version.
        version: String,
        /// Why not.
        reason: String,
    },
    /// The board's device tree is none.
    #[error("board `{board}`: its device tree")]
    BadDeviceTree {
        /// The board.
        board: &'static str,
        /// What is wrong with it.
        source: bringup_inspect::Error,
    },
    /// The lock file.
    #[error("the lock file")]
    Lock(#[from] bringup_debian::LockError),
    /// The repositories.
    #[error(transparent)]
    Debian(#[from] bringup_debian::Error),
    /// The packages do not go together.
    #[error("cannot select packages")]
    Resolve(#[from] bringup_debian::ResolveError),
    /// A package is damaged, or holds what no package may hold.
    #[error("cannot unpack {package}")]
    Deb {
        /// Its name, version and architecture.
        package: String,
        /// What is wrong with it.
        source: bringup_debian::DebError,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] bringup_store::Error),
    /// The system's record or root tree.
    #[error(transparent)]
    System(#[from] bringup_system::Error),
    /// The kernel's modules or device trees.
    #[error("the kernel")]
    Kernel(#[from] bringup_kernel::Error),
    /// A file tree.
    #[error("the file tree")]
    Tree(#[from] bringup_tree::Error),
    /// U-Boot's boot menu.
    #[error("the boot menu")]
    Menu(#[from] bringup_u_boot::Error),
    /// A compressed root.
    #[error("the root file system")]
    Squashfs(#[from] bringup_squashfs::Error),
    /// A read-only root.
    #[error("the root file system")]
    Erofs(#[from] bringup_erofs::Error),
    /// The CD.
    #[error("the CD")]
    Iso(#[from] bringup_iso9660::Error),
    /// The compressed image or its block map.
    #[error("the compressed image")]
    Compress(#[from] bringup_compress::Error),
    /// The container's image.
    #[error("the container's image")]
    Oci(#[from] bringup_oci::Error),
    /// The folder that an image would replace is not one of an earlier build.
    #[error(
        "`{}` is a folder with something in it, and not the image of an earlier build\n\
         help: name one that does not exist, or empty it yourself",
        path.display()
    )]
    FolderInUse {
        /// The folder.
        path: PathBuf,
    },
    /// No container runs on that architecture.
    #[error("there are no container images for Debian's architecture `{architecture}`")]
    NoContainers {
        /// The architecture.
        architecture: String,
    },
    /// A format that is none for an image of that type.
    #[error(
        "an image of type `{image_type}` is not compressed and has no block map\n\
         help: `--compress` and `--block-map` are for raw disks; of the other types each has its own form"
    )]
    NotRaw {
        /// The type.
        image_type: &'static str,
    },
    /// The image in QEMU's format.
    #[error("the image in QEMU's format")]
    Qcow2(#[from] bringup_qcow2::Error),
    /// A program that makes the image's form.
    #[error(transparent)]
    Sandbox(#[from] bringup_sandbox::Error),
    /// systemd-boot's menu.
    #[error("the boot menu")]
    SystemdBoot(#[from] bringup_systemd_boot::Error),
    /// GRUB's menu.
    #[error("the boot menu")]
    Grub(#[from] bringup_grub::Error),
    /// GNU Mach's task, or the Hurd's root.
    #[error(transparent)]
    Hurd(#[from] bringup_hurd::Error),
    /// Tools that a step runs.
    #[error(transparent)]
    Tools(#[from] bringup_tools::Error),
    /// What the system has compiled from source.
    #[error(transparent)]
    Component(#[from] bringup_component::Error),
    /// Packages cannot be configured.
    #[error(transparent)]
    Route(#[from] bringup_route::Error),
    /// The disk cannot grow as the record wants.
    #[error(transparent)]
    Growth(#[from] bringup_growth::Error),
    /// The finished root has something that no image may have, or lacks something.
    #[error(
        "the root is not as it should be, so there is no image:\n{}",
        findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    )]
    Audit {
        /// What was found.
        findings: Vec<bringup_audit::Finding>,
    },
    /// The finished root cannot be looked at.
    #[error("cannot audit the root")]
    NotAudited(#[from] bringup_audit::Error),
    /// A file system.
    #[error(transparent)]
    FileSystem(#[from] bringup_fsimage::Error),
    /// The disk's layout.
    #[error("the disk does not work out")]
    Layout(#[from] bringup_layout::Error),
    /// Writing the image.
    #[error(transparent)]
    Disk(#[from] bringup_disk::Error),
    /// The firmware.
    #[error("the firmware")]
    Firmware(#[from] bringup_spec::InstallError),
    /// The finished bytes cannot be read back.
    #[error("cannot prove the boot chain")]
    Unreadable(#[from] bringup_bootchain::Error),
    /// The image would not boot.
    #[error(
        "the image would not boot, so it is not kept:\n{}",
        proof.broken().iter().map(|link| broken(link)).collect::<Vec<_>>().join("\n")
    )]
    NotBootable {
        /// What was found.
        proof: Box<Proof>,
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

impl From<DeriveError<Error>> for Error {
    fn from(error: DeriveError<Error>) -> Self {
        match error {
            DeriveError::Step(error) => error,
            DeriveError::Store(error) => Self::Store(error),
            // The enum may grow; what it then says is said as it is.
            other => Self::Io {
                operation: "make",
                path: "a result".into(),
                source: io::Error::other(other.to_string()),
            },
        }
    }
}

/// Packages shown when an image does not fit.
const LARGEST_SHOWN: usize = 12;

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn broken(link: &Link) -> String {
    let help = link.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!("`{}`: {}{help}", link.name, link.what)
}
