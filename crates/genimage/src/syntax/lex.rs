//! Words, strings and marks.

use std::path::Path;
use std::sync::Arc;

use super::{Place, Surroundings};
use crate::SyntaxError;

/// A word or a mark, and the line it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, a string or a variable.
    Word(String),
    /// One of `{`, `}`, `(`, `)`, `=` and `,`.
    Mark(char),
    /// `+=`.
    Append,
}

impl Token {
    /// For messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Mark(mark) => format!("`{mark}`"),
            Self::Append => "`+=`".to_owned(),
        }
    }
}

/// What ends a word, besides space (libconfuse, src/lexer.l, "an unquoted string").
const ENDS_WORD: &[u8] = b"#\"'={}()+,*";

struct Scanner<'a> {
    file: &'a Arc<Path>,
    rest: &'a [u8],
    line: u32,
    surroundings: &'a Surroundings<'a>,
}

/// Cuts `text` into tokens.
pub(super) fn tokens(
    file: &Arc<Path>,
    text: &[u8],
    surroundings: &Surroundings<'_>,
) -> Result<Vec<(Place, Token)>, SyntaxError> {
    let mut scanner = Scanner { file, rest: text, line: 1, surroundings };
    let mut found = Vec::new();
    while let Some(&first) = scanner.rest.first() {
        let at = scanner.place();
        let two = scanner.rest.get(1).copied();
        let token = match (first, two) {
            (b' ' | b'\t' | b'\r' | b'\n', _) => {
                scanner.step();
                continue;
            }
            (b'#', _) | (b'/', Some(b'/')) => {
                while !matches!(scanner.rest.first(), None | Some(b'\n')) {
                    scanner.step();
                }
                continue;
            }
            (b'/', Some(b'*')) => {
                scanner.comment()?;
                continue;
            }
            (b'+', Some(b'=')) => {
                scanner.step();
                scanner.step();
                Token::Append
            }
            (b'{' | b'}' | b'(' | b')' | b'=' | b',', _) => {
                scanner.step();
                Token::Mark(char::from(first))
            }
            (b'"', _) => Token::Word(scanner.double()?),
            (b'\'', _) => Token::Word(scanner.single()?),
            (b'$', Some(b'{')) => {
                let mut value = Vec::new();
                scanner.variable(&mut value)?;
                Token::Word(scanner.text(value, &at)?)
            }
            (b'+' | b'*', _) => {
                let found = format!("`{}`", char::from(first));
                return Err(SyntaxError::Syntax { at, expected: "a key, a value or a brace", found });
            }
            _ => Token::Word(scanner.word(&at)?),
        };
        found.push((at, token));
    }
    Ok(found)
}

impl Scanner<'_> {
    fn place(&self) -> Place {
        Place { file: self.file.clone(), line: self.line }
    }

    /// Takes one byte.
    fn step(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        self.line += u32::from(first == b'\n');
        Some(first)
    }

    fn open(at: Place, found: &'static str) -> SyntaxError {
        SyntaxError::Unclosed { at, what: found }
    }

    fn text(&self, bytes: Vec<u8>, at: &Place) -> Result<String, SyntaxError> {
        String::from_utf8(bytes).map_err(|_| SyntaxError::NotUtf8 { at: at.clone() })
    }

    fn comment(&mut self) -> Result<(), SyntaxError> {
        let at = self.place();
        while !self.rest.starts_with(b"*/") || self.rest.len() < 2 {
            self.step().ok_or_else(|| Self::open(at.clone(), "comment"))?;
        }
        self.step();
        self.step();
        Ok(())
    }

    fn word(&mut self, at: &Place) -> Result<String, SyntaxError> {
        let mut bytes = Vec::new();
        while let Some(&byte) = self.rest.first() {
            // A line's comment cannot begin within a word: `a//b` is one.
            if byte.is_ascii_whitespace() || ENDS_WORD.contains(&byte) || self.rest.starts_with(b"/*") {
                break;
            }
            bytes.push(byte);
            self.step();
        }
        self.text(bytes, at)
    }

    fn single(&mut self) -> Result<String, SyntaxError> {
        let at = self.place();
        self.step();
        let mut bytes = Vec::new();
        loop {
            let byte = self.step().ok_or_else(|| Self::open(at.clone(), "string"))?;
            match (byte, self.rest.first()) {
                (b'\'', _) => return self.text(bytes, &at),
                (b'\\', Some(b'\n')) => drop(self.step()),
                (b'\\', Some(&next @ (b'\\' | b'\''))) => {
                    self.step();
                    bytes.push(next);
                }
                _ => bytes.push(byte),
            }
        }
    }

    fn double(&mut self) -> Result<String, SyntaxError> {
        let at = self.place();
        self.step();
        let mut bytes = Vec::new();
        loop {
            if self.rest.starts_with(b"${") {
                self.variable(&mut bytes)?;
                continue;
            }
            match self.step().ok_or_else(|| Self::open(at.clone(), "string"))? {
                b'"' => return self.text(bytes, &at),
                b'\\' => self.escape(&mut bytes)?,
                byte => bytes.push(byte),
            }
        }
    }

    /// What follows a backslash between double quotes.
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), SyntaxError> {
        let at = self.place();
        let byte = self.step().ok_or_else(|| Self::open(at.clone(), "string"))?;
        bytes.push(match byte {
            b'\n' => return Ok(()),
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'a' => 0x07,
            b'b' => 0x08,
            b'v' => 0x0b,
            b'f' => 0x0c,
            b'e' => 0x1b,
            b'0'..=b'7' => {
                let more = self.digits(2, 8);
                let value = more.iter().fold(u32::from(byte - b'0'), |sum, digit| sum * 8 + digit);
                let bad = |_| SyntaxError::Syntax {
                    at,
                    expected: "an octal number up to `\\377`",
                    found: format!("`\\{value:o}`"),
                };
                u8::try_from(value).map_err(bad)?
            }
            b'x' if self.rest.first().is_some_and(u8::is_ascii_hexdigit) => {
                self.digits(2, 16).iter().fold(0, |sum, digit| sum * 16 + *digit as u8)
            }
            other => other,
        });
        Ok(())
    }

    /// At most `most` digits of that base.
    fn digits(&mut self, most: usize, base: u32) -> Vec<u32> {
        let digit = |byte: &u8| char::from(*byte).to_digit(base);
        let found: Vec<u32> = self.rest.iter().take(most).map_while(digit).collect();
        self.rest = &self.rest[found.len()..];
        found
    }

    /// `${NAME}` or `${NAME:-what else}`.
    fn variable(&mut self, bytes: &mut Vec<u8>) -> Result<(), SyntaxError> {
        let at = self.place();
        let end = self.rest.iter().position(|&byte| matches!(byte, b'}' | b'\n'));
        let end =
            end.filter(|end| self.rest[*end] == b'}').ok_or_else(|| Self::open(at.clone(), "variable"))?;
        let inner = self.text(self.rest[2..end].to_vec(), &at)?;
        for _ in 0..=end {
            self.step();
        }
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default.to_owned())),
            None => (inner.as_str(), None),
        };
        let value = (self.surroundings.variable)(name).or(default);
        let value = value.ok_or_else(|| SyntaxError::NoVariable { at, name: name.to_owned() })?;
        bytes.extend_from_slice(value.as_bytes());
        Ok(())
    }
}
