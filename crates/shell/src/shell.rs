//! The running shell: its state, and how scripts begin and end.

mod compound;
mod expand;
mod fields;
mod glob;
mod launch;
mod parameter;
mod redirect;
mod simple;
mod stream;
mod variables;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::parse::{self, Fault};
use crate::syntax::{Command, List};
use crate::{Host, Status, Stop, World};
pub(crate) use launch::Found;
use stream::{Descriptors, Shared, Stream};
use variables::{Saved, Table};

/// How deep commands may run in one another, scripts that scripts run included: so deep that none is meant to
/// get there, and so that a thread's usual stack of 2 MiB is enough.
const MAX_DEPTH: usize = 150;

thread_local! {
    /// Commands of a host run scripts again, so the depth belongs to the thread's stack.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// A script to run.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// `$0`, for messages.
    pub name: &'a str,
    /// Its text. Options of its first line (`#!/bin/sh -e`) hold, and bash's own syntax is known if that
    /// line names bash.
    pub text: &'a str,
    /// `$1` and so on.
    pub arguments: &'a [String],
}

/// Standard input, output and error output.
#[derive(Debug)]
pub struct Io<'a> {
    /// All that can be read.
    pub input: &'a [u8],
    /// Takes what is printed.
    pub output: &'a mut Vec<u8>,
    /// Takes messages.
    pub errors: &'a mut Vec<u8>,
}

/// Runs a script.
///
/// Its variables begin with [`World::environment`]; that, the current folder and the umask are afterwards what
/// they were. What it printed is in `io`, whether it came to its end or not.
///
/// # Errors
/// [`Stop::At`]: the script is no script, or something in it is not reproduced.
pub fn run(
    script: &Script<'_>,
    world: &mut World,
    host: &mut dyn Host,
    io: &mut Io<'_>,
) -> Result<Status, Stop> {
    with_io(script.name, script.arguments, world, host, io, |shell| {
        shell.shebang(script.text);
        shell.script(script.text).map_err(Flow::from)
    })
}

/// Runs a command as `execvp` would, for programs that run others: a program of the host, or a script of the
/// tree. The status is 127 if there is none, and then nothing is printed.
///
/// # Errors
/// As for [`run`], with or without [`Stop::At`] around.
pub fn execute(
    arguments: &[String],
    world: &mut World,
    host: &mut dyn Host,
    io: &mut Io<'_>,
) -> Result<Status, Stop> {
    let name = arguments.first().map_or("sh", String::as_str);
    with_io(name, &[], world, host, io, |shell| {
        // The programs echo and printf are those of coreutils, which bash's resemble.
        shell.state.options.bash = true;
        shell.execute(arguments)
    })
}

fn with_io(
    name: &str,
    arguments: &[String],
    world: &mut World,
    host: &mut dyn Host,
    io: &mut Io<'_>,
    body: impl FnOnce(&mut Shell<'_>) -> Outcome,
) -> Result<Status, Stop> {
    let (cwd, umask, environment) = (world.cwd.clone(), world.umask, world.environment.clone());
    let output = Stream::Buffer(Vec::new()).shared();
    let errors = Stream::Buffer(Vec::new()).shared();
    let mut descriptors = Descriptors::default();
    descriptors.set(0, Some(Stream::input(io.input.to_vec())));
    descriptors.set(1, Some(Rc::clone(&output)));
    descriptors.set(2, Some(Rc::clone(&errors)));
    let mut shell = Shell::new(name, arguments, descriptors, world, host);
    let outcome = body(&mut shell);
    shell.sync();
    drop(shell);
    for (stream, taker) in [(output, &mut *io.output), (errors, &mut *io.errors)] {
        if let Stream::Buffer(bytes) = &*stream.borrow() {
            taker.extend_from_slice(bytes);
        }
    }
    (world.cwd, world.umask, world.environment) = (cwd, umask, environment);
    match outcome {
        Ok(status) | Err(Flow::Exit(status) | Flow::Return(status)) => Ok(status),
        Err(Flow::Break(_) | Flow::Continue(_)) => Ok(0),
        Err(Flow::Stop(stop)) => Err(*stop),
    }
}

/// What leaves the usual way through a script.
#[derive(Debug)]
pub(crate) enum Flow {
    /// Out of so many loops.
    Break(usize),
    /// To the next round of the so-many-th loop.
    Continue(usize),
    /// Out of a function or a file read by `.`.
    Return(Status),
    /// Out of this shell.
    Exit(Status),
    /// Out of all.
    Stop(Box<Stop>),
}

impl From<Stop> for Flow {
    fn from(stop: Stop) -> Self {
        Self::Stop(Box::new(stop))
    }
}

pub(crate) type Outcome = Result<Status, Flow>;

/// What `set` changes, and which shell this is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) errexit: bool,
    pub(crate) nounset: bool,
    pub(crate) noglob: bool,
    pub(crate) xtrace: bool,
    pub(crate) allexport: bool,
    pub(crate) noclobber: bool,
    pub(crate) pipefail: bool,
    /// Options that change nothing here, for `$-`.
    pub(crate) verbose: bool,
    pub(crate) bash: bool,
}

