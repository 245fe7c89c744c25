//! A record's text before it is a record: values that know their line, inheritance, reading.

mod inherit;
mod node;
mod read;

pub(crate) use inherit::merge;
pub(crate) use node::{Node, Places, Value, parse};
pub(crate) use read::read;

pub use node::Place;
