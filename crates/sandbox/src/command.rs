//! A program to run, and what it gets to see.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use crate::enter::{self, Failure};
use crate::loader::{self, Start};
use crate::{Child, Error, Output, Root, Way, plan};

/// The environment of every program, whatever the caller's is.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("HOME", "/tmp"),
    ("LC_ALL", "C.UTF-8"),
    ("PATH", "/usr/sbin:/usr/bin"),
    ("TERM", "dumb"),
    ("TZ", "UTC"),
];

/// What a program may do with a path of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read it; of what is mounted below it, only the topmost file system is protected.
    ReadOnly,
    /// Read and write it.
    ReadWrite,
}

/// Who a program believes to be. Files it makes are the caller's in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ids {
    /// The user that calls.
    #[default]
    Same,
    /// Root, with every right inside its namespaces. The loader's way cannot do this and does as
    /// for `Same`.
    Root,
}

/// A program to run, and what it gets to see.
#[derive(Debug)]
pub struct Command {
    root: Root,
    /// As asked for: `argv[0]`.
    name: String,
    /// Path in the root, without leading slash.
    inside: String,
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    binds: Vec<(PathBuf, Access)>,
    cwd: PathBuf,
    ids: Ids,
    network: bool,
    stdin: Option<Stdio>,
    stdout: Option<Stdio>,
    stderr: Option<Stdio>,
}

impl Command {
    /// A program of `root`, by its name or by its path in the root.
    ///
    /// # Errors
    /// The root does not hold it.
    pub fn new(root: &Root, program: &str) -> Result<Self, Error> {
        let environment = ENVIRONMENT.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Ok(Self {
            root: root.clone(),
            name: program.to_owned(),
            inside: root.find(program)?,
            arguments: Vec::new(),
            environment,
            binds: Vec::new(),
            cwd: "/".into(),
            ids: Ids::Same,
            network: false,
            stdin: None,
            stdout: None,
            stderr: None,
        })
    }

    /// Adds an argument.
    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> &mut Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable.
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.environment.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Shows the program an absolute path of the host, at the same place.
    pub fn bind(&mut self, path: impl AsRef<Path>, access: Access) -> &mut Self {
        self.binds.push((path.as_ref().to_owned(), access));
        self
    }

    /// The folder it starts in, as it sees it; otherwise `/`.
    pub fn cwd(&mut self, path: impl AsRef<Path>) -> &mut Self {
        self.cwd = path.as_ref().to_owned();
        self
    }

    /// Who it believes to be.
    pub fn ids(&mut self, ids: Ids) -> &mut Self {
        self.ids = ids;
        self
    }

    /// Whether it shares the host's network; otherwise it has none. The loader's way always does.
    pub fn network(&mut self, network: bool) -> &mut Self {
        self.network = network;
        self
    }

    /// Its standard input; otherwise empty.
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.stdin = Some(stdin.into());
        self
    }

    /// Its standard output; otherwise the caller's, or collected by [`output`](Self::output).
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.stdout = Some(stdout.into());
        self
    }

    /// Its standard error; otherwise the caller's, or collected by [`output`](Self::output).
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.stderr = Some(stderr.into());
        self
    }

    /// The path that the program sees the root's `path` at; see [`Root::path`].
    pub fn path_in_root(&self, path: &str) -> PathBuf {
        self.root.path(path)
    }

    /// Starts it. The standard streams given are used up.
    ///
    /// The kernel kills it when the calling *thread* ends: start long-lived programs from a thread
    /// that outlives them.
    ///
    /// # Errors
    /// The kernel refuses, a bound path is missing, or (the loader's way) there is no loader.
    pub fn spawn(&mut self) -> Result<Child, Error> {
        let (start, steps) = match self.root.way() {
            Way::Loader => (loader::start(&self.root, &self.inside, &self.name)?, plan::last(&self.cwd)?),
            Way::Namespace | Way::Auto => {
                let wanted = plan::Wanted {
                    root: &self.root,
                    binds: &self.binds,
                    cwd: &self.cwd,
                    ids: self.ids,
                    network: self.network,
                };
                // Or execvp(3) would try it as a script of the shell.
                self.root.starter(&self.root.resolve(&self.inside))?;
                let program = Path::new("/").join(&self.inside);
                (Start { program, arguments: Vec::new() }, plan::namespace(&wanted)?)
            }
        };
        let mut command = process::Command::new(&start.program);
        if self.root.way() != Way::Loader {
            std::os::unix::process::CommandExt::arg0(&mut command, &self.name);
        }
        command.args(start.arguments).args(&self.arguments).env_clear().envs(&self.environment);
        command.stdin(self.stdin.take().unwrap_or_else(Stdio::null));
        command.stdout(self.stdout.take().unwrap_or_else(Stdio::inherit));
        command.stderr(self.stderr.take().unwrap_or_else(Stdio::inherit));
        let program = self.name.clone();
        match enter::spawn(command, steps) {
            Ok(child) => Ok(Child::new(child, program)),
            Err(Failure::Step(step, source)) => Err(Error::Setup { program, step, source }),
            Err(Failure::Exec(source)) => Err(Error::Start { program, source }),
        }
    }

    /// Runs it to its end and collects what it wrote, whatever its status.
    ///
    /// # Errors
    /// As for [`spawn`](Self::spawn).
    pub fn output(&mut self) -> Result<Output, Error> {
        self.stdout.get_or_insert_with(Stdio::piped);
        self.stderr.get_or_insert_with(Stdio::piped);
        self.spawn()?.output()
    }

    /// Runs it to its end and collects what it wrote.
    ///
    /// # Errors
    /// As for [`spawn`](Self::spawn), and if its status is not 0 or it was killed.
    pub fn run(&mut self) -> Result<Output, Error> {
        self.output()?.success()
    }
}
