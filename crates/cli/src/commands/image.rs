//! `image`.

use bringup_image::{Request, build, plan};
use serde_json::json;

use crate::args::{Global, Image};
use crate::error::Error;
use crate::session::Session;
use crate::{host, subject};

pub(crate) fn run(global: &Global, image: &Image) -> Result<(), Error> {
    let (board, system) = subject::find(&image.subject)?;
    let session = Session::open(global)?;
    let request = Request {
        board,
        system: &system,
        output: subject::image_path(board, image.output.as_ref())?,
        lock: host::absolute(&image.subject.lock)?,
        locked: image.locked,
        epoch: host::epoch()?,
        force: image.force,
        program: host::program()?,
    };
    if image.dry_run {
        let plan = plan(&session.context(), &request)?;
        if image.json {
            println!("{:#}", plan.to_json())
        } else {
            print!("{plan}")
        }
        return Ok(());
    }
    let built = build(&session.context(), &request);
    session.fetched();
    let report = built?;
    if image.json {
        let report = json!({
            "image": report.image,
            "manifest": report.manifest,
            "unchanged": report.unchanged,
        });
        println!("{report:#}");
    } else if !global.quiet {
        for line in &report.summary {
            println!("{line}");
        }
        let state = if report.unchanged { " (nothing changed)" } else { "" };
        println!("{}{state}", report.image.display());
    }
    Ok(())
}
