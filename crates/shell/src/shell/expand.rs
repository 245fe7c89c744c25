//! Expansion of words.

use super::fields::{Field, Fields};
use super::{Flow, Shell};
use crate::arithmetic;
use crate::parse::name_length;
use crate::syntax::{Part, Word};

/// Builtins whose arguments `name=value` are assignments, so are no fields to split.
const DECLARATIONS: [&str; 3] = ["export", "local", "readonly"];

/// How a word is expanded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    /// Whether results are split into fields.
    pub(super) split: bool,
    /// Whether it is the value of an assignment: `~` counts behind each `:`.
    pub(super) assigned: bool,
    /// Whether it stands in `${...}` and is no quoted text: what is literal in it gets split too.
    pub(super) inner: bool,
    /// Whether `*` and the like count.
    pub(super) patterns: bool,
}

const FIELDS: Mode = Mode { split: true, assigned: false, inner: false, patterns: true };
const WHOLE: Mode = Mode { split: false, patterns: false, ..FIELDS };

impl Shell<'_> {
    /// The words of a command.
    pub(super) fn command_fields(&mut self, words: &[Word]) -> Result<Vec<String>, Flow> {
        let declares = words.first().and_then(plain).is_some_and(|name| DECLARATIONS.contains(&name));
        if !declares {
            return self.fields(words);
        }
        let mut fields = Vec::with_capacity(words.len());
        for word in words {
            if assigns(word) {
                fields.push(self.assigned(word)?);
            } else {
                self.fields_into(word, &mut fields)?;
            }
        }
        Ok(fields)
    }

    /// Words as fields: split, and paths found for patterns.
    pub(super) fn fields(&mut self, words: &[Word]) -> Result<Vec<String>, Flow> {
        let mut fields = Vec::with_capacity(words.len());
        for word in words {
            self.fields_into(word, &mut fields)?;
        }
        Ok(fields)
    }

    fn fields_into(&mut self, word: &Word, result: &mut Vec<String>) -> Result<(), Flow> {
        if let Some(text) = word.fixed() {
            result.push(text.to_owned());
            return Ok(());
        }
        let mut fields = Fields::default();
        self.word(word, FIELDS, &mut fields)?;
        for Field { text, pattern } in fields.finish() {
            let found = match pattern {
                Some(pattern) if !self.state.options.noglob => {
                    self.sync();
                    self.paths(&pattern)
                }
                _ => Vec::new(),
            };
            if found.is_empty() {
                result.push(text);
            } else {
                result.extend(found);
            }
        }
        Ok(())
    }

    /// A word as one text: of a here-document, a redirection, `case`.
    pub(crate) fn single(&mut self, word: &Word) -> Result<String, Flow> {
        Ok(self.whole(word, WHOLE)?.text)
    }

    /// The value of an assignment.
    pub(super) fn assigned(&mut self, word: &Word) -> Result<String, Flow> {
        Ok(self.whole(word, Mode { assigned: true, ..WHOLE })?.text)
    }

    /// A word as a pattern.
    pub(super) fn pattern(&mut self, word: &Word) -> Result<String, Flow> {
        Ok(self.whole(word, Mode { patterns: true, ..WHOLE })?.into_pattern())
    }

    fn whole(&mut self, word: &Word, mode: Mode) -> Result<Field, Flow> {
        let mut fields = Fields::default();
        self.word(word, mode, &mut fields)?;
        Ok(fields.finish().pop().unwrap_or_default())
    }

    pub(super) fn word(&mut self, word: &Word, mode: Mode, fields: &mut Fields) -> Result<(), Flow> {
        for (index, part) in word.0.iter().enumerate() {
            match part {
                Part::Literal { text, quoted: true } => fields.push(text, true),
                Part::Literal { text, quoted: false } => {
                    let whole = word.0.len() == index + 1;
                    let text = self.tilde(text, index == 0, whole, mode.assigned, fields);
                    if mode.inner && mode.split {
                        let separators = self.separators().to_owned();
                        fields.split(&text, &separators);
                    } else {
                        fields.push(&text, !mode.patterns);
                    }
                }
                Part::Parameter { name, operation, quoted } => {
                    self.parameter(name, operation, *quoted, mode, fields)?;
                }
                Part::Substitution { body, quoted } => {
                    let text = self.substitution(body)?;
                    self.result(&text, *quoted, mode, fields);
                }
                Part::Arithmetic { expression, quoted } => {
                    let text = self.single(expression)?;
                    let value = match arithmetic::evaluate(&text, self) {
                        Ok(value) => value,
                        Err(message) if message.starts_with("Illegal") => return Err(self.fatal(&message)),
                        Err(message) => return Err(self.fatal(&format!("arithmetic expression: {message}"))),
                    };
                    self.result(&value.to_string(), *quoted, mode, fields);
                }
            }
        }
        Ok(())
    }

    /// The result of an expansion.
    pub(super) fn result(&self, text: &str, quoted: bool, mode: Mode, fields: &mut Fields) {
        if quoted || !mode.split {
            fields.push(text, quoted || !mode.patterns);
        } else {
            fields.split(text, self.separators());
        }
    }

    pub(super) fn separators(&self) -> &str {
        self.get("IFS").unwrap_or(" \t\n")
    }

    /// Replaces `~` and `~name` at the start of a literal, and in assignments behind each `:`; what it stands for goes
    /// to `fields` as quoted text. Gives back the rest.
    fn tilde(&self, text: &str, first: bool, whole: bool, assigned: bool, fields: &mut Fields) -> String {
        if !text.contains('~') {
            return text.to_owned();
        }
        let value_start = if assigned && first { assignment_length(text) } else { 0 };
        let mut rest = text;
        if value_start > 0 {
            fields.push(&text[..value_start], false);
            rest = &text[value_start..];
        }
        let mut here = first;
        loop {
            if here && rest.starts_with('~') {
                let end = rest.find(|c| c == '/' || (assigned && c == ':')).unwrap_or(rest.len());
                if (end < rest.len() || whole)
                    && let Some(home) = self.home(&rest[1..end])
                {
                    fields.push(&home, true);
                    rest = &rest[end..];
                }
            }
            let colon = rest.find(':').filter(|_| assigned);
            let Some(colon) = colon else { return rest.to_owned() };
            fields.push(&rest[..=colon], false);
            rest = &rest[colon + 1..];
            here = true;
            if rest.is_empty() {
                return String::new();
            }
        }
    }

    fn home(&self, name: &str) -> Option<String> {
        if name.is_empty() {
            return self.get("HOME").map(str::to_owned);
        }
        let accounts = self.world.read("/etc/passwd").ok()?;
        let accounts = String::from_utf8_lossy(&accounts);
        let account = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        account.split(':').nth(5).map(str::to_owned)
    }
}

/// The text of a word that is nothing but plain text.
fn plain(word: &Word) -> Option<&str> {
    match word.0.as_slice() {
        [Part::Literal { text, quoted: false }] => Some(text),
        _ => None,
    }
}

/// How long `name=` is at the start of `text`; 0 if it is not there.
fn assignment_length(text: &str) -> usize {
    let name = name_length(text.as_bytes());
    if name > 0 && text.as_bytes().get(name) == Some(&b'=') { name + 1 } else { 0 }
}

fn assigns(word: &Word) -> bool {
    matches!(word.0.first(), Some(Part::Literal { text, quoted: false }) if assignment_length(text) > 0)
}

impl arithmetic::Variables for Shell<'_> {
    fn get(&self, name: &str) -> Option<String> {
        Self::get(self, name).map(str::to_owned)
    }

    fn set(&mut self, name: &str, value: i64) -> Result<(), String> {
        if self.state.variables.get(name).is_some_and(|variable| variable.readonly) {
            return Err(format!("{name}: is read only"));
        }
        Self::set(self, name, value.to_string()).map_err(|_| format!("{name}: is read only"))
    }
}
