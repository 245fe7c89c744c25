//! Control files: paragraphs of `Name: value` lines (Debian policy, chapter 5).

use std::ops::Range;

use crate::Error;

/// One paragraph.
#[derive(Debug)]
pub(crate) struct Paragraph<'a> {
    text: &'a str,
    /// Names, and where in the text their values are, with the lines that continue them.
    fields: Vec<(&'a str, Range<usize>)>,
}

impl<'a> Paragraph<'a> {
    /// The value of `name`, trimmed, with its inner line breaks; the first, if there are several.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let (_, range) = self.fields.iter().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(self.text[range.clone()].trim_ascii())
    }

    /// The lines of the value of `name` without comments; none, if there is no such field.
    pub(crate) fn lines(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.get(name).unwrap_or_default().lines().filter(|line| !line.starts_with('#'))
    }

    /// The words of the value of `name`; none, if there is no such field.
    pub(crate) fn words(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.lines(name).flat_map(str::split_ascii_whitespace)
    }
}

/// Reads the paragraphs of `text`, called `file` in errors. Lines that begin with `#` are comments.
///
/// # Errors
/// A line is neither a field nor the continuation of one.
pub(crate) fn paragraphs<'a>(file: &str, text: &'a str) -> Result<Vec<Paragraph<'a>>, Error> {
    let mut all = Vec::new();
    let mut fields: Vec<(&str, Range<usize>)> = Vec::new();
    let mut end = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let start = end;
        end += line.len();
        let bad_line = || Error::Line { file: file.to_owned(), line: number + 1 };
        if line.starts_with('#') {
            continue;
        }
        if line.trim_ascii().is_empty() {
            if !fields.is_empty() {
                all.push(Paragraph { text, fields: std::mem::take(&mut fields) });
            }
        } else if line.starts_with([' ', '\t']) {
            fields.last_mut().ok_or_else(bad_line)?.1.end = end;
        } else {
            let (name, _) = line.split_once(':').ok_or_else(bad_line)?;
            fields.push((name, start + name.len() + 1..end));
        }
    }
    if !fields.is_empty() {
        all.push(Paragraph { text, fields });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_on_over_lines_and_comments() {
        let text = "# top\nTypes: deb\n# inner\nSuites: a\n#b\n c\n\n\nX:\n";
        let all = paragraphs("f", text).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].get("types"), Some("deb"));
        assert_eq!(all[0].words("Suites").collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!((all[1].get("X"), all[1].get("Y")), (Some(""), None));
    }

    #[test]
    fn a_line_that_is_no_field_is_named() {
        for (text, bad) in [("A: b\nnonsense\n", 2), (" a\n", 1), ("A: b\n\n c\n", 3)] {
            let error = paragraphs("f", text).unwrap_err();
            assert!(matches!(error, Error::Line { line, .. } if line == bad), "{text:?}: {error}");
        }
    }
}
