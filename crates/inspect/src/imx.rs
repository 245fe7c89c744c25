//! The image vector table that the boot ROM of NXP's i.MX looks for in front of the SPL.
//!
//! Layout: i.MX 6Dual/6Quad Reference Manual (IMX6DQRM), 8.7 "Program image"; U-Boot,
//! include/imximage.h (`flash_header_v2_t`, `boot_data_t`). Headers of HAB (tag, length, version)
//! are big-endian, all other numbers little-endian. Addresses are in memory: the one of the table
//! itself, `self`, ties them to the bytes.

use std::ops::Range;

use bringup_spec::Bytes;

use crate::Error;
use crate::bytes::{Reader, has};

const WHAT: &str = "i.MX IVT";

/// Tag and length of the table: 32 bytes.
const MAGIC: &[u8] = &[0xD1, 0x00, 0x20];

/// Tag of the device configuration data's header.
const DCD_TAG: u8 = 0xD2;

/// The most that the device configuration data may have (IMX6DQRM 8.7.2).
const DCD_MAX: Bytes = Bytes(1768);

/// A program that the boot ROM accepts. Ranges are from the start of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imx {
    /// Version of the table: 0x40 or 0x41.
    pub version: u8,
    /// Address of the first instruction.
    pub entry: u32,
    /// `start` of the boot data: where in memory the disk's first byte would be.
    pub start: u32,
    /// `length` of the boot data: what is loaded, from that byte on.
    pub len: Bytes,
    /// What of that lies behind the table's first byte.
    pub image: Range<u64>,
    /// The device configuration data, with its header.
    pub dcd: Option<Range<u64>>,
}

/// Whether there is a table of version 4, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 0, MAGIC) && bytes.get(3).is_some_and(|version| version & 0xF0 == 0x40)
}

/// Reads the table at the start of `bytes`, which may go on behind the program.
///
/// `offset` is where on the disk the table is, `max_len` the most that the ROM loads.
///
/// # Errors
/// No table, another version, a table or boot data with addresses that do not lead to `offset` or
/// leave the program, a program that is cut short or longer than `max_len`, a plugin instead of a
/// program.
pub fn parse(bytes: &[u8], offset: Bytes, max_len: Bytes) -> Result<Imx, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(0, MAGIC)?;
    let version = reader.u8(3)?;
    if version & 0xF0 != 0x40 {
        return Err(Error::Unsupported { what: WHAT, field: "version", value: version.into() });
    }
    let (entry, own) = (reader.u32_le(4)?, reader.u32_le(20)?);
    let bad = |field, value: u32, rule| Error::BadField { what: WHAT, field, value: value.into(), rule };
    let place = |field, address: u32| {
        let rule = "lie behind `self`";
        address.checked_sub(own).map(u64::from).ok_or(bad(field, address, rule))
    };
    let boot_data = place("boot_data", reader.u32_le(16)?)?;
    let (start, len) = (reader.u32_le(boot_data)?, reader.u32_le(boot_data + 4)?);
    if own.checked_sub(start).map(u64::from) != Some(offset.0) {
        return Err(bad("start", start, "lie as far before `self` as the table is from the disk's start"));
    }
    match reader.u32_le(boot_data + 8)? & 1 {
        0 => {}
        plugin => return Err(Error::Unsupported { what: WHAT, field: "plugin", value: plugin.into() }),
    }
    if u64::from(len) > max_len.0 {
        return Err(Error::TooLong { what: WHAT, len: Bytes(len.into()), limit: max_len });
    }
    let image_len =
        u64::from(len).checked_sub(offset.0).ok_or(bad("length", len, "reach beyond the table"))?;
    let image = Reader::new(WHAT, reader.get(0, image_len)?);
    if place("entry", entry)? >= image_len {
        return Err(bad("entry", entry, "lie within what is loaded"));
    }
    let dcd = match reader.u32_le(12)? {
        0 => None,
        address => Some(dcd(image, place("dcd", address)?)?),
    };
    Ok(Imx { version, entry, start, len: Bytes(len.into()), image: 0..image_len, dcd })
}

