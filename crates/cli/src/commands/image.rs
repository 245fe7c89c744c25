//! `image`.

use bringup_image::{Context, Request, build, plan};
use bringup_store::Store;
use serde_json::json;

use crate::args::{Global, Image};
use crate::error::Error;
use crate::progress::Shown;
use crate::{host, subject};

pub(crate) fn run(global: &Global, image: &Image) -> Result<(), Error> {
    let (board, system) = subject::find(&image.subject)?;
    let source = host::package_source(global)?;
    let store = Store::open(&host::store_path(global)?)?;
    let progress = Shown::new(global.quiet);
    let context = Context { store: &store, source: &source, progress: &progress, jobs: host::jobs(global) };
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
        let plan = plan(&context, &request)?;
        if image.json {
            println!("{:#}", plan.to_json())
        } else {
            print!("{plan}")
        }
        return Ok(());
    }
    let built = build(&context, &request);
    progress.done(&store);
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
