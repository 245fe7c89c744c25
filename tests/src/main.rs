//! The `bringup` command under a name of its own, so that cargo builds it for these tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    bringup::run("bringup", std::env::args().skip(1))
}