fn dcd(image: Reader<'_>, at: u64) -> Result<Range<u64>, Error> {
    let tag = image.u8(at)?;
    if tag != DCD_TAG {
        return Err(Error::BadField { what: WHAT, field: "DCD tag", value: tag.into(), rule: "be 0xd2" });
    }
    let len = image.u16_be(at + 1)?;
    if len < 4 {
        let rule = "count the header of 4 bytes";
        return Err(Error::BadField { what: WHAT, field: "DCD length", value: len.into(), rule });
    }
    if u64::from(len) > DCD_MAX.0 {
        return Err(Error::TooLong { what: "i.MX DCD", len: Bytes(len.into()), limit: DCD_MAX });
    }
    image.get(at, len.into())?;
    Ok(at..at + u64::from(len))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const OFFSET: Bytes = Bytes(0x400);
    pub(crate) const MAX: Bytes = Bytes::kib(68);

    /// A table with boot data, configuration data of 4 bytes and a program, 0x100 bytes in all.
    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 0x110];
        bytes[..4].copy_from_slice(&[0xD1, 0, 0x20, 0x40]);
        for (at, value) in [
            (4, 0x0090_7480_u32), // entry
            (12, 0x0090_742C),    // dcd
            (16, 0x0090_7420),    // boot_data
            (20, 0x0090_7400),    // self
            (0x20, 0x0090_7000),  // start
            (0x24, 0x500),        // length
        ] {
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        bytes[0x2C..0x30].copy_from_slice(&[0xD2, 0, 4, 0x40]);
        bytes
    }

    fn refused(change: fn(&mut Vec<u8>)) -> String {
        let mut bytes = fixture();
        change(&mut bytes);
        parse(&bytes, OFFSET, MAX).unwrap_err().to_string()
    }

    #[test]
    fn the_table_is_read() {
        let imx = Imx {
            version: 0x40,
            entry: 0x0090_7480,
            start: 0x0090_7000,
            len: Bytes(0x500),
            image: 0..0x100,
            dcd: Some(0x2C..0x30),
        };
        assert!(detect(&fixture()));
        assert_eq!(parse(&fixture(), OFFSET, MAX), Ok(imx));
        let mut bytes = fixture();
        bytes[12..16].fill(0);
        assert_eq!(parse(&bytes, OFFSET, MAX).unwrap().dcd, None);
    }

    #[test]
    fn each_rule_has_its_error() {
        for (change, message) in [
            (
                (|bytes| bytes[0] = 0xD2) as fn(&mut Vec<u8>),
                "i.MX IVT: bytes at 0x0 are d2 00 20, not d1 00 20",
            ),
            (|bytes| bytes[3] = 0x50, "i.MX IVT: version 0x50 is not supported"),
            (|bytes| bytes[17] = 0x73, "i.MX IVT: boot_data is 0x907320, but it must lie behind `self`"),
            (
                |bytes| bytes[0x21] = 0x71,
                "i.MX IVT: start is 0x907100, but it must lie as far before `self` as the table is from the \
                 disk's start",
            ),
            (|bytes| bytes[0x28] = 1, "i.MX IVT: plugin 0x1 is not supported"),
            (
                |bytes| bytes[0x26] = 2,
                "i.MX IVT: it is 129.2 KiB (132352 B) long, but at most 68 KiB are loaded",
            ),
            (|bytes| bytes[0x25] = 3, "i.MX IVT: length is 0x300, but it must reach beyond the table"),
            (|bytes| bytes.truncate(0xFF), "i.MX IVT: 256 B at 0x0 needed, but it ends at 0xff"),
            (|bytes| bytes[5] = 0x75, "i.MX IVT: entry is 0x907580, but it must lie within what is loaded"),
            (|bytes| bytes[0x2C] = 0, "i.MX IVT: DCD tag is 0x0, but it must be 0xd2"),
            (|bytes| bytes[0x2E] = 3, "i.MX IVT: DCD length is 0x3, but it must count the header of 4 bytes"),
            (
                |bytes| bytes[0x2D] = 7,
                "i.MX DCD: it is 1.8 KiB (1796 B) long, but at most 1.7 KiB (1768 B) are loaded",
            ),
        ] {
            assert_eq!(refused(change), message);
        }
    }

    #[test]
    fn it_must_be_where_it_says() {
        assert!(parse(&fixture(), Bytes(0x1000), MAX).is_err());
    }
}
