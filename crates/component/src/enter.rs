//! A command of the user's own with a toolchain, on the user's own folder.

use std::path::Path;

use bringup_sandbox::{Access, Command};
use bringup_tools::Toolbox;

use crate::bench::Bench;
use crate::environment::{BUILDS, INSTALL, environment};
use crate::{Error, Toolchain};

/// What a command of the user's own works on.
#[derive(Clone, Copy, Debug)]
pub struct Workplace<'a> {
    /// Its working folder on the host, which it may write to; it sees it below `/bringup/build`.
    pub folder: &'a Path,
    /// What `DESTDIR` names, if anything is to be installed.
    pub install: Option<&'a Path>,
    /// `SOURCE_DATE_EPOCH`, in seconds since 1970.
    pub epoch: i64,
}

impl Toolchain {
    /// A command with this toolchain's environment; its standard streams are the caller's to choose.
    ///
    /// # Errors
    /// The store cannot be written to, or the toolchain lacks a shell.
    pub fn command(
        &self,
        toolbox: &Toolbox<'_>,
        workplace: &Workplace<'_>,
        program: &[String],
    ) -> Result<Command, Error> {
        let mut variables = environment(self, workplace.epoch, toolbox.jobs);
        if workplace.install.is_none() {
            variables.remove("DESTDIR");
        }
        let name = workplace.folder.file_name().map(|name| name.to_string_lossy().into_owned());
        let inside = format!("{BUILDS}/{}", name.as_deref().unwrap_or("work"));
        // No step is logged.
        let mut bench = Bench::new(self, toolbox.store, Path::new("/dev/null"), variables)?;
        bench.mount(workplace.folder, inside.clone(), Access::ReadWrite);
        if let Some(install) = workplace.install {
            bench.mount(install, INSTALL.to_owned(), Access::ReadWrite);
        }
        bench.command(&inside, program)
    }
}
