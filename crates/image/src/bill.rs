//! The bill of materials of an image, from its packages.

use std::path::PathBuf;

use bringup_audit::{Bill, Described, cyclonedx, spdx};

use crate::beside::Beside;
use crate::packages::{fetch, locked_packages};
use crate::{Context, Error, Request, Uuid, sources};

/// What the packages of the image are, by name: those that the root is made from, and those of which
/// only files are taken, such as firmware.
///
/// # Errors
/// The packages cannot be had, or one is damaged.
pub fn describe(context: &Context<'_>, request: &Request<'_>) -> Result<Vec<Described>, Error> {
    Ok(described(context, request)?.packages)
}

/// Writes the bill beside the image: `IMAGE.spdx.json` (SPDX 2.3) and `IMAGE.cdx.json` (CycloneDX 1.6), in
/// that order, with the image's own extension gone. The same lock gives the same bytes.
///
/// # Errors
/// As for [`describe`], or the files cannot be written.
pub fn write_bill(context: &Context<'_>, request: &Request<'_>) -> Result<[PathBuf; 2], Error> {
    let Sources { packages, uuid, epoch } = described(context, request)?;
    let name = format!("{} for {}", request.system.name, request.board.name);
    let bill = Bill {
        name: &name,
        made_by: env!("CARGO_PKG_VERSION"),
        uuid: &uuid.to_string(),
        // Nothing is older than 1970 but by mistake.
        epoch: u64::try_from(epoch).unwrap_or(0),
        packages: &packages,
    };
    let paths = ["spdx.json", "cdx.json"].map(|extension| request.output.with_extension(extension));
    let first = Beside::write(&paths[0], spdx(&bill).as_bytes())?;
    let second = Beside::write(&paths[1], cyclonedx(&bill).as_bytes())?;
    first.keep()?;
    second.keep()?;
    Ok(paths)
}

/// What a bill is made from.
struct Sources {
    packages: Vec<Described>,
    uuid: Uuid,
    epoch: i64,
}

fn described(context: &Context<'_>, request: &Request<'_>) -> Result<Sources, Error> {
    let source = sources::of_record(context, request)?;
    let context = &Context { source: source.as_ref().unwrap_or(context.source), ..*context };
    let locked = locked_packages(context, request)?;
    let ready = fetch(context, &locked)?;
    Ok(Sources {
        packages: bringup_audit::describe(&ready.for_audit())?,
        uuid: Uuid::derive(&locked.seed(request), "bill of materials"),
        epoch: request.epoch.unwrap_or_else(|| ready.newest_date()),
    })
}
