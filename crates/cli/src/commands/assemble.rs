//! `assemble`: the images of a configuration of genimage's.

use std::num::NonZeroUsize;
use std::path::Path;

use bringup_genimage::{Owners, Request};

use crate::args::{Assemble, Global};
use crate::error::Error;
use crate::host;
use crate::output::print_line;

/// The configuration that genimage reads where none is named.
const DEFAULT: &str = "genimage.cfg";

pub(crate) fn run(global: &Global, asked: &Assemble) -> Result<(), Error> {
    let owners = match (&asked.owner_table, asked.keep_owners) {
        (Some(table), _) => Owners::Table(table),
        (None, true) => Owners::Kept,
        (None, false) => Owners::Root,
    };
    let request = Request {
        config: asked.option.as_deref().or(asked.config.as_deref()).unwrap_or(Path::new(DEFAULT)),
        only: &asked.only,
        rootpath: asked.rootpath.as_deref(),
        inputpath: asked.inputpath.as_deref(),
        outputpath: asked.outputpath.as_deref(),
        includepath: asked.includepath.as_deref(),
        variable: &|name| std::env::var(name).ok(),
        owners,
        epoch: host::epoch()?,
        threads: NonZeroUsize::new(host::jobs(global)).unwrap_or(NonZeroUsize::MIN),
    };
    for written in bringup_genimage::assemble(&request)? {
        if !global.quiet {
            print_line(format_args!("{}: {}", written.path.display(), written.size))?;
        }
    }
    Ok(())
}
