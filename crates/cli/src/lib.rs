//! The `bringup` command, as a library so that `cargo xtask` is the same command.
//!
//! This is the only place that reads the environment, the clock and the working
//! directory, and the only one that prints.

mod args;
mod commands;
mod error;
mod host;
mod output;
mod progress;
mod session;
mod subject;
mod table;

use std::process::ExitCode;

use bringup_catalog::BOARDS;
use bringup_debian::PackageSource;
use bringup_spec::Board;
use clap::{CommandFactory, FromArgMatches};

use args::{Cli, Command, Global};
use error::Error;

/// Runs the command line `arguments` (without a program name) and says how it went:
/// 0 done, 1 the build failed, 2 the command is wrong, 3 the environment lacks something.
pub fn run(program: &'static str, arguments: impl IntoIterator<Item = String>) -> ExitCode {
    run_with(program, &[], arguments)
}

/// As [`run`], with boards besides the catalog's: for a workspace of someone else's.
pub fn run_with(
    program: &'static str,
    boards: &[&'static Board],
    arguments: impl IntoIterator<Item = String>,
) -> ExitCode {
    let command = Cli::command().name("bringup").bin_name(program);
    let arguments = std::iter::once(program.to_owned()).chain(arguments);
    let mut cli =
        match command.try_get_matches_from(arguments).and_then(|found| Cli::from_arg_matches(&found)) {
            Ok(cli) => cli,
            Err(error) => {
                // clap's own codes: 0 for help and version, 2 for usage.
                let _ = error.print();
                return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
            }
        };
    cli.global.boards = BOARDS.iter().chain(boards).copied().collect();
    match dispatch(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.report();
            ExitCode::from(error.exit_code())
        }
    }
}

/// Where packages come from when no option says so: `bringup.toml` and the host's own settings.
///
/// # Errors
/// No mirror is known, or a setting is wrong.
pub fn package_source() -> Result<PackageSource, Box<dyn std::error::Error>> {
    Ok(host::package_source(&Global::default())?)
}

fn dispatch(cli: &Cli) -> Result<(), Error> {
    match &cli.command {
        Command::Assemble(assemble) => commands::assemble::run(&cli.global, assemble),
        Command::Image(image) => commands::image::run(&cli.global, image),
        Command::Boot(boot) => commands::boot::run(&cli.global, boot),
        Command::Verify(verify) => commands::look::verify(&cli.global, verify),
        Command::Inspect(look) => commands::look::inspect(&cli.global, look),
        Command::Explain { look, offset } => commands::look::explain(&cli.global, look, *offset),
        Command::Diff { look, other } => commands::look::diff(&cli.global, look, other),
        Command::Ls(ls) => commands::files::ls(ls),
        Command::Copy(copy) => commands::files::copy(&cli.global, copy),
        Command::Rm(rm) => commands::files::rm(&cli.global, rm),
        Command::Flash(flash) => commands::flash::run(&cli.global, flash),
        Command::SimulateGrowth(simulate) => commands::growth::simulate(simulate),
        Command::WhyNoBoot(look) => commands::look::why_no_boot(&cli.global, look),
        Command::Lock(lock) => commands::lock::run(&cli.global, lock),
        Command::Licences(licences) => commands::licences::run(&cli.global, licences),
        Command::Boards(listing) => commands::list::boards(&cli.global.boards, listing),
        Command::ImageTypes { board, listing } => {
            commands::list::image_types(&cli.global, board.as_deref(), listing)
        }
        Command::Platforms { name, listing } => commands::list::platforms(name.as_deref(), listing),
        Command::Systems { schema: true, .. } => commands::list::schema(),
        Command::Systems { listing, .. } => commands::list::systems(listing),
        Command::Tool(tool) => commands::tool::run(&cli.global, tool),
        Command::Component(component) => commands::component::build(&cli.global, component),
        Command::Toolchain(toolchain) => commands::component::toolchain(&cli.global, toolchain),
        Command::Route(route) => commands::route::run(&cli.global, route),
        Command::Doctor(doctor) => commands::doctor::run(&cli.global, doctor),
        Command::Store { command } => commands::store::run(&cli.global, command),
    }
}
