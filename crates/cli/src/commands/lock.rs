//! `lock`.

use bringup_image::{Context, Request, update_lock};
use bringup_store::Store;

use crate::args::{Global, Lock};
use crate::error::Error;
use crate::progress::Shown;
use crate::{host, subject};

pub(crate) fn run(global: &Global, lock: &Lock) -> Result<(), Error> {
    let (board, system) = subject::find(&lock.subject)?;
    let source = host::package_source(global)?;
    let store = Store::open(&host::store_path(global)?)?;
    let progress = Shown::new(global.quiet);
    let context = Context { store: &store, source: &source, progress: &progress, jobs: host::jobs(global) };
    let request = Request {
        board,
        system: &system,
        output: subject::image_path(board, None)?,
        lock: host::absolute(&lock.subject.lock)?,
        locked: false,
        epoch: None,
        force: false,
        program: host::program()?,
    };
    let changes = update_lock(&context, &request, lock.update);
    progress.done(&store);
    let changes = changes?;
    if !global.quiet {
        for change in &changes {
            println!("{change}");
        }
        let path = lock.subject.lock.display();
        println!("{path}: {}", if changes.is_empty() { "nothing changed" } else { "written" });
    }
    Ok(())
}
