//! GRUB for BIOS: the boot sector, and the core image that its block list loads.
//!
//! The boot sector (`boot.img`) loads one sector, the core image's first (`diskboot.img`), and
//! that one loads what its block list says: a program that unpacks the rest. Nothing in any of them
//! is a checksum, but hardly a byte of the compressed part can change without [`payload()`] showing it.
//! Layout: GRUB 2.12, include/grub/i386/pc/boot.h, include/grub/offsets.h and
//! grub-core/boot/i386/pc/*.S. All numbers are little-endian.

mod lzma;
mod payload;

use bringup_spec::Bytes;

use crate::Error;
use crate::bytes::{Reader, has};

#[cfg(test)]
pub(crate) use payload::tests::fixture as core_fixture_with_stream;
pub use payload::{Payload, payload};

const BOOT: &str = "GRUB boot sector";
const CORE: &str = "GRUB core image";

const SECTOR: u64 = 512;

/// The text that the boot sector prints before any message; it is only there in a `boot.img`.
const NAME: &[u8] = b"GRUB \0Geom\0Hard Disk\0Read\0 Error";

/// Where that text is looked for: behind the code, which is not equally long in all versions, and in
/// front of the disk's signature. GRUB 2.12 has it at 0x180.
const NAME_RANGE: std::ops::Range<usize> = 0x160..0x1B8;

/// `GRUB_BOOT_MACHINE_KERNEL_ADDR`: where it loads the core image's first sector to.
const KERNEL_ADDRESS: u16 = 0x8000;

/// Segment of the sectors behind that one: 0x8200 / 16 (`GRUB_BOOT_MACHINE_KERNEL_SEG` + 0x20).
const SECOND_SEGMENT: u16 = 0x820;

/// `GRUB_MEMORY_I386_PC_UPPER`, where memory for programs ends.
const UPPER_MEMORY: u64 = 0xA_0000;

/// The first entry of the block list ends at the sector's end, the next ones lie in front of it.
const ENTRY_LEN: u64 = 12;

/// Entries are read as far as here: in GRUB 2.12 code and texts end at 0x148, and more than 30
/// pieces of a file would be strange.
const LIST_START: u64 = 0x150;

/// The unpacking program has at most this much in front of the compressed part
/// (`GRUB_DECOMPRESSOR_I386_PC_MAX_DECOMPRESSOR_SIZE`, 0x9000 - 0x8200).
const MAX_DECOMPRESSOR: u64 = 0xE00;

/// GRUB's boot sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootSector {
    /// `kernel_sector`: where on the disk the core image's first sector is.
    pub core_lba: u64,
    /// `boot_drive`: 0xFF is the drive that the BIOS started from, anything else a BIOS drive.
    pub boot_drive: u8,
}

/// A piece of the core image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its first sector on the disk.
    pub start_lba: u64,
    /// Its length in sectors.
    pub sectors: u16,
    /// The segment it is loaded to.
    pub segment: u16,
}

/// The core image behind its first sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Core {
    /// How long the compressed part is.
    pub compressed: Bytes,
    /// How long it is without compression.
    pub uncompressed: Bytes,
    /// `reed_solomon_redundancy`: bytes of redundancy at its end.
    pub redundancy: Bytes,
}

/// Whether sector 0 is GRUB's, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    let area = bytes.get(NAME_RANGE).unwrap_or_default();
    has(bytes, 510, &[0x55, 0xAA]) && area.windows(NAME.len()).any(|window| window == NAME)
}

/// Reads the boot sector at the start of `bytes`.
///
/// # Errors
/// It is not GRUB's, has another address for the core image, or loads it from sector 0.
pub fn boot_sector(bytes: &[u8]) -> Result<BootSector, Error> {
    let reader = Reader::new(BOOT, bytes);
    reader.magic(510, &[0x55, 0xAA])?;
    if !detect(bytes) {
        return Err(Error::Missing { what: BOOT, part: "text `GRUB`".to_owned() });
    }
    // A short or a near jump over the parameters of a file system.
    let jump = reader.u8(0)?;
    if !matches!(jump, 0xEB | 0xE9) {
        return Err(Error::BadField {
            what: BOOT,
            field: "first byte",
            value: jump.into(),
            rule: "be a jump",
        });
    }
    let address = reader.u16_le(0x5A)?;
    if address != KERNEL_ADDRESS {
        let (field, rule) = ("kernel_address", "be 0x8000");
        return Err(Error::BadField { what: BOOT, field, value: address.into(), rule });
    }
    let core_lba = reader.u64_le(0x5C)?;
    if core_lba == 0 {
        let rule = "lie behind the boot sector";
        return Err(Error::BadField { what: BOOT, field: "kernel_sector", value: 0, rule });
    }
    Ok(BootSector { core_lba, boot_drive: reader.u8(0x64)? })
}

