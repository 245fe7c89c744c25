use bringup_spec::Bytes;

use crate::linux::{arm, arm64, riscv, x86, zboot};
use crate::{
    Blob, Error, am335x, compression, cpio, egon, elf, fdt, fit, grub, imx, multiboot, pe, rockchip,
    starfive, uimage,
};

/// Recognises a format, and reads it if it is that.
struct Format {
    detect: fn(&[u8]) -> bool,
    read: fn(&[u8]) -> Result<Blob, Error>,
}

const ANY: Bytes = Bytes(u64::MAX);

/// Where the table is on a card, with all i.MX but few (U-Boot, include/imximage.h, `FLASH_OFFSET_SD`).
const IMX_OFFSET: Bytes = Bytes(0x400);

/// Formats in the order they are tried: the Linux kernels come before PE, which most of them are as well.
const FORMATS: &[Format] = &[
    Format { detect: is_multiboot_elf, read: |bytes| multiboot::parse(bytes).map(Blob::Multiboot) },
    Format { detect: elf::detect, read: |bytes| elf::parse(bytes).map(Blob::Elf) },
    Format { detect: fdt::detect, read: device_tree },
    Format { detect: uimage::detect, read: |bytes| uimage::parse(bytes).map(Blob::UImage) },
    // How much a boot ROM loads depends on the chip; here a SoC is not known.
    Format { detect: egon::detect, read: |bytes| egon::parse(bytes, ANY).map(Blob::Egon) },
    Format { detect: am335x::detect, read: |bytes| am335x::parse(bytes, ANY).map(Blob::Mlo) },
    Format { detect: rockchip::detect, read: |bytes| rockchip::parse(bytes, ANY).map(Blob::IdBlock) },
    Format { detect: imx::detect, read: |bytes| imx::parse(bytes, IMX_OFFSET, ANY).map(Blob::Imx) },
    Format { detect: starfive::detect, read: |bytes| starfive::parse(bytes, ANY).map(Blob::StarFive) },
    Format { detect: grub::detect, read: |bytes| grub::boot_sector(bytes).map(Blob::GrubBootSector) },
    Format { detect: arm64::detect, read: |bytes| arm64::parse(bytes).map(Blob::Arm64Image) },
    Format { detect: riscv::detect, read: |bytes| riscv::parse(bytes).map(Blob::RiscvImage) },
    Format { detect: arm::detect, read: |bytes| arm::parse(bytes).map(Blob::ZImage) },
    Format { detect: x86::detect, read: |bytes| x86::parse(bytes).map(Blob::BzImage) },
    Format { detect: zboot::detect, read: |bytes| zboot::parse(bytes).map(Blob::Zboot) },
    Format { detect: pe::detect, read: |bytes| pe::parse(bytes).map(Blob::Pe) },
    Format { detect: cpio::detect, read: |bytes| cpio::parse(bytes).map(Blob::Cpio) },
];

/// Says what `bytes` are, by the magic number they begin with.
///
/// Bytes behind the end that a format gives do not matter, so that a blob can be named where it
/// lies in an image; an archive or anything compressed is not looked into.
pub fn identify(bytes: &[u8]) -> Blob {
    if let Some(format) = FORMATS.iter().find(|format| (format.detect)(bytes)) {
        return (format.read)(bytes).unwrap_or_else(Blob::Damaged);
    }
    compression::detect(bytes).map_or(Blob::Unknown, Blob::Compressed)
}

/// A Multiboot header may also lie in an archive's first file, so that alone says nothing.
fn is_multiboot_elf(bytes: &[u8]) -> bool {
    elf::detect(bytes) && multiboot::detect(bytes)
}

