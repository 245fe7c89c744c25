//! What the command line says, as typed.

mod assemble;
mod files;
mod flash;

use std::path::PathBuf;

use bringup_emulator::Forward;
use bringup_image::Compress;
use bringup_spec::{Board, BootMethod, Bytes, SECTOR_BYTES};
use clap::{Args, Parser, Subcommand};

pub(crate) use assemble::Assemble;
pub(crate) use files::{Copy, Ls, Rm};
pub(crate) use flash::Flash;

/// Turns a board's name into a disk image that boots.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Debug, Default, Args)]
pub(crate) struct Global {
    /// Where downloads and results are kept [default: the user's cache folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Base URL of a Debian mirror [default: BRINGUP_MIRROR, bringup.toml, the host's apt sources]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) mirror: Option<String>,
    /// Use what is in the store and open no connection
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// How many things to do at once [default: the number of processors]
    #[arg(long, short = 'j', global = true, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
    /// Say nothing but errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Every board there is: the catalog's, and those of the program that runs this.
    #[arg(skip)]
    pub(crate) boards: Vec<&'static Board>,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a board's disk image
    Image(Image),
    /// Make the images of a configuration of genimage's, as Buildroot has them
    Assemble(Assemble),
    /// Boot a board's image under QEMU, with its serial console on this terminal
    Boot(Boot),
    /// Prove that an image boots, from its bytes, whoever made it
    Verify(Verify),
    /// Show what is where in an image
    Inspect(Look),
    /// Say what a byte of an image is, who owns it and by which rule
    Explain {
        #[command(flatten)]
        look: Look,
        /// The byte, from the start of the disk: 8192, 0x2000, 8KiB
        #[arg(value_parser = offset)]
        offset: u64,
    },
    /// Say how two images differ: tables, boot programs, files
    Diff {
        #[command(flatten)]
        look: Look,
        /// The other image
        other: PathBuf,
    },
    /// List an image's partitions, or what is in a directory of one
    Ls(Ls),
    /// Copy a file out of an image, or into it
    Copy(Copy),
    /// Remove a file from an image
    Rm(Rm),
    /// Write an image to a card or a stick, and read it back
    Flash(Flash),
    /// Say what an image's first boot makes of its disk, for disks of several sizes
    SimulateGrowth(SimulateGrowth),
    /// Say from a serial console's log which link of the boot chain failed, and what to try
    WhyNoBoot(Look),
    /// Write or renew the lock file
    Lock(Lock),
    /// Show under which licences an image's packages are, and the sources they were made from
    Licences(Licences),
    /// List boards
    Boards(Listing),
    /// List the types that images can have, with what each is for
    ImageTypes {
        /// Only those that this board can have, and why it cannot have the others
        #[arg(long, short)]
        board: Option<String>,
        #[command(flatten)]
        listing: Listing,
    },
    /// List platforms, or show one, by name, target triple or Debian architecture
    Platforms {
        /// Which one
        name: Option<String>,
        #[command(flatten)]
        listing: Listing,
    },
    /// List systems
    Systems {
        #[command(flatten)]
        listing: Listing,
        /// Print the JSON schema of a system's record, for editors
        #[arg(long)]
        schema: bool,
    },
    /// Run a tool from the store: e2fsck, sfdisk, mdir, qemu-system-aarch64, ...
    Tool(Tool),
    /// Compile sources for a platform: the `[[component]]`s of a file
    Component(Component),
    /// Run a command with a compiler for a platform, or show what that is
    Toolchain(Toolchain),
    /// Say how each package of an image gets configured, and why; or compare two ways
    Route(Route),
    /// Say what this host lacks, what that costs, and how to mend it
    Doctor(Doctor),
    /// Look after the store
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
}

/// Which image.
#[derive(Clone, Debug, Args)]
pub(crate) struct Subject {
    /// The board's name; `boards` lists them
    #[arg(long, short)]
    pub(crate) board: String,
    /// A system's name or a TOML file; `systems` lists names [default: `barebones` on Linux]
    #[arg(long, short)]
    pub(crate) system: Option<String>,
    /// The lock file
    #[arg(long, default_value = "bringup.lock", value_name = "FILE")]
    pub(crate) lock: PathBuf,
}

