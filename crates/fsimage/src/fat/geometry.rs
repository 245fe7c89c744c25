//! Kind, cluster size and the places of the regions.

use bringup_spec::Bytes;

use crate::Error;

/// Bytes in a sector.
pub(super) const SECTOR: u64 = 512;
/// Copies of the FAT (`BPB_NumFATs`).
pub(super) const FATS: u64 = 2;
/// Entries of FAT12's and FAT16's root directory (`BPB_RootEntCnt`), as fatgen103 recommends.
pub(super) const ROOT_ENTRIES: u64 = 512;
/// Bytes of a directory entry.
pub(super) const ENTRY: u64 = 32;
/// The largest number of sectors that `BPB_TotSec32` holds.
const MOST_SECTORS: u64 = u32::MAX as u64;

/// The three kinds of FAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FatKind {
    /// Twelve bits an entry.
    Fat12,
    /// Sixteen bits an entry.
    Fat16,
    /// Thirty-two bits an entry, of which twenty-eight count.
    Fat32,
}

impl FatKind {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fat12 => "FAT12",
            Self::Fat16 => "FAT16",
            Self::Fat32 => "FAT32",
        }
    }

    /// The number of clusters alone says which kind a file system is (fatgen103, "FAT Type Determination").
    const fn clusters(self) -> (u64, u64) {
        match self {
            Self::Fat12 => (1, 4084),
            Self::Fat16 => (4085, 65_524),
            // The last entries of 28 bits have a meaning of their own.
            Self::Fat32 => (65_525, 0x0fff_fff4),
        }
    }

    const fn entry_bits(self) -> u64 {
        match self {
            Self::Fat12 => 12,
            Self::Fat16 => 16,
            Self::Fat32 => 32,
        }
    }

    /// Sectors in front of the first FAT: on FAT32 room for FSInfo and the copies in sectors 6
    /// and 7 (fatgen103, `BPB_RsvdSecCnt`).
    const fn reserved(self) -> u64 {
        match self {
            Self::Fat12 | Self::Fat16 => 1,
            Self::Fat32 => 32,
        }
    }

    /// By size, as Microsoft's formatter chooses: fatgen103, `DskTableFAT16` and `DskTableFAT32`.
    /// Below their first line, 4.1 MiB, it makes floppies' FAT12.
    const fn for_sectors(sectors: u64) -> Self {
        match sectors {
            0..=8_400 => Self::Fat12,
            8_401..=1_048_576 => Self::Fat16,
            _ => Self::Fat32,
        }
    }

    /// Sectors per cluster by size: fatgen103, `DskTableFAT16` and `DskTableFAT32`. The tables
    /// begin at 8,401 and 66,601 sectors; smaller ones can be asked for.
    fn sectors_per_cluster(self, sectors: u64) -> u64 {
        match (self, sectors) {
            // Microsoft has no table for this one: the smallest clusters that are few enough.
            (Self::Fat12, _) => {
                (0..7).map(|bits| 1 << bits).find(|each| sectors / each <= 4084).unwrap_or(128)
            }
            (Self::Fat16, 0..=8_400) => 1,
            (Self::Fat16, 8_401..=32_680) => 2,
            (Self::Fat16, 32_681..=262_144) => 4,
            (Self::Fat16, 262_145..=524_288) => 8,
            (Self::Fat16, 524_289..=1_048_576) => 16,
            (Self::Fat16, 1_048_577..=2_097_152) => 32,
            (Self::Fat16, _) => 64,
            (Self::Fat32, 0..=532_480) => 1,
            (Self::Fat32, 532_481..=16_777_216) => 8,
            (Self::Fat32, 16_777_217..=33_554_432) => 16,
            (Self::Fat32, 33_554_433..=67_108_864) => 32,
            (Self::Fat32, _) => 64,
        }
    }
}

/// The places of the regions, in sectors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    pub(super) kind: FatKind,
    /// The whole file system.
    pub(super) sectors: u64,
    pub(super) sectors_per_cluster: u64,
    /// In front of the first FAT.
    pub(super) reserved: u64,
    /// Of one FAT.
    pub(super) fat_sectors: u64,
    /// How many clusters there are.
    pub(super) clusters: u64,
}

