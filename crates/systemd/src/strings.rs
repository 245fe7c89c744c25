//! The string store of systemd's databases (src/basic/strbuf.c): strings that end with a NUL byte, one
//! behind the other; one that is the end of another, as far as the search sees, is not stored again.

use std::collections::BTreeMap;

/// The store; its first byte is a NUL, so that offset 0 is the empty string.
#[derive(Debug)]
pub(crate) struct Strings {
    pub(crate) bytes: Vec<u8>,
    nodes: Vec<Node>,
}

/// A string that was stored, in a trie by last letters.
#[derive(Debug, Default)]
struct Node {
    offset: usize,
    length: usize,
    children: BTreeMap<u8, usize>,
}

impl Strings {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0], nodes: vec![Node::default()] }
    }

    /// The offset of a string, stored now if no earlier one ends with it.
    pub(crate) fn add(&mut self, text: &[u8]) -> usize {
        let mut at = 0;
        for depth in 0..=text.len() {
            let Node { offset, length, children } = &self.nodes[at];
            let end = offset + length;
            let matches = *length >= text.len() && self.bytes[end - text.len()..end] == *text;
            if depth == text.len() || matches {
                return end.saturating_sub(text.len());
            }
            match children.get(&text[text.len() - 1 - depth]) {
                Some(child) => at = *child,
                None => return self.store(at, text, depth),
            }
        }
        0
    }

    fn store(&mut self, parent: usize, text: &[u8], depth: usize) -> usize {
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(text);
        self.bytes.push(0);
        let child = self.nodes.len();
        self.nodes.push(Node { offset, length: text.len(), children: BTreeMap::new() });
        self.nodes[parent].children.insert(text[text.len() - 1 - depth], child);
        offset
    }

    /// The string at an offset.
    pub(crate) fn get(&self, offset: usize) -> &[u8] {
        let rest = &self.bytes[offset..];
        &rest[..rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_strings_are_stored_once() {
        let mut strings = Strings::new();
        assert_eq!(strings.add(b""), 0);
        assert_eq!(strings.add(b"abc"), 1);
        assert_eq!(strings.add(b"bc"), 2);
        assert_eq!(strings.add(b"c"), 3);
        assert_eq!(strings.add(b"xbc"), 5);
        assert_eq!(strings.add(b"abc"), 1);
        assert_eq!(
            (strings.get(5), strings.bytes.as_slice()),
            (b"xbc".as_slice(), b"\0abc\0xbc\0".as_slice())
        );
    }
}
