//! QEMU machines and their serial console.
//!
//! [`Machine`] turns a board's [`Twin`](bringup_spec::Twin) into a command line;
//! [`Console`] reads and writes the serial line, with time stamps; [`Shell`]
//! logs in and runs commands. How an image is built is not known here.

mod console;
mod error;
mod machine;
mod shell;

pub use console::{Console, Match};
pub use error::Error;
pub use machine::{Disk, Machine};
pub use shell::{Output, Shell};
