//! Sections of a PE image, and the unified kernel image that consists of them.

use std::ops::Range;

use super::{WHAT, header_offset};
use crate::Error;
use crate::bytes::Reader;

/// The most sections that are read; the format's own limit for an image (Microsoft's PE format
/// specification, "COFF File Header": the Windows loader takes 96).
const MAX_SECTIONS: u16 = 96;

/// A section of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name: `.linux`.
    pub name: String,
    /// Its bytes in the file: `VirtualSize` of them, if the file has as many.
    pub data: Range<u64>,
    /// `VirtualAddress`: where it goes, from the start of the image in memory.
    pub address: u32,
}

/// A unified kernel image: systemd's stub with a kernel and more in sections of their own (UAPI
/// group, specification "Unified Kernel Image").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uki {
    /// `.linux`: the kernel, itself a UEFI program.
    pub linux: Range<u64>,
    /// `.initrd`.
    pub initrd: Option<Range<u64>>,
    /// `.cmdline`: the kernel's arguments, without the NUL and line ends at its end.
    pub cmdline: Option<String>,
    /// `.osrel`: the system's os-release file.
    pub osrel: Option<String>,
    /// `.uname`: the kernel's release.
    pub uname: Option<String>,
    /// `.dtb`.
    pub device_tree: Option<Range<u64>>,
}

/// The sections of the image at the start of `bytes`, in their own order.
///
/// # Errors
/// It is no PE image, has too many sections, or sections that leave the bytes.
pub fn sections(bytes: &[u8]) -> Result<Vec<Section>, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(0, b"MZ")?;
    let header = header_offset(reader)?;
    let count = reader.u16_le(header + 6)?;
    if count > MAX_SECTIONS {
        return Err(Error::TooMany { what: WHAT, part: "sections", limit: MAX_SECTIONS.into() });
    }
    let table = header + 24 + u64::from(reader.u16_le(header + 20)?);
    let section = |index: u16| {
        let at = table + u64::from(index) * 40;
        // A name of 8 bytes has no NUL.
        let name = reader.get(at, 8)?.split(|&byte| byte == 0).next().unwrap_or_default();
        let (virtual_len, address) = (reader.u32_le(at + 8)?, reader.u32_le(at + 12)?);
        let (raw_len, start) = (u64::from(reader.u32_le(at + 16)?), u64::from(reader.u32_le(at + 20)?));
        reader.get(start, raw_len)?;
        // The raw length is rounded up to the file's alignment.
        let len = raw_len.min(virtual_len.into());
        Ok(Section { name: String::from_utf8_lossy(name).into_owned(), data: start..start + len, address })
    };
    (0..count).map(section).collect()
}

/// Reads the parts of a unified kernel image; none if it has no `.linux`, as other UEFI programs.
///
/// # Errors
/// As for [`sections`]; a section twice, or a text that is not one.
pub fn uki(bytes: &[u8]) -> Result<Option<Uki>, Error> {
    let all = sections(bytes)?;
    let find = |name: &'static str| {
        let mut found = all.iter().filter(|section| section.name == name);
        match (found.next(), found.next()) {
            // Several of these are for several profiles or boards, which only a stub chooses among.
            (Some(_), Some(_)) => Err(Error::TooMany { what: WHAT, part: name, limit: 1 }),
            (first, _) => Ok(first.map(|section| section.data.clone())),
        }
    };
    let text = |name: &'static str| {
        let Some(range) = find(name)? else { return Ok(None) };
        let bytes = Reader::new(WHAT, bytes).get(range.start, range.end - range.start)?;
        let text = std::str::from_utf8(bytes);
        let text = text.map_err(|_| Error::NotText { what: WHAT, field: name, offset: range.start })?;
        Ok(Some(text.trim_end_matches(['\0', '\n', '\r']).to_owned()))
    };
    let Some(linux) = find(".linux")? else { return Ok(None) };
    Ok(Some(Uki {
        linux,
        initrd: find(".initrd")?,
        cmdline: text(".cmdline")?,
        osrel: text(".osrel")?,
        uname: text(".uname")?,
        device_tree: find(".dtb")?,
    }))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::pe::Machine;
    use crate::pe::tests::put_headers;

    /// Sections of 0x20 bytes, from 0x300 on, of which less is used.
    const SECTIONS: [(&[u8], u32, &[u8]); 5] = [
        (b".linux\0\0", 4, b"MZ.."),
        (b".initrd\0", 6, b"070701"),
        (b".cmdline", 7, b"root=x\0"),
        (b".osrel\0\0", 8, b"ID=test\n"),
        (b".uname\0\0", 0x40, b"6.12"),
    ];

    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 0x400];
        put_headers(&mut bytes, Machine::AMD64);
        bytes[0x46] = SECTIONS.len() as u8;
        for (index, (name, len, data)) in SECTIONS.into_iter().enumerate() {
            let (header, start) = (0x58 + 0x70 + index * 40, 0x300 + index * 0x20);
            bytes[header..header + 8].copy_from_slice(name);
            for (at, value) in [(8, len), (12, 0x1000 * (index as u32 + 1)), (16, 0x20), (20, start as u32)] {
                bytes[header + at..header + at + 4].copy_from_slice(&value.to_le_bytes());
            }
            bytes[start..start + data.len()].copy_from_slice(data);
        }
        bytes
    }

    #[test]
    fn sections_have_the_length_in_use() {
        let found = sections(&fixture()).unwrap();
        let linux = Section { name: ".linux".to_owned(), data: 0x300..0x304, address: 0x1000 };
        assert_eq!((found.len(), &found[0]), (5, &linux));
        assert_eq!(found[2].name, ".cmdline");
        assert_eq!(found[4].data, 0x380..0x3A0);
    }

    #[test]
    fn a_unified_kernel_image_is_read() {
        let uki = Uki {
            linux: 0x300..0x304,
            initrd: Some(0x320..0x326),
            cmdline: Some("root=x".to_owned()),
            osrel: Some("ID=test".to_owned()),
            uname: Some("6.12".to_owned()),
            device_tree: None,
        };
        assert_eq!(super::uki(&fixture()), Ok(Some(uki)));
        assert_eq!(super::uki(&crate::pe::tests::fixture()), Ok(None));
    }

    fn refused(change: fn(&mut Vec<u8>)) -> String {
        let mut bytes = fixture();
        change(&mut bytes);
        super::uki(&bytes).unwrap_err().to_string()
    }

    #[test]
    fn each_rule_has_its_error() {
        for (change, message) in [
            ((|bytes| bytes[0x46] = 97) as fn(&mut Vec<u8>), "PE: it has more than 96 sections"),
            (|bytes| bytes.truncate(0x39F), "PE: 32 B at 0x380 needed, but it ends at 0x39f"),
            (|bytes| bytes[0xF0..0xF8].copy_from_slice(b".linux\0\0"), "PE: it has more than 1 .linux"),
            (|bytes| bytes[0x340] = 0xFF, "PE: .cmdline at 0x340 is not a string"),
        ] {
            assert_eq!(refused(change), message);
        }
    }
}
