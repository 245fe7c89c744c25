//! Names of images.
//!
//! The grammar is that of distribution's reference package: reference/reference.go.

use crate::Error;

/// The most of a tag, in bytes.
const MOST_TAG: usize = 128;

/// A name taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// As given, with a tag.
    pub(crate) familiar: String,
    /// With the registry and the folder that stand for none.
    pub(crate) full: String,
    pub(crate) tag: String,
}

/// Takes `reference` apart; without a tag it has the tag `latest`.
///
/// # Errors
/// It is no name with an optional tag.
pub(crate) fn parse(reference: &str) -> Result<Reference, Error> {
    let bad = |reason| Error::BadReference { reference: reference.to_owned(), reason };
    // A colon in front of a slash is that of a port.
    let (name, tag) = match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    };
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !tag.bytes().enumerate().all(|(at, byte)| word(byte) || at > 0 && matches!(byte, b'.' | b'-'))
        || !(1..=MOST_TAG).contains(&tag.len())
    {
        return Err(bad(
            "its tag must be 1 to 128 letters, digits, `_`, `.` and `-`, the first not `.` or `-`",
        ));
    }
    let (domain, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
        _ => (None, name),
    };
    if domain.is_some_and(|domain| {
        !domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-".contains(&byte))
    }) {
        return Err(bad("its registry must be a host name"));
    }
    if !path.split('/').all(is_component) {
        return Err(bad(
            "between slashes are lower-case letters and digits, with single `.`, `_`, `__` or `-`s between",
        ));
    }
    let full = match domain {
        Some(_) => format!("{name}:{tag}"),
        // What Docker takes a name without a registry for.
        None if path.contains('/') => format!("docker.io/{path}:{tag}"),
        None => format!("docker.io/library/{path}:{tag}"),
    };
    Ok(Reference { familiar: format!("{name}:{tag}"), full, tag: tag.to_owned() })
}

/// Letters and digits, with separators between them: a dot, one or two underscores, any hyphens.
fn is_component(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let separators = text.split(|letter: char| letter.is_ascii() && plain(letter as u8));
    let ends = [text.bytes().next(), text.bytes().last()];
    ends.iter().all(|end| end.is_some_and(plain))
        && separators.filter(|separator| !separator.is_empty()).all(|separator| {
            matches!(separator, "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_dockers() {
        let full = |text: &str| parse(text).unwrap().full;
        assert_eq!(full("tiny"), "docker.io/library/tiny:latest");
        assert_eq!(full("team/tiny:1.2"), "docker.io/team/tiny:1.2");
        assert_eq!(full("localhost/tiny"), "localhost/tiny:latest");
        assert_eq!(full("localhost:5000/a/b"), "localhost:5000/a/b:latest");
        assert_eq!(parse("a:B_.-").unwrap().tag, "B_.-");
        assert_eq!(parse("a__b--c.d").unwrap().familiar, "a__b--c.d:latest");
    }

    #[test]
    fn what_no_registry_takes_is_refused() {
        for text in
            ["", "Tiny", "a:", "a:-b", "a..b", "a//b", "_a", "a___b", "a/", "ex.org/", "e x.org/a", ":1"]
        {
            assert!(matches!(parse(text), Err(Error::BadReference { .. })), "{text}");
        }
        assert!(parse(&format!("a:{}", "t".repeat(129))).is_err());
    }
}
