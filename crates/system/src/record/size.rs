//! Sizes as people write them.

use std::borrow::Cow;

use bringup_spec::Bytes;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

/// What a size looks like, for the schema only.
pub(super) struct Size;

impl JsonSchema for Size {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+ ?(B|KiB|MiB|GiB|TiB)?$" })
    }
}

/// A size as people write it: `64 MiB`, `512KiB`, `4096`.
pub(crate) fn parse_bytes(text: &str) -> Option<Bytes> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit: u64 = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(unit).map(Bytes)
}

pub(super) fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_bytes(&text).ok_or_else(|| {
        D::Error::custom(format!("is `{text}`, but must be a whole number and B, KiB, MiB or GiB"))
    })
}

pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes>, D::Error> {
    required(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_need_a_binary_unit() {
        assert_eq!(parse_bytes("1 GiB"), Some(Bytes::gib(1)));
        assert_eq!(parse_bytes("4096"), Some(Bytes(4096)));
        for wrong in ["", "MiB", "1 MB", "-1", "1.5 GiB", "99999999999 TiB"] {
            assert_eq!(parse_bytes(wrong), None, "{wrong}");
        }
    }
}
