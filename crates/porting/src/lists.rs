//! Lines added to the lists that name all boards.

use crate::Error;

/// `text` with `line` in front of the line `next`, or behind the last line that begins with `prefix`
/// where nothing comes next.
///
/// # Errors
/// There is no such line; `file` says where.
pub(crate) fn insert(
    file: &str,
    text: &str,
    line: &str,
    next: Option<&str>,
    prefix: &str,
) -> Result<String, Error> {
    let mut lines: Vec<&str> = text.lines().collect();
    let at = match next {
        Some(next) => lines.iter().position(|line| *line == next),
        None => lines.iter().rposition(|line| line.starts_with(prefix)).map(|at| at + 1),
    };
    let missing = || Error::NoLine { file: file.to_owned(), line: next.unwrap_or(prefix).to_owned() };
    lines.insert(at.ok_or_else(missing)?, line);
    Ok(lines.iter().map(|line| format!("{line}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_in_front_of_the_next_or_behind_the_last() {
        let text = "[x]\nboard-a = 1\nboard-c = 1\nother = 1\n";
        assert_eq!(
            insert("f", text, "board-b = 1", Some("board-c = 1"), "board-").unwrap(),
            "[x]\nboard-a = 1\nboard-b = 1\nboard-c = 1\nother = 1\n"
        );
        assert_eq!(
            insert("f", text, "board-d = 1", None, "board-").unwrap(),
            "[x]\nboard-a = 1\nboard-c = 1\nboard-d = 1\nother = 1\n"
        );
    }

    #[test]
    fn without_the_list_it_is_an_error() {
        let error = insert("f", "[x]\n", "board-b = 1", Some("board-c = 1"), "board-").unwrap_err();
        assert_eq!(error.to_string(), "`f` has no line `board-c = 1`");
        let error = insert("f", "[x]\n", "board-b = 1", None, "board-").unwrap_err();
        assert_eq!(error.to_string(), "`f` has no line `board-`");
    }
}
