//! The patterns of module aliases.
//!
//! `modprobe` matches them with `fnmatch(3)` without flags, after turning every
//! `-` outside of brackets into `_` on both sides.

/// Whether `pattern` has balanced brackets; `depmod` leaves out those that have not.
pub(crate) fn is_valid(pattern: &str) -> bool {
    let mut open = false;
    for byte in pattern.bytes() {
        match byte {
            b'[' => open = true,
            b']' if !open => return false,
            b']' => open = false,
            _ => {}
        }
    }
    !open
}

/// `pattern` with `_` for every `-` outside of brackets.
pub(crate) fn normalise(pattern: &str) -> String {
    let mut open = false;
    let one = |c| {
        open = match c {
            '[' => true,
            ']' => false,
            _ => open,
        };
        if c == '-' && !open { '_' } else { c }
    };
    pattern.chars().map(one).collect()
}

/// Whether `text` matches `pattern`: `*` any run, `?` any byte, `[a-z]` and `[!a]` sets,
/// `\` the next byte as it is.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    if !may_end_alike(pattern, text) {
        return false;
    }
    let (mut p, mut t) = (0, 0);
    // Where to go on when a match fails: behind the last `*`, one byte of text later.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, t));
            continue;
        }
        let Some(&byte) = text.get(t) else { return p == pattern.len() };
        if let Some(len) = one(&pattern[p..], fold(byte)) {
            p += len;
            t += 1;
        } else if let Some((after, from)) = retry {
            let rest = &text[from + 1..];
            let skipped = match pattern.get(after) {
                // The next byte that could begin the rest; mostly there is none.
                Some(&plain) if !is_special(plain) => {
                    let Some(skipped) = rest.iter().position(|&byte| fold(byte) == fold(plain)) else {
                        return false;
                    };
                    skipped
                }
                _ => 0,
            };
            p = after;
            t = from + 1 + skipped;
            retry = Some((after, t));
        } else {
            return false;
        }
    }
}

/// Whether what a pattern ends in, up to its last special byte, is not against a match. A kernel has
/// ten thousands of aliases, nearly all of which end in another name than the one that is asked for.
fn may_end_alike(pattern: &[u8], text: &[u8]) -> bool {
    let mut pairs = pattern.iter().rev().zip(text.iter().rev());
    pairs
        .find(|(wanted, byte)| is_special(**wanted) || fold(**wanted) != fold(**byte))
        .is_none_or(|(wanted, _)| is_special(*wanted))
}

/// Whether a byte of a pattern may stand for others.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\')
}

/// The length of the one-byte pattern at the start of `pattern`, if `byte` matches it.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'[', ..] => match set(pattern, byte) {
            Some((len, true)) => Some(len),
            Some((_, false)) => None,
            None => (byte == b'[').then_some(1),
        },
        [b'\\', next, ..] => (fold(*next) == byte).then_some(2),
        [plain, ..] => (fold(*plain) == byte).then_some(1),
    }
}

/// The length of the bracket expression at the start of `pattern`, and whether `byte` is in it.
fn set(pattern: &[u8], byte: u8) -> Option<(usize, bool)> {
    let inverted = matches!(pattern.get(1), Some(b'!' | b'^'));
    let first = if inverted { 2 } else { 1 };
    let mut at = first;
    let mut found = false;
    loop {
        let low = *pattern.get(at)?;
        if low == b']' && at > first {
            return Some((at + 1, found != inverted));
        }
        match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some(b'-'), Some(&high)) if high != b']' => {
                found |= (low..=high).contains(&byte);
                at += 3;
            }
            _ => {
                found |= low == byte;
                at += 1;
            }
        }
    }
}

fn fold(byte: u8) -> u8 {
    if byte == b'-' { b'_' } else { byte }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_match_as_fnmatch_does() {
        for (pattern, text, expected) in [
            ("of:N*T*Callwinner,sun50i-a64-mmc", "of:NmmcT(null)Callwinner,sun50i-a64-mmc", true),
            ("of:N*T*Callwinner,sun50i-a64-mmc", "of:NmmcT(null)Callwinner,sun50i-a64-emmc", false),
            ("of:N*T*Cx", "of:NmmcT(null)CxCy", false),
            ("of:N*T*CxC*", "of:NmmcT(null)CxCy", true),
            ("virtio:d00000002v*", "virtio:d00000002v00001AF4", true),
            ("pci:v*d*sv*sd*bc01sc08i02*", "pci:v00001AF4d0001sv0sd0bc01sc08i02", true),
            ("usb:v*d*dc[0-9]*p?", "usb:v1d2dc5p7", true),
            ("a[!0-3]", "a4", true),
            ("a[!0-3]", "a2", false),
            ("a[]x]", "a]", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("a[b", "a[b", true),
            ("fs-ext4", "fs_ext4", true),
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            // What the end and the next byte alone do not decide.
            ("*ab", "aab", true),
            ("*a-b", "xa_b", true),
            ("a*[bc]d", "abbd", true),
            ("a*\\*d", "ab*d", true),
            ("a*?d", "abcd", true),
            ("abc", "c", false),
            ("c", "abc", false),
            ("a\\]", "a]", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn hyphens_stay_in_brackets() {
        assert_eq!(normalise("a-b[0-9]-c"), "a_b[0-9]_c");
        assert!(is_valid("a[0-9]") && !is_valid("a[0") && !is_valid("a]"));
    }
}
