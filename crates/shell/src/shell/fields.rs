//! Fields: what words become.

use crate::pattern;

/// A field, and as a pattern if something unquoted in it is one.
#[derive(Debug, Default)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) pattern: Option<String>,
}

impl Field {
    fn push(&mut self, text: &str, quoted: bool) {
        let special = |c: char| matches!(c, '*' | '?' | '[' | '\\');
        if !quoted && self.pattern.is_none() && text.contains(special) {
            let mut escaped = String::new();
            pattern::escape(&self.text, &mut escaped);
            self.pattern = Some(escaped);
        }
        if let Some(own) = &mut self.pattern {
            if quoted {
                pattern::escape(text, own);
            } else {
                own.push_str(text);
            }
        }
        self.text.push_str(text);
    }

    /// As a pattern that is matched with.
    pub(super) fn into_pattern(self) -> String {
        self.pattern.unwrap_or_else(|| {
            let mut escaped = String::new();
            pattern::escape(&self.text, &mut escaped);
            escaped
        })
    }
}

/// Fields being made: POSIX.1-2017, Shell Command Language, section 2.6.5.
#[derive(Debug, Default)]
pub(super) struct Fields {
    done: Vec<Field>,
    current: Option<Field>,
    /// Whether white space has just ended a field: a delimiter behind it does not end another.
    after_space: bool,
}

impl Fields {
    /// Adds to the current field.
    pub(super) fn push(&mut self, text: &str, quoted: bool) {
        self.after_space = false;
        self.current.get_or_insert_default().push(text, quoted);
    }

    /// Ends the current field, and begins another.
    pub(super) fn next(&mut self) {
        self.cut();
        self.current = Some(Field::default());
    }

    /// Ends the current field, if there is one.
    pub(super) fn cut(&mut self) {
        self.after_space = false;
        self.done.extend(self.current.take());
    }

    /// Adds an expansion's result, split at the characters of `separators`.
    pub(super) fn split(&mut self, text: &str, separators: &str) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if !separators.contains(first) {
                let end = rest.find(|c| separators.contains(c)).unwrap_or(rest.len());
                self.push(&rest[..end], false);
                rest = &rest[end..];
                continue;
            }
            rest = &rest[first.len_utf8()..];
            if matches!(first, ' ' | '\t' | '\n') {
                if let Some(field) = self.current.take() {
                    self.done.push(field);
                    self.after_space = true;
                }
            } else if self.after_space {
                self.after_space = false;
            } else {
                self.done.push(self.current.take().unwrap_or_default());
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<Field> {
        self.done.extend(self.current);
        self.done
    }
}
