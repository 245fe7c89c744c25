//! Here-documents.

use super::word::Context;
use super::{Fault, Parser, ends_word};
use crate::Stop;
use crate::syntax::{Part, Word};

impl Parser<'_> {
    /// The word behind `<<`, quotes removed, and whether it had any.
    pub(super) fn delimiter(&mut self) -> Result<(String, bool), Fault> {
        let (mut text, mut quoted) = (String::new(), false);
        while let Some(byte) = self.peek().filter(|byte| !ends_word(*byte)) {
            match byte {
                b'\\' => {
                    quoted = true;
                    self.at += 1;
                    text.push_str(self.character().unwrap_or_default());
                }
                b'\'' | b'"' => {
                    quoted = true;
                    self.at += 1;
                    let end = self.rest().find(char::from(byte));
                    let end = end.ok_or_else(|| self.fault("a quote without an end"))?;
                    text.push_str(&self.rest()[..end]);
                    self.at += end + 1;
                }
                _ => text.push_str(self.character().unwrap_or_default()),
            }
        }
        if text.is_empty() && !quoted {
            return Err(self.unexpected());
        }
        Ok((text, quoted))
    }

    /// Reads the texts of all documents whose line has just ended.
    pub(super) fn documents(&mut self) -> Result<(), Fault> {
        for document in std::mem::take(&mut self.pending) {
            let first = self.line;
            let mut text = String::new();
            while self.peek().is_some() {
                let end = self.rest().find('\n').map_or(self.rest().len(), |end| end + 1);
                let mut line = &self.rest()[..end];
                self.at += end;
                self.line += 1;
                if document.tabs {
                    line = line.trim_start_matches('\t');
                }
                if line.strip_suffix('\n').unwrap_or(line) == document.delimiter {
                    break;
                }
                text.push_str(line);
                // A continued line is never the delimiter.
                while !document.quoted && continued(&text) && self.peek().is_some() {
                    let end = self.rest().find('\n').map_or(self.rest().len(), |end| end + 1);
                    text.push_str(&self.rest()[..end]);
                    self.at += end;
                    self.line += 1;
                }
            }
            if text.contains('\u{fffd}') {
                return Err(Fault {
                    line: first,
                    stop: Stop::NotText { what: "a here-document".to_owned() },
                });
            }
            let word = if document.quoted {
                Word(vec![Part::Literal { text, quoted: true }])
            } else {
                let mut parser = Parser {
                    text: &text,
                    at: 0,
                    line: first,
                    bash: self.bash,
                    depth: self.depth,
                    pending: Vec::new(),
                    retries: 0,
                };
                parser.nested(|parser| parser.parts(Context::Document))?
            };
            // A here-document is read once, so the cell is empty.
            let _ = document.body.set(word);
        }
        Ok(())
    }
}

/// Whether a line ends in an odd number of backslashes.
fn continued(text: &str) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    (text.len() - text.trim_end_matches('\\').len()) % 2 == 1
}
