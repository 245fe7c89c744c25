use std::io;
use std::ops::Range;
use std::path::PathBuf;

use bringup_spec::Bytes;

use crate::host::{Use, list};

/// Why a device was not written, or is not right.
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
    /// The target is a folder, a terminal or the like.
    #[error("`{}` is neither a block device nor a regular file", path.display())]
    NotADevice {
        /// The target.
        path: PathBuf,
    },
    /// The kernel knows nothing of the device.
    #[error("`{}` is block device {major}:{minor}, of which `{}` says nothing", path.display(), sys.display())]
    Unknown {
        /// The target.
        path: PathBuf,
        /// Its major number.
        major: u32,
        /// Its minor number.
        minor: u32,
        /// Where it was looked for.
        sys: PathBuf,
    },
    /// The target is a part of a disk.
    #[error("`{}` is a partition\nhelp: an image is a whole disk; write it to `/dev/{disk}`", path.display())]
    Partition {
        /// The target.
        path: PathBuf,
        /// The disk that it is on.
        disk: String,
    },
    /// A reader without a card.
    #[error("`{}` has no medium", path.display())]
    NoMedium {
        /// The target.
        path: PathBuf,
    },
    /// The device does not take writes.
    #[error("`{}` is read-only\nhelp: some cards and adapters have a switch on their side", path.display())]
    ReadOnly {
        /// The target.
        path: PathBuf,
    },
    /// This very system runs from the device.
    #[error("this system runs from `{}`: {}", path.display(), list(uses))]
    System {
        /// The target.
        path: PathBuf,
        /// What of it is in use, and how.
        uses: Vec<Use>,
    },
    /// Something on the device is mounted, swapped to or held by another device.
    #[error("`{}` is in use: {}\nhelp: unmount it, or end what uses it", path.display(), list(uses))]
    InUse {
        /// The target.
        path: PathBuf,
        /// What of it is in use, and how.
        uses: Vec<Use>,
    },
    /// The kernel says that somebody has the device for himself.
    #[error("`{}` is in use by another program\nhelp: close what formats, mounts or checks it", path.display())]
    Busy {
        /// The target.
        path: PathBuf,
    },
    /// The image has more bytes than the device.
    #[error("`{}` has {size}, but the image needs {needed}", path.display())]
    TooSmall {
        /// The target.
        path: PathBuf,
        /// What it has.
        size: Bytes,
        /// What the image is known to need so far.
        needed: Bytes,
    },
    /// Not the kind of device that images are written to every day.
    #[error(
        "`{}` is {what}, not a removable device\n\
         help: if it is meant, name it twice: `--to {0} --i-mean {0}`",
        path.display()
    )]
    NotRemovable {
        /// The target.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The two names of the device differ.
    #[error("`--to` names `{}`, but `--i-mean` names `{}`", to.display(), meant.display())]
    NamedOther {
        /// The target.
        to: PathBuf,
        /// Its other name.
        meant: PathBuf,
    },
    /// The image is to be written over itself.
    #[error("`{}` is the image itself", path.display())]
    Itself {
        /// The target.
        path: PathBuf,
    },
    /// Between the look at the device and its opening another one took its name.
    #[error("`{}` has become another device since it was looked at", path.display())]
    Exchanged {
        /// The target.
        path: PathBuf,
    },
    /// There is nothing to write.
    #[error("the image is empty")]
    Empty,
    /// The image could not be read or unpacked.
    #[error("cannot read the image at {at:#x}")]
    Read {
        /// Its first byte that is missing, in the unpacked image.
        at: u64,
        /// Why.
        source: io::Error,
    },
    /// The image is not as long as its block map says.
    #[error("the image has {len}, but its block map is of one with {expected}")]
    WrongLen {
        /// How long it is, or how far it was read.
        len: Bytes,
        /// How long it should be.
        expected: Bytes,
    },
    /// The image's bytes are not those that its block map was made of.
    #[error("bytes {:#x}-{:#x} of the image have another checksum than its block map says", bytes.start, bytes.end - 1)]
    NotAsMapped {
        /// Which bytes.
        bytes: Range<u64>,
    },
    /// A block map that cannot be read.
    #[error(transparent)]
    BlockMap(#[from] bringup_compress::Error),
    /// The device refused a write.
    #[error("cannot write {} at {at:#x}", Bytes(*len))]
    Write {
        /// The first byte that was not written.
        at: u64,
        /// How many were to be.
        len: u64,
        /// Why.
        source: io::Error,
    },
    /// The device refused to be read back.
    #[error("cannot read {} back at {at:#x}", Bytes(*len))]
    ReadBack {
        /// The first byte that could not be read.
        at: u64,
        /// How many were to be.
        len: u64,
        /// Why.
        source: io::Error,
    },
    /// What was read back is not what was written.
    #[error(
        "{} read back as something else than was written, the first within {:#x}-{:#x}\n\
         help: the device, its reader or the cable is broken, or it has less room than it says",
        Bytes(*len), first.start, first.end - 1
    )]
    Differs {
        /// The first block that differs.
        first: Range<u64>,
        /// How many bytes the blocks that differ have.
        len: u64,
    },
    /// Whoever asked for it changed his mind.
    #[error("interrupted")]
    Interrupted,
    /// Flashing began and did not end well.
    #[error("the device is not usable now: {} of the image were written, and its table was not", Bytes(*written))]
    Unfinished {
        /// How many bytes were written behind the device's first ones.
        written: u64,
        /// Why.
        source: Box<Error>,
    },
}
