use std::fmt;

use bringup_spec::{Bytes, Class, ElfIdentity, Platform};

use crate::Error;
use crate::am335x::Mlo;
use crate::compression::Compression;
use crate::cpio::Cpio;
use crate::egon::Egon;
use crate::elf::{self, Elf};
use crate::fit::{Fit, Integrity};
use crate::grub::BootSector;
use crate::imx::Imx;
use crate::linux::arm::ZImage;
use crate::linux::arm64::Arm64Image;
use crate::linux::riscv::RiscvImage;
use crate::linux::x86::BzImage;
use crate::linux::zboot::Zboot;
use crate::multiboot::Multiboot;
use crate::pe::Pe;
use crate::rockchip::IdBlock;
use crate::starfive::StarFive;
use crate::uimage::UImage;

/// What a blob is. `Display` says it in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Blob {
    /// An ELF file.
    Elf(Elf),
    /// An arm64 kernel.
    Arm64Image(Arm64Image),
    /// A 32-bit ARM kernel.
    ZImage(ZImage),
    /// A RISC-V kernel.
    RiscvImage(RiscvImage),
    /// An x86 kernel.
    BzImage(BzImage),
    /// A kernel compressed inside a UEFI program.
    Zboot(Zboot),
    /// A UEFI program, or another PE image.
    Pe(Pe),
    /// A program for an Allwinner boot ROM.
    Egon(Egon),
    /// A program for the boot ROM of TI's AM335x.
    Mlo(Mlo),
    /// Programs for a Rockchip boot ROM.
    IdBlock(IdBlock),
    /// A program for an i.MX boot ROM.
    Imx(Imx),
    /// A program for StarFive's boot ROM.
    StarFive(StarFive),
    /// GRUB's boot sector.
    GrubBootSector(BootSector),
    /// A Multiboot kernel.
    Multiboot(Multiboot),
    /// A FIT.
    Fit(Fit),
    /// A device tree.
    DeviceTree {
        /// The root's `model`.
        model: Option<String>,
        /// The root's `compatible`.
        compatible: Vec<String>,
    },
    /// A legacy U-Boot image.
    UImage(UImage),
    /// A cpio archive, such as an initramfs.
    Cpio(Cpio),
    /// Something compressed.
    Compressed(Compression),
    /// It has a format's magic number and breaks the format's rules.
    Damaged(Error),
    /// None of these.
    Unknown,
}

impl Blob {
    /// Whether a platform can run it, for what holds code for one kind of processor; anything else
    /// fits everywhere.
    ///
    /// # Errors
    /// It is for another platform, or damaged.
    pub fn check(&self, platform: &Platform) -> Result<(), Error> {
        match self {
            Self::Elf(elf) => elf.check(platform),
            Self::Pe(pe) => pe.check(platform),
            Self::Zboot(zboot) => Pe { machine: zboot.machine, subsystem: None, end: 0 }.check(platform),
            Self::Arm64Image(_) => kernel("arm64 Image", &["arm64"], platform),
            Self::ZImage(_) => kernel("ARM zImage", &["arm"], platform),
            Self::RiscvImage(_) => kernel("RISC-V Image", &["riscv"], platform),
            // A 64-bit kernel runs 32-bit programs, too.
            Self::BzImage(image) if image.is_64_bit => kernel("x86 bzImage", &["x86_64", "i386"], platform),
            Self::BzImage(_) => kernel("x86 bzImage", &["i386"], platform),
            Self::Damaged(error) => Err(error.clone()),
            Self::GrubBootSector(_) => x86(platform, "GRUB boot sector"),
            Self::Multiboot(_) => x86(platform, "Multiboot kernel"),
            Self::Egon(_)
            | Self::Mlo(_)
            | Self::IdBlock(_)
            | Self::Imx(_)
            | Self::StarFive(_)
            | Self::Fit(_)
            | Self::DeviceTree { .. }
            | Self::UImage(_)
            | Self::Cpio(_)
            | Self::Compressed(_)
            | Self::Unknown => Ok(()),
        }
    }
}

/// What starts in the mode that all x86 processors have.
fn x86(platform: &Platform, what: &'static str) -> Result<(), Error> {
    // EM_386 and EM_X86_64.
    if matches!(platform.elf.machine, 3 | 62) {
        return Ok(());
    }
    Err(Error::WrongPlatform {
        what,
        found: "x86".to_owned(),
        platform: platform.name,
        needed: elf::describe(platform.elf),
    })
}

