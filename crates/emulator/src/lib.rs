//! QEMU machines, their serial console and their monitor.
//!
//! [`Machine`] turns a board's [`Twin`](bringup_spec::Twin) into a command line, and with a root
//! that holds QEMU into a [command](Machine::command). A [`Session`] is a machine that runs: its
//! [`Console`] reads and writes the serial line, with time stamps, and its [`Qmp`] is the monitor;
//! [`Shell`] logs in and runs commands; [`why_no_boot`] reads what a boot left on
//! the console. How an image is built is not known here.

mod console;
mod error;
mod machine;
mod qmp;
mod session;
mod shell;
mod why;

pub use console::{Console, Match};
pub use error::Error;
pub use machine::{Disk, Forward, Machine, Medium, Rom, sd_size};
pub use qmp::Qmp;
pub use session::{Session, run_interactive};
pub use shell::{Output, Shell};
pub use why::{Diagnosis, Evidence, Failure, Link, Stage, why_no_boot};
