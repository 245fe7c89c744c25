//! What a board's own facts add to a diagnosis.

use bringup_spec::{Board, BootMethod, BootRom, RootStorage, StagePlace};

use super::{Link, Stage};

/// Where this board looks for what failed, and what it expects there.
pub(super) fn hints(board: &Board, failed: Link, reached: Stage) -> Vec<String> {
    let mut hints = Vec::new();
    match failed {
        Link::BootRom => {
            hints.extend(boot_rom(board));
            let placements = board.firmware.installer.placements();
            hints.extend(placements.iter().map(|placement| {
                let (name, at) = (placement.name, placement.offset);
                format!("`{name}` belongs at {at} ({:#x}): {}", at.0, placement.source)
            }));
        }
        Link::NextStage => hints.extend(board.firmware.next_stage.map(|next| {
            let place = match next.place {
                StagePlace::BehindSpl(distance) => format!("{distance} behind its own first byte"),
                StagePlace::Offset(at) => format!("at {at} ({:#x}) of the disk", at.0),
                StagePlace::Partition(kind) => format!("in the partition of type {kind}"),
                StagePlace::File(path) => format!("in the file `{path}` of the FAT partition"),
            };
            format!("the first program looks for the second one {place}: {}", next.source)
        })),
        Link::BootMenu | Link::BootPartition => {
            let names: Vec<String> = board.boot.iter().map(BootMethod::to_string).collect();
            hints.push(format!("this board boots with {}", names.join(" or ")));
        }
        Link::DeviceTree => {
            hints.extend(board.device_tree.map(|path| format!("this board's device tree is `{path}`")));
        }
        Link::LoadAddresses => hints.extend(board.load.map(|load| {
            let initramfs = load.initramfs;
            let (kernel, tree) = (load.kernel, load.device_tree);
            format!(
                "kernel at {kernel:#x}, device tree at {tree:#x}, initramfs at {initramfs:#x}: {}",
                load.source
            )
        })),
        Link::Root => hints.extend(board.root_storage.iter().map(|storage| match storage {
            RootStorage::DeviceTreeNode(node) => format!("root may be on the controller `{node}`"),
            RootStorage::Modules(names) => format!("root may need the drivers {}", names.join(", ")),
        })),
        Link::Kernel => {
            hints.push(format!("this board's kernel is of the package `{}`", board.kernel_package))
        }
        Link::Initramfs | Link::Init => {
            hints.push(format!("this board runs programs for {}", board.platform.name));
        }
    }
    // Silence may only mean that one listens at the wrong place.
    if matches!(reached, Stage::Nothing | Stage::Handover | Stage::Root) {
        hints.push(format!("its console is {} at {} baud", board.console.tty, board.console.baud));
    }
    hints
}

/// What the boot ROM looks for, where that is no fixed place of the disk.
fn boot_rom(board: &Board) -> Option<String> {
    match board.soc.boot_rom {
        BootRom::GptPartition { kind, .. } => {
            Some(format!("{} starts the partition of type {kind}", board.soc.name))
        }
        BootRom::RaspberryPi { files } => {
            let files = files.join(", ");
            Some(format!("{} starts from the first FAT partition: {files}", board.soc.name))
        }
        BootRom::Uefi { suffix } => Some(format!("UEFI starts EFI/BOOT/BOOT{suffix}.EFI")),
        _ => None,
    }
}
