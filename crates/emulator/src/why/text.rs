//! Lines of a console as people can read them.

use super::Evidence;

/// The most characters of a line that are shown.
const SHOWN: usize = 160;

/// The line without control characters and escape sequences; if it is long, from `pattern` on.
pub(super) fn evidence(line: usize, text: &str, pattern: &str) -> Evidence {
    let mut clean = plain(text);
    if clean.chars().count() > SHOWN {
        let from = clean.find(pattern).unwrap_or(0);
        clean = clean[from..].chars().take(SHOWN).collect();
    }
    Evidence { line, text: clean.trim().to_owned() }
}

/// Without control characters and without the escape sequences of ECMA-48, 5.4: ESC, `[`, then
/// anything up to a final byte between `@` and `~`; or ESC and one more character.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char == '\u{1b}' {
            if chars.next() == Some('[') {
                // Up to the final byte, which is dropped, too.
                chars.by_ref().find(|char| ('@'..='~').contains(char));
            }
        } else if !char.is_control() {
            plain.push(char);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_control_characters_are_dropped() {
        let shown = |text| evidence(1, text, "x").text;
        assert_eq!(shown("\u{1b}[2J\u{1b}[01;01H\u{1b}cgrub>\u{8}\r"), "grub>");
        assert_eq!(shown("cut off\u{1b}"), "cut off");
        assert_eq!(shown("cut off\u{1b}[12"), "cut off");
    }

    #[test]
    fn a_long_line_is_shown_from_what_was_found() {
        let text = format!("{}error: no such device{}", "é".repeat(200), "x".repeat(200));
        let shown = evidence(1, &text, "error: ").text;
        assert!(shown.starts_with("error: no such device") && shown.chars().count() == 160, "{shown}");
    }
}
