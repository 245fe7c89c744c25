//! What a disk becomes at first boot, and what makes it so.
//!
//! An image is as small as what is in it. On the card that it was written to, the root partition grows to
//! the disk's end, and partitions that the system declares are made behind it. Two programs do that:
//!
//! - **systemd-repart**, where systemd runs from a GPT: [`definitions`] writes its `repart.d`;
//! - **a script in the initramfs** of our own anywhere else, for repart knows no MBR and busybox no
//!   repart. It changes the table before anything of the disk is in use. A second script formats what
//!   is new, and grows root's file system where no systemd does.
//!
//! Both derive everything from the disk, so that a power cut at any moment does no harm and a second boot
//! changes nothing. [`simulate`] says beforehand what either makes of a disk of some size.

mod definitions;
mod error;
mod found;
mod repart;
mod rules;
mod share;
mod simulate;

pub use definitions::{Definitions, NewFile, Way, Wish, definitions, way};
pub use error::Error;
pub use found::{Found, find};
pub use rules::{FileSystem, NewPartition, Rules};
pub use simulate::{Grown, GrownPartition, TooSmall, simulate};
