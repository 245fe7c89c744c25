use bringup_spec::Bytes;

/// Why a disk cannot grow as wanted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The table has no entry left for a partition.
    #[error(
        "partition `{name}` would be number {number}, but an MBR has {max}\n\
         help: declare fewer partitions, or use a board with a GPT"
    )]
    TooMany {
        /// The first partition without an entry.
        name: String,
        /// The number it would have.
        number: u32,
        /// How many entries there are.
        max: u32,
    },
    /// systemd-repart would take a firmware partition for the one that is wanted.
    #[error(
        "partition `{name}` would have the type of the board's `{firmware}`, and systemd-repart tells \
         partitions by their types\nhelp: choose another file system for `{name}`"
    )]
    SameType {
        /// The partition.
        name: String,
        /// The board's.
        firmware: String,
    },
    /// The greatest size is below what keeps a new partition behind root.
    #[error(
        "partition `{name}` is to have at most {max}, but needs {floor} so that systemd-repart does not \
         put it over the boot programs in front of the first partition"
    )]
    BelowFloor {
        /// The partition.
        name: String,
        /// Its greatest size.
        max: Bytes,
        /// What it needs.
        floor: Bytes,
    },
    /// The image does not say what it grows by.
    #[error("nothing in the image grows it: root has neither `{rules}` nor `{folder}`")]
    NoRules {
        /// The rules of the initramfs's script.
        rules: &'static str,
        /// systemd-repart's folder.
        folder: &'static str,
    },
    /// The image's rules are not such as are written here.
    #[error("`{path}`, line {line}: `{text}` is no rule of growth that is known here")]
    BadRule {
        /// The file in the image.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What it says.
        text: String,
    },
    /// The rules name a root partition that the table does not have.
    #[error("the image has no root partition {number}")]
    NoRoot {
        /// Its number.
        number: u32,
    },
    /// No root file system was found in the image.
    #[error("no partition of the image has a root file system that can be read")]
    NoRootFileSystem,
    /// The disk is smaller than the image.
    #[error("a disk of {size} is smaller than the image, which has {image}")]
    Smaller {
        /// The disk's size.
        size: Bytes,
        /// The image's.
        image: Bytes,
    },
    /// The image cannot be read.
    #[error("the image's partitions")]
    Image(#[from] bringup_bootchain::Error),
}
