//! Making the kernel read a partition table anew.
#![expect(unsafe_code, reason = "rustix has no safe call for this request")]

use std::fs::File;
use std::io;

use rustix::ioctl::{NoArg, ioctl, opcode};

/// `BLKRRPART`: `_IO(0x12, 95)` (Linux, include/uapi/linux/fs.h).
const BLKRRPART: rustix::ioctl::Opcode = opcode::none(0x12, 95);

/// Tells the kernel that a disk has another table.
pub(crate) fn reread(disk: &File) -> io::Result<()> {
    // SAFETY: the request takes no argument and touches no memory of this process.
    let done = unsafe { ioctl(disk, NoArg::<BLKRRPART>::new()) };
    Ok(done?)
}