/// What a subshell has a copy of.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) variables: Rc<Table>,
    pub(crate) functions: Rc<BTreeMap<String, Arc<Command>>>,
    pub(crate) arguments: Rc<Vec<String>>,
    pub(crate) descriptors: Descriptors,
    pub(crate) options: Options,
    /// Of the last command.
    pub(crate) status: Status,
    /// How many functions are being run, and the variables that they made local.
    pub(crate) locals: Vec<Vec<Saved>>,
    /// How many loops there are to break.
    pub(crate) loops: usize,
    /// How many files are being read by `.`.
    pub(crate) sourced: usize,
    /// `trap ... EXIT`
    pub(crate) exit_trap: Option<Rc<str>>,
    /// Where `getopts` is in an argument, in bytes; 0: at its start.
    pub(crate) option_at: usize,
    /// Whether `&` was used.
    pub(crate) background: bool,
}

pub(crate) struct Shell<'h> {
    pub(crate) world: &'h mut World,
    pub(crate) host: &'h mut dyn Host,
    /// `$0`
    pub(crate) name: String,
    pub(crate) state: State,
    /// Of the command that runs.
    pub(crate) line: usize,
    /// Whether the running builtin's status is tested, so that `set -e` does not hold.
    pub(crate) tested: bool,
    /// The status of the last command substitution of this command.
    substituted: Option<Status>,
    /// Files with something to put into the tree.
    dirty: Vec<Shared>,
    /// The steps that were left at first, for messages.
    limit: u64,
    /// Whether exported variables changed since the world was told.
    stale: bool,
}

impl<'h> Shell<'h> {
    fn new(
        name: &str,
        arguments: &[String],
        descriptors: Descriptors,
        world: &'h mut World,
        host: &'h mut dyn Host,
    ) -> Self {
        let variables = Rc::new(variables::initial(world));
        let limit = world.steps;
        let state = State {
            variables,
            functions: Rc::default(),
            arguments: Rc::new(arguments.to_vec()),
            descriptors,
            options: Options::default(),
            status: 0,
            locals: Vec::new(),
            loops: 0,
            sourced: 0,
            exit_trap: None,
            option_at: 0,
            background: false,
        };
        Self {
            world,
            host,
            name: name.to_owned(),
            state,
            line: 1,
            tested: false,
            substituted: None,
            dirty: Vec::new(),
            limit,
            stale: true,
        }
    }

    /// Runs all of a script, and its EXIT trap.
    fn script(&mut self, text: &str) -> Result<Status, Stop> {
        let outcome = match parse::program(text) {
            Ok(program) => {
                self.state.options.bash |= program.bash;
                let outcome = self.list(&program.body, false);
                self.finish(outcome)
            }
            Err(Fault { line, stop }) => {
                self.line = line;
                Err(stop.into())
            }
        };
        self.sync();
        match outcome {
            Ok(status) | Err(Flow::Exit(status) | Flow::Return(status)) => Ok(status),
            Err(Flow::Break(_) | Flow::Continue(_)) => Ok(self.state.status),
            Err(Flow::Stop(stop)) => Err(Stop::At { script: self.name.clone(), line: self.line, stop }),
        }
    }

    /// Runs the EXIT trap of a shell that ends.
    fn finish(&mut self, outcome: Outcome) -> Outcome {
        let status = match outcome {
            Ok(status) | Err(Flow::Exit(status) | Flow::Return(status)) => status,
            Err(Flow::Break(_) | Flow::Continue(_)) => self.state.status,
            Err(Flow::Stop(stop)) => return Err(Flow::Stop(stop)),
        };
        let Some(trap) = self.state.exit_trap.take() else { return Ok(status) };
        self.state.status = status;
        self.state.loops = 0;
        match self.text(&trap, self.line, false) {
            Err(Flow::Exit(status) | Flow::Return(status)) => Ok(status),
            Err(Flow::Stop(stop)) => Err(Flow::Stop(stop)),
            Ok(_) | Err(Flow::Break(_) | Flow::Continue(_)) => Ok(status),
        }
    }

