//! The `bringup` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    bringup::run("bringup", std::env::args().skip(1))
}
