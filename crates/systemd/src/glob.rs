//! Patterns of file names, as fnmatch(3) has them.

/// Whether all of a name fits a pattern of `*`, `?` and `[...]`; nothing is special about `/`.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut to) = (0, 0);
    // Where to go on when the rest does not fit: behind the last star, one letter further.
    let mut star: Option<(usize, usize)> = None;
    while to < name.len() {
        let step = match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, to));
                at += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(&pattern[at..], name[to]),
            Some(letter) => (*letter == name[to]).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(step), _) => (at, to) = (at + step, to + 1),
            (None, Some((behind, from))) => {
                star = Some((behind, from + 1));
                (at, to) = (behind, from + 1);
            }
            (None, None) => return false,
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// Whether a text is a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The length of the bracket expression at the start, if the letter is one of it; a `[` that nothing
/// closes stands for itself.
fn class(pattern: &[char], letter: char) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some('!' | '^'));
    let first = if negated { 2 } else { 1 };
    let Some(end) = pattern.iter().skip(first + 1).position(|close| *close == ']') else {
        return (letter == '[').then_some(1);
    };
    let end = first + 1 + end;
    let mut found = false;
    let mut at = first;
    while at < end {
        if at + 2 < end && pattern[at + 1] == '-' {
            found |= (pattern[at]..=pattern[at + 2]).contains(&letter);
            at += 3;
        } else {
            found |= pattern[at] == letter;
            at += 1;
        }
    }
    (found != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_marks_and_classes_fit() {
        for (pattern, name) in [
            ("*", ""),
            ("a*c", "abbc"),
            ("a?c", "abc"),
            ("[a-c]x[!0-9]", "bxy"),
            ("*.*", "a.b.c"),
            ("[", "["),
            ("[]]", "]"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a*c", "abbd"), ("?", ""), ("[!a]", "a"), ("a", "ab"), ("[a", "a")] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