fn device_tree(bytes: &[u8]) -> Result<Blob, Error> {
    let tree = fdt::parse(bytes)?;
    if fit::is_fit(&tree) {
        return fit::parse(bytes).map(Blob::Fit);
    }
    Ok(Blob::DeviceTree {
        model: tree.model().map(str::to_owned),
        compatible: tree.compatible().into_iter().map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use bringup_platforms::{AARCH64_LINUX, ARMV7_LINUX, I586_GNU, I686_LINUX, RISCV64_LINUX, X86_64_LINUX};
    use bringup_spec::Platform;

    use super::*;

    const PLATFORMS: [&Platform; 6] =
        [&AARCH64_LINUX, &ARMV7_LINUX, &I586_GNU, &I686_LINUX, &RISCV64_LINUX, &X86_64_LINUX];

    /// The names of the platforms that a blob is for.
    fn fits(bytes: &[u8]) -> Vec<&'static str> {
        let blob = identify(bytes);
        let fitting = PLATFORMS.into_iter().filter(|platform| blob.check(platform).is_ok());
        fitting.map(|platform| platform.name).collect()
    }

    #[test]
    fn each_format_is_shown_in_one_line() {
        for (bytes, shown) in [
            (elf::tests::fixture(), "ELF, AArch64, dynamic (/lib/ld-linux-aarch64.so.1)"),
            (fdt::fixture::board(), "device tree of Test Board (test,board)"),
            (fit::tests::fixture(), "FIT with uboot"),
            (am335x::tests::fixture(), "AM335x image, 32 B for 0x402f0400"),
            (rockchip::tests::fixture(), "Rockchip ID block, version 1, RK33"),
            (rockchip::tests::fixture_v2(), "Rockchip ID block, version 2"),
            (imx::tests::fixture(), "i.MX image, 1.2 KiB (1280 B) for 0x907000"),
            (starfive::tests::fixture(), "StarFive SPL, 9 B, checksum 0xcbf43926"),
            (grub::tests::boot_fixture(), "GRUB boot sector, core image at sector 1"),
            (multiboot::tests::fixture(), "Multiboot kernel, 4 KiB at 0x1000000"),
            (uimage::tests::fixture(), "uImage `U-Boot`, 3 B"),
            (arm64::tests::fixture(), "Linux arm64 Image, 2.5 MiB in memory, also a UEFI program"),
            (riscv::tests::fixture(), "Linux RISC-V Image, 16 MiB in memory"),
            (arm::tests::fixture(), "Linux ARM zImage, 512 B"),
            (x86::tests::fixture(), "Linux x86 bzImage, 64-bit, 1.0 KiB (1056 B), 6.12.0-amd"),
            (zboot::tests::fixture(), "Linux AA64 EFI zboot image, 128 B of gzip"),
            (cpio::tests::fixture(), "cpio archive that begins with `dev`"),
            (vec![0x1f, 0x8b, 8, 0], "gzip data"),
            (vec![0; 64], "unknown data"),
            (vec![], "unknown data"),
        ] {
            assert_eq!(identify(&bytes).to_string(), shown);
        }
        let egon = identify(&egon::tests::fixture()).to_string();
        assert!(egon.starts_with("Allwinner eGON.BT0, 1 KiB, checksum 0x"), "{egon}");
        assert!(egon.ends_with(", for sun50i-test"), "{egon}");
    }

    #[test]
    fn a_broken_blob_is_damaged_not_unknown() {
        let mut bytes = egon::tests::fixture();
        bytes[600] ^= 1;
        assert!(matches!(identify(&bytes), Blob::Damaged(Error::BadChecksum { what: "eGON.BT0", .. })));
        assert!(identify(&bytes).check(&AARCH64_LINUX).is_err());
    }

    #[test]
    fn a_kernel_is_for_its_platforms() {
        assert_eq!(fits(&arm64::tests::fixture()), ["aarch64-linux"]);
        assert_eq!(fits(&arm::tests::fixture()), ["armv7-linux"]);
        assert_eq!(fits(&riscv::tests::fixture()), ["riscv64-linux"]);
        assert_eq!(fits(&x86::tests::fixture()), ["i686-linux", "x86_64-linux"]);
        assert_eq!(fits(&zboot::tests::fixture()), ["aarch64-linux"]);
        assert_eq!(
            identify(&arm::tests::fixture()).check(&I586_GNU).unwrap_err().to_string(),
            "ARM zImage is for Linux `arm`, but `i586-gnu` needs no Linux"
        );
    }

    #[test]
    fn what_a_bios_starts_is_for_x86() {
        let x86 = ["i586-gnu", "i686-linux", "x86_64-linux"];
        assert_eq!(fits(&grub::tests::boot_fixture()), x86);
        assert_eq!(fits(&multiboot::tests::fixture()), x86);
        assert_eq!(
            identify(&multiboot::tests::fixture()).check(&AARCH64_LINUX).unwrap_err().to_string(),
            "Multiboot kernel is for x86, but `aarch64-linux` needs 64-bit little-endian machine 183"
        );
    }

    #[test]
    fn an_archive_may_hold_a_multiboot_kernel() {
        let mut bytes = cpio::tests::fixture();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(multiboot::tests::fixture());
        assert!(matches!(identify(&bytes), Blob::Cpio(_)));
    }

    #[test]
    fn data_fits_every_platform() {
        assert_eq!(fits(&cpio::tests::fixture()).len(), PLATFORMS.len());
    }
}
