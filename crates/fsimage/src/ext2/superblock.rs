//! The superblock and the group descriptors (Linux, Documentation/filesystems/ext4/super.rst and
//! group_descr.rst).

use super::geometry::{BLOCKS_PER_GROUP, DESCRIPTOR, has_superblock};
use super::{BLOCK_BYTES, Ext2, inode};

/// Bytes of a superblock.
pub(super) const BYTES: usize = 1024;

/// `s_magic`.
const MAGIC: u32 = 0xef53;
/// `ext_attr` (`s_feature_compat`).
const COMPAT: u32 = 0x8;
/// `filetype` (`s_feature_incompat`).
const INCOMPAT_FILETYPE: u32 = 0x2;
/// `sparse_super` and `large_file` (`s_feature_ro_compat`).
const RO_COMPAT: u32 = 0x1 | 0x2;
/// `s_default_mount_opts`: `user_xattr` and `acl`, as `mke2fs` has it (misc/mke2fs.conf).
const MOUNT_OPTIONS: u32 = 0x4 | 0x8;

/// The superblock, as it stands in `group`.
pub(super) fn superblock(fs: &Ext2, group: u64) -> [u8; BYTES] {
    let (geometry, options) = (&fs.geometry, &fs.options);
    let epoch = options.epoch as u32;
    let reserved = geometry.blocks() * u64::from(options.reserved_percent) / 100;
    let mut bytes = [0; BYTES];
    let mut put = |at: usize, value: u32, len: usize| {
        bytes[at..at + len].copy_from_slice(&value.to_le_bytes()[..len]);
    };
    put(0x00, geometry.inodes() as u32, 4);
    put(0x04, geometry.blocks() as u32, 4);
    put(0x08, reserved as u32, 4);
    put(0x0c, (geometry.capacity() - fs.used) as u32, 4);
    put(0x10, fs.free_inodes(), 4);
    // s_log_block_size and s_log_frag_size: 1024 << 2 is a block.
    put(0x18, 2, 4);
    put(0x1c, 2, 4);
    put(0x20, BLOCKS_PER_GROUP as u32, 4);
    put(0x24, BLOCKS_PER_GROUP as u32, 4);
    put(0x28, geometry.inodes_per_group() as u32, 4);
    put(0x30, epoch, 4);
    // s_max_mnt_count: no check by the number of mounts.
    put(0x36, u32::MAX, 2);
    put(0x38, MAGIC, 2);
    // s_state: clean. s_errors: go on, as mke2fs has it.
    put(0x3a, 1, 2);
    put(0x3c, 1, 2);
    put(0x40, epoch, 4);
    put(0x48, options.creator.number(), 4);
    // s_rev_level: with features.
    put(0x4c, 1, 4);
    put(0x54, FIRST_INODE, 4);
    put(0x58, inode::BYTES as u32, 2);
    put(0x5a, group as u32, 2);
    put(0x5c, COMPAT, 4);
    put(0x60, if options.creator.has_file_types() { INCOMPAT_FILETYPE } else { 0 }, 4);
    put(0x64, RO_COMPAT, 4);
    put(0x100, MOUNT_OPTIONS, 4);
    put(0x108, epoch, 4);
    bytes[0x68..0x78].copy_from_slice(&options.uuid);
    bytes[0x78..0x78 + options.label.len()].copy_from_slice(options.label.as_bytes());
    bytes
}

/// `s_first_ino`: the first one that is not reserved, here of `lost+found`.
const FIRST_INODE: u32 = 11;

/// The descriptors of all groups, in whole blocks.
pub(super) fn descriptors(fs: &Ext2) -> Vec<u8> {
    let geometry = &fs.geometry;
    let whole = (geometry.groups() * DESCRIPTOR).next_multiple_of(BLOCK_BYTES);
    let mut bytes = Vec::with_capacity(whole as usize);
    for group in 0..geometry.groups() {
        let (blocks, tables) = geometry.group(group);
        let bitmap = group * BLOCKS_PER_GROUP + tables - geometry.inode_blocks() - 2;
        let free = blocks - tables - geometry.used_in(group, fs.used);
        let free_inodes = geometry.inodes_per_group() - fs.inodes_in(group);
        // Block bitmap, inode bitmap and inode table, one behind the other.
        for block in bitmap..bitmap + 3 {
            bytes.extend_from_slice(&(block as u32).to_le_bytes());
        }
        for count in [free as u16, free_inodes as u16, fs.directories[group as usize]] {
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        bytes.resize((group as usize + 1) * DESCRIPTOR as usize, 0);
    }
    bytes.resize(whole as usize, 0);
    bytes
}

/// The first blocks of a group: superblock and descriptors, or nothing.
pub(super) fn head(fs: &Ext2, group: u64, descriptors: &[u8]) -> Vec<u8> {
    if !has_superblock(group) {
        return Vec::new();
    }
    let mut bytes = vec![0; BLOCK_BYTES as usize];
    // The first one is at byte 1,024 of the disk, behind the boot block; copies begin a group.
    let at = if group == 0 { BYTES } else { 0 };
    bytes[at..at + BYTES].copy_from_slice(&superblock(fs, group));
    bytes.extend_from_slice(descriptors);
    bytes
}
