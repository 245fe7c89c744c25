//! What UEFI starts.

use bringup_spec::{Artifact, Board, BootMethod, BootRom};

use crate::Error;
use crate::firmware::{Placed, Programs};

/// The program that UEFI starts for a boot method; none where it is not UEFI that starts it.
pub(crate) fn program(board: &Board, method: BootMethod) -> Option<Artifact> {
    let BootRom::Uefi { suffix } = board.soc.boot_rom else { return None };
    match method {
        BootMethod::SystemdBoot => {
            let all = bringup_systemd_boot::Programs::ALL;
            Some(all.iter().find(|programs| programs.efi_suffix == suffix)?.boot)
        }
        BootMethod::GrubEfi => {
            Some(bringup_grub::efi::IMAGES.iter().find(|image| image.suffix == suffix)?.artifact)
        }
        BootMethod::Extlinux | BootMethod::GrubBios => None,
    }
}

/// That program, under the path where it goes, from the root of the EFI system partition.
pub(crate) fn program_file(
    board: &Board,
    method: BootMethod,
    programs: &Programs<'_>,
) -> Result<Option<Placed>, Error> {
    let (BootRom::Uefi { suffix }, Some(artifact)) = (board.soc.boot_rom, program(board, method)) else {
        return Ok(None);
    };
    let path = format!("EFI/BOOT/BOOT{suffix}.EFI");
    Ok(Some(programs.artifact(&artifact, &path, FALLBACK_SOURCE)?))
}

/// Where UEFI looks on a disk that no boot entry names.
const FALLBACK_SOURCE: &str = "UEFI 2.10, 3.5.1.1";
