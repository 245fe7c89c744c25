//! What an image is to be, beside its files.

use bringup_spec::Guid;

/// What an image is to be, beside its files. Equal options and trees give equal bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Volume identifier, at most 32 printable ASCII characters: the label that Linux finds it by.
    pub volume_id: String,
    /// When the volume was made, in seconds since 1970; files have their own times.
    pub epoch: i64,
    /// The volume's time of modification, in hundredths of a second since 1970.
    ///
    /// This is what blkid and GRUB take for the file system's UUID: see [`Iso::uuid`](crate::Iso::uuid).
    /// Two images that meet in one machine need different ones, so derive it from their contents.
    pub modified_hundredths: i64,
    /// What firmware can start from it as a CD; the first one is the catalog's default. At most
    /// 32 entries.
    pub boot: Vec<BootEntry>,
    /// A partition table, so that it is also a disk.
    pub hybrid: Option<Hybrid>,
}

/// A machine that El Torito's catalog has entries for (section 2.1; UEFI 2.10, 13.3.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootPlatform {
    /// A PC's BIOS, which loads a program.
    Bios,
    /// UEFI, which takes the entry for a FAT file system.
    Uefi,
}

impl BootPlatform {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Bios => 0,
            Self::Uefi => 0xef,
        }
    }
}

/// One entry of the boot catalog, without emulation of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootEntry {
    /// Who reads it.
    pub platform: BootPlatform,
    /// The file that is loaded or read, a path of the tree.
    pub path: Vec<u8>,
    /// Sectors of 512 bytes that are loaded; none for all of the file, at most 65,535.
    ///
    /// BIOSes load 4 reliably, which is what a GRUB or ISOLINUX image wants: it loads its own rest.
    pub load_sectors: Option<u16>,
}

/// A protective MBR and a GPT around the image.
///
/// The GPT has a partition for all that lies in front of the EFI image and one for that. The first
/// one is there so that nobody takes its room for free: to mount the image, take the whole disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hybrid {
    /// The FAT file system that becomes the EFI system partition, a path of the tree; none for BIOS alone.
    pub efi_image: Option<Vec<u8>>,
    /// The disk's GUID.
    pub disk_guid: Guid,
    /// The GUIDs of the partition with the files and of the EFI system partition.
    pub partition_guids: [Guid; 2],
}
