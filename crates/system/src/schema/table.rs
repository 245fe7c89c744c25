//! The table of all keys in `docs/system.md`, made from the schema.

use serde_json::{Map, Value};

const FILE: &str = "docs/system.md";
const START: &str = "<!-- keys: written by a test of crates/system -->\n";
const END: &str = "<!-- /keys -->\n";

/// A key's row and those of the keys below it.
fn rows(schema: &Value, properties: &Map<String, Value>, above: &str, rows: &mut String) {
    for (key, property) in properties {
        let kind = kind(schema, property);
        let path = format!("{above}{key}");
        let description = property.get("description").and_then(Value::as_str);
        let named = resolved(schema, property).get("description").and_then(Value::as_str);
        let text = description.or(named).unwrap_or_default().replace('|', "\\|");
        let default = match property.get("default") {
            Some(Value::String(text)) if !text.is_empty() => format!(" Default: `{text}`."),
            Some(Value::Number(mode)) if key == "mode" => {
                format!(" Default: `{:#o}`.", mode.as_u64().unwrap())
            }
            Some(value @ (Value::Bool(_) | Value::Number(_))) => format!(" Default: `{value}`."),
            _ => String::new(),
        };
        *rows += &format!("| `{path}` | {} | {text}{default} |\n", kind.text);
        if let Some(below) = kind.below {
            self::rows(schema, below, &format!("{path}."), rows);
        }
    }
}

struct Kind<'a> {
    text: String,
    /// The keys of a table, or of the tables in a list.
    below: Option<&'a Map<String, Value>>,
}

fn kind<'a>(schema: &'a Value, property: &'a Value) -> Kind<'a> {
    let node = resolved(schema, property);
    let plain = |text: &str| Kind { text: text.to_owned(), below: None };
    if let Some(below) = node.get("properties").and_then(Value::as_object) {
        return Kind { text: "table".to_owned(), below: Some(below) };
    }
    if let Some(names) = names(node) {
        return plain(&names);
    }
    if let Some(choices) = node.get("anyOf").and_then(Value::as_array) {
        if let Some(items) = choices[0].get("items") {
            let item = kind(schema, items);
            let text = match item.below {
                Some(_) => "list of tables".to_owned(),
                None => format!("list: {}", item.text),
            };
            return Kind { text, below: item.below };
        }
        return plain("`locked`, `none-needed` or `{ hashed = \"...\" }`");
    }
    match node.get("type").and_then(Value::as_str) {
        Some("string") if node.get("pattern").is_some() => plain("size"),
        Some("string") => plain("text"),
        Some("integer") => plain("integer"),
        Some("boolean") => plain("boolean"),
        Some("object") => plain("table of texts"),
        other => panic!("a kind that has no name yet: {other:?} {node}"),
    }
}

/// What an enumeration may be.
fn names(node: &Value) -> Option<String> {
    let quoted = |value: &Value| value.as_str().map(|text| format!("`{text}`"));
    let list = match (node.get("enum"), node.get("oneOf")) {
        (Some(Value::Array(values)), _) => values.iter().filter_map(quoted).collect(),
        (_, Some(Value::Array(choices))) => {
            let of_choice = |choice: &Value| {
                let one = choice.get("const").and_then(quoted);
                one.or_else(|| names(choice))
            };
            choices.iter().filter_map(of_choice).collect::<Vec<_>>()
        }
        _ => return None,
    };
    Some(list.join(", "))
}

fn resolved<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    match node.get("$ref").and_then(Value::as_str) {
        Some(reference) => schema.pointer(reference.trim_start_matches('#')).expect("the schema has it"),
        None => node,
    }
}

/// With `UPDATE_SCHEMA` in the environment, the table is written instead.
#[test]
fn the_documentation_has_every_key() {
    let schema = super::schema();
    let mut table = "| Key | Kind | What it says |\n|---|---|---|\n".to_owned();
    rows(&schema, schema["properties"].as_object().unwrap(), "", &mut table);
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(START).expect("the table's start");
    let (there, after) = rest.split_once(END).expect("the table's end");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        return std::fs::write(&path, format!("{before}{START}\n{table}\n{END}{after}")).unwrap();
    }
    assert!(there.trim() == table.trim(), "the table in {FILE} is old; run this test with UPDATE_SCHEMA=1");
}
