//! Volume descriptors and path tables.

use crate::directory::{Place, root_record};
use crate::error::Error;
use crate::field::{both16, both32, put};
use crate::{BLOCK, date};

/// The first block behind the system area (ECMA-119, 6.2.1): that of the primary volume descriptor.
pub(crate) const FIRST: u32 = 16;

/// The longest volume identifier (ECMA-119, 8.4.7).
const MOST_ID: usize = 32;

/// What a primary volume descriptor says.
pub(crate) struct Primary<'a> {
    pub(crate) volume_id: &'a str,
    /// The whole image, in blocks.
    pub(crate) blocks: u32,
    /// Bytes of one path table.
    pub(crate) path_table: u32,
    /// The blocks of the little-endian and of the big-endian path table.
    pub(crate) path_tables: [u32; 2],
    pub(crate) root: Place,
    /// Time of the root directory.
    pub(crate) root_date: [u8; 7],
    pub(crate) created: [u8; 17],
    pub(crate) modified: [u8; 17],
}

impl Primary<'_> {
    /// The block (ECMA-119, 8.4).
    pub(crate) fn block(&self) -> Vec<u8> {
        let mut block = head(1);
        // Texts are filled with blanks: system to volume identifier, then volume set to the
        // bibliographic file.
        block[8..72].fill(b' ');
        block[190..813].fill(b' ');
        put(&mut block, 40, self.volume_id.as_bytes());
        put(&mut block, 80, &both32(self.blocks));
        // One volume in the set, and this is the first.
        put(&mut block, 120, &both16(1));
        put(&mut block, 124, &both16(1));
        put(&mut block, 128, &both16(BLOCK as u16));
        put(&mut block, 132, &both32(self.path_table));
        put(&mut block, 140, &self.path_tables[0].to_le_bytes());
        put(&mut block, 148, &self.path_tables[1].to_be_bytes());
        put(&mut block, 156, &root_record(self.root, self.root_date));
        put(&mut block, 813, &self.created);
        put(&mut block, 830, &self.modified);
        // Expiry and effect: not given, which is digits of zero (8.4.26.1).
        put(&mut block, 847, b"0000000000000000\0");
        put(&mut block, 864, b"0000000000000000\0");
        // Version of the file structure.
        block[881] = 1;
        block
    }
}

/// The boot record that leads to El Torito's catalog (its section 3.0, figure 7).
pub(crate) fn boot_record(catalog: u32) -> Vec<u8> {
    let mut block = head(0);
    put(&mut block, 7, b"EL TORITO SPECIFICATION");
    put(&mut block, 71, &catalog.to_le_bytes());
    block
}

/// The end of the descriptors (ECMA-119, 8.3).
pub(crate) fn terminator() -> Vec<u8> {
    head(255)
}

fn head(kind: u8) -> Vec<u8> {
    let mut block = vec![0; BLOCK as usize];
    block[0] = kind;
    put(&mut block, 1, b"CD001\x01");
    block
}

/// One directory's entry of a path table.
pub(crate) struct PathEntry<'a> {
    /// A zero byte for the root.
    pub(crate) identifier: &'a [u8],
    pub(crate) block: u32,
    /// The parent's number, from 1.
    pub(crate) parent: u16,
}

/// Bytes of that entry: eight, the identifier, and a fill to an even length (ECMA-119, 9.4).
pub(crate) fn path_entry_len(identifier: &[u8]) -> usize {
    (8 + identifier.len()).next_multiple_of(2)
}

/// Both path tables, each in whole blocks: little endian, then big endian.
pub(crate) fn path_tables<'a>(entries: impl Iterator<Item = PathEntry<'a>>) -> Vec<u8> {
    let mut tables = [Vec::new(), Vec::new()];
    for PathEntry { identifier, block, parent } in entries {
        let numbers =
            [(block.to_le_bytes(), parent.to_le_bytes()), (block.to_be_bytes(), parent.to_be_bytes())];
        for (table, (block, parent)) in tables.iter_mut().zip(numbers) {
            table.extend([identifier.len() as u8, 0]);
            table.extend(block);
            table.extend(parent);
            table.extend(identifier);
            table.resize(table.len().next_multiple_of(2), 0);
        }
    }
    for table in &mut tables {
        table.resize(table.len().next_multiple_of(BLOCK as usize), 0);
    }
    tables.concat()
}

/// What blkid and GRUB call the file system's UUID: the time of modification, with hyphens.
///
/// util-linux, libblkid/src/superblocks/iso9660.c; GRUB, grub-core/fs/iso9660.c, `grub_iso9660_uuid`.
pub(crate) fn uuid(modified: &[u8; 17]) -> String {
    let digits: String = modified[..16].iter().copied().map(char::from).collect();
    let parts = [0..4, 4..6, 6..8, 8..10, 10..12, 12..14, 14..16];
    parts.map(|part| &digits[part]).join("-")
}

/// Checks a volume identifier.
///
/// ECMA-119 has capitals, digits and `_` only; systems read all printable ASCII, and labels of
/// other file systems are written so.
pub(crate) fn check_id(id: &str) -> Result<(), Error> {
    if let Some(character) = id.chars().find(|character| !matches!(character, ' '..='~')) {
        return Err(Error::BadVolumeId { id: id.to_owned(), character });
    }
    if id.len() > MOST_ID {
        return Err(Error::VolumeIdTooLong { id: id.to_owned(), len: id.len(), most: MOST_ID });
    }
    Ok(())
}

/// Both dates of the volume.
pub(crate) fn dates(epoch: i64, modified_hundredths: i64) -> Result<[[u8; 17]; 2], Error> {
    Ok([date::long(epoch.saturating_mul(100))?, date::long(modified_hundredths)?])
}
