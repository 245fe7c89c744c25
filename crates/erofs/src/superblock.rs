//! The superblock, in the second KiB (Linux, fs/erofs/erofs_fs.h, `struct erofs_super_block`).

use crate::inode::SLOT;
use crate::options::Options;
use crate::{Algorithm, BLOCK, Compression};

/// `EROFS_SUPER_OFFSET`
const OFFSET: usize = 1024;
/// `EROFS_SUPER_MAGIC_V1` (Linux, include/uapi/linux/magic.h)
const MAGIC: u32 = 0xe0f5_e1e2;
/// `EROFS_FEATURE_COMPAT_SB_CHKSUM` and `_MTIME`
const COMPAT: u32 = 0x1 | 0x2;
/// `EROFS_FEATURE_INCOMPAT_ZERO_PADDING`, and `_COMPR_CFGS`, which is `_BIG_PCLUSTER` too.
const INCOMPAT_COMPRESSED: u32 = 0x1 | 0x2;
/// `EROFS_FEATURE_INCOMPAT_ZTAILPACKING`
const INCOMPAT_TAILS: u32 = 0x10;
/// `ZSTD_WINDOWLOG_ABSOLUTEMIN`, from which the window's bits count.
const MIN_WINDOW_BITS: u32 = 10;
/// Where the root's inode stands: behind the superblock and the compression's configuration.
pub(crate) const ROOT: usize = OFFSET + 512;

/// What is known when all else is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    pub(crate) inodes: u64,
    /// Blocks of the file system.
    pub(crate) blocks: u32,
}

impl Algorithm {
    /// `Z_EROFS_COMPRESSION_*`
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Lz4 => 0,
            Self::Zstd { .. } => 3,
        }
    }
}

/// Puts the superblock into the file system's first blocks; the checksum covers the first of
/// them from the superblock on, so all else must be there.
pub(crate) fn put(blocks: &mut [u8], options: &Options, totals: Totals) {
    let mut field = |at: usize, bytes: &[u8]| {
        blocks[OFFSET + at..][..bytes.len()].copy_from_slice(bytes);
    };
    field(0, &MAGIC.to_le_bytes());
    field(8, &COMPAT.to_le_bytes());
    field(12, &[BLOCK.ilog2() as u8]);
    field(14, &((ROOT / SLOT) as u16).to_le_bytes());
    field(16, &totals.inodes.to_le_bytes());
    field(24, &options.time.to_le_bytes());
    field(36, &totals.blocks.to_le_bytes());
    // meta_blkaddr and xattr_blkaddr are 0: inodes are numbered from the first block, and no
    // attributes are shared.
    field(48, &options.uuid);
    field(64, options.label.as_bytes());
    if let Some(compression) = &options.compression {
        let tails = if compression.pack_tails { INCOMPAT_TAILS } else { 0 };
        field(80, &(INCOMPAT_COMPRESSED | tails).to_le_bytes());
        field(84, &(1_u16 << compression.algorithm.number()).to_le_bytes());
        field(128, &configuration(compression));
    }
    let checksum = crc32c(&blocks[OFFSET..BLOCK]);
    blocks[OFFSET + 4..][..4].copy_from_slice(&checksum.to_le_bytes());
}

/// `struct z_erofs_lz4_cfgs` or `struct z_erofs_zstd_cfgs` behind its length.
fn configuration(compression: &Compression) -> Vec<u8> {
    match compression.algorithm {
        Algorithm::Lz4 => {
            let blocks = (compression.cluster_bytes as usize / BLOCK) as u16;
            let mut bytes = vec![0; 2 + 14];
            bytes[0] = 14;
            // max_distance and max_pclusterblks
            bytes[2..4].copy_from_slice(&u16::MAX.to_le_bytes());
            bytes[4..6].copy_from_slice(&blocks.to_le_bytes());
            bytes
        }
        Algorithm::Zstd { .. } => {
            let window = (compression.window_bits() - MIN_WINDOW_BITS) as u8;
            // format 0, then windowlog
            vec![6, 0, 0, window, 0, 0, 0, 0]
        }
    }
}

/// CRC-32C (Castagnoli) from all ones and, as Linux's `crc32c`, not inverted at the end.
fn crc32c(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            // The reflected polynomial (RFC 3720, appendix B.4).
            if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_castagnolis() {
        // RFC 3720, appendix B.4: 32 bytes of zeros, there inverted at the end.
        assert_eq!(!crc32c(&[0; 32]), 0x8a91_36aa);
    }
}
