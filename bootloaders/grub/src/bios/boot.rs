//! `boot.img`: the code in the MBR.

use bringup_spec::{Bytes, Lba};

use super::{Field, check, one_sector};
use crate::Error;

/// The bytes of `boot.img` that go onto a disk; behind them are its signature and table.
///
/// GRUB, include/grub/i386/pc/boot.h, `GRUB_BOOT_MACHINE_WINDOWS_NT_MAGIC` (0x1b8).
pub const BOOT_CODE: Bytes = Bytes(440);

/// `GRUB_BOOT_MACHINE_KERNEL_SECTOR`, the same header: 8 bytes, little endian.
const KERNEL_SECTOR: usize = 0x5c;

/// `GRUB_BOOT_MACHINE_DRIVE_CHECK`, the same header: a jump of 2 bytes.
const DRIVE_CHECK: usize = 0x66;

const FIELDS: [Field; 5] = [
    // A jump to behind the space of a FAT's parameters (grub-core/boot/i386/pc/boot.S).
    Field { name: "its first jump", offset: 0, len: 2, expected: 0x63eb },
    Field { name: "the sector of the core image", offset: KERNEL_SECTOR, len: 8, expected: 1 },
    // `GRUB_BOOT_MACHINE_BOOT_DRIVE`: 0xff is the drive that the BIOS booted from.
    Field { name: "the boot drive", offset: 0x64, len: 1, expected: 0xff },
    // cli, then the jump over the check, from its place to 5 bytes further.
    Field { name: "the jump over the drive check", offset: 0x65, len: 3, expected: 0x05_eb_fa },
    Field { name: "the signature", offset: 510, len: 2, expected: 0xaa55 },
];

/// The code of `boot.img` for a hard disk whose core image starts at sector `core`.
///
/// # Errors
/// `boot_img` is not GRUB 2's, or `core` is sector 0, where this code is.
pub fn boot_image(boot_img: &[u8], core: Lba) -> Result<Vec<u8>, Error> {
    const FILE: &str = "boot.img";
    one_sector(FILE, boot_img)?;
    check(FILE, boot_img, &FIELDS)?;
    if core == Lba(0) {
        return Err(Error::BadPlace { lba: 0, reason: "the MBR is there" });
    }
    let mut code = boot_img[..BOOT_CODE.0 as usize].to_vec();
    code[KERNEL_SECTOR..KERNEL_SECTOR + 8].copy_from_slice(&core.0.to_le_bytes());
    // Two NOPs let the check run: a BIOS that names no hard disk in DL is corrected to the first
    // one. util/setup.c does so for everything but floppy disks.
    code[DRIVE_CHECK..DRIVE_CHECK + 2].copy_from_slice(&[0x90, 0x90]);
    Ok(code)
}

/// Where `boot_hybrid.img` has that number: its place in `boot.img` is code there.
///
/// GRUB, grub-core/boot/i386/pc/boot.S, `HYBRID_BOOT`: the last 8 bytes of the code.
const HYBRID_SECTOR: usize = 0x1b0;

const HYBRID_FIELDS: [Field; 4] = [
    Field { name: "its first jump", offset: 0, len: 2, expected: 0x63eb },
    Field { name: "the sector of the core image", offset: HYBRID_SECTOR, len: 8, expected: 1 },
    Field { name: "the boot drive", offset: 0x64, len: 1, expected: 0xff },
    Field { name: "the signature", offset: 510, len: 2, expected: 0xaa55 },
];

/// The code of `boot_hybrid.img` for a disk that is a copy of a CD and has its core image at `core`.
///
/// The check of the drive stays off, as `grub-mkrescue` leaves it.
///
/// # Errors
/// `boot_hybrid_img` is not GRUB 2's, or `core` is sector 0, where this code is.
pub(super) fn hybrid_image(boot_hybrid_img: &[u8], core: Lba) -> Result<Vec<u8>, Error> {
    const FILE: &str = "boot_hybrid.img";
    one_sector(FILE, boot_hybrid_img)?;
    check(FILE, boot_hybrid_img, &HYBRID_FIELDS)?;
    if core == Lba(0) {
        return Err(Error::BadPlace { lba: 0, reason: "the MBR is there" });
    }
    let mut code = boot_hybrid_img[..BOOT_CODE.0 as usize].to_vec();
    code[HYBRID_SECTOR..HYBRID_SECTOR + 8].copy_from_slice(&core.0.to_le_bytes());
    Ok(code)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A `boot.img` with the fields that are checked, and a table to be left out.
    pub(in crate::bios) fn valid() -> Vec<u8> {
        let mut image = vec![0x42; 512];
        image[..2].copy_from_slice(&[0xeb, 0x63]);
        image[0x5c..0x64].copy_from_slice(&1u64.to_le_bytes());
        image[0x64..0x68].copy_from_slice(&[0xff, 0xfa, 0xeb, 0x05]);
        image[510..].copy_from_slice(&[0x55, 0xaa]);
        image
    }

    /// The same of a `boot_hybrid.img`.
    pub(in crate::bios) fn hybrid() -> Vec<u8> {
        let mut image = valid();
        image[0x5c..0x64].fill(0);
        image[0x1b0..0x1b8].copy_from_slice(&1u64.to_le_bytes());
        image
    }

    #[test]
    fn the_sector_of_the_core_image_is_patched() {
        let code = boot_image(&valid(), Lba(0x0102_0304_0506)).unwrap();
        assert_eq!(code[0x5c..0x64], [6, 5, 4, 3, 2, 1, 0, 0]);
    }

    #[test]
    fn the_check_of_the_drive_is_switched_on() {
        let code = boot_image(&valid(), Lba(1)).unwrap();
        assert_eq!(code[0x64..0x68], [0xff, 0xfa, 0x90, 0x90]);
    }

    #[test]
    fn nothing_else_changes_and_the_table_is_left_out() {
        let code = boot_image(&valid(), Lba(1)).unwrap();
        let mut expected = valid()[..440].to_vec();
        expected[0x66..0x68].fill(0x90);
        assert_eq!(code, expected);
    }

    #[test]
    fn a_file_of_another_length_is_refused() {
        assert_eq!(
            boot_image(&valid()[..511], Lba(1)).unwrap_err().to_string(),
            "`boot.img` is 511 B, but GRUB's is 512 B"
        );
    }

    #[test]
    fn every_checked_field_is_checked() {
        for field in &FIELDS {
            let mut image = valid();
            image[field.offset] ^= 0x80;
            let Error::UnexpectedField { field: name, offset, expected, .. } =
                boot_image(&image, Lba(1)).unwrap_err()
            else {
                panic!("another error");
            };
            assert_eq!((name, offset, expected), (field.name, field.offset, field.expected));
        }
    }

    #[test]
    fn an_unknown_field_says_what_was_found() {
        let mut image = valid();
        image[0x64] = 0x80;
        assert_eq!(
            boot_image(&image, Lba(1)).unwrap_err().to_string(),
            "`boot.img` holds 0x80 as the boot drive (offset 0x64), but GRUB 2's holds 0xff\n\
             help: this version of the file is not known; take the one of Debian's `grub-pc-bin`"
        );
    }

    #[test]
    fn the_core_image_is_not_in_the_mbr() {
        let place = Error::BadPlace { lba: 0, reason: "the MBR is there" };
        assert_eq!(boot_image(&valid(), Lba(0)).unwrap_err(), place);
    }
}
