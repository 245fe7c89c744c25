//! Finding and running programs: the host's, and scripts of the tree.

use std::sync::Arc;

use bringup_tree::Kind;

use super::{Descriptors, Flow, Outcome, Shell};
use crate::builtin::{self, Builtin};
use crate::syntax::Command;
use crate::{Call, Status, Stop};

/// Where commands are, whatever PATH says: a name below one of these is the host's business.
const FOLDERS: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The shells that this crate is.
const SHELLS: [&str; 3] = ["sh", "dash", "bash"];

/// What a name stands for in a command.
pub(crate) enum Found {
    Builtin(&'static Builtin),
    Function(Arc<Command>),
    Program,
}

impl Shell<'_> {
    /// Special builtins, then functions, then other builtins, then programs.
    pub(crate) fn find(&self, name: &str, functions: bool) -> Found {
        let builtin = builtin::find(name, self.state.options.bash);
        if let Some(builtin) = builtin.filter(|builtin| builtin.special) {
            return Found::Builtin(builtin);
        }
        if let Some(body) = self.state.functions.get(name).filter(|_| functions) {
            return Found::Function(Arc::clone(body));
        }
        builtin.map_or(Found::Program, Found::Builtin)
    }

    /// The program that PATH finds, or at a path: absolute; none if nothing can be run there.
    pub(crate) fn located(&self, name: &str) -> Option<String> {
        let runs = |path: &str| {
            let node = self.world.stat(path)?;
            (matches!(node.kind, Kind::File(_)) && node.meta.mode & 0o111 != 0).then(|| path.to_owned())
        };
        if name.contains('/') {
            return runs(name);
        }
        let folders = self.get("PATH").unwrap_or_default().split(':');
        folders.filter(|_| !name.is_empty()).find_map(|folder| {
            let folder = if folder.is_empty() { "." } else { folder };
            runs(&format!("{}/{name}", folder.trim_end_matches('/')))
        })
    }

    /// Runs a program; says, behind `prefix`, if there is none.
    pub(crate) fn program(&mut self, fields: &[String], prefix: &str) -> Outcome {
        let name = &fields[0];
        let (status, what) = match self.launch(fields)? {
            Launched::Status(status) => return Ok(status),
            Launched::Missing if name.is_empty() => (127, "Permission denied"),
            Launched::Missing => (127, "not found"),
            Launched::Denied => (126, "Permission denied"),
        };
        self.complain(&format!("{prefix}{name}: {what}"));
        Ok(status)
    }

    /// As `execvp` would: builtins that are programs too, and programs.
    pub(super) fn execute(&mut self, fields: &[String]) -> Outcome {
        let Some(name) = fields.first() else { return Ok(0) };
        let base = name.rsplit('/').next().unwrap_or_default();
        if let Some(builtin) = builtin::find(base, true).filter(|builtin| builtin.program) {
            return self.builtin(builtin, fields, true);
        }
        self.deeper(|shell| {
            Ok(match shell.launch(fields)? {
                Launched::Status(status) => status,
                Launched::Missing => 127,
                Launched::Denied => 126,
            })
        })
    }

    fn launch(&mut self, fields: &[String]) -> Result<Launched, Flow> {
        self.sync();
        self.export();
        let name = fields[0].as_str();
        let (folder, base) =
            name.rsplit_once('/').map_or((None, name), |(folder, base)| (Some(folder), base));
        if folder.is_none_or(|folder| FOLDERS.contains(&folder)) {
            if SHELLS.contains(&base) {
                return self.interpreter(fields).map(Launched::Status);
            }
            // A name of its own that is also a builtin, called by its path.
            if let Some(builtin) = builtin::find(base, true).filter(|builtin| builtin.program) {
                return self.builtin(builtin, fields, true).map(Launched::Status);
            }
            if let Some(status) = self.hosted(base, &fields[1..])? {
                return Ok(Launched::Status(status));
            }
            let Some(path) = self.located(name) else { return Ok(Launched::Missing) };
            return self.file(&path, fields).map(Launched::Status);
        }
        let Some(node) = self.world.stat(name) else { return Ok(Launched::Missing) };
        if !matches!(node.kind, Kind::File(_)) || node.meta.mode & 0o111 == 0 {
            return Ok(Launched::Denied);
        }
        self.file(name, fields).map(Launched::Status)
    }

