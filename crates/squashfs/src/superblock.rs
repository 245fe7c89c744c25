//! The first bytes: the superblock, and what the compressor's options are.

use crate::{Compression, Options};

/// Bytes of `struct squashfs_super_block`.
pub(crate) const BYTES: usize = 96;
/// `SQUASHFS_INVALID_BLK`: there is no such table.
pub(crate) const NO_TABLE: u64 = u64::MAX;

/// `hsqs` (`SQUASHFS_MAGIC`, include/uapi/linux/magic.h).
const MAGIC: u32 = 0x7371_7368;
/// Version 4.0.
const MAJOR: u16 = 4;
const MINOR: u16 = 0;

/// Flags: bits `SQUASHFS_ALWAYS_FRAG`, `SQUASHFS_DUPLICATE`, `SQUASHFS_EXPORT`, `SQUASHFS_COMP_OPT`.
const TAIL_ENDS: u16 = 1 << 5;
const DUPLICATES_FOUND: u16 = 1 << 6;
const EXPORTABLE: u16 = 1 << 7;
const COMPRESSOR_OPTIONS: u16 = 1 << 10;

/// The level of which nothing is said (squashfs-tools, gzip_wrapper.h and zstd_wrapper.h).
const GZIP_LEVEL: u32 = 9;
const ZSTD_LEVEL: u32 = 15;
/// The window that zlib takes unless told otherwise, as a power of two.
const GZIP_WINDOW: u32 = 15;
/// `LZ4_LEGACY` (fs/squashfs/lz4_wrapper.c): blocks without frames, the only version there is.
const LZ4_VERSION: u64 = 1;

/// Everything that the superblock says and [`Options`] do not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Superblock {
    pub(crate) inodes: u32,
    pub(crate) fragments: u32,
    pub(crate) ids: u16,
    /// The root directory's inode.
    pub(crate) root: u64,
    /// Where the last table ends.
    pub(crate) used: u64,
    pub(crate) id_table: u64,
    pub(crate) xattr_table: u64,
    pub(crate) inode_table: u64,
    pub(crate) directory_table: u64,
    pub(crate) fragment_table: u64,
    pub(crate) export_table: u64,
}

impl Superblock {
    pub(crate) fn bytes(&self, options: &Options) -> Vec<u8> {
        let compressor = match options.compression {
            Compression::Gzip { .. } => 1_u16,
            Compression::Xz { .. } => 4,
            Compression::Lz4 => 5,
            Compression::Zstd { .. } => 6,
        };
        let flags = [
            (DUPLICATES_FOUND, true),
            (TAIL_ENDS, options.tail_ends),
            (EXPORTABLE, options.exportable),
            (COMPRESSOR_OPTIONS, !compressor_options(options.compression).is_empty()),
        ];
        let flags = flags.iter().filter(|(_, set)| *set).fold(0, |flags, (flag, _)| flags | flag);
        let mut bytes = Vec::with_capacity(BYTES);
        // The time and the block size have 32 bits: the options have been checked.
        for field in [MAGIC, self.inodes, options.time as u32, options.block_size.0 as u32, self.fragments] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        let block_log = options.block_size.0.ilog2() as u16;
        for field in [compressor, block_log, flags, self.ids, MAJOR, MINOR] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        for field in [
            self.root,
            self.used,
            self.id_table,
            self.xattr_table,
            self.inode_table,
            self.directory_table,
            self.fragment_table,
            self.export_table,
        ] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        bytes
    }
}

/// What stands behind the superblock: nothing, or a block of metadata with the compressor's options
/// (squashfs-tools, structures `gzip_comp_opts`, `lz4_comp_opts` and `zstd_comp_opts`).
pub(crate) fn compressor_options(compression: Compression) -> Vec<u8> {
    let options = match compression {
        // Level and window, and no strategies to choose from.
        Compression::Gzip { level } if level != GZIP_LEVEL => {
            [level.to_le_bytes(), GZIP_WINDOW.to_le_bytes()].concat()
        }
        // Version and flags; kernels refuse lz4 without them.
        Compression::Lz4 => LZ4_VERSION.to_le_bytes().to_vec(),
        Compression::Zstd { level } if level != ZSTD_LEVEL => level.to_le_bytes().to_vec(),
        _ => return Vec::new(),
    };
    // Never compressed.
    let len = options.len() as u16 | 1 << 15;
    [&len.to_le_bytes()[..], &options].concat()
}
