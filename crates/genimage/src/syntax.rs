//! The configuration's syntax: that of libconfuse, without knowing any key.
//!
//! After libconfuse's manual ("Configuration file format") and its scanner (libconfuse,
//! `src/lexer.l`): sections with or without a title, values, lists, one function.

mod error;
mod lex;
mod parse;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;

pub use error::SyntaxError;

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was asked for.
    pub file: Arc<Path>,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// What stands between a section's braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Value(Value),
    Section(Section),
}

/// `key = value`, or `key = { value, value }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) at: Place,
    pub(crate) key: String,
    /// The values, of which there is one where there are no braces.
    pub(crate) values: Vec<String>,
    /// Whether there are braces.
    pub(crate) list: bool,
    /// `+=`: added to what the list has.
    pub(crate) append: bool,
}

/// `name title { ... }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) at: Place,
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) items: Vec<Item>,
}

/// What a configuration needs from outside.
pub(crate) struct Surroundings<'a> {
    /// The value of an environment variable.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// Where included files are looked for, in this order.
    pub(crate) include: Vec<PathBuf>,
}

/// Reads the file `path` with everything that it includes, as one section.
pub(crate) fn read(path: &Path, surroundings: &Surroundings<'_>) -> Result<Section, Error> {
    let text = std::fs::read(path).map_err(Error::io("read", path))?;
    let file: Arc<Path> = path.into();
    let items = parse::parse(&file, &text, surroundings)?;
    Ok(Section { at: Place { file, line: 1 }, name: String::new(), title: None, items })
}
