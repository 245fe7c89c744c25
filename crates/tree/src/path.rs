//! Paths inside a tree: bytes, relative, `/` between components, the root is empty.

use crate::Error;
use crate::error::lossy;

/// The longest name of one component, in bytes: Linux's `NAME_MAX`.
pub const MAX_NAME: usize = 255;

/// `path` without leading `/` or `./`, doubled slashes and a trailing slash.
///
/// # Errors
/// A component is `..` (archives are never trusted to leave the tree), is
/// longer than [`MAX_NAME`], or holds a NUL byte.
pub fn clean(path: &[u8]) -> Result<Vec<u8>, Error> {
    let bad = |reason| Err(Error::BadPath { path: lossy(path), reason });
    let mut out = Vec::with_capacity(path.len());
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => continue,
            b".." => return bad("`..` would leave the tree"),
            _ if part.len() > MAX_NAME => return bad("a component is longer than 255 bytes"),
            _ if part.contains(&0) => return bad("it holds a NUL byte"),
            _ => {}
        }
        if !out.is_empty() {
            out.push(b'/');
        }
        out.extend_from_slice(part);
    }
    Ok(out)
}

/// The parent of a cleaned path; none for the root.
pub(crate) fn parent(path: &[u8]) -> Option<&[u8]> {
    if path.is_empty() {
        return None;
    }
    Some(path.iter().rposition(|&byte| byte == b'/').map_or(&[][..], |at| &path[..at]))
}

/// The last component of a cleaned path; empty for the root.
pub(crate) fn name(path: &[u8]) -> &[u8] {
    path.iter().rposition(|&byte| byte == b'/').map_or(path, |at| &path[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_relative_and_plain() {
        for (given, cleaned) in [("./usr/bin/", "usr/bin"), ("/", ""), (".", ""), ("a//b/./c", "a/b/c")] {
            assert_eq!(clean(given.as_bytes()).unwrap(), cleaned.as_bytes());
        }
    }

    #[test]
    fn a_path_may_not_leave_the_tree() {
        for path in ["../etc/passwd", "usr/../../x", ".."] {
            let error = clean(path.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, format!("path `{path}`: `..` would leave the tree"));
        }
    }

    #[test]
    fn names_have_a_limit() {
        assert!(clean(&[b'a'; 255]).is_ok());
        assert!(clean(&[b'a'; 256]).is_err());
    }
}
