//! Statements: commands, blocks and conditions (GRUB 2.12, grub-core/script/parser.y).

use super::words::{Piece, Token};
use super::{WHAT, bad_line};
use crate::Error;

/// Blocks within blocks that are read; menus have three or four.
const MAX_DEPTH: usize = 32;

/// Statements of one file that are read.
const MAX_STATEMENTS: usize = 20_000;

#[derive(Debug)]
pub(super) enum Statement<'t> {
    /// A command; with a block behind it if it is a `menuentry` or a `submenu`.
    Command { words: Vec<&'t [Piece]>, body: Option<Vec<Statement<'t>>>, line: usize },
    /// Conditions with what they lead to, and what else happens.
    If { branches: Vec<(Vec<Statement<'t>>, Vec<Statement<'t>>)>, otherwise: Vec<Statement<'t>> },
}

pub(super) fn statements(tokens: &[(Token, usize)]) -> Result<Vec<Statement<'_>>, Error> {
    let mut parser = Parser { tokens, at: 0, depth: 0, count: 0 };
    let statements = parser.list(|_| false)?;
    match parser.tokens.get(parser.at) {
        Some((_, line)) => Err(bad_line(*line, "`}` ends nothing")),
        None => Ok(statements),
    }
}

struct Parser<'t> {
    tokens: &'t [(Token, usize)],
    at: usize,
    depth: usize,
    count: usize,
}

impl<'t> Parser<'t> {
    /// Statements up to a keyword, a `}` or the end of the file, which is not read.
    fn list(&mut self, is_end: fn(&str) -> bool) -> Result<Vec<Statement<'t>>, Error> {
        let mut list = Vec::new();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::TooMany { what: WHAT, part: "blocks within each other", limit: MAX_DEPTH });
        }
        while let Some((token, line)) = self.tokens.get(self.at) {
            match (token, self.keyword()) {
                (Token::Close, _) => break,
                (_, Some(word)) if is_end(word) => break,
                (Token::End, _) => self.at += 1,
                (Token::Open, _) => list.append(&mut self.block()?),
                (_, Some("if")) => list.push(self.condition()?),
                (_, Some("for" | "while" | "until")) => self.pass_over("done", *line)?,
                (_, Some("function")) => {
                    self.at += 1;
                    self.command()?;
                }
                _ => list.push(self.command()?),
            }
            self.count += 1;
            if self.count > MAX_STATEMENTS {
                return Err(Error::TooMany { what: WHAT, part: "statements", limit: MAX_STATEMENTS });
            }
        }
        self.depth -= 1;
        Ok(list)
    }

    /// The next word, if it is plain text and so may be a keyword.
    fn keyword(&self) -> Option<&'t str> {
        match self.tokens.get(self.at) {
            Some((Token::Word(pieces), _)) => match pieces.as_slice() {
                [Piece::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn command(&mut self) -> Result<Statement<'t>, Error> {
        let tokens = self.tokens;
        let line = tokens.get(self.at).map_or(0, |(_, line)| *line);
        let mut words = Vec::new();
        let mut body = None;
        while let Some((token, _)) = tokens.get(self.at) {
            match token {
                Token::Word(pieces) => {
                    words.push(pieces.as_slice());
                    self.at += 1;
                }
                Token::Open => {
                    body = Some(self.block()?);
                    break;
                }
                Token::End | Token::Close => break,
            }
        }
        Ok(Statement::Command { words, body, line })
    }

    /// What is between `{` and `}`.
    fn block(&mut self) -> Result<Vec<Statement<'t>>, Error> {
        let line = self.tokens[self.at].1;
        self.at += 1;
        let list = self.list(|_| false)?;
        if !matches!(self.tokens.get(self.at), Some((Token::Close, _))) {
            return Err(bad_line(line, "`{` has no end"));
        }
        self.at += 1;
        Ok(list)
    }

    fn condition(&mut self) -> Result<Statement<'t>, Error> {
        let line = self.tokens[self.at].1;
        let mut branches = Vec::new();
        loop {
            // `if` or `elif`.
            self.at += 1;
            let condition = self.list(|word| word == "then")?;
            self.expect("then", line)?;
            let body = self.list(|word| matches!(word, "elif" | "else" | "fi"))?;
            branches.push((condition, body));
            if self.keyword() != Some("elif") {
                break;
            }
        }
        let mut otherwise = Vec::new();
        if self.keyword() == Some("else") {
            self.at += 1;
            otherwise = self.list(|word| word == "fi")?;
        }
        self.expect("fi", line)?;
        Ok(Statement::If { branches, otherwise })
    }

    fn expect(&mut self, word: &str, line: usize) -> Result<(), Error> {
        if self.keyword() != Some(word) {
            return Err(bad_line(line, "`if` lacks its `then` or `fi`"));
        }
        self.at += 1;
        Ok(())
    }

    fn pass_over(&mut self, end: &str, line: usize) -> Result<(), Error> {
        while self.at < self.tokens.len() {
            let is_end = self.keyword() == Some(end);
            self.at += 1;
            if is_end {
                return Ok(());
            }
        }
        Err(bad_line(line, "a loop lacks its `done`"))
    }
}
