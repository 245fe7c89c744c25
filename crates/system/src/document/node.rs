//! TOML values that know the file and line they stand in.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::Error;

/// Where in a record something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The record's file name.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, line {}", self.file, self.line)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Boolean(bool),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
    /// A kind of value that no key takes: a fraction, a date.
    Foreign(&'static str),
}

impl Node {
    /// An entry of a table.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries.get(key),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads TOML; `file` is for messages.
pub(crate) fn parse(file: &str, text: &str) -> Result<Node, Error> {
    let file: Arc<str> = file.into();
    let lines = Lines { file, text };
    let table = DeTable::parse(text).map_err(|error| Error::Syntax {
        place: lines.place(error.span().map_or(0, |span| span.start)),
        what: error.message().to_owned(),
    })?;
    let top = lines.place(0);
    Ok(Node { place: top, value: lines.table(table.into_inner())? })
}

struct Lines<'a> {
    file: Arc<str>,
    text: &'a str,
}

impl Lines<'_> {
    fn place(&self, at: usize) -> Place {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Place { file: self.file.clone(), line }
    }

    fn table(&self, table: DeTable<'_>) -> Result<Value, Error> {
        let mut entries = BTreeMap::new();
        for (key, value) in table {
            // The key's line: a value that is a table of its own may begin elsewhere.
            let place = self.place(key.span().start);
            let value = self.value(&place, value)?;
            entries.insert(key.into_inner().into_owned(), Node { place, value });
        }
        Ok(Value::Table(entries))
    }

    fn value(&self, place: &Place, value: Spanned<DeValue<'_>>) -> Result<Value, Error> {
        Ok(match value.into_inner() {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => {
                let value = i64::from_str_radix(number.as_str(), number.radix());
                Value::Integer(value.map_err(|_| Error::Syntax {
                    place: place.clone(),
                    what: "an integer beyond 64 bits".to_owned(),
                })?)
            }
            DeValue::Boolean(value) => Value::Boolean(value),
            DeValue::Float(_) => Value::Foreign("a fraction"),
            DeValue::Datetime(_) => Value::Foreign("a date"),
            DeValue::Array(items) => {
                let items = items.into_iter().map(|item| {
                    let place = self.place(item.span().start);
                    let value = self.value(&place, item)?;
                    Ok(Node { place, value })
                });
                Value::List(items.collect::<Result<_, Error>>()?)
            }
            DeValue::Table(table) => self.table(table)?,
        })
    }
}

/// Where each key of a record stands, by its path: `user[0].name`.
#[derive(Clone, Default)]
pub(crate) struct Places(BTreeMap<String, Place>);

impl Places {
    pub(crate) fn of(node: &Node) -> Self {
        let mut places = BTreeMap::new();
        walk(node, String::new(), &mut places);
        Self(places)
    }

    /// Where `path` stands, or else what holds it.
    pub(crate) fn find(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.0.get(path) {
                return place.clone();
            }
            let Some(cut) = path.rfind(['.', '[']) else { break };
            path = &path[..cut];
        }
        self.0.get("").cloned().unwrap_or(Place { file: "".into(), line: 0 })
    }
}

/// Where keys stand is not what they say: moving a line changes nothing of the system.
impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Places")
    }
}

fn walk(node: &Node, path: String, places: &mut BTreeMap<String, Place>) {
    places.insert(path.clone(), node.place.clone());
    match &node.value {
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                walk(item, format!("{path}[{at}]"), places);
            }
        }
        Value::Table(entries) => {
            for (key, entry) in entries {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(entry, path, places);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a = 1\n\n[b]\nc = [\n  'x',\n  'y',\n]\n\n[[d]]\ne = 0o755\n[[d]]\ne = 2\n";

    #[test]
    fn every_value_knows_its_line() {
        let places = Places::of(&parse("f.toml", TEXT).unwrap());
        for (path, line) in [("a", 1), ("b", 3), ("b.c", 4), ("b.c[1]", 6), ("d[0].e", 10), ("d[1]", 11)] {
            assert_eq!(places.find(path).line, line, "{path}");
        }
        assert_eq!(places.find("d[1].missing").line, 11);
        assert_eq!(places.find("missing").to_string(), "`f.toml`, line 1");
    }

    #[test]
    fn integers_have_their_base() {
        let node = parse("f", TEXT).unwrap();
        let Value::List(items) = &node.get("d").unwrap().value else { panic!("not a list") };
        assert!(matches!(items[0].get("e").unwrap().value, Value::Integer(0o755)));
    }

    #[test]
    fn a_text_that_is_no_toml_names_its_line() {
        let error = parse("f.toml", "a = 1\nb = = 2\n").unwrap_err().to_string();
        assert!(error.starts_with("`f.toml`, line 2: "), "{error}");
    }
}
