use bringup_spec::Bytes;

use crate::Place;

/// Why a disk cannot be laid out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// Two partitions overlap, or one overlaps a table.
    #[error(
        "{at}: `{image}`: `{name}` ({start:#x} to {end:#x}) overlaps `{other}` ({other_start:#x} to {other_end:#x})\
         \nhelp: {}",
        overlap_help(*other_end, *hole)
    )]
    Overlap {
        /// Where the later one stands.
        at: Place,
        /// The disk image.
        image: String,
        /// The later one.
        name: String,
        /// Its first byte.
        start: u64,
        /// The byte after its last one.
        end: u64,
        /// The earlier one.
        other: String,
        /// Its first byte.
        other_start: u64,
        /// The byte after its last one.
        other_end: u64,
        /// Whether the earlier one could have a hole.
        hole: bool,
    },
    /// Something is not on a boundary.
    #[error("{at}: `{name}`: its {what} is {value} ({value:#x}), which is not a multiple of {unit}")]
    Unaligned {
        /// Where it stands.
        at: Place,
        /// The partition.
        name: String,
        /// Which number.
        what: &'static str,
        /// The number, in bytes.
        value: u64,
        /// What it must be a multiple of.
        unit: u64,
    },
    /// A partition has neither a size nor an image that has one.
    #[error("{at}: `{name}` would be empty\nhelp: give it a `size`, or an `image` that is not empty")]
    NoSize {
        /// Where it stands.
        at: Place,
        /// The partition.
        name: String,
    },
    /// A partition is smaller than its image.
    #[error("{at}: partition `{name}` is {}, but `{image}` is {}", Bytes(*size), Bytes(*needed))]
    TooSmall {
        /// Where it stands.
        at: Place,
        /// The partition.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// Its image.
        image: String,
        /// The image's size in bytes.
        needed: u64,
    },
    /// The partitions leave the disk.
    #[error("{at}: `{image}` is {}, but its partitions and tables end at {}", Bytes(*size), Bytes(*end))]
    BeyondDisk {
        /// Where it stands.
        at: Place,
        /// The disk image.
        image: String,
        /// Where they end, in bytes.
        end: u64,
        /// The disk's size in bytes.
        size: u64,
    },
    /// Two partitions are to fill what is left.
    #[error("{at}: `{name}` is to fill what is left of the disk, and `{other}` as well")]
    ResizedTwice {
        /// Where it stands.
        at: Place,
        /// The partition.
        name: String,
        /// The one in front of it.
        other: String,
    },
    /// A partition is to fill a disk of no known size.
    #[error("{at}: `{name}` is to fill what is left of `{image}`, which has no `size`")]
    NoRoomKnown {
        /// Where it stands.
        at: Place,
        /// The partition.
        name: String,
        /// The disk image.
        image: String,
    },
    /// Too little of the disk is left.
    #[error("{at}: `{name}` would get {}, but needs {} at least", Bytes(*room), Bytes((*least).max(1)))]
    NoRoom {
        /// Where it stands.
        at: Place,
        /// The partition.
        name: String,
        /// What is left, in bytes.
        room: u64,
        /// What it needs, in bytes.
        least: u64,
    },
    /// A number is beyond what the table, or this program, can hold.
    #[error("{at}: `{name}` would reach {}, but at most {} are possible", Bytes(*size), Bytes(*most))]
    TooLarge {
        /// Where it stands.
        at: Place,
        /// The partition or disk.
        name: String,
        /// In bytes.
        size: u64,
        /// In bytes.
        most: u64,
    },
    /// The table has too few entries.
    #[error("{at}: there are more than {most} partitions in the table, with `{partition}`")]
    TooManyPrimary {
        /// Where it stands.
        at: Place,
        /// The first one too many.
        partition: String,
        /// How many there may be.
        most: usize,
    },
    /// `forced-primary` in front of the extended partition.
    #[error(
        "{at}: `{partition}` is primary anyway\nhelp: `forced-primary` is for what comes after logical partitions"
    )]
    ForcedPrimary {
        /// Where it stands.
        at: Place,
        /// The partition.
        partition: String,
    },
    /// A logical partition after a primary one that ended the extended one.
    #[error(
        "{at}: `{partition}` would be logical, but `forced-primary` ended the extended partition\nhelp: make it `forced-primary` as well, or move it up"
    )]
    AfterPrimary {
        /// Where it stands.
        at: Place,
        /// The partition.
        partition: String,
    },
    /// A hybrid table that mirrors nothing.
    #[error(
        "{at}: `{image}` has a hybrid table, but no partition is in its MBR\nhelp: give one to three of them a `partition-type`"
    )]
    NoMirrored {
        /// Where it stands.
        at: Place,
        /// The disk image.
        image: String,
    },
}

fn overlap_help(end: u64, hole: bool) -> String {
    if hole {
        "say with `holes` which ranges of the first one's image mean nothing, or move one of them".to_owned()
    } else {
        format!("let the later one start at {end:#x} or behind, or make the first one smaller")
    }
}
