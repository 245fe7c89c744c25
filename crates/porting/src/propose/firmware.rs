//! What a configuration says about the boot programs.

use std::collections::BTreeSet;

use bringup_spec::{
    Artifact, Board, BootRom, Bytes, FileContents, NextStage, PartitionContents, SECTOR_BYTES, StageForm,
    StagePlace,
};

use super::Proposals;
use crate::{Config, Said, literal};

/// The folder that Debian keeps U-Boot's targets in.
const TARGETS: &str = "usr/lib/u-boot/";

/// How the records of Rockchip's boards write the places that their SPLs look at.
const ROCKCHIP_PLACES: [&str; 1] = ["rockchip::U_BOOT_AT_8M"];

pub(super) fn propose(all: &mut Proposals, like: &Board, config: &Config) {
    folder(all, like, config);
    place(all, like, config);
    form(all, like, config);
    environment(all, like, config);
}

fn folder(all: &mut Proposals, like: &Board, config: &Config) {
    let Some(target) = config.target() else {
        let file = config.file();
        all.remark("firmware", format!("`{file}` does not tell the target's name, which is Debian's folder"));
        return;
    };
    let folders: BTreeSet<&str> =
        artifacts(like).map(|it| it.folder).filter(|folder| folder.starts_with(TARGETS)).collect();
    let folders: Vec<&str> = folders.into_iter().collect();
    match folders[..] {
        [old] => {
            let new = format!("{TARGETS}{target}");
            // With the quotes, as one target's name may begin with another's.
            let (old, new) = (literal::string(old), literal::string(&new));
            all.text(old, "firmware", new, format!("the name of {}", config.file()));
        }
        [] => (),
        _ => {
            let folders = folders.join("`, `");
            all.remark("firmware", format!("files from `{folders}`; the new target is `{target}`"));
        }
    }
}

/// The files of packages that are on the disk.
fn artifacts(board: &Board) -> impl Iterator<Item = Artifact> {
    let placed = board.firmware.installer.placements().iter().map(|placement| placement.artifact);
    let in_partitions = board.partitions.iter().flat_map(|partition| match partition.contents {
        PartitionContents::Raw(artifact) => vec![artifact],
        PartitionContents::Fat { files, .. } => files
            .iter()
            .filter_map(|file| match file.contents {
                FileContents::Artifact(artifact) => Some(artifact),
                _ => None,
            })
            .collect(),
    });
    placed.chain(in_partitions)
}

/// Where the SPL looks for U-Boot: U-Boot counts in sectors from the disk's first byte, on Allwinner's
/// chips from the SPL's (common/spl/Kconfig; arch/arm/mach-sunxi/board.c, v2025.01).
fn place(all: &mut Proposals, like: &Board, config: &Config) {
    let Some(NextStage { place, .. }) = like.firmware.next_stage else { return };
    let Some(sector) = config.number("SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR") else { return };
    let Some(new) = sector.value.checked_mul(SECTOR_BYTES).map(Bytes) else { return };
    let old = match place {
        StagePlace::BehindSpl(behind) => Some(behind),
        StagePlace::Offset(offset) => Some(offset),
        StagePlace::Partition(kind) => {
            like.partitions.iter().find(|it| it.kind == kind).and_then(|it| it.offset)
        }
        StagePlace::File(_) => None,
    };
    let Some(old) = old.filter(|old| *old != new) else { return };
    let Said { source, .. } = sector;
    match like.soc.boot_rom {
        BootRom::Rockchip { .. } => {
            let value = literal::bytes(new.0);
            for old in ROCKCHIP_PLACES {
                all.text(old.to_owned(), "firmware", value.clone(), source.clone());
            }
            let place = format!("U-Boot is at {new} ({source}); `{}` has it at {old}", like.name);
            all.remark("firmware", place);
        }
        _ => all.remark(
            "firmware",
            format!("the SPL looks for U-Boot at {new} ({source}), but that of `{}` at {old}", like.name),
        ),
    }
}

/// Whether U-Boot is a FIT. A defconfig that does not say so may mean U-Boot's default, a build's
/// configuration does not.
fn form(all: &mut Proposals, like: &Board, config: &Config) {
    let Some(NextStage { form, .. }) = like.firmware.next_stage else { return };
    match (config.enabled("SPL_LOAD_FIT"), form) {
        (Some(said), StageForm::LegacyImage) => {
            let (like, source) = (like.name, said.source);
            all.remark("firmware", format!("the SPL loads a FIT ({source}), but that of `{like}` does not"));
        }
        (None, StageForm::Fit) if config.is_complete() => {
            let (like, file) = (like.name, config.file());
            let line = "no line CONFIG_SPL_LOAD_FIT=y";
            all.remark(
                "firmware",
                format!("the SPL loads no FIT ({file}: {line}), but that of `{like}` does"),
            );
        }
        _ => (),
    }
}

/// Where `saveenv` writes: nothing may lie there.
fn environment(all: &mut Proposals, like: &Board, config: &Config) {
    // Elsewhere (a file, SPI flash) it takes no room of the disk.
    if config.enabled("ENV_IS_IN_MMC").is_none() {
        return;
    }
    let Some(offset) = config.number("ENV_OFFSET") else { return };
    let at = Bytes(offset.value);
    let placed = like.firmware.installer.placements().iter();
    let placed = placed.map(|it| (it.name, it.offset, it.offset.0.saturating_add(it.room.0)));
    let in_partitions = like.partitions.iter().filter_map(|it| {
        let start = it.offset?;
        Some((it.name, start, start.0.saturating_add(it.size.0)))
    });
    for (name, start, end) in placed.chain(in_partitions) {
        if start <= at && at.0 < end {
            let source = &offset.source;
            all.remark(
                "firmware",
                format!("U-Boot saves its environment at {at} ({source}): in `{name}`'s room"),
            );
        }
    }
    if at >= like.first_partition {
        let source = &offset.source;
        all.remark(
            "first_partition",
            format!("U-Boot saves its environment at {at} ({source}): behind the first partition's start"),
        );
    }
}
