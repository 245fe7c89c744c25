//! What a command gets, and who provides commands.

use crate::{Stop, World};

/// An exit status, 0 to 255.
pub type Status = u8;

/// A program as a function: what it prints goes to [`Call::output`] and [`Call::errors`].
///
/// A failure that the real program would report is a status; a [`Stop`] means that this function
/// does not do what was asked for (an unknown option, say), so the script cannot go on.
pub type Command = fn(&mut Call<'_>, &mut dyn Host) -> Result<Status, Stop>;

/// One call of a command.
#[derive(Debug)]
pub struct Call<'a> {
    /// As written, the last component of its path.
    pub name: &'a str,
    /// Its arguments, without the name.
    pub arguments: &'a [String],
    /// All of its standard input; whoever reads it takes it away, by [`take_input`](Self::take_input).
    pub input: &'a [u8],
    /// Its standard output.
    pub output: &'a mut Vec<u8>,
    /// Its standard error.
    pub errors: &'a mut Vec<u8>,
    /// Files, folder, environment.
    pub world: &'a mut World,
}

impl<'a> Call<'a> {
    /// All of standard input, read: what reads after this command finds nothing.
    ///
    /// In `while read a; do COMMAND; done <file`, a command that reads its input ends the loop, and one
    /// that only could does not. The shell sees the difference by what is left in `input`.
    pub fn take_input(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.input)
    }
}

/// Provides the commands of scripts.
pub trait Host {
    /// Runs a command; none if there is no such command here: the shell then looks for a script
    /// of that name in the tree.
    ///
    /// # Errors
    /// The command is known but cannot do what is asked for.
    fn run(&mut self, call: &mut Call<'_>) -> Result<Option<Status>, Stop>;

    /// Whether there is such a command (`command -v`), whatever the tree has.
    fn has(&self, name: &str) -> bool;

    /// Told that a script reads in (`.`) the file at this absolute path; true if the host takes the
    /// file's place, so that nothing of it is run.
    fn takes_place_of(&mut self, path: &str) -> bool {
        let _ = path;
        false
    }

    /// Asked after every [`run`](Self::run): the variables, with their values, that the command sets in the
    /// shell that called it (debconf's `db_get` sets `RET`). No program can do that, but a function of a file whose
    /// place the host takes can.
    fn take_assignments(&mut self) -> Vec<(String, String)> {
        Vec::new()
    }
}
