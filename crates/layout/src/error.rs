use bringup_spec::Bytes;

use crate::{Claim, Fix, Guid, fix};

/// Why a disk cannot be planned. All of these are the request's mistakes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two owners claim the same bytes.
    #[error("{first} and {second} overlap by {overlap}{}", fix::help(fixes), overlap = overlap(first, second))]
    Overlap {
        /// The claim that starts first.
        first: Box<Claim>,
        /// The claim that starts before the first one ends.
        second: Box<Claim>,
        /// What was tried and works.
        fixes: Vec<Fix>,
    },
    /// A claim ends behind what the disk has for it.
    #[error(
        "{claim} ends {} past what a disk of {size} leaves: {usable} ({:#x}){}",
        Bytes(claim.end().0 - usable.0), usable.0, fix::help(fixes)
    )]
    PastEnd {
        /// What goes too far.
        claim: Claim,
        /// The disk's size.
        size: Bytes,
        /// The size without the backup of the GPT.
        usable: Bytes,
        /// What was tried and works.
        fixes: Vec<Fix>,
    },
    /// A GPT partition starts before `FirstUsableLBA`.
    #[error(
        "{claim} starts before the first usable sector of the GPT, at {first_usable} ({:#x}){}",
        first_usable.0, fix::help(fixes)
    )]
    BeforeFirstUsable {
        /// The partition.
        claim: Claim,
        /// The byte offset of that sector.
        first_usable: Bytes,
        /// What was tried and works.
        fixes: Vec<Fix>,
    },
    /// Nothing is left for the partition that is to take the rest.
    #[error(
        "nothing is left for partition `{name}`: from {start} ({:#x}) to {end} ({:#x}) there is less than the alignment of {alignment}{}",
        start.0, end.0, fix::help(fixes)
    )]
    NoRest {
        /// The partition.
        name: String,
        /// Where it would start.
        start: Bytes,
        /// Where the next claim starts.
        end: Bytes,
        /// The alignment.
        alignment: Bytes,
        /// What was tried and works.
        fixes: Vec<Fix>,
    },
    /// A partition is to take the rest of a disk without a size.
    #[error(
        "partition `{name}` is to take the rest of a disk whose size is not given\nhelp: give the disk a size, or partition `{name}` one"
    )]
    RestOfUnknown {
        /// The partition.
        name: String,
    },
    /// A partition that takes the rest is not the last one.
    #[error(
        "partition `{name}` takes the rest of the disk, but `{next}` follows\nhelp: put `{name}` last, or give it a size"
    )]
    RestNotLast {
        /// The partition that takes the rest.
        name: String,
        /// The one behind it.
        next: String,
    },
    /// An offset or a size is not a multiple of what it has to be.
    #[error(
        "{what} is {value} ({:#x}), not a multiple of {unit}\nhelp: the next multiple is {} ({:#x})",
        value.0, value.align_up(*unit), value.align_up(*unit).0
    )]
    Unaligned {
        /// Which number.
        what: String,
        /// What it is.
        value: Bytes,
        /// What it has to be a multiple of.
        unit: Bytes,
    },
    /// A size is zero.
    #[error("{what} is zero")]
    Zero {
        /// Which size.
        what: String,
    },
    /// A number is beyond [`DISK_SIZE_MAX`](crate::DISK_SIZE_MAX).
    #[error("{what} is {value}, but {max} is the most")]
    TooLarge {
        /// Which number.
        what: String,
        /// What it is.
        value: Bytes,
        /// The most it may be.
        max: Bytes,
    },
    /// No disk has sectors of that size.
    #[error("sectors of {sector} are wanted, but disks have sectors of 512 B or 4 KiB")]
    BadSector {
        /// Bytes in a sector.
        sector: Bytes,
    },
    /// The MBR of a hybrid table has no place for so many partitions, or is to have none.
    #[error("a hybrid table's MBR is to name {wanted} partitions, but it names 1 to {max}")]
    MirroredCount {
        /// How many are wanted.
        wanted: usize,
        /// The most there may be.
        max: usize,
    },
    /// A hybrid table is to mirror a partition that the disk does not have.
    #[error("the MBR is to name partition `{name}`, but the disk has {}", list(known))]
    NoSuchPartition {
        /// The name.
        name: &'static str,
        /// The partitions there are.
        known: Vec<String>,
    },
    /// The table has fewer entries.
    #[error("{wanted} partitions are wanted, but the table has {max} entries{}", fix::help(fixes))]
    TooManyPartitions {
        /// How many partitions are wanted.
        wanted: usize,
        /// How many the table holds.
        max: u32,
        /// What was tried and works.
        fixes: Vec<Fix>,
    },
    /// The number of GPT entries is zero or too large.
    #[error("{count} GPT entries are wanted, but there have to be 1 to {max}")]
    BadEntryCount {
        /// How many are wanted.
        count: u32,
        /// The most there may be.
        max: u32,
    },
    /// An MBR counts sectors in 32 bits.
    #[error("{claim} is beyond the {max} that an MBR can address{}", fix::help(fixes))]
    MbrLimit {
        /// The partition.
        claim: Claim,
        /// The most an MBR addresses.
        max: Bytes,
        /// What was tried and works.
        fixes: Vec<Fix>,
    },
    /// The partition's type has no byte in an MBR.
    #[error("partition `{name}` has the type {guid}, for which an MBR has no word{}", fix::help(fixes))]
    NoMbrType {
        /// The partition.
        name: String,
        /// Its GPT type.
        guid: Guid,
        /// What was tried and works.
        fixes: Vec<Fix>,
    },
    /// An MBR has one active partition.
    #[error(
        "partitions `{first}` and `{second}` are both bootable, but an MBR allows one\nhelp: clear the flag of one of them"
    )]
    TwoBootable {
        /// The first one.
        first: String,
        /// The second one.
        second: String,
    },
    /// A partition's name cannot be used.
    #[error("partition {number}: the name `{}` {reason}", name.escape_debug())]
    BadName {
        /// The partition's number.
        number: u32,
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two of a kind have the same name.
    #[error("two {what}s have the name `{name}`")]
    DuplicateName {
        /// Two of what.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Two parties have the same GUID.
    #[error("{first} and {second} have the same GUID {guid}")]
    DuplicateGuid {
        /// The first party.
        first: String,
        /// The second party.
        second: String,
        /// The GUID.
        guid: Guid,
    },
    /// A GUID is all zero, which means *unused*.
    #[error("{what} is all zero, which in a GPT means unused")]
    NilGuid {
        /// Which GUID.
        what: String,
    },
}

impl Error {
    /// What was tried and works, best first; empty where nothing could be computed.
    pub fn fixes(&self) -> &[Fix] {
        match self {
            Self::Overlap { fixes, .. }
            | Self::PastEnd { fixes, .. }
            | Self::BeforeFirstUsable { fixes, .. }
            | Self::NoRest { fixes, .. }
            | Self::TooManyPartitions { fixes, .. }
            | Self::MbrLimit { fixes, .. }
            | Self::NoMbrType { fixes, .. } => fixes,
            _ => &[],
        }
    }

    pub(crate) fn set_fixes(&mut self, found: Vec<Fix>) {
        match self {
            Self::Overlap { fixes, .. }
            | Self::PastEnd { fixes, .. }
            | Self::BeforeFirstUsable { fixes, .. }
            | Self::NoRest { fixes, .. }
            | Self::TooManyPartitions { fixes, .. }
            | Self::MbrLimit { fixes, .. }
            | Self::NoMbrType { fixes, .. } => *fixes = found,
            _ => {}
        }
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
    if names.is_empty() { "no partitions".to_owned() } else { names.join(", ") }
}

fn overlap(first: &Claim, second: &Claim) -> Bytes {
    first.end().min(second.end()) - second.start
}

/// How a partition is named in a message about one of its numbers.
pub(crate) fn of_partition(what: &str, name: &str) -> String {
    format!("the {what} of partition `{}`", name.escape_debug())
}

/// How a placement is named in a message about one of its numbers.
pub(crate) fn of_placement(what: &str, name: &str) -> String {
    format!("the {what} of `{name}`")
}
