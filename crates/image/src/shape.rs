//! A board in another shape: what the image types for disks are.

use bringup_grub::bios::Bios;
use bringup_pc::{BIOS, FIRST_PARTITION, UEFI_IA32, UEFI_X64, esp, twin_bios, twin_efi32, twin_efi64};
use bringup_spec::{
    Board, BootMethod, BootRom, Bytes, Firmware, FirmwarePartition, GptEntries, Kernel, PartitionTable, Soc,
};

use crate::types::Format;
use crate::{Error, ImageType, Shape};

/// A board as an image type has it.
#[derive(Clone, Copy, Debug)]
pub struct Shaped {
    /// The board, with what the type changes of it.
    pub board: Board,
    /// A second way by which the disk starts.
    pub second: Option<Second>,
}

/// A second way to start a disk.
#[derive(Clone, Copy, Debug)]
pub struct Second {
    /// The machine, which reads the disk by another rule.
    pub soc: &'static Soc,
    /// What starts the kernel then.
    pub method: BootMethod,
}

/// The EFI system partition of the shapes that have one.
const ESP: &[FirmwarePartition] = &[esp()];

/// The second way of what a BIOS starts, too.
const UEFI: Second = Second { soc: &UEFI_X64, method: BootMethod::GrubEfi };

/// GRUB in front of the EFI system partition, with its menu on root, which is the second.
const GRUB_BESIDE_ESP: &Bios = &Bios::in_front_of(FIRST_PARTITION, "(,msdos2)/boot/grub");

/// The most partitions that an MBR names (UEFI 2.10, table 5.1).
const MBR_ENTRIES: usize = 4;

/// `board` as `image_type` has it; `root_offset` is where root goes in the shape that asks for that.
///
/// # Errors
/// The type cannot work on that board; the error says why.
pub fn shape(board: &Board, image_type: &ImageType, root_offset: Option<Bytes>) -> Result<Shaped, Error> {
    let refused = |reason: &str| {
        let (board, image_type) = (board.name, image_type.name);
        Err(Error::WrongType { board, image_type, reason: reason.to_owned() })
    };
    if root_offset.is_some() && image_type.shape != Shape::RootAt {
        return refused("it puts root where it fits; `--root-offset` is for `raw-with-offset`");
    }
    let linux = board.platform.kernel == Kernel::Linux;
    let any_kernels = image_type.format.is_disk() && matches!(image_type.shape, Shape::Board | Shape::Hurd);
    if !linux && !any_kernels {
        return refused("that type is for Linux");
    }
    let is_pc = matches!(board.soc.boot_rom, BootRom::Bios | BootRom::Uefi { .. });
    let pc = |shaped: Board| {
        if is_pc { Ok(one(shaped)) } else { refused("it is no PC: its boot ROM knows neither BIOS nor UEFI") }
    };
    match image_type.shape {
        Shape::Board => {
            let has_efi = board.platform.efi_suffix.is_some();
            match image_type.format {
                Format::Iso { .. } if !is_pc => refused("it is no PC, and starts no CD"),
                Format::Iso { .. } => {
                    let cd = Board {
                        soc: &BIOS,
                        boot: &[BootMethod::GrubBios],
                        partitions: &[],
                        twin: twin_bios(),
                        ..efi(board)
                    };
                    Ok(Shaped { board: cd, second: Some(UEFI) })
                }
                Format::Uki if !has_efi => refused("its platform has no UEFI"),
                _ => Ok(one(*board)),
            }
        }
        Shape::Hurd if linux => refused("it runs Linux; `i586-hurd` is the board for this type"),
        Shape::Hurd => Ok(one(*board)),
        Shape::Mbr => mbr(board).map_or_else(|reason| refused(&reason), |board| Ok(one(board))),
        Shape::RootAt => match root_offset {
            Some(offset) if board.partitions.is_empty() => {
                Ok(one(Board { first_partition: offset, ..*board }))
            }
            Some(_) => refused("firmware partitions stand in front of root"),
            None => refused("say where root starts: `--root-offset 16MiB`"),
        },
        Shape::Efi => pc(Board {
            soc: &UEFI_X64,
            boot: &[BootMethod::SystemdBoot, BootMethod::GrubEfi],
            twin: twin_efi64(),
            ..efi(board)
        }),
        Shape::Efi32 => {
            pc(Board { soc: &UEFI_IA32, boot: &[BootMethod::GrubEfi], twin: twin_efi32(), ..efi(board) })
        }
        Shape::Hybrid => {
            let shaped = pc(Board {
                soc: &BIOS,
                firmware: Firmware { name: "grub", installer: GRUB_BESIDE_ESP, next_stage: None },
                boot: &[BootMethod::GrubBios],
                table: PartitionTable::Mbr,
                twin: twin_bios(),
                ..efi(board)
            })?;
            Ok(Shaped { second: Some(UEFI), ..shaped })
        }
    }
}

const fn one(board: Board) -> Shaped {
    Shaped { board, second: None }
}

/// A PC with a GPT and an EFI system partition, and nothing in front of them.
fn efi(board: &Board) -> Board {
    Board {
        firmware: Firmware::NONE,
        table: PartitionTable::Gpt,
        gpt_entries: GptEntries::STANDARD,
        partitions: ESP,
        first_partition: FIRST_PARTITION,
        ..*board
    }
}

fn mbr(board: &Board) -> Result<Board, String> {
    if let BootRom::GptPartition { .. } = board.soc.boot_rom {
        return Err("its boot ROM finds its first program by the type of a GPT's partition".to_owned());
    }
    if let Some(partition) = board.partitions.iter().find(|partition| partition.kind.mbr_byte().is_none()) {
        let name = partition.name;
        return Err(format!("its partition `{name}` is of a type that an MBR has no word for"));
    }
    let count = board.partitions.len() + 1;
    if count > MBR_ENTRIES {
        return Err(format!("it has {count} partitions, and an MBR names {MBR_ENTRIES}"));
    }
    Ok(Board { table: PartitionTable::Mbr, ..*board })
}