fn kernel(what: &'static str, arches: &[&str], platform: &Platform) -> Result<(), Error> {
    if platform.linux_arch.is_some_and(|arch| arches.contains(&arch)) {
        return Ok(());
    }
    Err(Error::WrongPlatform {
        what,
        found: format!("Linux `{}`", arches[0]),
        platform: platform.name,
        needed: platform.linux_arch.map_or("no Linux".to_owned(), |arch| format!("Linux `{arch}`")),
    })
}

impl fmt::Display for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let efi = |efi| if efi { ", also a UEFI program" } else { "" };
        match self {
            Self::Elf(found) => write!(f, "ELF, {}, {}", processor(found.identity), linking(found)),
            Self::Arm64Image(image) => {
                write!(f, "Linux arm64 Image, {} in memory{}", image.image_size, efi(image.efi))
            }
            Self::ZImage(image) => write!(f, "Linux ARM zImage, {}", image.len),
            Self::RiscvImage(image) => {
                write!(f, "Linux RISC-V Image, {} in memory{}", image.image_size, efi(image.efi))
            }
            Self::BzImage(image) => {
                let bits = if image.is_64_bit { 64 } else { 32 };
                write!(f, "Linux x86 bzImage, {bits}-bit, {}", image.len)?;
                image.version.as_ref().map_or(Ok(()), |version| write!(f, ", {version}"))
            }
            Self::Zboot(zboot) => {
                write!(f, "Linux {} EFI zboot image, {} of {}", zboot.machine, zboot.len, zboot.compression)
            }
            Self::Pe(pe) => write!(f, "PE, {}, {}", pe.machine, Bytes(pe.end)),
            Self::Egon(egon) => {
                write!(f, "Allwinner eGON.BT0, {}, checksum {:#010x}", egon.length, egon.checksum)?;
                egon.device_tree.as_ref().map_or(Ok(()), |name| write!(f, ", for {name}"))
            }
            Self::Mlo(mlo) => write!(f, "AM335x image, {} for {:#x}", mlo.len, mlo.load_address),
            Self::IdBlock(block) => {
                write!(f, "Rockchip ID block, version {}", block.version)?;
                block.tag.as_ref().map_or(Ok(()), |tag| write!(f, ", {tag}"))
            }
            Self::Imx(imx) => write!(f, "i.MX image, {} for {:#x}", imx.len, imx.start),
            Self::StarFive(spl) => {
                let len = Bytes(spl.image.end - spl.image.start);
                write!(f, "StarFive SPL, {len}, checksum {:#010x}", spl.checksum)
            }
            Self::GrubBootSector(sector) => {
                write!(f, "GRUB boot sector, core image at sector {}", sector.core_lba)
            }
            Self::Multiboot(kernel) => {
                let len = Bytes(kernel.memory.end - kernel.memory.start);
                write!(f, "Multiboot kernel, {len} at {:#x}", kernel.memory.start)
            }
            Self::Fit(fit) => {
                let names: Vec<&str> = fit.images.iter().map(|image| image.name.as_str()).collect();
                write!(f, "FIT with {}", list(&names))?;
                f.write_str(match fit.integrity() {
                    Integrity::Hashed => "",
                    Integrity::PartlyHashed => ", not all hashed",
                    Integrity::Unhashed => ", without hashes",
                })
            }
            Self::DeviceTree { model, compatible } => {
                write!(f, "device tree of {}", model.as_deref().unwrap_or("a nameless board"))?;
                compatible.first().map_or(Ok(()), |first| write!(f, " ({first})"))
            }
            Self::UImage(image) => write!(f, "uImage `{}`, {}", image.name, image.len),
            Self::Cpio(cpio) => write!(f, "cpio archive that begins with `{}`", cpio.first),
            Self::Compressed(compression) => write!(f, "{compression} data"),
            Self::Damaged(error) => write!(f, "damaged: {error}"),
            Self::Unknown => f.write_str("unknown data"),
        }
    }
}

fn linking(found: &Elf) -> String {
    match &found.interpreter {
        Some(path) => format!("dynamic ({path})"),
        None if !found.needed.is_empty() || found.soname.is_some() => "library".to_owned(),
        None => "static".to_owned(),
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn processor(identity: ElfIdentity) -> String {
    let name = match (identity.machine, identity.class) {
        (3, Class::Elf32) => "x86",
        (40, Class::Elf32) => "ARM",
        (62, Class::Elf64) => "x86-64",
        (183, Class::Elf64) => "AArch64",
        (243, Class::Elf64) => "RISC-V 64",
        _ => return elf::describe(identity),
    };
    name.to_owned()
}