/// `image`.
#[derive(Debug, Args)]
pub(crate) struct Image {
    /// A board's name, or several with commas between; `boards` lists them
    #[arg(long = "board", short, value_name = "BOARD", required = true, value_delimiter = ',')]
    pub(crate) boards: Vec<String>,
    /// A system's name or a TOML file; `systems` lists names [default: `barebones` on Linux]
    #[arg(long, short)]
    pub(crate) system: Option<String>,
    /// The lock file
    #[arg(long, default_value = "bringup.lock", value_name = "FILE")]
    pub(crate) lock: PathBuf,
    #[command(flatten)]
    pub(crate) variant: Variant,
    #[command(flatten)]
    pub(crate) routing: Routing,
    /// Bytes that the system's record names and no lock or manifest tells: `wifi=./wifi.conf`
    #[arg(long = "secret", value_name = "NAME=FILE", value_parser = named_file)]
    pub(crate) secrets: Vec<(String, PathBuf)>,
    /// A public key that may log in as root over SSH; may be given several times
    #[arg(long = "ssh-key", value_name = "FILE")]
    pub(crate) ssh_keys: Vec<PathBuf>,
    /// Where the image goes; a folder for several [default: target/images/BOARD.img]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Make the disk exactly this large: 4GiB
    #[arg(long, value_name = "SIZE", value_parser = offset, conflicts_with = "fit")]
    pub(crate) size: Option<u64>,
    /// Fail if the disk gets larger than this, and say what takes the room
    #[arg(long, value_name = "SIZE", value_parser = offset)]
    pub(crate) fit: Option<u64>,
    /// Compress the disk: zstd, xz or gz, with a level behind a colon if another than usual is wanted
    #[arg(long, value_name = "FORMAT", value_parser = compress)]
    pub(crate) compress: Option<Compress>,
    /// Write the disk's block map beside it, by which `flash` and bmaptool write only what is needed
    #[arg(long)]
    pub(crate) block_map: bool,
    /// How many layers a container's image may have [default: 32]
    #[arg(long, value_name = "N")]
    pub(crate) max_layers: Option<usize>,
    /// Fail if the lock file does not have exactly what is needed
    #[arg(long)]
    pub(crate) locked: bool,
    /// Write a bill of materials beside the image: IMAGE.spdx.json and IMAGE.cdx.json
    #[arg(long)]
    pub(crate) sbom: bool,
    /// Print the plan and stop
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Build even if nothing changed
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the report, or the plan, as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a board leaves open.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Variant {
    /// What the image is; `image-types` lists them [default: the board's own disk]
    #[arg(long = "image-type", short = 't', value_name = "TYPE")]
    pub(crate) image_type: Option<String>,
    /// Where root starts, for the type `raw-with-offset`: 16MiB
    #[arg(long, value_name = "OFFSET", value_parser = offset)]
    pub(crate) root_offset: Option<u64>,
    /// How the kernel gets started [default: the board's own way]
    #[arg(long, value_name = "METHOD", value_parser = boot_method)]
    pub(crate) bootloader: Option<BootMethod>,
    /// A boot program of your own in place of the packaged one: `u-boot.img=./u-boot.img`
    #[arg(long, value_name = "NAME=FILE", value_parser = replacement)]
    pub(crate) firmware: Vec<(String, PathBuf)>,
}

/// How packages are to be configured.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Routing {
    /// The one route to take: cross, native, emulated, deferred [default: for each package the first of
    /// these that is open]
    #[arg(long, value_name = "ROUTE", value_parser = route)]
    pub(crate) route: Option<bringup_route::Route>,
    /// A package to configure at the first boot; may be given several times
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) defer: Vec<String>,
}

fn route(text: &str) -> Result<bringup_route::Route, String> {
    let known = || bringup_route::Route::ALL.map(|route| format!("`{route}`")).join(", ");
    bringup_route::Route::named(text).ok_or_else(|| format!("there are {}", known()))
}

/// `route`.
#[derive(Debug, Args)]
pub(crate) struct Route {
    /// The board whose image is meant; `boards` lists them
    #[arg(long, short, required_unless_present = "compare")]
    pub(crate) board: Option<String>,
    /// A system's name or a TOML file; `systems` lists names [default: `barebones` on Linux]
    #[arg(long, short)]
    pub(crate) system: Option<String>,
    /// The lock file
    #[arg(long, default_value = "bringup.lock", value_name = "FILE", conflicts_with = "compare")]
    pub(crate) lock: PathBuf,
    #[command(flatten)]
    pub(crate) routing: Routing,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
    /// Configure the newest packages twice, interpreting their scripts and running them, and say where
    /// the results differ; fails on a difference without a known reason
    #[arg(long, conflicts_with = "defer")]
    pub(crate) compare: bool,
    /// What to compare for, without a board [default: the host's own]
    #[arg(long, short, requires = "compare", conflicts_with = "board")]
    pub(crate) platform: Option<String>,
    /// A folder, which must not exist yet, for both versions of every file that differs
    #[arg(long, short, value_name = "DIR", requires = "compare")]
    pub(crate) output: Option<PathBuf>,
    /// The packages to compare, besides Debian's essential ones [default: the system's]
    #[arg(value_name = "PACKAGE", requires = "compare")]
    pub(crate) packages: Vec<String>,
}

