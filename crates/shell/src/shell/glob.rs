//! Paths for patterns.

use super::Shell;
use crate::pattern::Pattern;

impl Shell<'_> {
    /// The paths of the tree that match, in byte order.
    pub(super) fn paths(&self, pattern: &str) -> Vec<String> {
        let parts = components(pattern);
        // Without a closed bracket nothing in it is a pattern.
        if !parts.iter().any(|part| is_pattern(part)) {
            return Vec::new();
        }
        let mut found = vec![String::new()];
        for (index, part) in parts.iter().enumerate() {
            let last = index + 1 == parts.len();
            let mut next = Vec::new();
            for path in found {
                self.matching(&path, part, last, &mut next);
            }
            found = next;
        }
        found.sort();
        found
    }

    /// Adds the paths that one component more gives.
    fn matching(&self, path: &str, part: &str, last: bool, found: &mut Vec<String>) {
        let slash = if last { "" } else { "/" };
        if !is_pattern(part) {
            let next = format!("{path}{}", plain(part));
            let there = if last && !part.is_empty() {
                self.world.lstat(&next).is_some()
            } else {
                next.is_empty() || self.world.is_directory(&next)
            };
            if there {
                found.push(next + slash);
            }
            return;
        }
        let pattern = Pattern::new(part);
        let hidden = part.starts_with('.') || part.starts_with("\\.");
        let folder = if path.is_empty() { "." } else { path };
        let dots = if hidden { &[".", ".."][..] } else { &[] };
        let names = dots.iter().map(|name| (*name).to_owned()).chain(self.world.names(folder));
        for name in names {
            if (name.starts_with('.') && !hidden) || !pattern.matches(name.as_bytes()) {
                continue;
            }
            let next = format!("{path}{name}");
            if last || self.world.is_directory(&next) {
                found.push(next + slash);
            }
        }
    }
}

/// A pattern's parts between slashes.
fn components(pattern: &str) -> Vec<&str> {
    pattern.split('/').collect()
}

/// Whether something in it matches more than itself.
fn is_pattern(part: &str) -> bool {
    let mut bytes = part.bytes();
    let mut bracket = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'*' | b'?' => return true,
            b'[' => bracket = true,
            b']' if bracket => return true,
            _ => {}
        }
    }
    false
}

/// A part that is no pattern, without its backslashes.
fn plain(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    let mut characters = part.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}
