//! Programs of the root that a record's wishes are carried out with.

use bringup_shell::{Call, Command, Host, Status, Stop};

use super::Work;
use crate::Error;

/// Nobody: these commands call no others.
struct Nobody;

impl Host for Nobody {
    fn run(&mut self, _: &mut Call<'_>) -> Result<Option<Status>, Stop> {
        Ok(None)
    }

    fn has(&self, _: &str) -> bool {
        false
    }
}

fn command(name: &str) -> Option<Command> {
    bringup_programs::command(name).or_else(|| bringup_systemd::command(name))
}

impl Work<'_> {
    /// Runs a program that must succeed, for the key at `path`.
    pub(super) fn run(&mut self, path: &str, name: &str, arguments: &[&str]) -> Result<(), Error> {
        let place = self.system.place(path);
        let stopped = |stop| Error::Stop { place: place.clone(), source: Box::new(stop) };
        let function = command(name).ok_or_else(|| stopped(Stop::Unknown { command: name.to_owned() }))?;
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut call = Call {
            name,
            arguments: &arguments,
            input: &[],
            output: &mut output,
            errors: &mut errors,
            world: self.world,
        };
        let status = function(&mut call, &mut Nobody).map_err(stopped)?;
        if status == 0 {
            return Ok(());
        }
        let errors = String::from_utf8_lossy(&errors).trim_end().to_owned();
        Err(Error::Command { place, command: name.to_owned(), status, errors })
    }
}
