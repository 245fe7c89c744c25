//! The file's header.

use crate::Compression;
use crate::cluster::CLUSTER_BITS;

/// Bytes of the header itself: up to and with the compression type, padded to 8.
const HEADER: usize = 112;

/// Incompatible feature bit 3: the header's compression type is not deflate.
const INCOMPATIBLE_COMPRESSION: u64 = 1 << 3;

/// Where the tables are, in bytes from the file's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables {
    pub(crate) l1_offset: u64,
    pub(crate) l1_entries: u32,
    pub(crate) refcount_offset: u64,
    pub(crate) refcount_clusters: u32,
}

/// The header, and behind it the end of the header extensions (8 bytes of zeros).
pub(crate) fn header(disk_len: u64, compression: Compression, tables: Tables) -> [u8; HEADER + 8] {
    let (features, compression_type) = match compression {
        Compression::None | Compression::Zlib { .. } => (0, 0),
        Compression::Zstd { .. } => (INCOMPATIBLE_COMPRESSION, 1),
    };
    let mut bytes = [0; HEADER + 8];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, b"QFI\xfb");
    // Version.
    put(4, &3u32.to_be_bytes());
    put(20, &CLUSTER_BITS.to_be_bytes());
    put(24, &disk_len.to_be_bytes());
    put(36, &tables.l1_entries.to_be_bytes());
    put(40, &tables.l1_offset.to_be_bytes());
    put(48, &tables.refcount_offset.to_be_bytes());
    put(56, &tables.refcount_clusters.to_be_bytes());
    put(72, &features.to_be_bytes());
    // Reference counts have 1 << 4 bits.
    put(96, &4u32.to_be_bytes());
    put(100, &(HEADER as u32).to_be_bytes());
    put(104, &[compression_type]);
    bytes
}
