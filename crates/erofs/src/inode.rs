//! Inodes: 32 bytes where that is enough, else 64.

use bringup_tree::{Device, Kind};

use crate::collect::Item;
use crate::xattr;

/// Inodes are numbered by the 32 bytes at which they start.
pub(crate) const SLOT: usize = 32;
/// `sizeof(struct erofs_inode_compact)`.
const COMPACT: usize = 32;
/// `sizeof(struct erofs_inode_extended)`.
const EXTENDED: usize = 64;

/// `EROFS_INODE_*`: where the contents are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// In blocks, all of them.
    Plain = 0,
    /// In blocks, but for what does not fill one, which stands behind the inode.
    Inline = 2,
    /// In compressed clusters, listed in a compact index behind the inode.
    Compressed = 3,
}

/// What differs from inode to inode of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) layout: Layout,
    /// `i_size`, in bytes.
    pub(crate) size: u64,
    /// `i_u`: the first block, the number of compressed blocks, or the device.
    pub(crate) value: u32,
}

impl Body {
    /// Nothing but itself, or a device.
    pub(crate) fn empty(kind: &Kind) -> Self {
        let value = match kind {
            Kind::CharDevice(device) | Kind::BlockDevice(device) => encode_device(*device),
            _ => 0,
        };
        Self { layout: Layout::Plain, size: 0, value }
    }
}

/// Whether 32 bytes hold the item. They have no time: it is the superblock's.
fn is_compact(item: &Item<'_>, size: u64, time: i64) -> bool {
    let meta = &item.node.meta;
    meta.mtime == time
        && u16::try_from(meta.uid).is_ok()
        && u16::try_from(meta.gid).is_ok()
        && u16::try_from(item.links).is_ok()
        && u32::try_from(size).is_ok()
}

/// Bytes of the inode and its attributes.
pub(crate) fn len(item: &Item<'_>, size: u64, time: i64) -> usize {
    item.xattrs.len() + if is_compact(item, size, time) { COMPACT } else { EXTENDED }
}

/// The inode and its attributes; `number` is for programs that know 32 bits only.
pub(crate) fn encode(item: &Item<'_>, body: Body, number: usize, time: i64) -> Vec<u8> {
    let meta = &item.node.meta;
    let compact = is_compact(item, body.size, time);
    let mut bytes = Vec::with_capacity(EXTENDED + item.xattrs.len());
    let mut put = |field: &[u8]| bytes.extend_from_slice(field);
    // i_format: bit 0 is the length, bits 1 to 3 the layout.
    put(&((body.layout as u16) << 1 | u16::from(!compact)).to_le_bytes());
    put(&xattr::count(&item.xattrs).to_le_bytes());
    put(&(kind_bits(&item.node.kind) | (meta.mode & 0o7777) as u16).to_le_bytes());
    if compact {
        put(&(item.links as u16).to_le_bytes());
        put(&(body.size as u32).to_le_bytes());
        put(&[0; 4]);
        put(&body.value.to_le_bytes());
        put(&(number as u32).to_le_bytes());
        put(&(meta.uid as u16).to_le_bytes());
        put(&(meta.gid as u16).to_le_bytes());
        put(&[0; 4]);
    } else {
        put(&[0; 2]);
        put(&body.size.to_le_bytes());
        put(&body.value.to_le_bytes());
        put(&(number as u32).to_le_bytes());
        put(&meta.uid.to_le_bytes());
        put(&meta.gid.to_le_bytes());
        put(&meta.mtime.to_le_bytes());
        put(&[0; 4]);
        put(&item.links.to_le_bytes());
        put(&[0; 16]);
    }
    put(&item.xattrs);
    bytes
}

/// The kind's part of `i_mode`.
fn kind_bits(kind: &Kind) -> u16 {
    match kind {
        Kind::Fifo => 0o010_000,
        Kind::CharDevice(_) => 0o020_000,
        Kind::Directory => 0o040_000,
        Kind::BlockDevice(_) => 0o060_000,
        Kind::File(_) => 0o100_000,
        Kind::Symlink(_) => 0o120_000,
        Kind::Socket => 0o140_000,
    }
}

/// `FT_*` (Linux, include/linux/fs_types.h), which a directory says about its names.
pub(crate) fn file_type(kind: &Kind) -> u8 {
    match kind {
        Kind::File(_) => 1,
        Kind::Directory => 2,
        Kind::CharDevice(_) => 3,
        Kind::BlockDevice(_) => 4,
        Kind::Fifo => 5,
        Kind::Socket => 6,
        Kind::Symlink(_) => 7,
    }
}

/// `new_encode_dev` (Linux, include/linux/kdev_t.h).
fn encode_device(Device { major, minor }: Device) -> u32 {
    minor & 0xff | major << 8 | (minor & !0xff) << 12
}
