//! What a record makes of the one it inherits.
//!
//! A single value takes the inherited one's place. Tables are merged key by key. A list is put
//! behind the inherited one; an entry of a list of tables that bears the name of an inherited entry
//! is merged into it instead. `{ replace = [...] }` in a list's place forgets the inherited list,
//! `{ remove = [...], append = [...] }` takes entries out of it.

use std::collections::BTreeMap;

use crate::Error;

use super::{Node, Value};

/// The keys that name an entry in a list of tables: the first that an entry has.
const ENTRY_KEYS: &[&str] = &["name", "path", "mount", "device"];

pub(super) const REPLACE: &str = "replace";
const REMOVE: &str = "remove";
pub(super) const APPEND: &str = "append";

/// Lays `child` over `parent`.
pub(crate) fn merge(parent: Node, child: Node) -> Result<Node, Error> {
    merge_at("", parent, child)
}

fn merge_at(path: &str, parent: Node, child: Node) -> Result<Node, Error> {
    let place = child.place;
    let value = match (parent.value, child.value) {
        (Value::Table(parent), Value::Table(child)) => Value::Table(tables(path, parent, child)?),
        (Value::List(parent), Value::List(child)) => Value::List(lists(path, parent, child)?),
        (Value::List(parent), Value::Table(change)) => Value::List(changed(path, parent, change)?),
        (_, child) => child,
    };
    Ok(Node { place, value })
}

fn tables(
    path: &str,
    mut parent: BTreeMap<String, Node>,
    child: BTreeMap<String, Node>,
) -> Result<BTreeMap<String, Node>, Error> {
    for (key, new) in child {
        let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let merged = match parent.remove(&key) {
            Some(old) => merge_at(&inner, old, new)?,
            None => new,
        };
        parent.insert(key, merged);
    }
    Ok(parent)
}

fn lists(path: &str, mut parent: Vec<Node>, child: Vec<Node>) -> Result<Vec<Node>, Error> {
    let inherited = parent.len();
    for new in child {
        let name = entry_name(&new).map(str::to_owned);
        let same = |old: &Node| matches!(new.value, Value::Table(_)) && entry_name(old) == name.as_deref();
        match parent[..inherited].iter().position(same).filter(|_| name.is_some()) {
            Some(at) => parent[at] = merge_at(path, parent[at].clone(), new)?,
            None => parent.push(new),
        }
    }
    Ok(parent)
}

/// A list that a table with `replace`, or with `remove` and `append`, changes.
fn changed(path: &str, mut list: Vec<Node>, change: BTreeMap<String, Node>) -> Result<Vec<Node>, Error> {
    let replaces = change.contains_key(REPLACE);
    for (key, node) in change {
        let known = if replaces { key == REPLACE } else { key == REMOVE || key == APPEND };
        let place = node.place.clone();
        let (true, Value::List(items)) = (known, node.value) else {
            return Err(Error::ListChange { place, key: path.to_owned(), found: key });
        };
        match key.as_str() {
            REPLACE => list = items,
            APPEND => list = lists(path, list, items)?,
            _ => {
                for item in items {
                    let name = item.text().unwrap_or_default();
                    let before = list.len();
                    list.retain(|old| entry_name(old) != Some(name));
                    if list.len() == before {
                        return Err(Error::NotInherited {
                            place: item.place.clone(),
                            key: path.to_owned(),
                            value: name.to_owned(),
                            known: list.iter().filter_map(entry_name).map(str::to_owned).collect(),
                        });
                    }
                }
            }
        }
    }
    Ok(list)
}

/// What an entry of a list is called: itself, if it is text.
fn entry_name(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text),
        Value::Table(_) => ENTRY_KEYS.iter().find_map(|key| node.get(key)?.text()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    const PARENT: &str = "one = 'p'\nkeep = 'p'\nlist = ['a', 'b']\n[table]\nx = 1\ny = 1\n\
                          [[entry]]\nname = 'n'\nlist = ['p']\n";

    /// The merged text, flat: `list: a b c`.
    fn merged(child: &str) -> Result<Node, Error> {
        merge(parse("parent", PARENT).unwrap(), parse("child", child).unwrap())
    }

    fn words(node: &Node) -> Vec<&str> {
        let Value::List(items) = &node.value else { panic!("not a list") };
        items.iter().filter_map(entry_name).collect()
    }

    #[test]
    fn a_single_value_takes_the_inherited_ones_place() {
        let node = merged("one = 'c'").unwrap();
        assert_eq!(node.get("one").unwrap().text(), Some("c"));
        assert_eq!(node.get("keep").unwrap().text(), Some("p"));
        assert_eq!(&*node.get("one").unwrap().place.file, "child");
        assert_eq!(&*node.get("keep").unwrap().place.file, "parent");
    }

    #[test]
    fn tables_are_merged_key_by_key() {
        let node = merged("[table]\ny = 2").unwrap();
        let table = node.get("table").unwrap();
        assert!(matches!(table.get("x").unwrap().value, Value::Integer(1)));
        assert!(matches!(table.get("y").unwrap().value, Value::Integer(2)));
    }

    #[test]
    fn lists_append_unless_they_replace_or_remove() {
        for (child, result) in [
            ("list = ['c']", vec!["a", "b", "c"]),
            ("list = { replace = ['c'] }", vec!["c"]),
            ("list = { remove = ['a'] }", vec!["b"]),
            ("list = { remove = ['b'], append = ['c'] }", vec!["a", "c"]),
        ] {
            assert_eq!(words(merged(child).unwrap().get("list").unwrap()), result, "{child}");
        }
    }

    #[test]
    fn an_entry_of_an_inherited_name_is_merged_into_it() {
        let node = merged("[[entry]]\nname = 'n'\nlist = ['c']\n[[entry]]\nname = 'm'\n").unwrap();
        let Value::List(entries) = &node.get("entry").unwrap().value else { panic!("not a list") };
        assert_eq!(words(entries[0].get("list").unwrap()), ["p", "c"]);
        assert_eq!(entries[1].get("name").unwrap().text(), Some("m"));
    }

    #[test]
    fn entries_of_one_file_are_never_merged_into_each_other() {
        let node = merged("[[entry]]\nname = 'm'\n[[entry]]\nname = 'm'\n").unwrap();
        assert_eq!(words(node.get("entry").unwrap()), ["n", "m", "m"]);
    }

    #[test]
    fn what_is_removed_must_be_there() {
        let error = merged("one = 'c'\nlist = { remove = ['z'] }").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`child`, line 2: `list` cannot lose `z`, for it is not inherited\nhelp: inherited: `a`, `b`"
        );
    }

    #[test]
    fn a_list_takes_no_other_table() {
        let error = merged("list = { remove = ['a'], replace = ['b'] }").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`child`, line 1: `list` is a list, which `remove` does not change here\n\
             help: write `{ replace = [...] }`, or `{ remove = [...], append = [...] }`"
        );
    }
}
