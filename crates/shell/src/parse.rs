//! Text to [`Program`].

mod command;
mod document;
mod expansion;
mod word;

use std::sync::{Arc, OnceLock};

use crate::Stop;
use crate::syntax::{Program, Word};

/// How deep commands, substitutions and expansions may stand in one another.
const MAX_DEPTH: usize = 100;

/// Parses a script, all of it before any of it runs.
///
/// Bytes of a script that are not UTF-8 may be given as U+FFFD: they are only accepted in comments.
///
/// # Errors
/// [`Stop::At`] around [`Stop::Syntax`] or [`Stop::NotText`], with the line but no script name.
pub fn parse(text: &str) -> Result<Program, Stop> {
    program(text).map_err(|fault| Stop::At {
        script: "script".to_owned(),
        line: fault.line,
        stop: Box::new(fault.stop),
    })
}

/// Why and where a text is no script.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) line: usize,
    pub(crate) stop: Stop,
}

pub(crate) fn program(text: &str) -> Result<Program, Fault> {
    let first = text.lines().next().unwrap_or_default();
    let bash = first.starts_with("#!") && first.contains("bash");
    part(text, bash, 1, 0)
}

/// A program in a program: the text of `eval`, of a trap or between backquotes.
pub(crate) fn part(text: &str, bash: bool, line: usize, depth: usize) -> Result<Program, Fault> {
    let mut parser = Parser { text, at: 0, line, bash, depth, pending: Vec::new(), retries: 0 };
    let body = parser.list()?;
    parser.end()?;
    Ok(Program { body, bash })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    bash: bool,
    depth: usize,
    pending: Vec<Pending>,
    /// How often `$((` was no arithmetic; bounded, as each costs a second look.
    retries: usize,
}

/// A here-document whose text has not been reached.
struct Pending {
    delimiter: String,
    quoted: bool,
    tabs: bool,
    body: Arc<OnceLock<Word>>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn looking_at(&self, text: &str) -> bool {
        self.text.as_bytes()[self.at.min(self.text.len())..].starts_with(text.as_bytes())
    }

    /// Goes past `text` if it is next.
    fn accept(&mut self, text: &str) -> bool {
        let found = self.looking_at(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Goes past one character.
    fn character(&mut self) -> Option<&'a str> {
        let character = self.rest().chars().next()?;
        let start = self.at;
        self.at += character.len_utf8();
        self.line += usize::from(character == '\n');
        Some(&self.text[start..self.at])
    }

    fn fault(&self, what: impl Into<String>) -> Fault {
        Fault { line: self.line, stop: Stop::Syntax { what: what.into() } }
    }

    fn unexpected(&self) -> Fault {
        match self.rest().chars().next() {
            None => self.fault("the text ends in the middle of a command"),
            Some('\n') => self.fault("unexpected end of line"),
            Some(_) => {
                let end = self.rest().find(|c: char| c.is_ascii_whitespace()).unwrap_or(self.rest().len());
                let shown: String = self.rest()[..end].chars().take(20).collect();
                self.fault(format!("unexpected `{shown}`"))
            }
        }
    }

    /// One level deeper, for `body`.
    fn nested<T>(&mut self, body: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fault(format!("nested deeper than {MAX_DEPTH}")));
        }
        self.depth += 1;
        let result = body(self);
        self.depth -= 1;
        result
    }

    /// Goes past blanks, continued lines and a comment.
    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.peek_at(1) == Some(b'\n') => {
                    self.at += 2;
                    self.line += 1;
                }
                Some(b'#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    /// Goes past one end of line, and the here-documents behind it.
    fn newline(&mut self) -> Result<bool, Fault> {
        if self.peek() != Some(b'\n') {
            return Ok(false);
        }
        self.at += 1;
        self.line += 1;
        self.documents()?;
        Ok(true)
    }

    /// Goes past blanks, comments and empty lines.
    fn lines(&mut self) -> Result<(), Fault> {
        loop {
            self.blanks();
            if !self.newline()? {
                return Ok(());
            }
        }
    }

    /// Nothing may be left.
    fn end(&mut self) -> Result<(), Fault> {
        self.lines()?;
        if self.peek().is_some() {
            return Err(self.unexpected());
        }
        // A here-document of the last line, with no line behind it, is empty.
        self.documents()
    }
}

/// Whether `byte` ends a word.
fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')
}

/// How long a variable's name is at the start of `text`; 0 if there is none.
pub(crate) fn name_length(text: &[u8]) -> usize {
    if text.first().is_none_or(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}
