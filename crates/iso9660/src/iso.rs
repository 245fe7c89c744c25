//! The planned image.

use std::io;

use bringup_fsimage::{FileSystem, RegionSink};
use bringup_spec::Bytes;
use bringup_tree::{Content, Kind, Tree, clean};

use crate::BLOCK;
use crate::boot::{self, Image, catalog};
use crate::error::{Error, lossy};
use crate::hybrid::{self, COPY_SECTORS, SYSTEM_AREA, set_boot_code};
use crate::layout::Layout;
use crate::options::{BootEntry, Options};
use crate::volume::{self, Primary};
use crate::write::Sequence;

/// Blocks of zeros behind the last file.
///
/// Linux reads ahead over the end of what a burnt CD has readable (mkisofs(8), `-pad`, has 150
/// sectors against it), and GRUB's `cdboot.img` reads a block behind its own file.
const PADDING: u64 = 150;

/// A planned ISO 9660 image.
#[derive(Debug)]
pub struct Iso {
    /// The first 32 KiB.
    system_area: Vec<u8>,
    /// The volume descriptors.
    descriptors: Vec<u8>,
    layout: Layout,
    /// The boot catalog; empty without boot entries.
    catalog: Vec<u8>,
    /// The GPT's second copy, for the last sectors; empty without a table.
    copy: Vec<u8>,
    size: u64,
    uuid: String,
}

/// Where a file's bytes are in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The first one, at the start of a block.
    pub offset: Bytes,
    /// How many; they are all in one piece.
    pub len: Bytes,
}

impl Extent {
    /// The first block's number, as boot programs count them on a CD.
    pub fn block(&self) -> u32 {
        (self.offset.0 / BLOCK) as u32
    }
}

impl Iso {
    /// Lays out `tree`; every number and place is fixed from here on.
    ///
    /// Owners, modes, links, devices, long names and deep directories are kept as Rock Ridge has
    /// them; directories are not moved up where they are deeper than ECMA-119 allows (6.8.2.1), as
    /// every system with Rock Ridge reads them where they are. Extended attributes, for which there
    /// is no agreed field, are dropped.
    ///
    /// # Errors
    /// A volume identifier that is too long or not ASCII; a name, target, time or device number
    /// that the format cannot hold; too many directories or too many blocks; a boot entry or an EFI
    /// image that is not a file with contents.
    pub fn plan(tree: &Tree, options: &Options) -> Result<Self, Error> {
        volume::check_id(&options.volume_id)?;
        let [created, modified] = volume::dates(options.epoch, options.modified_hundredths)?;
        for entry in &options.boot {
            check_file(tree, "boot image", &entry.path)?;
        }
        if options.boot.len() > boot::MOST {
            return Err(Error::TooManyBootEntries { entries: options.boot.len(), most: boot::MOST });
        }
        let efi = options.hybrid.as_ref().and_then(|hybrid| hybrid.efi_image.as_deref());
        if let Some(path) = efi {
            check_file(tree, "EFI image", path)?;
        }

        let has_catalog = u32::from(!options.boot.is_empty());
        let first = volume::FIRST + 2 + has_catalog;
        let layout = Layout::new(tree, first, has_catalog, efi)?;
        let copy_blocks = if options.hybrid.is_some() { (COPY_SECTORS * 512).div_ceil(BLOCK) } else { 0 };
        let blocks = layout.end + PADDING + copy_blocks;
        let size = blocks * BLOCK;
        let blocks = u32::try_from(blocks).map_err(|_| too_large(size))?;

        let table_blocks = (layout.path_table as u64).div_ceil(BLOCK) as u32;
        let primary = Primary {
            volume_id: &options.volume_id,
            blocks,
            path_table: layout.path_table as u32,
            path_tables: [first, first + table_blocks],
            root: layout.root,
            root_date: layout.root_date,
            created,
            modified,
        };
        let mut descriptors = primary.block();
        let catalog_block = first + (layout.metadata.len() as u64 / BLOCK) as u32;
        if has_catalog == 1 {
            descriptors.extend(volume::boot_record(catalog_block));
        }
        descriptors.extend(volume::terminator());
        let mut iso = Self {
            system_area: vec![0; SYSTEM_AREA as usize],
            descriptors,
            layout,
            catalog: Vec::new(),
            copy: Vec::new(),
            size,
            uuid: volume::uuid(&modified),
        };
        if has_catalog == 1 {
            let images: Vec<Image> = options.boot.iter().filter_map(|entry| iso.boot_image(entry)).collect();
            iso.catalog = catalog(&images);
        }
        if let Some(hybrid) = &options.hybrid {
            let efi = efi
                .and_then(|path| iso.extent(path))
                .map(|extent| extent.offset.0..(extent.offset.0 + extent.len.0).next_multiple_of(BLOCK));
            iso.copy = hybrid::tables(hybrid, size, efi, &mut iso.system_area);
        }
        Ok(iso)
    }

