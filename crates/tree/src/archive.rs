//! Trees from and to tar archives.
//!
//! The format is POSIX ustar with PAX records (IEEE Std 1003.1-2017, `pax`,
//! "pax Interchange Format"), and when reading also the long names and
//! base-256 numbers of GNU tar ("Basic Tar Format" in its manual).

mod header;
mod pax;
mod read;
mod write;

pub use read::{Devices, Limits};

/// Headers and contents come in records of this size, in bytes.
const BLOCK: u64 = 512;

/// `len` with the padding that fills its last block; none if that is beyond 64 bits.
fn padded(len: u64) -> Option<u64> {
    len.checked_next_multiple_of(BLOCK)
}

/// The prefix of PAX keywords that hold an extended attribute, as GNU tar and star write them.
const XATTR: &[u8] = b"SCHILY.xattr.";

#[cfg(test)]
mod tests;
