//! A record's values as the types of the record, with the place of what does not fit.

use std::fmt;

use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::Error;
use crate::near::near_matches;

use super::inherit::{APPEND, REPLACE};
use super::{Node, Place, Value};

/// Reads a value as a `T`.
pub(crate) fn read<'a, T: Deserialize<'a>>(node: &'a Node) -> Result<T, Error> {
    T::deserialize(Reader(node)).map_err(|problem| {
        let place = problem.place.unwrap_or_else(|| node.place.clone());
        let key = problem.path.iter().rev().fold(String::new(), |path, part| match part {
            part if path.is_empty() || part.starts_with('[') => path + part,
            part => path + "." + part,
        });
        match problem.kind {
            ProblemKind::UnknownKey { key: own, near } => {
                let key = if key.is_empty() { own } else { format!("{key}.{own}") };
                Error::UnknownKey { place, key, near }
            }
            ProblemKind::Missing(own) => Error::Missing {
                place,
                key: if key.is_empty() { own.to_owned() } else { format!("{key}.{own}") },
            },
            ProblemKind::Other(what) => Error::Type { place, key, what },
        }
    })
}

/// What does not fit; the place and path are filled in on the way up.
#[derive(Debug)]
struct Problem {
    place: Option<Place>,
    /// Innermost first.
    path: Vec<String>,
    kind: ProblemKind,
}

#[derive(Debug)]
enum ProblemKind {
    UnknownKey { key: String, near: Vec<String> },
    Missing(&'static str),
    Other(String),
}

impl Problem {
    fn new(kind: ProblemKind) -> Self {
        Self { place: None, path: Vec::new(), kind }
    }

    fn at(mut self, place: &Place) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self
    }

    fn below(mut self, part: String) -> Self {
        self.path.push(part);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl std::error::Error for Problem {}

impl serde::de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(ProblemKind::Other(message.to_string()))
    }

    fn invalid_type(unexpected: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::custom(format_args!("is {unexpected}, but must be {expected}"))
    }

    fn invalid_value(unexpected: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::custom(format_args!("is {unexpected}, but must be {expected}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("is `{variant}`, but must be one of `{}`", expected.join("`, `")))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let near = near_matches(field, expected.iter().copied());
        Self::new(ProblemKind::UnknownKey { key: field.to_owned(), near })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(ProblemKind::Missing(field))
    }
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a Node);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let read = match &self.0.value {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            Value::Table(entries) => visitor.visit_map(Entries { rest: entries.iter(), value: None }),
            Value::Foreign(kind) => Err(Problem::custom(format_args!("is {kind}, which no key takes"))),
        };
        read.map_err(|problem| problem.at(&self.0.place))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_some(self)
    }

    /// A list; where nothing is inherited, `{ replace = [...] }` and `{ append = [...] }` are lists, too.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let Value::Table(entries) = &self.0.value else { return self.deserialize_any(visitor) };
        let only = entries.iter().next().filter(|_| entries.len() == 1);
        match only {
            Some((key, list)) if key == REPLACE || key == APPEND => Reader(list).deserialize_any(visitor),
            _ => Err(Problem::custom("is a table, but nothing is inherited that it could change")
                .at(&self.0.place)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let read = match &self.0.value {
            Value::Text(text) => visitor.visit_enum(StrDeserializer::new(text)),
            Value::Table(entries) if entries.len() == 1 => {
                let (key, node) = entries.iter().next().expect("a table of one entry has one");
                visitor.visit_enum(Choice { key, node })
            }
            _ => Err(Problem::custom(format_args!("must be one of `{}`", variants.join("`, `")))),
        };
        read.map_err(|problem| problem.at(&self.0.place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'a> {
    items: &'a [Node],
    next: usize,
}

impl<'a> SeqAccess<'a> for Items<'a> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        let at = self.next;
        let Some(item) = self.items.get(at) else { return Ok(None) };
        self.next += 1;
        seed.deserialize(Reader(item))
            .map(Some)
            .map_err(|problem| problem.at(&item.place).below(format!("[{at}]")))
    }
}

struct Entries<'a> {
    rest: std::collections::btree_map::Iter<'a, String, Node>,
    value: Option<(&'a str, &'a Node)>,
}

impl<'a> MapAccess<'a> for Entries<'a> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some((key, node)) = self.rest.next() else { return Ok(None) };
        self.value = Some((key, node));
        let reader: StrDeserializer<'_, Problem> = key.as_str().into_deserializer();
        seed.deserialize(reader).map(Some).map_err(|problem| problem.at(&node.place))
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let (key, node) = self.value.take().expect("serde asks for a key before its value");
        seed.deserialize(Reader(node)).map_err(|problem| problem.at(&node.place).below(key.to_owned()))
    }
}

/// `{ variant = value }`.
struct Choice<'a> {
    key: &'a str,
    node: &'a Node,
}

impl<'a> EnumAccess<'a> for Choice<'a> {
    type Error = Problem;
    type Variant = Reader<'a>;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Reader<'a>), Problem> {
        let reader: StrDeserializer<'_, Problem> = self.key.into_deserializer();
        Ok((seed.deserialize(reader)?, Reader(self.node)))
    }
}

impl<'a> VariantAccess<'a> for Reader<'a> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        Err(Problem::custom("takes no value"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Problem> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'a>>(self, _len: usize, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_any(visitor)
    }
}
