//! Words of a configuration line, split as systemd does (systemd.syntax(7), "Quoting").

/// What between blanks makes a word, quotes taken away; none if a quote is not closed.
///
/// With `escapes`, C's escapes are decoded; without, a backslash just goes away before what it
/// protects. At most `limit` words are taken; the second value is what follows them.
pub(crate) fn split(line: &str, limit: usize, escapes: bool) -> Option<(Vec<String>, String)> {
    let mut words = Vec::new();
    let mut rest = line.trim_start_matches(is_blank);
    while !rest.is_empty() && words.len() < limit {
        let (word, after) = first(rest, escapes)?;
        words.push(word);
        rest = after.trim_start_matches(is_blank);
    }
    Some((words, rest.to_owned()))
}

/// A whole text with C's escapes decoded; none if one of them is wrong.
pub(crate) fn unescaped(text: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut letters = text.char_indices();
    while let Some((_, letter)) = letters.next() {
        match letter {
            '\\' => escape(&mut letters, &mut out)?,
            _ => push(&mut out, letter),
        }
    }
    String::from_utf8(out).ok()
}

/// All words of a value in a unit file: quotes go away, backslashes stay.
pub(crate) fn of_unit(value: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in value.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => word.get_or_insert_default().push(letter),
            None if letter == '"' || letter == '\'' => {
                word.get_or_insert_default();
                quote = Some(letter);
            }
            None if is_blank(letter) => words.extend(word.take()),
            None => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

/// The first word and what follows it.
fn first(text: &str, escapes: bool) -> Option<(String, &str)> {
    let mut word = Vec::new();
    let mut quote = None;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match quote {
            _ if letter == '\\' => {
                if escapes {
                    escape(&mut letters, &mut word)?;
                } else {
                    push(&mut word, letters.next()?.1);
                }
            }
            Some(open) if letter == open => quote = None,
            Some(_) => push(&mut word, letter),
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if is_blank(letter) => return Some((String::from_utf8(word).ok()?, &text[at..])),
            None => push(&mut word, letter),
        }
    }
    if quote.is_some() {
        return None;
    }
    Some((String::from_utf8(word).ok()?, ""))
}

fn push(word: &mut Vec<u8>, letter: char) {
    word.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Decodes what follows a backslash, as systemd's `cunescape_one` does; an escape it does not know
/// stays as it is.
fn escape(letters: &mut std::str::CharIndices<'_>, word: &mut Vec<u8>) -> Option<()> {
    let letter = letters.next()?.1;
    let plain = match letter {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        's' => b' ',
        '\\' | '"' | '\'' => letter as u8,
        'x' => return digits(letters, 2, 16, 0, word),
        '0'..='3' => return digits(letters, 2, 8, letter.to_digit(8)?, word),
        _ => return None,
    };
    word.push(plain);
    Some(())
}

fn digits(
    letters: &mut std::str::CharIndices<'_>,
    count: usize,
    radix: u32,
    start: u32,
    word: &mut Vec<u8>,
) -> Option<()> {
    let mut value = start;
    for _ in 0..count {
        value = value * radix + letters.next()?.1.to_digit(radix)?;
    }
    word.push(u8::try_from(value).ok().filter(|value| *value != 0)?);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_all(line: &str, escapes: bool) -> Option<Vec<String>> {
        split(line, 6, escapes).map(|(words, _)| words)
    }

    #[test]
    fn quotes_join_and_go_away() {
        let line = "u  messagebus - \"System Message Bus\" '/no where'x";
        let words = ["u", "messagebus", "-", "System Message Bus", "/no wherex"];
        assert_eq!(split_all(line, false).unwrap(), words);
        assert_eq!(split_all("u \"open", false), None);
    }

    #[test]
    fn what_follows_the_limit_is_left() {
        let (words, rest) = split("a b  c d", 2, true).unwrap();
        assert_eq!((words, rest.as_str()), (vec!["a".to_owned(), "b".to_owned()], "c d"));
    }

    #[test]
    fn escapes_are_decoded_where_asked_for() {
        assert_eq!(split_all(r"a\x20b \055 \n", true).unwrap(), ["a b", "-", "\n"]);
        assert_eq!(split_all(r"a\ b", false).unwrap(), ["a b"]);
        assert_eq!(split_all(r"a\qb", true), None);
    }

    #[test]
    fn a_units_words_keep_backslashes() {
        assert_eq!(of_unit(r#"a\x2db.service "c d" "#).unwrap(), [r"a\x2db.service", "c d"]);
        assert_eq!(of_unit("'a"), None);
    }
}
