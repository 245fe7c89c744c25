//! A board's `src/lib.rs`, edited by its fields.
//!
//! All boards are written in one form, which rustfmt and a test of the catalog hold them to: a constant
//! `BOARD`, a field a line or more, four blanks deep, comments above.

use std::ops::Range;

use crate::Error;

/// The line that the record begins with.
const HEAD: &str = "pub const BOARD: Board = Board {";

/// The lines of a board's source.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// The file's path, for errors.
    file: String,
    lines: Vec<String>,
}

impl Record {
    /// The `text` of `file`.
    ///
    /// # Errors
    /// There is no `BOARD` in it.
    pub(crate) fn new(file: &str, text: &str) -> Result<Self, Error> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        match lines.iter().any(|line| line == HEAD) {
            true => Ok(Self { file: file.to_owned(), lines }),
            false => Err(Error::NoLine { file: file.to_owned(), line: HEAD.to_owned() }),
        }
    }

    /// The text, with every change.
    pub(crate) fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Gives a field another value, and `comment` in place of those above it.
    pub(crate) fn set(&mut self, field: &'static str, value: &str, comment: &str) -> Result<(), Error> {
        let range = self.range(field)?;
        let start = self.comments_above(range.start);
        let text = format!("{}    {field}: {value},", comment_lines(comment));
        self.lines.splice(start..range.end, text.lines().map(str::to_owned));
        Ok(())
    }

    /// Replaces `from` wherever it is in a line.
    pub(crate) fn replace(&mut self, from: &str, to: &str) {
        for line in &mut self.lines {
            *line = line.replace(from, to);
        }
    }

    /// Whether `text` is in a line.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.contains(text))
    }

    /// Puts `text` in place of the crate's own documentation, the lines at the top with `//!`.
    pub(crate) fn set_documentation(&mut self, text: &str) {
        let end = self.lines.iter().take_while(|line| line.starts_with("//!")).count();
        self.lines.splice(0..end, [format!("//! {text}")]);
    }

    /// The number of a field's first line, from 1.
    pub(crate) fn line_of(&self, field: &'static str) -> Result<usize, Error> {
        Ok(self.range(field)?.start + 1)
    }

    /// The constants in front of the record: names and line numbers.
    pub(crate) fn constants(&self) -> Vec<(&str, usize)> {
        let named = |line: &str| {
            let rest = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("const ")?;
            rest.split_once(':').map(|(name, _)| name.len())
        };
        let all = self.lines.iter().zip(1..).take_while(|(line, _)| *line != HEAD);
        all.filter_map(|(line, number)| {
            let len = named(line)?;
            let start = line.find("const ")? + "const ".len();
            Some((&line[start..start + len], number))
        })
        .collect()
    }

    /// The lines of a field, without its comments.
    fn range(&self, field: &'static str) -> Result<Range<usize>, Error> {
        let missing = || Error::NoField { file: self.file.clone(), field };
        let head = self.lines.iter().position(|line| line == HEAD).ok_or_else(missing)?;
        let begins = format!("    {field}: ");
        let start = (head..self.lines.len()).find(|&at| self.lines[at].starts_with(&begins));
        let start = start.ok_or_else(missing)?;
        let next = (start + 1..self.lines.len()).find(|&at| {
            let line = &self.lines[at];
            line == "};" || is_field(line) || line.starts_with("    //")
        });
        Ok(start..next.ok_or_else(missing)?)
    }

    fn comments_above(&self, start: usize) -> usize {
        let comments = self.lines[..start].iter().rev().take_while(|line| line.starts_with("    //"));
        start - comments.count()
    }
}

/// Whether a field's first line begins here: four blanks and a name.
fn is_field(line: &str) -> bool {
    line.strip_prefix("    ").is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_lowercase()))
}

/// Comment lines four blanks deep, broken at words so that they are not too wide.
fn comment_lines(comment: &str) -> String {
    const WIDTH: usize = 100;
    let mut text = String::new();
    let mut line = String::new();
    for word in comment.split_whitespace() {
        if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
            text += &format!("    // {line}\n");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    if !line.is_empty() {
        text += &format!("    // {line}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"//! One.
//! Two.

// Why.
const FIRST: Bytes = Bytes::mib(1);

/// The board.
pub const BOARD: Board = Board {
    name: "one",
    // Where from.
    // And more.
    title: "One",
    firmware: Firmware {
        name: "u-boot",
        title: None,
    },
    ram: Bytes::gib(2),
    twin: TWIN,
};
"#;

    fn record() -> Record {
        Record::new("x.rs", TEXT).unwrap()
    }

    #[test]
    fn a_field_is_replaced_with_its_comments() {
        let mut record = record();
        record.set("title", "\"Two\"", "Elsewhere.").unwrap();
        record.set("ram", "Bytes::gib(1)", "").unwrap();
        let expected = TEXT
            .replace(
                "    // Where from.\n    // And more.\n    title: \"One\"",
                "    // Elsewhere.\n    title: \"Two\"",
            )
            .replace("gib(2)", "gib(1)");
        assert_eq!(record.text(), expected);
    }

    #[test]
    fn a_field_of_several_lines_is_one() {
        let mut record = record();
        record.set("firmware", "Firmware::NONE", "").unwrap();
        let before = "    firmware: Firmware {\n        name: \"u-boot\",\n        title: None,\n    },\n";
        assert_eq!(record.text(), TEXT.replace(before, "    firmware: Firmware::NONE,\n"));
    }

    #[test]
    fn lines_are_numbered_from_1() {
        let mut record = record();
        assert_eq!(record.line_of("title").unwrap(), 12);
        assert_eq!(record.constants(), [("FIRST", 5)]);
        record.set_documentation("Three.");
        assert_eq!(record.line_of("title").unwrap(), 11);
        assert!(record.text().starts_with("//! Three.\n\n// Why.\n"));
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        assert_eq!(
            record().set("console", "x", "").unwrap_err().to_string(),
            "`x.rs`: no field `console` in its `BOARD`"
        );
        let error = Record::new("x.rs", "pub const X: u8 = 1;\n").unwrap_err();
        assert_eq!(error.to_string(), format!("`x.rs` has no line `{HEAD}`"));
    }

    #[test]
    fn long_comments_are_broken() {
        let mut record = record();
        record.set("ram", "1", &"word ".repeat(30)).unwrap();
        assert!(record.text().lines().all(|line| line.len() <= 110));
    }
}
