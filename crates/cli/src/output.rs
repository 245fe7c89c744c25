//! Standard output, whose reader may leave early: `bringup inspect IMAGE | head`.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use crate::error::Error;

/// Prints text as it is.
pub(crate) fn print(text: impl Display) -> Result<(), Error> {
    match write!(std::io::stdout(), "{text}") {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(source) => Err(Error::Io { operation: "write to", path: "standard output".into(), source }),
        Ok(()) => Ok(()),
    }
}

/// Prints text and a line end.
pub(crate) fn print_line(text: impl Display) -> Result<(), Error> {
    print(format_args!("{text}\n"))
}