/// Reads the block list in the core image's first sector, at the start of `bytes`: what follows the
/// first sector, in the order it is loaded.
///
/// # Errors
/// No entry, more entries than have room, pieces that do not follow each other in memory from
/// 0x8200 on, or that leave the memory below 640 KiB.
pub fn block_list(bytes: &[u8]) -> Result<Vec<Block>, Error> {
    let reader = Reader::new(CORE, bytes);
    reader.get(0, SECTOR)?;
    let mut blocks = Vec::new();
    let mut memory = u64::from(SECOND_SEGMENT) * 16;
    let mut entry = SECTOR;
    loop {
        if entry < LIST_START + ENTRY_LEN {
            let limit = ((SECTOR - LIST_START) / ENTRY_LEN) as usize;
            return Err(Error::TooMany { what: CORE, part: "entries in its block list", limit });
        }
        entry -= ENTRY_LEN;
        let (start_lba, sectors) = (reader.u64_le(entry)?, reader.u16_le(entry + 8)?);
        let segment = reader.u16_le(entry + 10)?;
        if sectors == 0 {
            break;
        }
        let bad = |field, value, rule| Err(Error::BadField { what: CORE, field, value, rule });
        if start_lba == 0 {
            return bad("start of a block", start_lba, "lie behind the boot sector");
        }
        if u64::from(segment) * 16 != memory {
            return bad(
                "segment of a block",
                segment.into(),
                "follow the block before, the first being 0x820",
            );
        }
        memory += u64::from(sectors) * SECTOR;
        if memory > UPPER_MEMORY {
            return bad("end in memory", memory, "not be above 0xa0000");
        }
        blocks.push(Block { start_lba, sectors, segment });
    }
    if blocks.is_empty() {
        return Err(Error::Missing { what: CORE, part: "block list".to_owned() });
    }
    Ok(blocks)
}

/// Reads the head of the unpacking program. `bytes` is the whole core image, its first sector
/// included and the pieces of the block list behind it, in order.
///
/// # Errors
/// It is too short for the compressed part, nothing is compressed, or what is in front of the
/// compressed part is no unpacking program.
pub fn core(bytes: &[u8]) -> Result<Core, Error> {
    let reader = Reader::new(CORE, bytes);
    // A far jump to 0:0x821c, behind the fields.
    reader.magic(SECTOR, &[0xEA])?;
    let field = |at| reader.u32_le(SECTOR + at).map(u64::from);
    let (compressed, uncompressed, redundancy) = (field(0x08)?, field(0x0C)?, field(0x10)?);
    let bad = |field, value, rule| Error::BadField { what: CORE, field, value, rule };
    if compressed == 0 || uncompressed < compressed {
        return Err(bad("compressed_size", compressed, "be less than uncompressed_size, and not nothing"));
    }
    // All but the first sector: the unpacking program, the compressed part, redundancy, padding.
    let len = (bytes.len() as u64).saturating_sub(SECTOR);
    let plain_end = u64::from(reader.u16_le(SECTOR + 0x14)?);
    if plain_end == 0 || plain_end > MAX_DECOMPRESSOR {
        return Err(bad("no_reed_solomon_length", plain_end, "lie in the unpacking program"));
    }
    if plain_end + compressed + redundancy > len {
        let needed = plain_end + compressed + redundancy;
        return Err(Error::Truncated { what: CORE, offset: SECTOR, needed, len: bytes.len() as u64 });
    }
    Ok(Core {
        compressed: Bytes(compressed),
        uncompressed: Bytes(uncompressed),
        redundancy: Bytes(redundancy),
    })
}

#[cfg(test)]
pub(crate) mod tests;
