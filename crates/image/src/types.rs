//! The shapes and formats that one system can be given.

use bringup_system::{RootFileSystem, System};

use crate::Error;

/// What an image is: a disk of some shape in some format, or a file that holds a root without a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageType {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for, in one line.
    pub summary: &'static str,
    /// What the file's name has behind the board's.
    pub suffix: &'static str,
    /// The disk in it.
    pub shape: Shape,
    /// The file that it is.
    pub format: Format,
}

/// Whose disk it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The board's own.
    Board,
    /// The board's own, with an MBR.
    Mbr,
    /// The board's own, with root at a place that is asked for.
    RootAt,
    /// A PC's that starts by UEFI.
    Efi,
    /// A PC's that starts by UEFI of 32 bits.
    Efi32,
    /// A PC's that starts by BIOS and by UEFI, with an MBR.
    Hybrid,
    /// That of a PC with the Hurd.
    Hurd,
}

/// The form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The disk's bytes, sparse.
    Raw,
    /// QEMU's, version 3, compressed.
    Qcow2,
    /// One that qemu-img makes, by its name for it.
    Converted(&'static str),
    /// A CD that is a USB stick as well.
    Iso {
        /// Whether root is a compressed file system of its own on it, and not the CD's files.
        compressed: bool,
    },
    /// The root as a tar file, without a kernel.
    Tarball,
    /// The same as Windows imports it.
    Wsl,
    /// The same as a container's image, in the layout of the Open Container Initiative and Docker's.
    Docker,
    /// The same as a folder.
    Directory,
    /// All of the root as a compressed cpio archive that the kernel unpacks into memory.
    Initramfs,
    /// Such an initramfs with its kernel, in one program for UEFI.
    Uki,
}

impl Format {
    /// Whether there is a disk in it, with everything that boots the board.
    pub const fn is_disk(self) -> bool {
        matches!(self, Self::Raw | Self::Qcow2 | Self::Converted(_))
    }

    /// Whether a board starts it from a medium: a disk or a CD.
    pub const fn is_medium(self) -> bool {
        self.is_disk() || matches!(self, Self::Iso { .. })
    }

    /// Whether what it holds runs on a kernel that somebody else starts.
    pub const fn is_container(self) -> bool {
        matches!(self, Self::Tarball | Self::Wsl | Self::Docker | Self::Directory)
    }
}

/// Every type; the first is each board's default.
pub const TYPES: &[ImageType] = &[
    disk("raw", "the board's own disk, for its card or its drive", ".img", Shape::Board, Format::Raw),
    disk("mbr-raw", "the same with an MBR in place of a GPT", "-mbr.img", Shape::Mbr, Format::Raw),
    disk(
        "efi-raw",
        "a PC that starts by UEFI: GPT, EFI system partition",
        "-efi.img",
        Shape::Efi,
        Format::Raw,
    ),
    disk("efi32-raw", "the same for UEFI of 32 bits", "-efi32.img", Shape::Efi32, Format::Raw),
    disk(
        "mbr-hybrid-raw",
        "a PC that starts by BIOS and by UEFI: MBR, GRUB in front, EFI system partition",
        "-hybrid.img",
        Shape::Hybrid,
        Format::Raw,
    ),
    disk(
        "raw-with-offset",
        "the board's own disk with root where `--root-offset` says",
        "-offset.img",
        Shape::RootAt,
        Format::Raw,
    ),
    disk("hurd-raw", "a PC with GNU Mach or the Hurd", ".img", Shape::Hurd, Format::Raw),
    disk("qcow2", "QEMU's format, compressed", ".qcow2", Shape::Board, Format::Qcow2),
    disk("vmdk", "VMware's format", ".vmdk", Shape::Board, Format::Converted("vmdk")),
    disk("vdi", "VirtualBox's format", ".vdi", Shape::Board, Format::Converted("vdi")),
    disk("vhd", "Hyper-V's and Azure's format", ".vhd", Shape::Board, Format::Converted("vpc")),
    disk(
        "iso9660",
        "a CD or USB stick that a PC starts by BIOS or UEFI, root compressed and kept as it is",
        ".iso",
        Shape::Board,
        Format::Iso { compressed: true },
    ),
    disk(
        "uncompressed-iso9660",
        "the same with root's files as the CD's own",
        "-uncompressed.iso",
        Shape::Board,
        Format::Iso { compressed: false },
    ),
    disk("tarball", "the root without a kernel, as a tar file", ".tar.gz", Shape::Board, Format::Tarball),
    disk("wsl2", "the same for the Windows Subsystem for Linux", ".wsl", Shape::Board, Format::Wsl),
    disk(
        "docker",
        "the same as a container's image, for `docker load` and `skopeo`",
        "-docker.tar",
        Shape::Board,
        Format::Docker,
    ),
    disk(
        "directory",
        "the same as a folder; owners and devices are left out",
        "-root",
        Shape::Board,
        Format::Directory,
    ),
    disk(
        "initramfs",
        "all of the system as an initramfs, which runs from memory",
        ".cpio.zst",
        Shape::Board,
        Format::Initramfs,
    ),
    disk("uki", "the same with its kernel, as one program for UEFI", ".efi", Shape::Board, Format::Uki),
];

