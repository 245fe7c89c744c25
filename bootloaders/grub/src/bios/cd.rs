//! GRUB for a PC's BIOS on a CD, and on a disk that is a copy of that CD.
//!
//! ```text
//! byte 0       cdboot.img, 4 sectors, started by El Torito: the boot information table says
//!              where on the CD the rest is
//! byte 2048    core.img: diskboot.img, 1 sector, started by boot_hybrid.img, and the rest, which
//!              both load to the same place
//! ```
//!
//! All of it is one file of the CD, whose place is known late: so an [image](Cd::image) is made
//! first, of the right length, and numbers go into [a copy](Cd::at) of it.

use std::borrow::Cow;

use bringup_spec::{Artifacts, Bytes, InstallError, Lba};

use super::boot::hybrid_image;
use super::installer::{core_from, file, unusable};
use super::{EARLY_CONFIG, Field, MODULES, SECTOR, check};
use crate::Error;

/// Modules that read a menu from a CD, beside [`MODULES`].
pub const CD_MODULES: &[&str] = &["iso9660"];

/// The folder of `grub.cfg` on the CD; the drive is the one that was booted from, whole.
pub const CD_PREFIX: &str = "/boot/grub";

/// Sectors of 512 bytes that the BIOS is to load, for the boot catalog: `cdboot.img`.
///
/// GRUB, util/grub-mkrescue.c, `-boot-load-size 4`.
pub const CD_LOAD_SECTORS: u16 = 4;

/// Bytes of a CD's block, and of `cdboot.img` (GRUB, grub-core/boot/i386/pc/cdboot.S).
const BLOCK: usize = 2048;

/// The boot information table, as mkisofs made it: where the primary volume descriptor and the
/// file are, its length, and the sum of its words from byte 64 on (mkisofs(8), "EL TORITO BOOT
/// INFORMATION TABLE").
const TABLE: usize = 8;
const SUMMED_FROM: usize = 64;

/// The block of an ISO 9660's primary volume descriptor (ECMA-119, 6.7.1.1).
const DESCRIPTOR: u32 = 16;

const FIELDS: [Field; 4] = [
    // A call of the next instruction, whose address the code takes from the stack.
    Field { name: "its first call", offset: 0, len: 3, expected: 0xe8 },
    Field { name: "the block of the volume descriptor", offset: 8, len: 4, expected: 0 },
    Field { name: "the block of the image", offset: 12, len: 4, expected: 0 },
    Field { name: "the length of the image", offset: 16, len: 4, expected: 0 },
];

/// GRUB's files for a CD, put together.
#[derive(Clone, Debug)]
pub struct Cd {
    image: Vec<u8>,
    boot_hybrid: Vec<u8>,
}

/// The same in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedCd {
    /// The boot image, as long as [`Cd::image`].
    pub image: Vec<u8>,
    /// The code for sector 0, which starts it from a disk: 440 bytes.
    pub boot_code: Vec<u8>,
}

impl Cd {
    /// Makes it from the files of [`PACKAGE`](super::PACKAGE), with the menu's folder at `prefix`.
    ///
    /// # Errors
    /// A file is missing or is not what its name says, or it all does not fit into memory.
    pub fn new(from: &dyn Artifacts, prefix: &str) -> Result<Self, InstallError> {
        let cdboot = file(from, "cdboot.img")?;
        unusable("cdboot.img", check_cdboot(&cdboot))?;
        let boot_hybrid = file(from, "boot_hybrid.img")?.into_owned();
        unusable("boot_hybrid.img", hybrid_image(&boot_hybrid, Lba(1)))?;
        let modules = [MODULES, CD_MODULES].concat();
        // Any place will do: its number is replaced once the CD is laid out.
        let core = core_from(from, &modules, Some(EARLY_CONFIG), prefix, Lba(1))?;
        Ok(Self { image: [cdboot, Cow::Owned(core)].concat(), boot_hybrid })
    }

    /// The boot image without the numbers of its place.
    pub fn image(&self) -> &[u8] {
        &self.image
    }

