//! PE images: UEFI programs, and the stub that makes a Linux kernel one.
//!
//! Layout: Microsoft's PE format specification, revision 11, "File Headers"
//! and "Section Table". All numbers are little-endian.

mod sections;

use std::fmt;

use bringup_spec::Platform;

use crate::Error;
use crate::bytes::{Reader, has};

#[cfg(test)]
pub(crate) use sections::tests::fixture as sections_fixture;
pub use sections::{Section, Uki, sections, uki};

const WHAT: &str = "PE";

/// `EFI_IMAGE_SUBSYSTEM_EFI_APPLICATION` (UEFI 2.10, 2.1.1).
const EFI_APPLICATION: u16 = 10;

/// A PE image's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pe {
    /// `Machine`.
    pub machine: Machine,
    /// `Subsystem`: 10 is a UEFI application. None in an object file.
    pub subsystem: Option<u16>,
    /// Where the last byte of any section ends, from the start of the image.
    pub end: u64,
}

/// `Machine` of a PE header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine(pub u16);

impl Machine {
    /// 32-bit x86.
    pub const I386: Self = Self(0x014c);
    /// 64-bit x86.
    pub const AMD64: Self = Self(0x8664);
    /// 32-bit ARM with Thumb, as UEFI has it.
    pub const THUMB: Self = Self(0x01c2);
    /// 64-bit ARM.
    pub const ARM64: Self = Self(0xaa64);
    /// 64-bit RISC-V.
    pub const RISCV64: Self = Self(0x5064);

    /// UEFI's short name of it (UEFI 2.10, table 3.5): `AA64`.
    pub fn efi_suffix(self) -> Option<&'static str> {
        match self {
            Self::I386 => Some("IA32"),
            Self::AMD64 => Some("X64"),
            Self::THUMB => Some("ARM"),
            Self::ARM64 => Some("AA64"),
            Self::RISCV64 => Some("RISCV64"),
            _ => None,
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.efi_suffix() {
            Some(name) => f.write_str(name),
            None => write!(f, "machine {:#06x}", self.0),
        }
    }
}

impl Pe {
    /// Whether the platform's firmware starts it.
    ///
    /// # Errors
    /// The machine differs, or the platform has no UEFI.
    pub fn check(&self, platform: &Platform) -> Result<(), Error> {
        if platform.efi_suffix.is_some() && platform.efi_suffix == self.machine.efi_suffix() {
            return Ok(());
        }
        Err(Error::WrongPlatform {
            what: WHAT,
            found: self.machine.to_string(),
            platform: platform.name,
            needed: platform.efi_suffix.unwrap_or("no UEFI program").to_owned(),
        })
    }
}

impl Pe {
    /// Whether it is what UEFI starts as a boot program: an application, for the platform's machine.
    ///
    /// # Errors
    /// Another subsystem (a driver, a Windows program), or as for [`Pe::check`].
    pub fn check_application(&self, platform: &Platform) -> Result<(), Error> {
        match self.subsystem {
            Some(EFI_APPLICATION) => self.check(platform),
            Some(value) => Err(Error::BadField {
                what: WHAT,
                field: "Subsystem",
                value: value.into(),
                rule: "be 10, for a UEFI application",
            }),
            None => Err(Error::Missing { what: WHAT, part: "optional header".to_owned() }),
        }
    }
}

/// Whether an `MZ` header leads to a PE signature, and nothing more.
pub fn detect(bytes: &[u8]) -> bool {
    has(bytes, 0, b"MZ") && header_offset(Reader::new(WHAT, bytes)).is_ok()
}

