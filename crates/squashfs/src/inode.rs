//! Inodes in their form on the disk: the short one where it is enough, else the extended one.

use crate::Error;
use crate::collect::{Common, Other, What};
use crate::data::Stored;
use crate::directory::Listing;
use crate::error::fits;

/// Types of inodes in the short form (`SQUASHFS_DIR_TYPE` and so on).
pub(crate) const DIRECTORY: u16 = 1;
const FILE: u16 = 2;
const SYMLINK: u16 = 3;
const BLOCK_DEVICE: u16 = 4;
const CHAR_DEVICE: u16 = 5;
const FIFO: u16 = 6;
const SOCKET: u16 = 7;
/// From a type's short form to its extended one.
const EXTENDED: u16 = 7;

/// `SQUASHFS_INVALID_FRAG` and `SQUASHFS_INVALID_XATTR`.
const NONE: u32 = u32::MAX;
/// A listing's length in an inode counts `.` and `..` as three bytes (fs/squashfs/dir.c).
const DOTS: u64 = 3;

/// The type of something that is no directory.
pub(crate) fn kind(what: &What<'_>) -> u16 {
    match what {
        What::File(_) => FILE,
        What::Symlink(_) => SYMLINK,
        What::BlockDevice(_) => BLOCK_DEVICE,
        What::CharDevice(_) => CHAR_DEVICE,
        What::Fifo => FIFO,
        What::Socket => SOCKET,
    }
}

/// The inode of something that is no directory; `file` is where its bytes are and how many.
pub(crate) fn other(inode: &Other<'_>, number: u32, file: Option<(&Stored, u64)>) -> Vec<u8> {
    let mut kind = kind(&inode.what);
    if let Some((stored, len)) = file {
        return self::file(inode, number, stored, len);
    }
    if inode.common.xattrs.is_some() {
        kind += EXTENDED;
    }
    let mut bytes = begin(kind, &inode.common, number);
    put(&mut bytes, inode.links);
    match inode.what {
        What::Symlink(target) => {
            put(&mut bytes, target.len() as u32);
            bytes.extend_from_slice(target);
        }
        What::BlockDevice(device) | What::CharDevice(device) => put(&mut bytes, device),
        What::File(_) | What::Fifo | What::Socket => {}
    }
    if let Some(xattrs) = inode.common.xattrs {
        put(&mut bytes, xattrs);
    }
    bytes
}

fn file(inode: &Other<'_>, number: u32, stored: &Stored, len: u64) -> Vec<u8> {
    let (fragment, offset) = stored.fragment.map_or((NONE, 0), |fragment| (fragment.number, fragment.offset));
    let short = (inode.links == 1 && stored.sparse == 0 && inode.common.xattrs.is_none())
        .then_some(u32::try_from(stored.start).ok().zip(u32::try_from(len).ok()))
        .flatten();
    let mut bytes;
    if let Some((start, len)) = short {
        bytes = begin(FILE, &inode.common, number);
        for field in [start, fragment, offset, len] {
            put(&mut bytes, field);
        }
    } else {
        bytes = begin(FILE + EXTENDED, &inode.common, number);
        for field in [stored.start, len, stored.sparse] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        for field in [inode.links, fragment, offset, inode.common.xattrs.unwrap_or(NONE)] {
            put(&mut bytes, field);
        }
    }
    for block in &stored.blocks {
        put(&mut bytes, *block);
    }
    bytes
}

/// The inode of a directory with `folders` directories in it.
///
/// # Errors
/// Its listing is too long for the format.
pub(crate) fn directory(
    common: &Common,
    number: u32,
    parent: u32,
    folders: u32,
    listing: &Listing<'_>,
) -> Result<Vec<u8>, Error> {
    let len = u64::from(listing.len) + DOTS;
    // Its own name and `.`, and `..` of each directory in it.
    let links = folders + 2;
    if common.xattrs.is_none()
        && listing.index.is_empty()
        && let Ok(len) = u16::try_from(len)
    {
        let mut bytes = begin(DIRECTORY, common, number);
        put(&mut bytes, listing.place.block);
        put(&mut bytes, links);
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(&listing.place.offset.to_le_bytes());
        put(&mut bytes, parent);
        return Ok(bytes);
    }
    let mut bytes = begin(DIRECTORY + EXTENDED, common, number);
    for field in [links, fits("length of a directory", len)?, listing.place.block, parent] {
        put(&mut bytes, field);
    }
    let count: u16 = fits("number of a directory's index entries", listing.index.len() as u64)?;
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&listing.place.offset.to_le_bytes());
    put(&mut bytes, common.xattrs.unwrap_or(NONE));
    for index in &listing.index {
        // As in entries, the length less one.
        for field in [index.at, index.block, index.name.len() as u32 - 1] {
            put(&mut bytes, field);
        }
        bytes.extend_from_slice(index.name);
    }
    Ok(bytes)
}

/// `struct squashfs_base_inode`.
fn begin(kind: u16, common: &Common, number: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for field in [kind, common.mode, common.uid, common.gid] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    put(&mut bytes, common.mtime);
    put(&mut bytes, number);
    bytes
}

fn put(bytes: &mut Vec<u8>, field: u32) {
    bytes.extend_from_slice(&field.to_le_bytes());
}
