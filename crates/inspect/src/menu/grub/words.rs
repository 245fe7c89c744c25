//! Words and what separates them (GRUB Manual 2.12, "Shell-like scripting"; grub-core/script/yylex.l).

use std::iter::Peekable;
use std::str::Chars;

use super::bad_line;
use crate::Error;

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The value of a variable; one without quotes falls apart at its blanks.
    Variable {
        name: String,
        is_quoted: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(Vec<Piece>),
    /// A line's end, a semicolon, or another operator.
    End,
    Open,
    Close,
}

/// Tokens with the lines they begin on.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, Error> {
    let mut lexer = Lexer { rest: text.chars().peekable(), line: 1 };
    let mut tokens = Vec::new();
    while let Some(&next) = lexer.rest.peek() {
        let line = lexer.line;
        match next {
            ' ' | '\t' | '\r' => lexer.skip(),
            '#' => while lexer.rest.next_if(|&found| found != '\n').is_some() {},
            '\n' | ';' | '|' | '&' | '<' | '>' => {
                lexer.skip();
                tokens.push((Token::End, line));
            }
            '{' => {
                lexer.skip();
                tokens.push((Token::Open, line));
            }
            '}' => {
                lexer.skip();
                tokens.push((Token::Close, line));
            }
            _ => tokens.push((Token::Word(lexer.word()?), line)),
        }
    }
    Ok(tokens)
}

struct Lexer<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    fn skip(&mut self) {
        self.next();
    }

    fn word(&mut self) -> Result<Vec<Piece>, Error> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        // Quotes make a word even of nothing.
        let mut is_word = false;
        while let Some(&next) = self.rest.peek() {
            match next {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '<' | '>' | '{' | '}' => break,
                '\\' => {
                    self.skip();
                    // With a line's end, it makes one line of two.
                    text.extend(self.next().filter(|&escaped| escaped != '\n'));
                }
                '\'' => {
                    self.skip();
                    is_word = true;
                    let line = self.line;
                    loop {
                        match self.next() {
                            Some('\'') => break,
                            Some(quoted) => text.push(quoted),
                            None => return Err(bad_line(line, "a quote has no end")),
                        }
                    }
                }
                '"' => {
                    self.skip();
                    is_word = true;
                    self.double_quoted(&mut pieces, &mut text)?;
                }
                '$' => {
                    self.skip();
                    self.variable(false, &mut pieces, &mut text)?;
                }
                _ => text.extend(self.next()),
            }
        }
        if !text.is_empty() || is_word {
            pieces.push(Piece::Text(text));
        }
        Ok(pieces)
    }

    fn double_quoted(&mut self, pieces: &mut Vec<Piece>, text: &mut String) -> Result<(), Error> {
        let line = self.line;
        loop {
            match self.next() {
                Some('"') => return Ok(()),
                // In front of anything else, it stands for itself.
                Some('\\') => match self.rest.next_if(|next| matches!(next, '$' | '"' | '\\')) {
                    Some(escaped) => text.push(escaped),
                    None => text.push('\\'),
                },
                Some('$') => self.variable(true, pieces, text)?,
                Some(quoted) => text.push(quoted),
                None => return Err(bad_line(line, "a quote has no end")),
            }
        }
    }

    /// Behind a `$`: a name, one in braces, or neither, when the `$` stands for itself.
    fn variable(&mut self, is_quoted: bool, pieces: &mut Vec<Piece>, text: &mut String) -> Result<(), Error> {
        let mut name = String::new();
        if self.rest.next_if_eq(&'{').is_some() {
            let line = self.line;
            loop {
                match self.next() {
                    Some('}') => break,
                    Some(found) => name.push(found),
                    None => return Err(bad_line(line, "`${` has no end")),
                }
            }
        } else {
            let is_name = |found: &char| found.is_ascii_alphanumeric() || *found == '_';
            while let Some(found) = self.rest.next_if(is_name) {
                name.push(found);
            }
            // `$?`, `$@`, `$#` and `$*`.
            name.extend(self.rest.next_if(|&next| name.is_empty() && matches!(next, '?' | '@' | '#' | '*')));
            if name.is_empty() {
                text.push('$');
                return Ok(());
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(text)));
        }
        pieces.push(Piece::Variable { name, is_quoted });
        Ok(())
    }
}
