//! Conditions that follow from the file alone (GRUB Manual 2.12, "test").

/// Whether a command holds; nothing if that depends on the machine.
pub(super) fn holds(words: &[String]) -> Option<bool> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["true"] => Some(true),
        ["false"] => Some(false),
        ["!", rest @ ..] => test_or_command(rest).map(|holds| !holds),
        rest => test_or_command(rest),
    }
}

fn test_or_command(words: &[&str]) -> Option<bool> {
    match words {
        ["[", inner @ .., "]"] | ["test", inner @ ..] => test(inner),
        _ => None,
    }
}

fn test(words: &[&str]) -> Option<bool> {
    match words {
        [] => Some(false),
        ["!", rest @ ..] => test(rest).map(|holds| !holds),
        ["-n", text] => Some(!text.is_empty()),
        ["-z", text] => Some(text.is_empty()),
        [text] => Some(!text.is_empty()),
        [left, "=" | "==", right] => Some(left == right),
        [left, "!=", right] => Some(left != right),
        // Files, numbers, several tests.
        _ => None,
    }
}
