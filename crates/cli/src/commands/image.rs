//! `image`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bringup_image::{ImageType, Report, Request, Room, build, plan, write_bill};
use bringup_spec::{Board, Bytes};
use serde_json::{Value, json};

use crate::args::{Global, Image};
use crate::commands::route::{deferred, wishes};
use crate::error::Error;
use crate::output::{print, print_line};
use crate::session::Session;
use crate::{host, subject};

pub(crate) fn run(global: &Global, image: &Image) -> Result<(), Error> {
    let boards = boards(global, image)?;
    let session = Session::open(global)?;
    let program = host::program()?;
    let (secrets, root_keys) = (secrets(image)?, root_keys(image)?);
    let deferred = deferred(&image.routing);
    let mut printed = Vec::new();
    for board in &boards {
        let (image_type, shaped) = subject::shaped(board, &image.variant)?;
        let system = image_type.adapted(subject::system(board, image.system.as_deref())?);
        let request = Request {
            board: &shaped.board,
            system: &system,
            image_type,
            second: shaped.second,
            room: match (image.size, image.fit) {
                (Some(size), _) => Room::Exactly(Bytes(size)),
                (None, Some(limit)) => Room::AtMost(Bytes(limit)),
                (None, None) => Room::Least,
            },
            compress: image.compress,
            block_map: image.block_map,
            max_layers: image.max_layers,
            bootloader: image.variant.bootloader,
            firmware: image.variant.firmware.clone(),
            secrets: secrets.clone(),
            root_keys: root_keys.clone(),
            sources: subject::folder(image.system.as_deref())?,
            cargo_home: host::cargo_home(),
            wishes: wishes(&image.routing, &deferred),
            output: output(board, image_type, image, boards.len())?,
            lock: host::absolute(&image.lock)?,
            locked: image.locked,
            epoch: host::epoch()?,
            force: image.force,
            program,
        };
        if image.dry_run {
            let plan = plan(&session.context()?, &request)?;
            if image.json {
                printed.push(plan.to_json());
            } else {
                print(format_args!("{plan}"))?;
            }
            continue;
        }
        let built = build(&session.context()?, &request);
        session.fetched();
        let report = built?;
        let bill = if image.sbom { write_bill(&session.context()?, &request)?.to_vec() } else { Vec::new() };
        if image.json {
            printed.push(to_json(&report, &bill));
        } else if !global.quiet {
            show(&report, &bill)?;
        }
    }
    match &printed[..] {
        [] => {}
        [one] => print_line(format_args!("{one:#}"))?,
        several => print_line(format_args!("{:#}", Value::Array(several.to_vec())))?,
    }
    Ok(())
}

/// The bytes of the secrets given, by name.
fn secrets(image: &Image) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let read = |(name, path): &(String, PathBuf)| {
        let bytes = std::fs::read(path);
        let bytes = bytes.map_err(|source| Error::Io { operation: "read", path: path.clone(), source })?;
        Ok((name.clone(), bytes))
    };
    image.secrets.iter().map(read).collect()
}

/// The keys in the files given: every line that is not empty and no comment.
fn root_keys(image: &Image) -> Result<Vec<String>, Error> {
    let mut keys = Vec::new();
    for path in &image.ssh_keys {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| Error::Io { operation: "read", path: path.clone(), source })?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        keys.extend(lines.map(str::to_owned));
    }
    Ok(keys)
}

/// Every board that is asked for, once; all names are looked at before anything is built.
fn boards(global: &Global, image: &Image) -> Result<Vec<&'static Board>, Error> {
    let mut boards: Vec<&'static Board> = Vec::new();
    for name in &image.boards {
        let board = bringup_catalog::board_among(&global.boards, name)?;
        if !boards.iter().any(|known| known.name == board.name) {
            boards.push(board);
        }
    }
    Ok(boards)
}

/// Where a board's image goes: of several, each into the folder given.
fn output(board: &Board, image_type: &ImageType, image: &Image, count: usize) -> Result<PathBuf, Error> {
    let in_folder = |folder: &PathBuf| folder.join(format!("{}{}", board.name, image_type.suffix));
    match &image.output {
        Some(folder) if count > 1 => subject::image_path(board, image_type, Some(&in_folder(folder))),
        Some(path) => subject::image_path(board, image_type, Some(path)),
        None => {
            let path = subject::image_path(board, image_type, None)?;
            Ok(match image.compress {
                None => path,
                Some(format) => {
                    let mut name = path.file_name().unwrap_or_default().to_os_string();
                    name.push(format!(".{}", format.extension()));
                    path.with_file_name(name)
                }
            })
        }
    }
}

fn to_json(report: &Report, bill: &[PathBuf]) -> Value {
    json!({
        "image": report.image,
        "manifest": report.manifest,
        "bill": bill,
        "unchanged": report.unchanged,
    })
}

fn show(report: &Report, bill: &[PathBuf]) -> Result<(), Error> {
    for line in &report.summary {
        print_line(format_args!("{line}"))?;
    }
    let state = if report.unchanged { " (nothing changed)" } else { "" };
    print_line(format_args!("{}{state}", report.image.display()))?;
    for path in bill {
        print_line(format_args!("{}", path.display()))?;
    }
    Ok(())
}