/// Reads the headers and checks that every section's bytes are there.
///
/// # Errors
/// It is no PE image, or sections leave the bytes.
pub fn parse(bytes: &[u8]) -> Result<Pe, Error> {
    let reader = Reader::new(WHAT, bytes);
    reader.magic(0, b"MZ")?;
    let header = header_offset(reader)?;
    let optional_len = reader.u16_le(header + 20)?;
    // Both forms of the optional header, PE32 and PE32+, have the subsystem at 68.
    let subsystem = if optional_len >= 70 { Some(reader.u16_le(header + 24 + 68)?) } else { None };
    let mut end = 0;
    for index in 0..u64::from(reader.u16_le(header + 6)?) {
        let section = header + 24 + u64::from(optional_len) + index * 40;
        let len = reader.u32_le(section + 16)?;
        let offset = reader.u32_le(section + 20)?;
        reader.get(offset.into(), len.into())?;
        end = end.max(u64::from(offset) + u64::from(len));
    }
    Ok(Pe { machine: Machine(reader.u16_le(header + 4)?), subsystem, end })
}

fn header_offset(reader: Reader<'_>) -> Result<u64, Error> {
    let offset = u64::from(reader.u32_le(0x3c)?);
    reader.magic(offset, b"PE\0\0")?;
    Ok(offset)
}

#[cfg(test)]
pub(crate) mod tests {
    use bringup_platforms::{AARCH64_LINUX, X86_64_LINUX};

    use super::*;

    /// Writes headers of an image with one section of 0x100 bytes at 0x200, for the machine.
    pub(crate) fn put_headers(bytes: &mut [u8], machine: Machine) {
        bytes[..2].copy_from_slice(b"MZ");
        bytes[0x3c..0x40].copy_from_slice(&0x40_u32.to_le_bytes());
        bytes[0x40..0x44].copy_from_slice(b"PE\0\0");
        bytes[0x44..0x46].copy_from_slice(&machine.0.to_le_bytes());
        bytes[0x46] = 1;
        bytes[0x54] = 0x70;
        bytes[0x58 + 68] = 10;
        let section = 0x58 + 0x70;
        bytes[section + 16..section + 20].copy_from_slice(&0x100_u32.to_le_bytes());
        bytes[section + 20..section + 24].copy_from_slice(&0x200_u32.to_le_bytes());
    }

    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = vec![0; 0x300];
        put_headers(&mut bytes, Machine::ARM64);
        bytes
    }

    #[test]
    fn machine_and_subsystem_are_read() {
        let pe = parse(&fixture()).unwrap();
        assert_eq!(pe, Pe { machine: Machine::ARM64, subsystem: Some(10), end: 0x300 });
        assert_eq!(pe.check(&AARCH64_LINUX), Ok(()));
        assert_eq!(
            pe.check(&X86_64_LINUX).unwrap_err().to_string(),
            "PE is for AA64, but `x86_64-linux` needs X64"
        );
    }

    #[test]
    fn a_boot_program_is_an_application() {
        let pe = parse(&fixture()).unwrap();
        assert_eq!(pe.check_application(&AARCH64_LINUX), Ok(()));
        let driver = Pe { subsystem: Some(11), ..pe };
        assert_eq!(
            driver.check_application(&AARCH64_LINUX).unwrap_err().to_string(),
            "PE: Subsystem is 0xb, but it must be 10, for a UEFI application"
        );
        let object = Pe { subsystem: None, ..pe };
        assert_eq!(
            object.check_application(&AARCH64_LINUX).unwrap_err().to_string(),
            "PE: it has no optional header"
        );
        assert!(pe.check_application(&X86_64_LINUX).is_err());
    }

    #[test]
    fn every_section_must_be_there() {
        assert_eq!(
            parse(&fixture()[..0x2ff]).unwrap_err().to_string(),
            "PE: 256 B at 0x200 needed, but it ends at 0x2ff"
        );
    }

    #[test]
    fn the_signature_is_where_mz_says() {
        let mut bytes = fixture();
        bytes[0x41] = b'X';
        assert!(!detect(&bytes));
        assert_eq!(
            parse(&bytes).unwrap_err().to_string(),
            "PE: bytes at 0x40 are 50 58 00 00, not 50 45 00 00"
        );
    }

    #[test]
    fn no_truncation_panics() {
        let bytes = fixture();
        for len in 0..bytes.len() {
            assert!(parse(&bytes[..len]).is_err(), "{len}");
        }
    }
}
