//! Which boot method an image gets, and the packages that bring it.

use bringup_spec::{Board, BootMethod, FileContents, PartitionContents};

use crate::Error;

/// The method asked for, if the board has it; else the board's first.
pub(crate) fn boot_method(board: &Board, asked: Option<BootMethod>) -> Result<BootMethod, Error> {
    match asked {
        None => board.boot.first().copied().ok_or(Error::NoBootMethod { board: board.name }),
        Some(method) if board.boot.contains(&method) => Ok(method),
        Some(asked) => Err(Error::OtherBootMethod { board: board.name, asked, known: board.boot }),
    }
}

/// The packages that firmware and boot loader are files of, dependencies aside; sorted.
pub(crate) fn firmware_packages(board: &Board, method: BootMethod) -> Vec<&'static str> {
    let mut names = board.firmware.installer.packages();
    for partition in board.partitions {
        match partition.contents {
            PartitionContents::Raw(artifact) => names.push(artifact.package),
            PartitionContents::Fat { files, .. } => {
                names.extend(files.iter().filter_map(|file| match file.contents {
                    FileContents::Artifact(artifact) => Some(artifact.package),
                    FileContents::DeviceTree(_) | FileContents::Text(_) => None,
                }));
            }
        }
    }
    names.extend(crate::efi::program(board, method).map(|artifact| artifact.package));
    names.sort_unstable();
    names.dedup();
    names
}
