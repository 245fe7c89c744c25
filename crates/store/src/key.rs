//! The names of results: digests of everything that went in.

use crate::{Digest, Hasher};

/// Names the result of a step by the step, its version and all its inputs.
///
/// Every field is hashed with its length in front, so that no two lists of fields run together.
/// The order of inputs counts.
#[derive(Clone, Debug)]
pub struct Key(Hasher);

impl Key {
    /// The key of a step without inputs; `version` changes when the step's code gives other results.
    pub fn new(step: &str, version: u32) -> Self {
        Self(Hasher::new()).field(step.as_bytes()).field(&version.to_le_bytes())
    }

    /// Adds one named input: its bytes, or the digest of its bytes.
    #[must_use]
    pub fn input(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.field(name.as_bytes()).field(value.as_ref())
    }

    /// The digest of everything declared so far.
    pub fn digest(&self) -> Digest {
        self.0.clone().finish()
    }

    fn field(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_when_anything_declared_differs() {
        let keys = [
            Key::new("unpack", 1),
            Key::new("unpack", 2),
            Key::new("unpac", 1).input("k", ""),
            Key::new("unpack", 1).input("ab", "c"),
            Key::new("unpack", 1).input("a", "bc"),
            Key::new("unpack", 1).input("a", "b").input("c", ""),
            Key::new("unpack", 1).input("c", "").input("a", "b"),
        ];
        let digests: std::collections::BTreeSet<Digest> = keys.iter().map(Key::digest).collect();
        assert_eq!(digests.len(), keys.len());
    }

    #[test]
    fn keys_are_the_same_in_every_version_of_this_program() {
        // Four fields: "a", 1, "b", "c"; each behind its length as a little-endian u64.
        let mut bytes = Vec::new();
        for field in [&b"a"[..], &[1, 0, 0, 0], b"b", b"c"] {
            bytes.extend((field.len() as u64).to_le_bytes());
            bytes.extend(field);
        }
        assert_eq!(Key::new("a", 1).input("b", "c").digest(), Digest::of(&bytes));
    }
}
