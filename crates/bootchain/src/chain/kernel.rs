//! The kernel itself.

use std::io::Read;

use bringup_inspect::{Blob, compression, identify};
use bringup_spec::{BootRom, Bytes, Platform};

use super::Chain;
use super::arch::Arch;
use super::boot_file::{BootFile, FILE_MAX};
use super::payload::{Payload, Via};
use super::zimage::Packed;
use crate::{Error, Link, unpack};

const NAME: &str = "kernel";

/// A kernel that can be started.
pub(crate) struct Kernel {
    pub(crate) len: u64,
    pub(crate) blob: Blob,
    pub(crate) arch: Option<Arch>,
    /// What is in a zImage, if it says so.
    pub(crate) packed: Option<Packed>,
    /// As `uname -r` has it, if its file's name says it.
    pub(crate) release: Option<String>,
}

impl<'d> Chain<'d> {
    pub(crate) fn kernel(
        &mut self,
        payload: &Payload<'_, 'd>,
        file: &Result<BootFile<'d>, Error>,
    ) -> Option<Kernel> {
        let after = Some(payload.after);
        let rule = match payload.via {
            Via::UBoot => "U-Boot 2025.01, boot/pxe_utils.c: bootm, booti and bootz, in that order",
            Via::Uefi => "UEFI 2.10, 2.1.1: a PE image of the machine",
            Via::Grub => "GRUB 2.12, grub-core/loader/*/linux.c",
        };
        let file = match file {
            Ok(file) => file,
            Err(error) => {
                self.trail.add(after, Link::broken(NAME, error.to_string()).rule(rule));
                return None;
            }
        };
        let checked = file.read().and_then(|bytes| {
            self.look_at(payload.via, &bytes).map(|blob| (blob, Packed::read(&bytes), bytes.len() as u64))
        });
        match checked {
            Ok((blob, packed, len)) => {
                let what = format!("{}: {blob}, a file of {}", file.name, Bytes(len));
                self.trail.add(after, Link::holds(NAME, what).over(file.ranges()).rule(rule));
                let (arch, release) = (Arch::of_kernel(&blob), release(&file.name));
                let packed = packed.filter(|_| matches!(blob, Blob::ZImage(_)));
                Some(Kernel { len, blob, arch, packed, release })
            }
            Err(error) => {
                let what = format!("{}: {error}", file.name);
                self.trail.add(after, Link::broken(NAME, what).over(file.ranges()).rule(rule));
                None
            }
        }
    }

    fn look_at(&self, via: Via, bytes: &[u8]) -> Result<Blob, Error> {
        let mut blob = identify(bytes);
        if let (Blob::Compressed(compression), Via::UBoot | Via::Grub) = (&blob, via) {
            blob = identify(&plain(*compression, bytes)?);
        }
        if let Blob::Damaged(error) = blob {
            return Err(error.into());
        }
        if let Some(platform) = self.machine.platform {
            blob.check(platform)?;
        }
        let bad = |rule| Error::BadField { what: NAME, field: "first word", value: first_word(bytes), rule };
        let efi = match &blob {
            Blob::Arm64Image(image) => image.efi,
            Blob::RiscvImage(image) => image.efi,
            Blob::BzImage(_) => bringup_inspect::pe::detect(bytes),
            Blob::Pe(_) | Blob::Zboot(_) => true,
            Blob::ZImage(_) => bringup_inspect::pe::detect(bytes),
            _ => false,
        };
        match (via, &blob) {
            (
                Via::UBoot,
                Blob::Arm64Image(_) | Blob::RiscvImage(_) | Blob::ZImage(_) | Blob::UImage(_) | Blob::Fit(_),
            ) => {}
            (Via::UBoot, Blob::BzImage(_)) if self.machine.platform.is_none_or(is_x86) => {}
            (Via::UBoot, _) => {
                return Err(bad(
                    "be that of an Image, a zImage, a legacy image or a FIT for U-Boot to start",
                ));
            }
            (Via::Uefi, _) if efi => match self.machine.suffix() {
                // XLF_EFI_HANDOVER_32 (Linux, Documentation/arch/x86/boot.rst, xloadflags).
                Some("IA32")
                    if matches!(blob, Blob::BzImage(_))
                        && bytes.get(0x236).is_some_and(|flags| flags & 4 != 0) => {}
                Some(suffix) => super::uefi::application(NAME, bytes, suffix)?,
                None => {}
            },
            (Via::Uefi, _) => return Err(bad("be `MZ`, of a PE image that UEFI can start")),
            (Via::Grub, Blob::BzImage(_)) => {}
            // Only where GRUB is a UEFI program itself can it start another one.
            (Via::Grub, _) if efi && self.machine.boot_rom != BootRom::Bios => {}
            (Via::Grub, _) => return Err(bad("be that of a bzImage or of a PE image for GRUB to start")),
        }
        Ok(blob)
    }
}

fn is_x86(platform: &Platform) -> bool {
    matches!(platform.elf.machine, 3 | 62)
}

fn first_word(bytes: &[u8]) -> u64 {
    bytes.get(..4).map_or(0, |word| u64::from(u32::from_le_bytes([word[0], word[1], word[2], word[3]])))
}

/// A compressed kernel's bytes; U-Boot unpacks it first (`booti`).
fn plain(compression: compression::Compression, mut bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let broken = |problem: String| Error::Archive { what: "compressed kernel", at: 0, problem };
    let decoder = unpack::decoder(compression, &mut bytes).map_err(|error| broken(error.to_string()))?;
    let Some(decoder) = decoder else { return Err(broken(format!("{compression} is not read here"))) };
    let mut plain = Vec::new();
    decoder.take(FILE_MAX).read_to_end(&mut plain).map_err(|error| broken(error.to_string()))?;
    Ok(plain)
}

/// The release at the end of a kernel's file name: `vmlinuz-6.12.0-arm64`.
fn release(path: &str) -> Option<String> {
    let name = path.rsplit('/').next()?;
    let (kind, release) = name.split_once('-')?;
    let known = ["vmlinuz", "vmlinux", "Image", "zImage", "bzImage", "linux"].contains(&kind);
    (known && release.starts_with(|first: char| first.is_ascii_digit())).then(|| release.to_owned())
}