    /// Where the contents of the file at `path` are; none where there is no file or an empty one.
    pub fn extent(&self, path: impl AsRef<[u8]>) -> Option<Extent> {
        let file = &self.layout.files[*self.layout.paths.get(&clean(path.as_ref()).ok()?)?];
        let (offset, len) = (u64::from(file.block) * BLOCK, file.content.len());
        (len > 0).then_some(Extent { offset: Bytes(offset), len: Bytes(len) })
    }

    /// Puts other contents of the same length into the file at `path`, and so into all its links.
    ///
    /// # Errors
    /// No file there, or another length.
    pub fn replace(&mut self, path: impl AsRef<[u8]>, content: Content) -> Result<(), Error> {
        let path = path.as_ref();
        let number = clean(path).ok().and_then(|clean| self.layout.paths.get(&clean).copied());
        let Some(number) = number else {
            return Err(Error::NoSuchFile { what: "file", path: lossy(path), found: "missing" });
        };
        let old = &mut self.layout.files[number].content;
        if old.len() != content.len() {
            let (planned, len) = (Bytes(old.len()), Bytes(content.len()));
            return Err(Error::LengthChanged { path: lossy(path), planned, len });
        }
        *old = content;
        Ok(())
    }

    /// Puts the code that a BIOS starts from a disk into sector 0, at most 440 bytes.
    ///
    /// # Errors
    /// More of them.
    pub fn set_boot_code(&mut self, code: &[u8]) -> Result<(), Error> {
        set_boot_code(&mut self.system_area, code)
    }

    /// What blkid, `root=UUID=` and GRUB's `search --fs-uuid` know the file system by:
    /// `2024-05-17-09-30-00-00`.
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    fn boot_image(&self, entry: &BootEntry) -> Option<Image> {
        let extent = self.extent(&entry.path)?;
        let all = u16::try_from(extent.len.0.div_ceil(512)).unwrap_or(u16::MAX);
        let sectors = entry.load_sectors.unwrap_or(all);
        Some(Image { platform: entry.platform, sectors, block: extent.block() })
    }
}

impl FileSystem for Iso {
    fn size(&self) -> Bytes {
        Bytes(self.size)
    }

    fn write(&self, sink: &mut dyn RegionSink) -> io::Result<()> {
        let mut out = Sequence::new(sink);
        for bytes in [&self.system_area, &self.descriptors, &self.layout.metadata, &self.catalog] {
            out.bytes(bytes)?;
        }
        for file in self.layout.files.iter().filter(|file| !file.content.is_empty()) {
            out.zeros_to(u64::from(file.block) * BLOCK)?;
            out.content(&file.content)?;
        }
        out.zeros_to(self.size - self.copy.len() as u64)?;
        out.bytes(&self.copy)?;
        out.flush()
    }
}

fn check_file(tree: &Tree, what: &'static str, path: &[u8]) -> Result<(), Error> {
    let found = match tree.get(path).map(|node| &node.kind) {
        Some(Kind::File(content)) if !content.is_empty() => return Ok(()),
        Some(Kind::File(_)) => "an empty file",
        Some(kind) => kind.describe(),
        None => "missing",
    };
    Err(Error::NoSuchFile { what, path: lossy(path), found })
}

/// The error for an image that would have `size` bytes or more.
pub(crate) fn too_large(size: u64) -> Error {
    Error::TooLarge { size: Bytes(size), most: Bytes(u64::from(u32::MAX) * BLOCK) }
}

#[cfg(test)]
mod tests;