/// `doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Only what images for this platform need; may be given several times [default: all]
    #[arg(long = "platform", short, value_name = "PLATFORM")]
    pub(crate) platforms: Vec<String>,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// A format of compression, with its program's own level unless one is given.
fn compress(text: &str) -> Result<Compress, String> {
    let (name, level) = text.split_once(':').map_or((text, None), |(name, level)| (name, Some(level)));
    let level = |usual: i32| match level {
        None => Ok(usual),
        Some(level) => level.parse::<i32>().ok().filter(|level| *level >= 0).ok_or("the level is no number"),
    };
    Ok(match name {
        "zstd" => Compress::Zstd { level: level(3)? },
        "xz" => Compress::Xz { level: level(6)? as u32 },
        "gz" => Compress::Gzip { level: level(6)? },
        _ => return Err("there are `zstd`, `xz` and `gz`".to_owned()),
    })
}

fn boot_method(text: &str) -> Result<BootMethod, String> {
    BootMethod::ALL.into_iter().find(|method| method.name() == text).ok_or_else(|| {
        format!("there are {}", BootMethod::ALL.map(|method| format!("`{method}`")).join(", "))
    })
}

fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err("write a name, `=` and a file".to_owned()),
    }
}

fn replacement(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err("write the boot program's name, `=` and a file".to_owned()),
    }
}

/// `boot`.
#[derive(Debug, Args)]
pub(crate) struct Boot {
    #[command(flatten)]
    pub(crate) subject: Subject,
    #[command(flatten)]
    pub(crate) variant: Variant,
    #[command(flatten)]
    pub(crate) routing: Routing,
    /// The image to boot [default: the board's, built first if anything changed]
    #[arg(long, value_name = "FILE")]
    pub(crate) image: Option<PathBuf>,
    /// Keep what the machine writes to its disk
    #[arg(long)]
    pub(crate) persist: bool,
    /// Give the machine a CD's image as a disk, as if it were on a USB stick
    #[arg(long)]
    pub(crate) as_disk: bool,
    /// The size of the machine's disk, as of a card that the image was written to: 8GiB
    #[arg(long, value_name = "SIZE", value_parser = offset)]
    pub(crate) disk_size: Option<u64>,
    /// A port of this host that leads to one of the machine: 2222:22
    #[arg(long, value_name = "HOST:MACHINE", value_parser = forward)]
    pub(crate) forward: Vec<Forward>,
}

/// An image, or a log, to look at.
#[derive(Debug, Args)]
pub(crate) struct Look {
    /// The file
    pub(crate) file: PathBuf,
    /// The board that it is for [default: what its bytes say]
    #[arg(long, short)]
    pub(crate) board: Option<String>,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// `verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) look: Look,
    /// Leave out the programs of the root file system
    #[arg(long)]
    pub(crate) no_programs: bool,
}

/// `simulate-growth`.
#[derive(Debug, Args)]
pub(crate) struct SimulateGrowth {
    /// The image
    pub(crate) image: PathBuf,
    /// Sizes of disks: 8G and 8GiB are binary, 8GB is what is printed on a card
    #[arg(
        long,
        value_name = "SIZE",
        value_delimiter = ',',
        default_values = ["4G", "8G", "32G", "128G"],
        value_parser = disk_size
    )]
    pub(crate) sizes: Vec<Bytes>,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// A disk's size, in whole sectors.
fn disk_size(text: &str) -> Result<Bytes, String> {
    let wrong = || "write a size: `8G`, `8GiB` or `8GB`".to_owned();
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..end].parse().map_err(|_| wrong())?;
    let unit: u64 = match &text[end..] {
        "" | "B" => 1,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        "T" | "TiB" => 1 << 40,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return Err(wrong()),
    };
    let bytes = number.checked_mul(unit).ok_or_else(wrong)?;
    Ok(Bytes(bytes / SECTOR_BYTES * SECTOR_BYTES))
}