    /// Runs a command of the host on this shell's streams.
    fn hosted(&mut self, base: &str, arguments: &[String]) -> Result<Option<Status>, Flow> {
        let (data, start) = self.state.descriptors.readable(0).unwrap_or_default();
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut call = Call {
            name: base,
            arguments,
            input: &data[start..],
            output: &mut output,
            errors: &mut errors,
            world: &mut *self.world,
        };
        let result = self.host.run(&mut call);
        let left = call.input.len();
        if left < data.len() - start {
            self.state.descriptors.seek(0, data.len() - left);
        }
        self.write(1, &output);
        self.write(2, &errors);
        let status = result?;
        for (name, value) in self.host.take_assignments() {
            self.set(&name, value)?;
        }
        Ok(status)
    }

    /// Runs an executable file of the tree, if it is a script of a shell.
    fn file(&mut self, path: &str, fields: &[String]) -> Outcome {
        let unknown = || Flow::from(Stop::Unknown { command: fields[0].clone() });
        let bytes = self.world.read(path).map_err(|_| unknown())?;
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        if shebang(&line).is_none() {
            let base = path.rsplit('/').next().unwrap_or_default();
            return self.hosted(base, &fields[1..])?.ok_or_else(unknown);
        }
        self.interpret(path, &String::from_utf8_lossy(&bytes), &fields[1..], |shell, text| {
            shell.shebang(text)
        })
    }

    /// Runs a text as a script of its own.
    fn interpret(
        &mut self,
        name: &str,
        text: &str,
        arguments: &[String],
        prepare: impl FnOnce(&mut Shell<'_>, &str),
    ) -> Outcome {
        self.export();
        let (cwd, umask) = (self.world.cwd.clone(), self.world.umask);
        let descriptors: Descriptors = self.state.descriptors.clone();
        let mut inner = Shell::new(name, arguments, descriptors, self.world, self.host);
        inner.limit = self.limit;
        prepare(&mut inner, text);
        let result = inner.script(text);
        (self.world.cwd, self.world.umask) = (cwd, umask);
        self.stale = true;
        Ok(result?)
    }

    /// Sets the options of a script's first line.
    pub(super) fn shebang(&mut self, text: &str) {
        if let Some((bash, options)) = shebang(text.lines().next().unwrap_or_default()) {
            self.state.options.bash = bash;
            // The kernel gives all behind the shell's path as one argument; unknown letters are the shell's error.
            if let Some(letters) = options.strip_prefix('-') {
                letters.chars().for_each(|letter| {
                    self.option(letter, true);
                });
            }
        }
    }

    /// `sh`, `dash` or `bash` as a program.
    fn interpreter(&mut self, fields: &[String]) -> Outcome {
        let bash = fields[0].ends_with("bash");
        let (mut letters, mut command, mut at) = (String::new(), false, 1);
        while let Some(option) = fields.get(at) {
            if option == "--" {
                at += 1;
                break;
            }
            let Some(own) = option.strip_prefix('-').filter(|own| !own.is_empty()) else { break };
            if own.starts_with('-') || !own.chars().all(|letter| "ceuxfvs".contains(letter)) {
                return Err(self.unsupported(&fields[0], format!("`{option}`")));
            }
            command |= own.contains('c');
            letters.push_str(&own.replace('c', ""));
            at += 1;
        }
        let rest = &fields[at.min(fields.len())..];
        let (name, text, arguments) = match rest {
            [text, rest @ ..] if command => {
                (rest.first().unwrap_or(&fields[0]), text.clone(), rest.get(1..).unwrap_or_default())
            }
            [] if command => {
                self.complain("-c requires an argument");
                return Ok(2);
            }
            [path, arguments @ ..] if !letters.contains('s') => {
                let Ok(bytes) = self.world.read(path) else {
                    let message = format!("{}: 0: cannot open {path}: No such file\n", fields[0]);
                    self.write(2, message.as_bytes());
                    return Ok(2);
                };
                (path, String::from_utf8_lossy(&bytes).into_owned(), arguments)
            }
            arguments => {
                let (data, start) = self.state.descriptors.readable(0).unwrap_or_default();
                self.state.descriptors.seek(0, data.len());
                (&fields[0], String::from_utf8_lossy(&data[start..]).into_owned(), arguments)
            }
        };
        self.interpret(name, &text, arguments, |shell, _| {
            shell.state.options.bash = bash;
            letters.chars().for_each(|letter| {
                shell.option(letter, true);
            });
        })
    }
}

enum Launched {
    Status(Status),
    Missing,
    Denied,
}

/// Whether a first line asks for a shell: whether that is bash, and its options.
fn shebang(line: &str) -> Option<(bool, &str)> {
    let line = line.strip_prefix("#!")?.trim();
    let (path, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let rest = rest.trim();
    let (path, rest) = if path == "/usr/bin/env" { (rest, "") } else { (path, rest) };
    let name = path.rsplit('/').next().unwrap_or_default();
    SHELLS.contains(&name).then_some((name == "bash", rest))
}