    /// Runs a text in this shell: `eval`, a trap, `.`; its first line has the number `line`.
    pub(crate) fn text(&mut self, text: &str, line: usize, tested: bool) -> Outcome {
        let program = match parse::part(text, self.state.options.bash, line, 0) {
            Ok(program) => program,
            Err(Fault { stop: Stop::Syntax { what }, .. }) => {
                return Err(self.fatal(&format!("Syntax error: {what}")));
            }
            Err(Fault { stop, .. }) => return Err(stop.into()),
        };
        self.list(&program.body, tested)
    }

    /// Runs `body` with a copy of everything but files.
    pub(crate) fn subshell(&mut self, body: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let saved = self.state.clone();
        let (cwd, umask) = (self.world.cwd.clone(), self.world.umask);
        self.state.exit_trap = None;
        // Loops stay: `break` in a subshell of a loop ends the subshell.
        let outcome = body(self);
        let outcome = self.finish(outcome);
        self.state = saved;
        (self.world.cwd, self.world.umask) = (cwd, umask);
        self.stale = true;
        outcome
    }

    /// What `body` prints, run in a subshell.
    pub(crate) fn captured(
        &mut self,
        body: impl FnOnce(&mut Self) -> Outcome,
    ) -> Result<(Status, Vec<u8>), Flow> {
        let stream = Stream::Buffer(Vec::new()).shared();
        let writer = Rc::clone(&stream);
        let status = self.subshell(|shell| {
            shell.state.descriptors.set(1, Some(writer));
            body(shell)
        })?;
        let bytes = match &mut *stream.borrow_mut() {
            Stream::Buffer(bytes) => std::mem::take(bytes),
            _ => Vec::new(),
        };
        Ok((status, bytes))
    }

    pub(crate) fn substitution(&mut self, body: &List) -> Result<String, Flow> {
        let line = self.line;
        let (status, mut bytes) = self.captured(|shell| {
            // bash turns -e off here, dash does not.
            shell.state.options.errexit &= !shell.state.options.bash;
            shell.list(body, false)
        })?;
        self.line = line;
        self.substituted = Some(status);
        while bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        bytes.retain(|byte| *byte != 0);
        String::from_utf8(bytes).map_err(|_| Stop::NotText { what: "a command's output".to_owned() }.into())
    }

    /// Runs `body` one level deeper.
    pub(crate) fn deeper(&mut self, body: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let depth = DEPTH.get();
        if depth >= MAX_DEPTH {
            return Err(Stop::Depth { limit: MAX_DEPTH }.into());
        }
        DEPTH.set(depth + 1);
        let outcome = body(self);
        DEPTH.set(depth);
        outcome
    }

    /// Counts a command.
    pub(crate) fn step(&mut self) -> Result<(), Flow> {
        match self.world.steps.checked_sub(1) {
            Some(left) => {
                self.world.steps = left;
                Ok(())
            }
            None => Err(Stop::Steps { limit: self.limit }.into()),
        }
    }

    /// Writes to a descriptor; false if it is closed.
    pub(crate) fn write(&mut self, fd: usize, bytes: &[u8]) -> bool {
        let Some(stream) = self.state.descriptors.get(fd) else { return false };
        match &mut *stream.borrow_mut() {
            Stream::Buffer(buffer) => buffer.extend_from_slice(bytes),
            Stream::File { pending, .. } => {
                if pending.is_empty() && !bytes.is_empty() {
                    self.dirty.push(Rc::clone(stream));
                }
                pending.extend_from_slice(bytes);
            }
            Stream::Null => {}
            Stream::Input { .. } => return false,
        }
        true
    }

    /// Puts into the tree what was written to files.
    pub(crate) fn sync(&mut self) {
        for stream in std::mem::take(&mut self.dirty) {
            stream.borrow_mut().flush(self.world);
        }
    }

    /// A message as dash prints it.
    pub(crate) fn complain(&mut self, message: &str) {
        let text = format!("{}: {}: {message}\n", self.name, self.line);
        self.write(2, text.as_bytes());
    }

    /// An error that ends a shell.
    pub(crate) fn fatal(&mut self, message: &str) -> Flow {
        self.complain(message);
        Flow::Exit(2)
    }
}
