//! The places of GRUB's BIOS programs on a disk, and their bytes from a package.

use std::borrow::Cow;

use bringup_spec::{Artifact, Artifacts, Bytes, InstallError, Installer, Lba, Placement, SECTOR_BYTES};

use super::{BOOT_CODE, CoreParts, boot_image, closure, core_image};
use crate::Error;

/// The Debian package with GRUB's files for BIOS; amd64 and i386 have it.
pub const PACKAGE: &str = "grub-pc-bin";

/// The folder of its files.
pub const FOLDER: &str = "usr/lib/grub/i386-pc";

/// Modules that read a menu from a FAT or ext file system of an MBR or GPT disk, and start Linux or
/// a multiboot kernel with it; the root file system then needs no module. With all that they
/// depend on, less than half of [`MAX_CORE`](super::MAX_CORE).
pub const MODULES: &[&str] = &[
    // The way to grub.cfg.
    "biosdisk",
    "part_msdos",
    "part_gpt",
    "ext2",
    "fat",
    "normal",
    // What a menu of ours says.
    "test",
    "serial",
    "terminal",
    "search",
    "linux",
    "multiboot",
    "boot",
    // Debian's GNU Mach is compressed.
    "gzio",
    // For whoever stands before a prompt.
    "cat",
    "echo",
    "halt",
    "ls",
    "minicmd",
    "reboot",
];

/// Commands that make a failure before the menu readable on the first serial port; a PC without
/// one says that it has none, and goes on.
pub const EARLY_CONFIG: &str = "\
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
";

const SOURCE: &str = "GRUB 2.12, util/setup.c; include/grub/i386/pc/boot.h";

/// GRUB's boot programs for BIOS, an [`Installer`].
///
/// What a board writes: `&Bios::in_front_of(Bytes::mib(1), "(,msdos1)/boot/grub")`.
#[derive(Clone, Copy, Debug)]
pub struct Bios {
    /// `boot.img` in the MBR's boot code, then `core.img`.
    pub placements: [Placement; 2],
    /// Modules of the core image, to which all that they depend on is added.
    pub modules: &'static [&'static str],
    /// Commands run before the menu is read, for GRUB's rescue parser.
    pub config: Option<&'static str>,
    /// The folder of `grub.cfg`: a partition of the boot drive and a path, `(,msdos1)/boot/grub`.
    pub prefix: &'static str,
}

impl Bios {
    /// GRUB between the MBR and the first partition, which must lie behind sector 1: in a `const`
    /// anything else does not compile.
    pub const fn in_front_of(first_partition: Bytes, prefix: &'static str) -> Self {
        Self::at(Lba(1), first_partition, prefix)
    }

    /// GRUB with its core image from sector `core` up to `end`, as in a GPT's BIOS boot partition.
    pub const fn at(core: Lba, end: Bytes, prefix: &'static str) -> Self {
        let start = core.offset();
        assert!(start.0 >= SECTOR_BYTES && end.0 > start.0, "the core image needs sectors behind the MBR");
        Self {
            placements: [
                placement("boot.img", "boot.img", Bytes(0), BOOT_CODE),
                // Named by what it is, made from this and other files.
                placement("core.img", "kernel.img", start, Bytes(end.0 - start.0)),
            ],
            modules: MODULES,
            config: Some(EARLY_CONFIG),
            prefix,
        }
    }

    fn core_at(&self) -> Lba {
        Lba(self.placements[1].offset.0 / SECTOR_BYTES)
    }

    fn boot(&self, from: &dyn Artifacts) -> Result<Vec<u8>, InstallError> {
        unusable("boot.img", boot_image(&file(from, "boot.img")?, self.core_at()))
    }

    fn core(&self, from: &dyn Artifacts) -> Result<Vec<u8>, InstallError> {
        core_from(from, self.modules, self.config, self.prefix, self.core_at())
    }
}

/// A core image for sector `start` of files from the package.
pub(super) fn core_from(
    from: &dyn Artifacts,
    modules: &[&str],
    config: Option<&str>,
    prefix: &str,
    start: Lba,
) -> Result<Vec<u8>, InstallError> {
    let moddep = file(from, "moddep.lst")?;
    let order = unusable("moddep.lst", closure(&String::from_utf8_lossy(&moddep), modules))?;
    let modules = order
        .iter()
        .map(|name| file(from, &format!("{name}.mod")))
        .collect::<Result<Vec<_>, InstallError>>()?;
    let parts = CoreParts {
        diskboot: &file(from, "diskboot.img")?,
        decompressor: &file(from, "lzma_decompress.img")?,
        kernel: &file(from, "kernel.img")?,
        modules: &modules,
        config,
        prefix,
    };
    unusable("kernel.img", core_image(&parts, start))
}

impl Installer for Bios {
    fn placements(&self) -> &[Placement] {
        &self.placements
    }

    fn packages(&self) -> Vec<&'static str> {
        vec![PACKAGE]
    }

    fn bytes<'a>(
        &self,
        placement: &Placement,
        from: &'a dyn Artifacts,
    ) -> Result<Cow<'a, [u8]>, InstallError> {
        let bytes =
            if placement.offset == self.placements[0].offset { self.boot(from)? } else { self.core(from)? };
        Ok(Cow::Owned(bytes))
    }
}

const fn placement(name: &'static str, file: &'static str, offset: Bytes, room: Bytes) -> Placement {
    let artifact = Artifact { package: PACKAGE, folder: FOLDER, file };
    Placement { name, artifact, offset, room, source: SOURCE }
}

fn path(file: &str) -> String {
    format!("{FOLDER}/{file}")
}

pub(super) fn file<'a>(from: &'a dyn Artifacts, name: &str) -> Result<Cow<'a, [u8]>, InstallError> {
    let path = path(name);
    from.get(PACKAGE, &path).ok_or(InstallError::Missing { package: PACKAGE, path })
}

/// The error names its own file where that is another than `name`.
pub(super) fn unusable<T>(name: &str, result: Result<T, Error>) -> Result<T, InstallError> {
    result.map_err(|error| InstallError::Unusable { path: path(name), reason: error.to_string() })
}

#[cfg(test)]
pub(super) mod tests;
