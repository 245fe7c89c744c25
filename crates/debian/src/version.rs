//! The order of Debian versions.
//!
//! Debian policy 5.6.12: `[epoch:]upstream[-revision]`. Kept here instead of the `debversion` crate,
//! which holds `1.` for older than `1.0` (dpkg: equal), allocates, and brings a regular-expression
//! engine with it.

use std::cmp::Ordering;

/// Compares two versions as dpkg does; a missing epoch or revision is 0.
///
/// Equal versions may differ as text: `1.0`, `0:1.00` and `1.0-0` are the same version.
pub fn compare_versions(left: &str, right: &str) -> Ordering {
    let (left, right) = (parts(left), parts(right));
    compare_part(left.0, right.0)
        .then_with(|| compare_part(left.1, right.1))
        .then_with(|| compare_part(left.2, right.2))
}

/// Epoch, upstream version and revision.
fn parts(version: &str) -> (&[u8], &[u8], &[u8]) {
    let (epoch, rest) = version.split_once(':').unwrap_or(("", version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch.as_bytes(), upstream.as_bytes(), revision.as_bytes())
}

/// Alternately a run of non-digits, by [`weight`], and a run of digits, as a number of any size.
fn compare_part(mut left: &[u8], mut right: &[u8]) -> Ordering {
    while !(left.is_empty() && right.is_empty()) {
        let (left_text, right_text) = (take(&mut left, false), take(&mut right, false));
        for at in 0..left_text.len().max(right_text.len()) {
            let order = weight(left_text.get(at)).cmp(&weight(right_text.get(at)));
            if order.is_ne() {
                return order;
            }
        }
        let left_number = without_zeros(take(&mut left, true));
        let right_number = without_zeros(take(&mut right, true));
        let order = left_number.len().cmp(&right_number.len()).then_with(|| left_number.cmp(right_number));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// `~` is before the end, the end before letters, letters before everything else.
fn weight(byte: Option<&u8>) -> u16 {
    match byte {
        Some(b'~') => 0,
        None => 1,
        Some(byte) if byte.is_ascii_alphabetic() => u16::from(*byte) + 1,
        Some(byte) => u16::from(*byte) + 257,
    }
}

fn take<'a>(rest: &mut &'a [u8], digits: bool) -> &'a [u8] {
    let end = rest.iter().position(|byte| byte.is_ascii_digit() != digits).unwrap_or(rest.len());
    let (run, after) = rest.split_at(end);
    *rest = after;
    run
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().position(|&digit| digit != b'0').unwrap_or(digits.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_is_older_than_the_next() {
        for ladder in [
            // Policy's own example of the tilde, then the ladder of its explanation.
            &["1.0~~", "1.0~~a", "1.0~", "1.0", "1.0a"][..],
            &["1.0~beta1~svn1245", "1.0~beta1", "1.0"],
            // Letters sort before other characters; numbers by value, not by text.
            &["1.0a", "1.0z", "1.0+b1", "1.0.1", "1.2", "1.10"],
            // An epoch outweighs everything behind it.
            &["9999", "1:0.1", "2:0"],
            // The revision is behind the last hyphen; none is like 0.
            &["1-1", "1-1-1", "1.1-0"],
            &["6.12.94-1", "6.12.107-1", "6.12.107-1+b1", "6.12.107-1+deb13u1"],
            &["2.41-12+deb13u2~bpo12+1", "2.41-12+deb13u2"],
            // More digits than fit in any integer.
            &["1.99999999999999999999999999999999999999998", "1.99999999999999999999999999999999999999999"],
        ] {
            for pair in ladder.windows(2) {
                assert_eq!(compare_versions(pair[0], pair[1]), Ordering::Less, "{pair:?}");
                assert_eq!(compare_versions(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
            }
        }
    }

    #[test]
    fn versions_can_be_equal_and_differ_as_text() {
        for (left, right) in [("1.0", "1.00"), ("1.0", "0:1.0"), ("1.0", "1.0-0"), ("1.", "1.0"), ("a", "a0")]
        {
            assert_eq!(compare_versions(left, right), Ordering::Equal, "{left} {right}");
        }
    }
}