impl Geometry {
    pub(super) fn new(size: Bytes, kind: Option<FatKind>) -> Result<Self, Error> {
        let sectors = size.0 / SECTOR;
        let kind = kind.unwrap_or(FatKind::for_sectors(sectors));
        let format = kind.name();
        if !size.0.is_multiple_of(SECTOR) {
            return Err(Error::Unaligned { size, unit: Bytes(SECTOR) });
        }
        if sectors > MOST_SECTORS {
            return Err(Error::TooLarge { format, most: Bytes(MOST_SECTORS * SECTOR), size });
        }
        let empty = Self {
            kind,
            sectors,
            sectors_per_cluster: kind.sectors_per_cluster(sectors),
            reserved: kind.reserved(),
            fat_sectors: 0,
            clusters: 0,
        };
        // The most clusters that fit together with their FATs: between `fits` and `too_many`.
        let (mut fits, mut too_many) = (0, sectors / empty.sectors_per_cluster + 1);
        while too_many - fits > 1 {
            let middle = fits + (too_many - fits) / 2;
            *(if empty.size_for(middle) <= size { &mut fits } else { &mut too_many }) = middle;
        }
        let found = Self { fat_sectors: empty.fat_sectors_for(fits), clusters: fits, ..empty };
        let (least, most) = kind.clusters();
        if !(least..=most).contains(&found.clusters) {
            return Err(Error::ClusterCount { format, size, clusters: found.clusters, least, most });
        }
        Ok(found)
    }

    /// The least size of this kind and cluster size with so many clusters.
    pub(super) fn size_for(&self, clusters: u64) -> Bytes {
        let fats = Self { fat_sectors: self.fat_sectors_for(clusters), ..*self };
        Bytes((fats.in_front() + clusters * self.sectors_per_cluster) * SECTOR)
    }

    pub(super) fn cluster_bytes(&self) -> u64 {
        self.sectors_per_cluster * SECTOR
    }

    pub(super) fn clusters_for(&self, len: u64) -> u64 {
        len.div_ceil(self.cluster_bytes())
    }

    pub(super) fn root_sectors(&self) -> u64 {
        match self.kind {
            FatKind::Fat12 | FatKind::Fat16 => ROOT_ENTRIES * ENTRY / SECTOR,
            FatKind::Fat32 => 0,
        }
    }

    /// Sectors in front of the first cluster.
    fn in_front(&self) -> u64 {
        self.reserved + FATS * self.fat_sectors + self.root_sectors()
    }

    /// The first two entries belong to no cluster.
    fn fat_sectors_for(&self, clusters: u64) -> u64 {
        ((clusters + 2) * self.kind.entry_bits()).div_ceil(8 * SECTOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(mib: u64, kind: Option<FatKind>) -> (FatKind, u64) {
        let geometry = Geometry::new(Bytes::mib(mib), kind).unwrap();
        (geometry.kind, geometry.sectors_per_cluster)
    }

    #[test]
    fn size_chooses_kind_and_cluster_as_microsoft_does() {
        for (mib, kind, sectors) in [
            (1, FatKind::Fat12, 1),
            (4, FatKind::Fat12, 4),
            (8, FatKind::Fat16, 2),
            (64, FatKind::Fat16, 4),
            (256, FatKind::Fat16, 8),
            (512, FatKind::Fat16, 16),
            (513, FatKind::Fat32, 8),
            (9 * 1024, FatKind::Fat32, 16),
            (40 * 1024, FatKind::Fat32, 64),
        ] {
            assert_eq!(shape(mib, None), (kind, sectors), "{mib} MiB");
        }
        assert_eq!(shape(100, Some(FatKind::Fat32)), (FatKind::Fat32, 1));
    }

    #[test]
    fn as_many_clusters_as_possible_have_an_entry() {
        for sectors in (200..200_000).step_by(977).chain((1_048_577..40_000_000).step_by(999_983)) {
            let geometry = Geometry::new(Bytes(sectors * SECTOR), None).unwrap();
            let bits = geometry.fat_sectors * SECTOR * 8;
            assert!((geometry.clusters + 2) * geometry.kind.entry_bits() <= bits, "{sectors}");
            assert!(geometry.size_for(geometry.clusters).0 <= sectors * SECTOR, "{sectors}");
            assert!(geometry.size_for(geometry.clusters + 1).0 > sectors * SECTOR, "{sectors}");
        }
    }

    #[test]
    fn a_kind_needs_its_number_of_clusters() {
        let error = Geometry::new(Bytes::mib(32), Some(FatKind::Fat32)).unwrap_err().to_string();
        assert_eq!(
            error,
            "32 MiB make 64496 clusters, but FAT32 has 65525 to 268435444\n\
             help: choose another size, or let the size choose the kind of FAT"
        );
    }

    #[test]
    fn a_size_is_whole_sectors() {
        let error = Geometry::new(Bytes(1_000_000), None).unwrap_err();
        assert_eq!(error.to_string(), "the size is 976.6 KiB (1000000 B), which is not a multiple of 512 B");
    }
}
