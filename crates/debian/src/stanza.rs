//! Reduces a `Packages` file to the fields used here, while it is being decompressed.
//!
//! Descriptions, tags and the like are three quarters of the text: 57 MB shrink to what is worth keeping
//! in memory and in the store. The result is a `Packages` file again, stanza for stanza.

use memchr::memchr;

use crate::Error;
use crate::record::TEXT_FIELDS;

/// Fields that are kept as values, not as text.
const VALUE_FIELDS: [&str; 6] = ["Multi-Arch", "Essential", "Priority", "Installed-Size", "Size", "SHA256"];

/// The fields of a `Sources` index that are used here (Debian policy, 5.4).
const SOURCE_FIELDS: [&str; 5] = ["Package", "Version", "Format", "Directory", "Checksums-Sha256"];

/// What an index lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Binary packages: a `Packages` file.
    Binaries,
    /// Source packages: a `Sources` file.
    Sources,
}

/// Takes a file in pieces and keeps the lines that matter.
pub(crate) struct Reducer<'a> {
    file: &'a str,
    listing: Listing,
    kept: Vec<u8>,
    partial: Vec<u8>,
    line: usize,
    /// Whether the field that a continuation line would continue is kept; `None` between stanzas.
    keeping: Option<bool>,
}

impl<'a> Reducer<'a> {
    /// For an index of binary packages.
    pub(crate) fn new(file: &'a str) -> Self {
        Self::of(Listing::Binaries, file)
    }

    pub(crate) fn of(listing: Listing, file: &'a str) -> Self {
        Self { file, listing, kept: Vec::new(), partial: Vec::new(), line: 0, keeping: None }
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end + 1);
            if self.partial.is_empty() {
                self.line(line)?;
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.line(&whole)?;
            }
            bytes = rest;
        }
        self.partial.extend_from_slice(bytes);
        Ok(())
    }

    /// The reduced text.
    pub(crate) fn finish(mut self) -> Result<String, Error> {
        if !self.partial.is_empty() {
            let mut line = std::mem::take(&mut self.partial);
            line.push(b'\n');
            self.line(&line)?;
        }
        String::from_utf8(self.kept).map_err(|error| Error::NotUtf8 {
            file: self.file.to_owned(),
            at: error.utf8_error().valid_up_to(),
        })
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Error> {
        self.line += 1;
        let keep = match line[0] {
            b'\n' => {
                self.keeping = None;
                true
            }
            b' ' | b'\t' => self.keeping.ok_or_else(|| self.bad_line())?,
            _ => {
                let colon = memchr(b':', line).ok_or_else(|| self.bad_line())?;
                let keep = is_kept(self.listing, &line[..colon]);
                self.keeping = Some(keep);
                keep
            }
        };
        if keep {
            self.kept.extend_from_slice(line);
        }
        Ok(())
    }

    fn bad_line(&self) -> Error {
        Error::Line { file: self.file.to_owned(), line: self.line }
    }
}

fn is_kept(listing: Listing, name: &[u8]) -> bool {
    let (texts, values): (&[&str], &[&str]) = match listing {
        Listing::Binaries => (&TEXT_FIELDS, &VALUE_FIELDS),
        Listing::Sources => (&SOURCE_FIELDS, &[]),
    };
    texts.iter().chain(values).any(|field| field.as_bytes().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "Package: a\nDescription: long\n story\nDepends: b,\n c\n\nPackage: d\nTag: x\nSize: 1\n";
    const REDUCED: &str = "Package: a\nDepends: b,\n c\n\nPackage: d\nSize: 1\n";

    #[test]
    fn only_known_fields_are_kept_however_the_text_is_cut() {
        for piece in 1..TEXT.len() {
            let mut reducer = Reducer::new("Packages");
            TEXT.as_bytes().chunks(piece).for_each(|bytes| reducer.push(bytes).unwrap());
            assert_eq!(reducer.finish().unwrap(), REDUCED, "in pieces of {piece} bytes");
        }
    }

    #[test]
    fn a_last_line_needs_no_newline() {
        let mut reducer = Reducer::new("Packages");
        reducer.push(b"Package: a\nSize: 1").unwrap();
        assert_eq!(reducer.finish().unwrap(), "Package: a\nSize: 1\n");
    }

    #[test]
    fn a_line_that_is_no_field_is_named() {
        for (text, bad) in [("Package: a\njunk\n", 2), (" continued\n", 1), ("Package: a\n\n more\n", 3)] {
            let mut reducer = Reducer::new("Packages");
            let error = reducer.push(text.as_bytes()).unwrap_err();
            assert!(matches!(error, Error::Line { line, .. } if line == bad), "{text:?}: {error}");
        }
    }

    #[test]
    fn kept_text_must_be_utf8() {
        let mut reducer = Reducer::new("Packages");
        reducer.push(b"Package: \xff\n").unwrap();
        assert!(matches!(reducer.finish(), Err(Error::NotUtf8 { at: 9, .. })));
    }
}
