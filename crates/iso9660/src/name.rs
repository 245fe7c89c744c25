//! Identifiers: what a reader without Rock Ridge sees, and the order of a directory.
//!
//! Interchange level 3 (ECMA-119, 10.3) with the characters of its 7.4.1: `A` to `Z`, digits and `_`.

use std::collections::{HashMap, HashSet};

/// The most of a file's name and extension together (ECMA-119, 7.5.1).
const MOST: usize = 30;

/// The most kept of an extension.
const EXTENSION: usize = 8;

/// The version that every file has.
pub(crate) const VERSION: &[u8] = b";1";

/// Hands out the identifiers of one directory, each once.
#[derive(Default)]
pub(crate) struct Identifiers {
    used: HashSet<Vec<u8>>,
    /// The next number to try behind a beginning that is taken.
    next: HashMap<Vec<u8>, u32>,
}

impl Identifiers {
    /// The identifier of a directory, or that of a file without its version: `NAME.EXTENSION`.
    ///
    /// One that is taken gets a number in the place of its last characters.
    pub(crate) fn give(&mut self, name: &[u8], is_directory: bool) -> Vec<u8> {
        let (stem, extension) = match name.iter().rposition(|&byte| byte == b'.') {
            Some(dot) if dot > 0 && !is_directory => (&name[..dot], &name[dot + 1..]),
            _ => (name, &b""[..]),
        };
        let mut tail = map(extension, EXTENSION);
        if !is_directory {
            tail.insert(0, b'.');
        }
        let room = MOST + 1 - tail.len();
        let stem = map(stem, room);
        let plain = [&stem[..], &tail].concat();
        if self.used.insert(plain.clone()) {
            return plain;
        }
        let next = self.next.entry(plain).or_default();
        loop {
            let number = next.to_string();
            *next += 1;
            let kept = stem.len().min(room - number.len());
            let numbered = [&stem[..kept], number.as_bytes(), &tail].concat();
            if self.used.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

fn map(name: &[u8], most: usize) -> Vec<u8> {
    let letter = |byte: &u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_uppercase() } else { b'_' };
    name.iter().take(most).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(names: &[(&str, bool)]) -> Vec<String> {
        let mut identifiers = Identifiers::default();
        let give = |(name, is_directory): &(&str, bool)| {
            String::from_utf8(identifiers.give(name.as_bytes(), *is_directory)).unwrap()
        };
        names.iter().map(give).collect()
    }

    #[test]
    fn a_file_has_a_dot_and_a_directory_none() {
        let names = [("vmlinuz-6.12.amd64", false), ("grub.cfg", false), (".disk", false), ("init.d", true)];
        assert_eq!(
            given(&names),
            ["VMLINUZ_6_12.AMD64".to_owned(), "GRUB.CFG".into(), "_DISK.".into(), "INIT_D".into()]
        );
    }

    #[test]
    fn names_that_become_equal_are_numbered() {
        let names = [("a+b.c", false), ("a-b.c", false), ("a_b.c", false), ("A_B0.C", false), ("a_b", true)];
        assert_eq!(given(&names), ["A_B.C", "A_B0.C", "A_B1.C", "A_B00.C", "A_B"]);
    }

    #[test]
    fn a_long_name_is_cut_and_stays_unique() {
        let long = "x".repeat(60);
        let names = given(&[
            (&format!("{long}.extension"), false),
            (&format!("{long}y.extension"), false),
            (&long, true),
        ]);
        assert_eq!(names[0], format!("{}.EXTENSIO", "X".repeat(22)));
        assert_eq!(names[1], format!("{}0.EXTENSIO", "X".repeat(21)));
        assert_eq!(names[2], "X".repeat(31));
    }
}
