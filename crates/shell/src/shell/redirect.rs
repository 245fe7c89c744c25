//! Redirections.

use super::stream::Stream;
use super::{Flow, Shell};
use crate::syntax::{Redirection, Target};
use crate::{Failure, Stop};

impl Shell<'_> {
    /// Opens files in order; false, with a message printed, if one cannot be.
    pub(super) fn redirect(&mut self, redirections: &[Redirection]) -> Result<bool, Flow> {
        for Redirection { fd, target } in redirections {
            let done = match target {
                Target::Document(body) => {
                    let text = match body.get() {
                        Some(word) => self.single(word)?,
                        None => String::new(),
                    };
                    self.state.descriptors.set(*fd, Some(Stream::input(text.into_bytes())));
                    true
                }
                Target::Duplicate(word) => {
                    let from = self.single(word)?;
                    self.duplicate(*fd, &from)?
                }
                Target::Read(word) => {
                    let path = self.single(word)?;
                    self.open(*fd, &path, false, false)?
                }
                Target::Write(word) => {
                    let path = self.single(word)?;
                    self.open(*fd, &path, true, false)?
                }
                Target::Append(word) => {
                    let path = self.single(word)?;
                    self.open(*fd, &path, true, true)?
                }
                Target::Both(word) => {
                    let path = self.single(word)?;
                    self.open(1, &path, true, false)? && self.duplicate(2, "1")?
                }
            };
            if !done {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn duplicate(&mut self, fd: usize, from: &str) -> Result<bool, Flow> {
        if from == "-" {
            self.state.descriptors.set(fd, None);
            return Ok(true);
        }
        if from.len() != 1 || !from.as_bytes()[0].is_ascii_digit() {
            if self.state.options.bash && fd == 1 {
                return Ok(self.open(1, from, true, false)? && self.duplicate(2, "1")?);
            }
            return Err(self.fatal("Syntax error: Bad fd number"));
        }
        let number = usize::from(from.as_bytes()[0] - b'0');
        let Some(stream) = self.state.descriptors.get(number).cloned() else {
            self.complain(&format!("{number}: Bad file descriptor"));
            return Ok(false);
        };
        self.state.descriptors.set(fd, Some(stream));
        Ok(true)
    }

    fn open(&mut self, fd: usize, path: &str, write: bool, append: bool) -> Result<bool, Flow> {
        let own = match path {
            "/dev/stdin" => Some("0"),
            "/dev/stdout" => Some("1"),
            "/dev/stderr" => Some("2"),
            _ => path.strip_prefix("/dev/fd/").or_else(|| path.strip_prefix("/proc/self/fd/")),
        };
        if let Some(number) = own {
            return self.duplicate(fd, number);
        }
        self.sync();
        let resolved = match self.world.followed(path) {
            Ok(resolved) => resolved,
            Err(failure) => return Ok(self.refused(path, write, failure)),
        };
        if resolved == b"dev/null" {
            let stream = if write { Stream::Null.shared() } else { Stream::input(Vec::new()) };
            self.state.descriptors.set(fd, Some(stream));
            return Ok(true);
        }
        if resolved == b"dev/tty" {
            self.complain(&format!("cannot {} {path}: No such device or address", verb(write)));
            return Ok(false);
        }
        if resolved.starts_with(b"dev/") || resolved.starts_with(b"proc/") || resolved.starts_with(b"sys/") {
            // What a device or the kernel would say is not known.
            return Err(self.unsupported(if write { ">" } else { "<" }, format!("`{path}`")));
        }
        if !write {
            return match self.world.read(path) {
                Ok(data) => {
                    self.state.descriptors.set(fd, Some(Stream::input(data)));
                    Ok(true)
                }
                Err(failure) => Ok(self.refused(path, write, failure)),
            };
        }
        let there = matches!(self.world.stat(path).map(|node| &node.kind), Some(bringup_tree::Kind::File(_)));
        if !(append && there)
            && let Err(failure) = self.world.write(path, Vec::new())
        {
            return Ok(self.refused(path, write, failure));
        }
        let Ok(path) = String::from_utf8(resolved) else {
            return Err(Stop::NotText { what: "a path".to_owned() }.into());
        };
        let file = Stream::File { path: format!("/{path}"), at: 0, append, pending: Vec::new() };
        self.state.descriptors.set(fd, Some(file.shared()));
        Ok(true)
    }

    /// Says why a file cannot be opened.
    fn refused(&mut self, path: &str, write: bool, failure: Failure) -> bool {
        // dash, error.c: its own words for ENOENT and ENOTDIR.
        let text = match failure {
            Failure::Missing | Failure::NotDirectory if write => "Directory nonexistent",
            Failure::Missing | Failure::NotDirectory => "No such file",
            other => other.text(),
        };
        self.complain(&format!("cannot {} {path}: {text}", verb(write)));
        false
    }
}

fn verb(write: bool) -> &'static str {
    if write { "create" } else { "open" }
}
