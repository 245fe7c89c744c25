//! Sector 0 of a disk, as a PC's BIOS and the readers of its table see it.
//!
//! Layout: UEFI Specification 2.10, 5.2.1 "Legacy Master Boot Record". All numbers are
//! little-endian. That a `BootIndicator` is 0 or 0x80 is Linux's rule: it takes the sector for a file
//! system's otherwise (block/partitions/msdos.c).

use crate::Error;
use crate::bytes::Reader;

const WHAT: &str = "MBR";

/// Code ends where the disk's signature begins.
const CODE_LEN: u64 = 440;

/// The signature at byte 510.
const SIGNATURE: &[u8] = &[0x55, 0xAA];

/// The table, four entries of 16 bytes.
const TABLE_AT: u64 = 446;

/// Sector 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mbr {
    /// Whether there is any code for the BIOS to start.
    pub has_code: bool,
    /// The disk's signature.
    pub disk_signature: u32,
    /// The entries in use, in the table's order.
    pub partitions: Vec<Partition>,
}

/// An entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its place in the table, from 1.
    pub number: u8,
    /// Whether it is the active one: `BootIndicator` is 0x80.
    pub is_active: bool,
    /// `OSType`: 0x83 is Linux, 0x0C FAT, 0xEE the GPT's own.
    pub kind: u8,
    /// Its first sector.
    pub start_lba: u32,
    /// Its length in sectors.
    pub sectors: u32,
}

/// Reads sector 0 at the start of `bytes`.
///
/// # Errors
/// No signature, or a `BootIndicator` that is neither 0 nor 0x80.
pub fn parse(bytes: &[u8]) -> Result<Mbr, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(510, SIGNATURE)?;
    let has_code = reader.get(0, CODE_LEN)?.iter().any(|&byte| byte != 0);
    let mut partitions = Vec::new();
    for number in 1..=4 {
        let entry = TABLE_AT + u64::from(number - 1) * 16;
        let (indicator, kind) = (reader.u8(entry)?, reader.u8(entry + 4)?);
        if indicator & 0x7F != 0 {
            let rule = "be 0 or 0x80";
            return Err(Error::BadField {
                what: WHAT,
                field: "BootIndicator",
                value: indicator.into(),
                rule,
            });
        }
        let (start_lba, sectors) = (reader.u32_le(entry + 8)?, reader.u32_le(entry + 12)?);
        if kind != 0 && sectors != 0 {
            partitions.push(Partition { number, is_active: indicator != 0, kind, start_lba, sectors });
        }
    }
    Ok(Mbr { has_code, disk_signature: reader.u32_le(CODE_LEN)?, partitions })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Code, and one active partition as the second entry.
    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 512];
        bytes[439] = 0x90;
        bytes[440..444].copy_from_slice(&[0x78, 0x56, 0x34, 0x12]);
        bytes[462] = 0x80;
        bytes[466] = 0x83;
        bytes[471] = 8;
        bytes[475] = 0x10;
        bytes[510..].copy_from_slice(SIGNATURE);
        bytes
    }

    #[test]
    fn code_and_table_are_read() {
        let partition = Partition { number: 2, is_active: true, kind: 0x83, start_lba: 2048, sectors: 4096 };
        let mut bytes = fixture();
        let mbr = Mbr { has_code: true, disk_signature: 0x1234_5678, partitions: vec![partition] };
        assert_eq!(parse(&bytes), Ok(mbr));
        bytes[439] = 0;
        assert!(!parse(&bytes).unwrap().has_code);
    }

    #[test]
    fn each_rule_has_its_error() {
        let mut bytes = fixture();
        bytes[462] = 1;
        assert_eq!(
            parse(&bytes).unwrap_err().to_string(),
            "MBR: BootIndicator is 0x1, but it must be 0 or 0x80"
        );
        bytes[511] = 0;
        assert_eq!(parse(&bytes).unwrap_err().to_string(), "MBR: bytes at 0x1fe are 55 00, not 55 aa");
    }
}
