//! `$name`, `${...}`, `$(...)`, `$((...))` and backquotes.

use super::word::Context;
use super::{Fault, Parser, name_length, part};
use crate::syntax::{Operation, Part, Word};

/// Parameters of one character that are no names.
const SPECIAL: &[u8] = b"@*#?-$!";

/// How many `$((` may turn out to be commands in one script.
const MAX_RETRIES: usize = 20;

impl Parser<'_> {
    /// What begins with `$`, or a `$` that is only that.
    pub(super) fn dollar(&mut self, context: Context, word: &mut Word) -> Result<(), Fault> {
        let quoted = context.quoted();
        self.at += 1;
        let Some(byte) = self.peek() else { return self.push(word, "$", quoted) };
        if byte == b'{' {
            self.at += 1;
            let part = self.braces(context)?;
            word.0.push(part);
            return Ok(());
        }
        if byte == b'(' {
            let part = self.parentheses(quoted)?;
            word.0.push(part);
            return Ok(());
        }
        let length = match name_length(self.rest().as_bytes()) {
            0 if byte.is_ascii_digit() || SPECIAL.contains(&byte) => 1,
            0 if self.bash && matches!(byte, b'\'' | b'"') && !quoted => {
                return Err(self.fault("`$'` is not reproduced"));
            }
            0 => return self.push(word, "$", quoted),
            length => length,
        };
        let name = self.rest()[..length].to_owned();
        self.at += length;
        word.0.push(Part::Parameter { name, operation: Operation::None, quoted });
        Ok(())
    }

    fn braces(&mut self, context: Context) -> Result<Part, Fault> {
        let quoted = context.quoted();
        // `${#}` and `${#-...}` are about the parameter `#`, `${#name}` is a length.
        let after = self.peek_at(1);
        let length = self.peek() == Some(b'#')
            && after.is_some_and(|byte| {
                byte.is_ascii_alphanumeric() || byte == b'_' || b"@*#?!$-".contains(&byte)
            })
            && !(after == Some(b'#') && self.peek_at(2) != Some(b'}'))
            && !(matches!(after, Some(b'-' | b'?')) && self.peek_at(2) != Some(b'}'));
        if length {
            self.at += 1;
        }
        let size = match name_length(self.rest().as_bytes()) {
            0 => match self.rest().bytes().take_while(u8::is_ascii_digit).count() {
                0 if self.peek().is_some_and(|byte| SPECIAL.contains(&byte)) => 1,
                0 => return Err(self.fault("bad substitution")),
                digits => digits,
            },
            size => size,
        };
        let name = self.rest()[..size].to_owned();
        self.at += size;
        let operation = if length { Operation::Length } else { self.operation(context)? };
        if !self.accept("}") {
            return Err(self.fault("bad substitution"));
        }
        Ok(Part::Parameter { name, operation, quoted })
    }

    fn operation(&mut self, context: Context) -> Result<Operation, Fault> {
        let or_empty = self.peek() == Some(b':');
        let Some(operator) = self.peek_at(usize::from(or_empty)) else {
            return Err(self.fault("`}` expected"));
        };
        let inner = if context.quoted() { Context::QuotedBraces } else { Context::Braces };
        if !or_empty && matches!(operator, b'#' | b'%') {
            self.at += 1;
            let longest = self.peek() == Some(operator);
            self.at += usize::from(longest);
            // Quotes are special in a pattern, even between double quotes.
            let pattern = self.parts(Context::Braces)?;
            return Ok(Operation::Trim { suffix: operator == b'%', longest, pattern });
        }
        if !matches!(operator, b'-' | b'=' | b'?' | b'+') {
            if self.peek() == Some(b'}') {
                return Ok(Operation::None);
            }
            self.parts(inner)?;
            return Ok(Operation::Bad);
        }
        self.at += 1 + usize::from(or_empty);
        let word = self.parts(inner)?;
        Ok(match operator {
            b'-' => Operation::Default { or_empty, word },
            b'=' => Operation::Assign { or_empty, word },
            b'?' => Operation::Error { or_empty, word },
            _ => Operation::Alternative { or_empty, word },
        })
    }

    /// `$((...))`, or else `$(...)`.
    fn parentheses(&mut self, quoted: bool) -> Result<Part, Fault> {
        if self.looking_at("((") {
            let (at, line) = (self.at, self.line);
            self.at += 2;
            // `$((a) | b)` begins like arithmetic and is a command; whatever does not close says so.
            if let Ok(expression) = self.parts(Context::Arithmetic)
                && self.accept("))")
            {
                return Ok(Part::Arithmetic { expression, quoted });
            }
            (self.at, self.line) = (at, line);
            self.retries += 1;
            if self.retries > MAX_RETRIES {
                return Err(self.fault("`))` expected"));
            }
        }
        self.at += 1;
        let body = self.list()?;
        self.lines()?;
        if !self.accept(")") {
            return Err(self.fault("`)` expected"));
        }
        Ok(Part::Substitution { body, quoted })
    }

    pub(super) fn backquotes(&mut self, context: Context, word: &mut Word) -> Result<(), Fault> {
        let line = self.line;
        let quotes = matches!(context, Context::Quotes | Context::QuotedBraces);
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(self.fault("a backquote without an end")),
                Some(b'`') => break,
                Some(b'\\') => match self.peek_at(1) {
                    Some(b'\\' | b'`' | b'$') => self.at += 1,
                    Some(b'"') if quotes => self.at += 1,
                    _ => {
                        self.at += 1;
                        text.push('\\');
                        continue;
                    }
                },
                Some(_) => {}
            }
            text.push_str(self.character().unwrap_or_default());
        }
        self.at += 1;
        let body = part(&text, self.bash, line, self.depth)?.body;
        word.0.push(Part::Substitution { body, quoted: context.quoted() });
        Ok(())
    }
}
