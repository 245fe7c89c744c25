//! Where a toolchain's programs run: folders of the host, mounted at the same places for everybody.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bringup_sandbox::{Access, Command, Ids};
use bringup_store::{Key, Store};

use crate::environment::{BIN, SYSROOT, files};
use crate::{Error, Toolchain};

/// How much of a log an error shows.
const LOG_LINES: usize = 40;
const LOG_BYTES: u64 = 16 << 10;

/// Mounts, enters a folder and becomes the program. Arguments: pairs of what is mounted and where, `--`,
/// the folder, the program and its arguments. Being root of a user namespace allows the mounts; what
/// is bound read-only stays so.
const LAUNCHER: &str = "set -e\n\
    while [ \"$1\" != -- ]; do\n  mkdir -p \"$2\"\n  mount --no-mtab --bind \"$1\" \"$2\"\n  shift 2\ndone\n\
    shift\ncd \"$1\"\nshift\nexec \"$@\"\n";

/// A folder of the host and where programs see it.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) from: PathBuf,
    pub(crate) to: String,
    pub(crate) access: Access,
}

/// A toolchain with its mounts and its environment.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    toolchain: &'a Toolchain,
    mounts: Vec<Mount>,
    environment: BTreeMap<String, String>,
    log: PathBuf,
}

impl<'a> Bench<'a> {
    /// With the compilers under their own names; what steps write goes to the file `log`.
    pub(crate) fn new(
        toolchain: &'a Toolchain,
        store: &Store,
        log: &Path,
        environment: BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        let read_only = |from: PathBuf, to: &str| Mount { from, to: to.to_owned(), access: Access::ReadOnly };
        let mounts =
            vec![read_only(bin(toolchain, store)?, BIN), read_only(toolchain.sysroot.clone(), SYSROOT)];
        Ok(Self { toolchain, mounts, environment, log: log.to_owned() })
    }

    pub(crate) fn mount(&mut self, from: &Path, to: String, access: Access) {
        self.mounts.push(Mount { from: from.to_owned(), to, access });
    }

    /// A command in the folder `cwd`, which has to be mounted.
    pub(crate) fn command(&self, cwd: &str, program: &[impl AsRef<str>]) -> Result<Command, Error> {
        let run = |source| Error::Run { program: "sh".to_owned(), source };
        let mut command = Command::new(&self.toolchain.root, "sh").map_err(run)?;
        command.ids(Ids::Root).args(["-c", LAUNCHER, "launcher"]);
        for mount in &self.mounts {
            command.bind(&mount.from, mount.access).arg(&mount.from).arg(&mount.to);
        }
        command.arg("--").arg(cwd).args(program.iter().map(AsRef::as_ref));
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        Ok(command)
    }

    /// Runs a command to its end; what it writes goes into the log, whose end is in the error.
    pub(crate) fn run(
        &self,
        component: &str,
        step: &str,
        cwd: &str,
        program: &[impl AsRef<str>],
    ) -> Result<(), Error> {
        let failed = Error::io("write", &self.log);
        let logs = File::create(&self.log).and_then(|log| Ok((log.try_clone()?, log)));
        let (output, errors) = logs.map_err(failed)?;
        let run = |source| Error::Run { program: program[0].as_ref().to_owned(), source };
        let mut command = self.command(cwd, program)?;
        let status = command.stdout(output).stderr(errors).spawn().and_then(|mut child| child.wait());
        let status = status.map_err(run)?;
        if status.success() {
            return Ok(());
        }
        use std::os::unix::process::ExitStatusExt;
        // As a shell says it.
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
        Err(Error::Step {
            component: component.to_owned(),
            step: step.to_owned(),
            status: code,
            log: self.tail()?,
        })
    }

    /// The last lines of the log.
    fn tail(&self) -> Result<String, Error> {
        let read = || {
            let mut file = File::open(&self.log)?;
            let len = file.metadata()?.len();
            file.seek(SeekFrom::Start(len.saturating_sub(LOG_BYTES)))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes: Vec<u8> = read().map_err(Error::io("read", &self.log))?;
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        Ok(lines[lines.len().saturating_sub(LOG_LINES)..].join("\n"))
    }
}

/// The folder of what is mounted at [`BIN`].
fn bin(toolchain: &Toolchain, store: &Store) -> Result<PathBuf, Error> {
    let files = files(toolchain);
    let mut key = Key::new("compiler names", 1);
    for (name, text, mode) in &files {
        key = key.input(name, text).input("mode", mode.to_le_bytes());
    }
    let made = store.derive_dir(&key, |folder| {
        for (name, text, mode) in &files {
            let path = folder.join(name);
            let opened = File::options().write(true).create_new(true).mode(*mode).open(&path);
            let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
            written.map_err(Error::io("write", &path))?;
        }
        Ok(())
    });
    made.map_err(Error::from_derive)
}
