//! Bringup's commands, with a board more.

use std::process::ExitCode;

use example_board_pine64::BOARD;

fn main() -> ExitCode {
    bringup::run_with("example", &[&BOARD], std::env::args().skip(1))
}
