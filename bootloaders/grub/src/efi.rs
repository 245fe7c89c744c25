//! GRUB as UEFI starts it: one of Debian's ready-made images and the place of its menu.
//!
//! Each image holds its modules and the folder of its menu, on the partition it was started from.
//! So nothing is to be made here: the image goes to where UEFI looks on a disk that no boot
//! variable knows of, and a `grub.cfg` goes to [`CONFIG_PATH`].
//!
//! The images hold `linux`, `search`, `test`, `serial`, `ext2`, `fat` and, on ARM, `fdt`; they do
//! not hold `multiboot`, so a menu for them has [`Linux`](crate::config::Start::Linux) only.

use bringup_spec::Artifact;

/// Where the images look for their menu, from the root of the EFI system partition.
///
/// Debian's grub2 2.12, debian/build-efi-images: `-p /EFI/debian`. Names on a FAT have no case.
pub const CONFIG_PATH: &str = "EFI/debian/grub.cfg";

/// One machine type's image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// UEFI's short name of the machine type, as in `Platform::efi_suffix`: `X64`.
    pub suffix: &'static str,
    /// The image in its package, which is of the machine's own architecture.
    pub artifact: Artifact,
    /// Where it goes, from the root of the EFI system partition (UEFI 2.10, table 3.1).
    pub path: &'static str,
}

/// Every image that Debian has and a platform here can start.
///
/// Since trixie they are in packages of their own; `grub-efi-*-bin` hold loose modules.
pub const IMAGES: [Image; 3] = [
    Image {
        suffix: "X64",
        artifact: Artifact {
            package: "grub-efi-amd64-unsigned",
            folder: "usr/lib/grub/x86_64-efi/monolithic",
            file: "grubx64.efi",
        },
        path: "EFI/BOOT/BOOTX64.EFI",
    },
    Image {
        suffix: "IA32",
        artifact: Artifact {
            package: "grub-efi-ia32-unsigned",
            folder: "usr/lib/grub/i386-efi/monolithic",
            file: "grubia32.efi",
        },
        path: "EFI/BOOT/BOOTIA32.EFI",
    },
    Image {
        suffix: "AA64",
        artifact: Artifact {
            package: "grub-efi-arm64-unsigned",
            folder: "usr/lib/grub/arm64-efi/monolithic",
            file: "grubaa64.efi",
        },
        path: "EFI/BOOT/BOOTAA64.EFI",
    },
];

/// The image for a machine type, by its short name.
pub fn image(suffix: &str) -> Option<&'static Image> {
    IMAGES.iter().find(|image| image.suffix == suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_goes_to_the_fallback_path_of_its_machine_type() {
        for image in &IMAGES {
            assert_eq!(image.path, format!("EFI/BOOT/BOOT{}.EFI", image.suffix));
            let file = format!("grub{}.efi", image.suffix.to_ascii_lowercase());
            assert_eq!(image.artifact.file, file);
            assert_eq!(super::image(image.suffix), Some(image));
        }
    }

    #[test]
    fn there_is_none_for_other_machine_types() {
        assert_eq!(image("RISCV64"), None);
        assert_eq!(image("x64"), None);
    }
}
