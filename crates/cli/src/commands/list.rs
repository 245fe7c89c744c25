//! `boards`, `platforms`, `systems`.

use bringup_catalog::{PLATFORMS, UnknownName, platform, platform_by_debian_arch, platform_by_triple};
use bringup_image::{ImageType, Shape, TYPES, shape};
use bringup_spec::{Board, Bytes, Platform};
use bringup_system::BUILTIN;
use serde_json::json;

use crate::args::{Global, Listing};
use crate::error::Error;
use crate::output::{print, print_line};
use crate::table::table;

pub(crate) fn boards(boards: &[&Board], listing: &Listing) -> Result<(), Error> {
    if listing.json {
        let boards = boards.iter().map(|board| {
            json!({
                "name": board.name,
                "title": board.title,
                "platform": board.platform.name,
                "soc": board.soc.name,
                "tier": format!("{:?}", board.tier),
                "kernel_package": board.kernel_package,
                "device_tree": board.device_tree,
                "console": { "tty": board.console.tty, "baud": board.console.baud },
                "firmware": board.firmware.installer.placements().iter().map(|placement| json!({
                    "name": placement.name,
                    "package": placement.artifact.package,
                    "path": placement.artifact.path(),
                    "offset_bytes": placement.offset.0,
                    "room_bytes": placement.room.0,
                    "source": placement.source,
                })).collect::<Vec<_>>(),
            })
        });
        return print_json(boards.collect());
    }
    let rows: Vec<Vec<String>> = boards
        .iter()
        .map(|board| {
            [board.name, board.platform.name, board.soc.name, &format!("{:?}", board.tier), board.title]
                .map(str::to_owned)
                .to_vec()
        })
        .collect();
    print(format_args!("{}", table(&["BOARD", "PLATFORM", "SOC", "TIER", "WHAT"], &rows)))?;
    Ok(())
}

/// The types of images; for a board with why it cannot have some.
pub(crate) fn image_types(global: &Global, board: Option<&str>, listing: &Listing) -> Result<(), Error> {
    let board = board.map(|name| bringup_catalog::board_among(&global.boards, name)).transpose()?;
    // Where root goes is asked for with the type.
    let offset = |kind: &ImageType| (kind.shape == Shape::RootAt).then_some(Bytes::mib(16));
    let refusal = |kind: &ImageType| match board.map(|board| shape(board, kind, offset(kind))) {
        Some(Err(bringup_image::Error::WrongType { reason, .. })) => Ok(Some(reason)),
        Some(Err(error)) => Err(error),
        Some(Ok(_)) | None => Ok(None),
    };
    let types = TYPES.iter().map(|kind| Ok((kind, refusal(kind)?)));
    let types: Vec<(&ImageType, Option<String>)> = types.collect::<Result<_, Error>>()?;
    if listing.json {
        let types = types.iter().map(|(kind, refusal)| {
            json!({
                "name": kind.name,
                "summary": kind.summary,
                "suffix": kind.suffix,
                "refused": refusal,
            })
        });
        return print_json(types.collect());
    }
    let rows = types.iter().map(|(kind, refusal)| match refusal {
        None => vec![kind.name.to_owned(), kind.summary.to_owned()],
        Some(reason) => vec![kind.name.to_owned(), format!("not here: {reason}")],
    });
    let rows: Vec<Vec<String>> = rows.collect();
    print(format_args!("{}", table(&["TYPE", "WHAT"], &rows)))
}

/// A platform by any of its names; the error is about the first kind.
pub(crate) fn find_platform(name: &str) -> Result<&'static Platform, UnknownName> {
    platform(name).or_else(|error| {
        platform_by_triple(name).or_else(|_| platform_by_debian_arch(name)).map_err(|_| error)
    })
}

pub(crate) fn platforms(name: Option<&str>, listing: &Listing) -> Result<(), Error> {
    let platforms: Vec<&Platform> = match name {
        Some(name) => vec![find_platform(name)?],
        None => PLATFORMS.to_vec(),
    };
    if listing.json {
        let platforms = platforms.iter().map(|platform| {
            json!({
                "name": platform.name,
                "triple": platform.triple.to_string(),
                "gnu_triplet": platform.gnu_triplet,
                "debian_arch": platform.debian_arch,
                "linux_arch": platform.linux_arch,
                "rust_target": platform.rust_target,
                "dynamic_linker": platform.dynamic_linker,
                "elf_machine": platform.elf.machine,
                "efi_suffix": platform.efi_suffix,
                "qemu_system": platform.qemu_system,
                "qemu_user": platform.qemu_user,
            })
        });
        return print_json(platforms.collect());
    }
    let rows: Vec<Vec<String>> = platforms
        .iter()
        .map(|platform| {
            vec![
                platform.name.to_owned(),
                platform.triple.to_string(),
                platform.debian_arch.to_owned(),
                platform.qemu_system.to_owned(),
                platform.dynamic_linker.to_owned(),
            ]
        })
        .collect();
    print(format_args!("{}", table(&["PLATFORM", "TRIPLE", "DEBIAN", "QEMU", "DYNAMIC LINKER"], &rows)))?;
    Ok(())
}

pub(crate) fn systems(listing: &Listing) -> Result<(), Error> {
    let systems = BUILTIN.iter().map(|builtin| builtin.system()).collect::<Result<Vec<_>, _>>()?;
    if listing.json {
        let systems = systems.iter().map(|system| {
            json!({
                "name": system.name,
                "summary": system.summary,
                "hostname": system.hostname,
                "packages": system.packages.install,
            })
        });
        return print_json(systems.collect());
    }
    let rows: Vec<Vec<String>> =
        systems.iter().map(|system| vec![system.name.clone(), system.summary.clone()]).collect();
    print(format_args!("{}", table(&["SYSTEM", "WHAT"], &rows)))?;
    Ok(())
}

/// The schema of a system's record.
pub(crate) fn schema() -> Result<(), Error> {
    print_line(format_args!("{:#}", bringup_system::schema()))
}

/// Prints a list, one document.
pub(crate) fn print_json(list: Vec<serde_json::Value>) -> Result<(), Error> {
    print_line(format_args!("{:#}", serde_json::Value::Array(list)))?;
    Ok(())
}
