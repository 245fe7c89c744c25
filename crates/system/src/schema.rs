//! The record as a JSON schema, for editors.

use serde_json::{Map, Value, json};

use crate::System;

/// The schema of `systems/*.toml`, made from the record's own types and their descriptions.
///
/// Of a record that inherits another, nothing is required; of the tables in a record, neither, for
/// each may be a part of an inherited one. Lists may be written as the table that changes an inherited
/// list.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(System).to_value();
    visit(&mut schema);
    if let Some(top) = schema.as_object_mut() {
        top.insert("title".to_owned(), json!("A system of Bringup"));
        let needed = required();
        top.insert("anyOf".to_owned(), json!([{ "required": ["inherit"] }, { "required": needed }]));
        if let Some(properties) = top.get_mut("properties").and_then(Value::as_object_mut) {
            let description = "The system whose record this one is laid over.";
            let inherit = json!({ "type": "string", "description": description });
            properties.insert("inherit".to_owned(), inherit);
        }
    }
    schema
}

/// The keys that a record without a parent must have.
fn required() -> Value {
    schemars::schema_for!(System).get("required").cloned().unwrap_or(Value::Null)
}

fn visit(node: &mut Value) {
    match node {
        Value::Object(object) => {
            object.remove("required");
            plain(object);
            for (key, value) in object.iter_mut() {
                match value {
                    // What is below has the record's names, not the schema's.
                    Value::Object(named) if key == "properties" || key == "$defs" => {
                        named.values_mut().for_each(visit);
                    }
                    value => visit(value),
                }
            }
            if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
                properties.values_mut().filter_map(Value::as_object_mut).for_each(list_or_change);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(visit),
        _ => {}
    }
}

/// TOML has no `null`, descriptions have no lines of their own, and a default that is a table says
/// nothing to people.
fn plain(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            object.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type") != Some(&json!("null")));
        if let [Value::Object(one)] = choices.as_slice() {
            let one = one.clone();
            object.remove("anyOf");
            object.extend(one);
        }
    }
    if object
        .get("default")
        .is_some_and(|value| !value.is_string() && !value.is_number() && !value.is_boolean())
    {
        object.remove("default");
    }
    if let Some(Value::String(text)) = object.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

/// A list, or what is done to an inherited one.
fn list_or_change(property: &mut Map<String, Value>) {
    if property.get("type") != Some(&json!("array")) {
        return;
    }
    let items = property.remove("items").unwrap_or(json!(true));
    property.remove("type");
    let list = json!({ "type": "array", "items": items });
    let names = json!({ "type": "array", "items": { "type": "string" } });
    property.insert(
        "anyOf".to_owned(),
        json!([
            list,
            { "type": "object", "properties": { "replace": list }, "additionalProperties": false },
            {
                "type": "object",
                "properties": { "remove": names, "append": list },
                "additionalProperties": false,
            },
        ]),
    );
}

#[cfg(test)]
mod table;

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "systems/schema.json";

    /// With `UPDATE_SCHEMA` in the environment, the file is written instead.
    #[test]
    fn the_file_for_editors_is_in_step() {
        let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(FILE);
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == text, "{FILE} is old; run this test with UPDATE_SCHEMA=1");
    }

    /// The properties of a table, wherever its schema is.
    fn properties<'a>(schema: &'a Value, mut node: &'a Value) -> Option<&'a Map<String, Value>> {
        loop {
            if let Some(properties) = node.get("properties") {
                return properties.as_object();
            }
            if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
                node = schema.pointer(reference.trim_start_matches('#'))?;
            } else if let Some(choices) = node.get("anyOf").and_then(Value::as_array) {
                node = &choices[0];
            } else {
                node = node.get("items")?;
            }
        }
    }

    /// Whether every key of a record's text is a property.
    fn covered(schema: &Value, node: &Value, table: &toml::Table, path: &str) {
        let Some(properties) = properties(schema, node) else { return };
        for (key, value) in table {
            let own = properties.get(key).unwrap_or_else(|| panic!("`{path}{key}` is not in the schema"));
            let path = format!("{path}{key}.");
            match value {
                toml::Value::Table(table) => covered(schema, own, table, &path),
                toml::Value::Array(items) => {
                    items
                        .iter()
                        .filter_map(toml::Value::as_table)
                        .for_each(|item| covered(schema, own, item, &path));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn every_key_of_every_system_is_in_it() {
        let schema = schema();
        for builtin in crate::BUILTIN {
            covered(&schema, &schema, &builtin.text.parse().unwrap(), "");
        }
    }

    #[test]
    fn unknown_keys_are_refused_and_nothing_is_required_of_an_heir() {
        let schema = schema();
        assert_eq!(schema["additionalProperties"], json!(false));
        assert_eq!(
            schema["anyOf"][1]["required"],
            json!(["summary", "hostname", "init", "packages", "root"])
        );
        assert_eq!(schema.get("required"), None);
        let interface = &schema["$defs"]["Interface"];
        assert_eq!(
            (interface.get("required"), &interface["properties"]["required"]["type"]),
            (None, &json!("boolean"))
        );
    }
}