fn forward(text: &str) -> Result<Forward, String> {
    let port = |text: &str| text.parse().ok().filter(|port: &u16| *port != 0);
    let both = text.split_once(':').and_then(|(host, guest)| Some((port(host)?, port(guest)?)));
    let (host, guest) = both.ok_or_else(|| "write two ports, 1 to 65535, as in `2222:22`".to_owned())?;
    Ok(Forward { host, guest })
}

/// An offset as people write it, in bytes.
fn offset(text: &str) -> Result<u64, String> {
    let wrong = || "write a number of bytes: `8192`, `0x2000` or `8KiB`".to_owned();
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).map_err(|_| wrong());
    }
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..end].parse().map_err(|_| wrong())?;
    let unit: u64 = match &text[end..] {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(wrong()),
    };
    number.checked_mul(unit).ok_or_else(wrong)
}

/// `lock`.
#[derive(Debug, Args)]
pub(crate) struct Lock {
    #[command(flatten)]
    pub(crate) subject: Subject,
    #[command(flatten)]
    pub(crate) variant: Variant,
    /// Take the newest packages instead of keeping those already locked
    #[arg(long)]
    pub(crate) update: bool,
}

/// `licences`.
#[derive(Debug, Args)]
pub(crate) struct Licences {
    #[command(flatten)]
    pub(crate) subject: Subject,
    #[command(flatten)]
    pub(crate) variant: Variant,
    /// List the source packages only, by name and version
    #[arg(long)]
    pub(crate) sources: bool,
    /// For programs
    #[arg(long, conflicts_with = "sources")]
    pub(crate) json: bool,
}

/// A table.
#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tool`.
#[derive(Debug, Args)]
pub(crate) struct Tool {
    /// The program and its arguments; a wrong name lists all. The working folder and the folders of
    /// paths among the arguments are open to it
    #[arg(
        value_name = "PROGRAM [ARGUMENT]",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) command: Vec<String>,
    /// How it is started [default: in a user namespace, or else by its own dynamic linker]
    #[arg(long, value_enum, default_value_t = Way::Auto)]
    pub(crate) way: Way,
}

/// `component`.
#[derive(Debug, Args)]
pub(crate) struct Component {
    /// A TOML file of `[[component]]`s; their folders are beside it
    pub(crate) file: PathBuf,
    /// What they are compiled for, by name, target triple or Debian architecture
    #[arg(long, short)]
    pub(crate) platform: String,
    /// A folder for what is installed, which must not exist yet
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Only the components of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
}

/// `toolchain`.
#[derive(Debug, Args)]
pub(crate) struct Toolchain {
    /// What is compiled for, by name, target triple or Debian architecture
    #[arg(long, short)]
    pub(crate) platform: String,
    /// Debian packages of the target to compile with: `libssl-dev`
    #[arg(long, value_name = "PACKAGE", value_delimiter = ',')]
    pub(crate) with: Vec<String>,
    /// Debian packages of the host to compile by: `bison`
    #[arg(long, value_name = "PACKAGE", value_delimiter = ',')]
    pub(crate) tools: Vec<String>,
    /// The folder that `DESTDIR` names
    #[arg(long, value_name = "DIR")]
    pub(crate) install: Option<PathBuf>,
    /// The program and its arguments, run in the working folder without network; `cmake`, `meson` and
    /// `cargo` bring themselves
    #[arg(value_name = "COMMAND", last = true)]
    pub(crate) command: Vec<String>,
}

/// How tools are started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Way {
    /// In a user namespace where the kernel allows it, or else by the loader
    Auto,
    /// In a user namespace
    Namespace,
    /// By the tool's own dynamic linker
    Loader,
}

/// `store`.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Remove what no build has used for a while
    Gc {
        /// Keep what was used in this many days; 0 removes everything
        #[arg(long, default_value_t = 30, value_name = "DAYS")]
        keep_days: u32,
    },
    /// Hash everything again and say what is damaged
    Verify,
    /// Print where the store is
    Path,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn sizes_of_disks_are_whole_sectors() {
        assert_eq!(disk_size("8G"), Ok(Bytes::gib(8)));
        assert_eq!(disk_size("4TiB"), Ok(Bytes::gib(4096)));
        assert_eq!(disk_size("31914983424"), Ok(Bytes(31_914_983_424)));
        assert_eq!(disk_size("1001MB"), Ok(Bytes(1_000_999_936)));
        for wrong in ["", "G", "8g", "8 G", "99999999999T"] {
            assert!(disk_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
