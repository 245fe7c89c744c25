//! A POSIX shell that runs scripts on a file tree in memory.
//!
//! Packages configure themselves with shell scripts. This crate runs such a script without
//! running any program: files are those of a [`Tree`](bringup_tree::Tree), and every command is a
//! [`Command`], a function of a [`Host`]. What the host does not know and what the tree does not
//! have as a script of its own is a [`Stop`]: the script cannot be interpreted, and the
//! caller has to find another way. Nothing is guessed.

mod arithmetic;
mod builtin;
mod call;
mod parse;
mod pattern;
mod shell;
mod stop;
mod syntax;
mod world;

pub use call::{Call, Command, Host, Status};
pub use parse::parse;
pub use shell::{Io, Script, execute, run};
pub use stop::Stop;
pub use syntax::Program;
pub use world::{Failure, World};
