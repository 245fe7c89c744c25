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

/// Where that program goes, from the root of the EFI system partition; none where there is none.
pub(crate) fn path(board: &Board, method: BootMethod) -> Option<String> {
    let BootRom::Uefi { suffix } = board.soc.boot_rom else { return None };
    program(board, method).map(|_| format!("EFI/BOOT/BOOT{suffix}.EFI"))
}

/// That program, under its path.
pub(crate) fn program_file(
    board: &Board,
    method: BootMethod,
    programs: &Programs<'_>,
) -> Result<Option<Placed>, Error> {
    let (Some(path), Some(artifact)) = (path(board, method), program(board, method)) else {
        return Ok(None);
    };
    Ok(Some(programs.artifact(&artifact, &path, FALLBACK_SOURCE)?))
}

/// Where UEFI looks on a disk that no boot entry names.
const FALLBACK_SOURCE: &str = "UEFI 2.10, 3.5.1.1";