const fn disk(
    name: &'static str,
    summary: &'static str,
    suffix: &'static str,
    shape: Shape,
    format: Format,
) -> ImageType {
    ImageType { name, summary, suffix, shape, format }
}

/// What ends the names by which every board's own disk is known, too: `pine64-lts-raw`.
const ALIAS: &str = "-raw";

impl ImageType {
    /// The type of that name, for the board of that name.
    ///
    /// # Errors
    /// There is none, or it is another board's.
    pub fn named(name: &str, board: &str) -> Result<&'static Self, Error> {
        if let Some(found) = TYPES.iter().find(|known| known.name == name) {
            return Ok(found);
        }
        match name.strip_suffix(ALIAS) {
            Some(own) if own == board => Ok(&TYPES[0]),
            _ => Err(Error::NoSuchType {
                name: name.to_owned(),
                board: board.to_owned(),
                known: TYPES.iter().map(|known| known.name).collect(),
            }),
        }
    }

    /// What the lock file calls a board's image of this type, where its packages are not those of the
    /// board's own disk.
    pub(crate) fn lock_name(&self, board: &str) -> String {
        if self.format.is_container() {
            format!("{board}/container")
        } else {
            format!("{board}/{}", self.name)
        }
    }

    /// The system as an image of this type has it: nothing grows or is made at first boot where there is no
    /// disk, and what a CD holds stays as it is.
    pub fn adapted(&self, mut system: System) -> System {
        if !self.format.is_disk() {
            system.first_boot.grow = false;
            system.partitions.clear();
            system.root.volatile = false;
            system.root.read_only = false;
            system.root.file_system = RootFileSystem::Ext4;
            system.root.compression = None;
            system.root.compression_level = None;
        }
        if let Format::Iso { compressed } = self.format {
            system.root.volatile = true;
            if compressed {
                system.root.file_system = RootFileSystem::Squashfs;
            }
        }
        system
    }

    /// Whether it is what a board's image is unless something else is asked for.
    pub fn is_default(&self) -> bool {
        self.name == TYPES[0].name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_own_name_and_its_own_file() {
        for (at, one) in TYPES.iter().enumerate() {
            for other in &TYPES[at + 1..] {
                assert_ne!(one.name, other.name);
                assert!(one.suffix != other.suffix || other.name == "hurd-raw", "{}", other.name);
            }
        }
    }

    #[test]
    fn a_boards_own_name_is_another_one_of_its_disk() {
        assert_eq!(ImageType::named("pine64-raw", "pine64").unwrap().name, "raw");
        let error = ImageType::named("pine64-raw", "rock64").unwrap_err().to_string();
        assert!(error.starts_with("board `rock64` has no image type `pine64-raw`"), "{error}");
    }
}
