//! Words and quotes.

use super::{Fault, Parser, ends_word};
use crate::Stop;
use crate::syntax::{Part, Word};

/// Where a word stands, so what ends it and what is special in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// In a command: ends before a blank or an operator.
    Command,
    /// Between double quotes.
    Quotes,
    /// In `${name-...}`: ends before `}`.
    Braces,
    /// In `"${name-...}"`.
    QuotedBraces,
    /// A here-document: ends with the text.
    Document,
    /// In `$((...))`: ends before `))`.
    Arithmetic,
}

impl Context {
    pub(super) fn quoted(self) -> bool {
        !matches!(self, Self::Command | Self::Braces)
    }

    /// Whether a backslash quotes `byte` here; otherwise it is itself.
    fn escapes(self, byte: u8) -> bool {
        match self {
            Self::Command | Self::Braces => true,
            Self::Quotes | Self::Arithmetic => matches!(byte, b'$' | b'`' | b'"' | b'\\'),
            Self::QuotedBraces => matches!(byte, b'$' | b'`' | b'"' | b'\\' | b'}'),
            Self::Document => matches!(byte, b'$' | b'`' | b'\\'),
        }
    }
}

impl Parser<'_> {
    /// A word of a command; there must be one.
    pub(super) fn word(&mut self) -> Result<Word, Fault> {
        if self.peek().is_none_or(ends_word) {
            return Err(self.unexpected());
        }
        self.nested(|parser| parser.parts(Context::Command))
    }

    /// All up to what ends a word in this context; the end itself is not passed.
    pub(super) fn parts(&mut self, context: Context) -> Result<Word, Fault> {
        let mut word = Word::default();
        let quoted = context.quoted();
        let mut parentheses = 0_usize;
        loop {
            let Some(byte) = self.peek() else {
                return match context {
                    Context::Command | Context::Document => Ok(word),
                    Context::Quotes => Err(self.fault("a quote without an end")),
                    Context::Braces | Context::QuotedBraces => Err(self.fault("`}` expected")),
                    Context::Arithmetic => Err(self.fault("`))` expected")),
                };
            };
            match (byte, context) {
                (b'"', Context::Quotes) | (b'}', Context::Braces | Context::QuotedBraces) => return Ok(word),
                (_, Context::Command) if ends_word(byte) => return Ok(word),
                (b'(', Context::Arithmetic) => {
                    parentheses += 1;
                    self.literal(&mut word, quoted)?;
                }
                (b')', Context::Arithmetic) if parentheses == 0 => return Ok(word),
                (b')', Context::Arithmetic) => {
                    parentheses -= 1;
                    self.literal(&mut word, quoted)?;
                }
                (b'\\', _) => self.backslash(context, &mut word)?,
                (b'\'', Context::Command | Context::Braces) => {
                    self.at += 1;
                    let end = self.rest().find('\'').ok_or_else(|| self.fault("a quote without an end"))?;
                    let text = &self.rest()[..end];
                    self.push(&mut word, text, true)?;
                    self.line += text.matches('\n').count();
                    self.at += end + 1;
                }
                (b'"', Context::Command | Context::Braces | Context::QuotedBraces) => {
                    self.at += 1;
                    let inner = self.nested(|parser| parser.parts(Context::Quotes))?;
                    self.at += 1;
                    if inner.0.is_empty() {
                        self.push(&mut word, "", true)?;
                    }
                    word.0.extend(inner.0);
                }
                (b'$', _) => self.nested(|parser| parser.dollar(context, &mut word))?,
                (b'`', _) => self.backquotes(context, &mut word)?,
                _ => self.literal(&mut word, quoted)?,
            }
        }
    }

    fn backslash(&mut self, context: Context, word: &mut Word) -> Result<(), Fault> {
        match self.peek_at(1) {
            Some(b'\n') => {
                self.at += 2;
                self.line += 1;
                Ok(())
            }
            Some(byte) if context.escapes(byte) => {
                self.at += 1;
                let text = self.character().unwrap_or_default();
                self.push(word, text, true)
            }
            _ => {
                self.at += 1;
                self.push(word, "\\", true)
            }
        }
    }

    /// The next character, and all behind it that is special nowhere.
    fn literal(&mut self, word: &mut Word, quoted: bool) -> Result<(), Fault> {
        let start = self.at;
        self.character();
        let plain =
            |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b"_-./=:,%+@^[]*?!~".contains(byte);
        self.at += self.rest().bytes().take_while(plain).count();
        let text = &self.text[start..self.at];
        self.push(word, text, quoted)
    }

    pub(super) fn push(&self, word: &mut Word, text: &str, quoted: bool) -> Result<(), Fault> {
        if text.contains('\u{fffd}') {
            return Err(Fault { line: self.line, stop: Stop::NotText { what: "a word".to_owned() } });
        }
        if let Some(Part::Literal { text: before, quoted: same }) = word.0.last_mut()
            && *same == quoted
        {
            before.push_str(text);
            return Ok(());
        }
        word.0.push(Part::Literal { text: text.to_owned(), quoted });
        Ok(())
    }
}