    /// The boot image for a file that begins at `block` of the CD, a block being 2,048 bytes.
    ///
    /// # Errors
    /// Block 0, where the code for sector 0 is.
    pub fn at(&self, block: u32) -> Result<PlacedCd, Error> {
        if block == 0 {
            return Err(Error::BadPlace { lba: 0, reason: "the code that starts it from a disk is there" });
        }
        let mut image = self.image.clone();
        let core = u64::from(block) * (BLOCK / SECTOR) as u64 + (BLOCK / SECTOR) as u64;
        super::core::set_rest(&mut image[BLOCK..], Lba(core + 1));
        let words = image[SUMMED_FROM..].chunks(4).map(|word| super::number(word, 0, word.len()) as u32);
        let sum = words.fold(0, u32::wrapping_add);
        let table = [DESCRIPTOR, block, image.len() as u32, sum];
        for (field, number) in image[TABLE..].chunks_exact_mut(4).zip(table) {
            field.copy_from_slice(&number.to_le_bytes());
        }
        Ok(PlacedCd { image, boot_code: hybrid_image(&self.boot_hybrid, Lba(core))? })
    }
}

fn check_cdboot(bytes: &[u8]) -> Result<(), Error> {
    const FILE: &str = "cdboot.img";
    if bytes.len() != BLOCK {
        let (len, expected) = (Bytes(bytes.len() as u64), Bytes(BLOCK as u64));
        return Err(Error::WrongSize { file: FILE, len, expected });
    }
    check(FILE, bytes, &FIELDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bios::installer::tests::package;
    use crate::bios::{boot, core};

    /// A `cdboot.img` with the fields that are checked.
    fn cdboot() -> Vec<u8> {
        let mut image = vec![0; BLOCK];
        image[..5].copy_from_slice(&[0xe8, 0, 0, 0xeb, 0x3b]);
        image[100] = 7;
        image
    }

    fn cd_with(name: &str, bytes: &[u8]) -> Result<Cd, InstallError> {
        let mut package = package();
        package.put(
            "moddep.lst",
            MODULES.iter().chain(CD_MODULES).map(|name| format!("{name}:\n")).collect::<String>().as_bytes(),
        );
        for name in MODULES.iter().chain(CD_MODULES) {
            package.put(&format!("{name}.mod"), name.as_bytes());
        }
        package.put("cdboot.img", &cdboot());
        package.put("boot_hybrid.img", &boot::tests::hybrid());
        package.put(name, bytes);
        Cd::new(&package, CD_PREFIX)
    }

    #[test]
    fn a_place_is_written_into_all_three_programs() {
        let cd = cd_with("cdboot.img", &cdboot()).unwrap();
        let PlacedCd { image, boot_code } = cd.at(100).unwrap();
        let word = |at: usize| u32::from_le_bytes(image[at..at + 4].try_into().unwrap());
        assert_eq!([word(8), word(12), word(16)], [16, 100, cd.image().len() as u32]);
        // diskboot.img is in sector 404, what it loads behind it.
        assert_eq!(word(BLOCK + 0x1f4), 405);
        assert_eq!(boot_code[0x1b0..0x1b8], 404u64.to_le_bytes());
        assert_eq!(boot_code.len(), 440);
    }

    #[test]
    fn the_sum_is_that_of_the_words_behind_the_table() {
        let image = cd_with("cdboot.img", &cdboot()).unwrap().at(1).unwrap().image;
        let words = image[64..].chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap()));
        assert_eq!(image[20..24], words.fold(0, u32::wrapping_add).to_le_bytes());
        assert!(image[24..64].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn nothing_else_changes() {
        let cd = cd_with("cdboot.img", &cdboot()).unwrap();
        let placed = cd.at(9).unwrap().image;
        let changed: Vec<usize> = (0..placed.len()).filter(|at| placed[*at] != cd.image()[*at]).collect();
        assert!(changed.iter().all(|at| (8..24).contains(at) || (BLOCK + 0x1f4..BLOCK + 0x1fc).contains(at)));
        assert_eq!(cd.image()[BLOCK..][..core::tests::diskboot().len() - 12], core::tests::diskboot()[..500]);
    }

    #[test]
    fn another_file_is_refused() {
        let refused = |name, bytes: &[u8]| cd_with(name, bytes).unwrap_err().to_string();
        assert_eq!(
            refused("cdboot.img", &[0; 512]),
            "`usr/lib/grub/i386-pc/cdboot.img`: `cdboot.img` is 512 B, but GRUB's is 2 KiB"
        );
        let mut placed = cdboot();
        placed[12] = 1;
        assert!(refused("cdboot.img", &placed).contains("holds 0x1 as the block of the image (offset 0xc)"));
        assert!(refused("boot_hybrid.img", &boot::tests::valid()).contains("the sector of the core image"));
        let cd = cd_with("cdboot.img", &cdboot()).unwrap();
        assert!(matches!(cd.at(0), Err(Error::BadPlace { lba: 0, .. })));
    }
}
