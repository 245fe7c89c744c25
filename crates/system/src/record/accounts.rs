//! Who can log in.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// An account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct User {
    /// Login name.
    pub name: String,
    /// User id; the next free one where a package's account database is there.
    #[serde(default)]
    pub uid: Option<u32>,
    /// Group id of the user's own group, which bears the user's name; the uid, if free.
    #[serde(default)]
    pub gid: Option<u32>,
    /// Groups it is in besides its own.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Home folder, absolute; `/home/NAME`, if missing.
    #[serde(default)]
    pub home: Option<String>,
    /// Login shell, absolute; `/bin/bash`, if missing.
    #[serde(default)]
    pub shell: Option<String>,
    /// The GECOS field: the full name, say.
    #[serde(default)]
    pub gecos: String,
    /// Lines of `~/.ssh/authorized_keys`.
    #[serde(default)]
    pub ssh_keys: Vec<String>,
    /// How it logs in; locked unless the record says otherwise.
    #[serde(default)]
    pub password: Password,
}

impl User {
    /// The home folder: the record's, or the usual one.
    pub fn home(&self) -> String {
        match &self.home {
            Some(home) => home.clone(),
            None if self.name == "root" => "/root".to_owned(),
            None => format!("/home/{}", self.name),
        }
    }

    /// The login shell: the record's, or the usual one.
    pub fn shell(&self) -> &str {
        self.shell.as_deref().unwrap_or("/bin/bash")
    }
}

/// How an account logs in with a password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Password {
    /// Not at all (`*` in `/etc/shadow`).
    #[default]
    Locked,
    /// Without one: the field is empty.
    NoneNeeded,
    /// The field of `/etc/shadow`, as crypt(5) has it.
    Hashed(String),
    /// Something else, which may be a password: refused, and not kept.
    Plain,
}

impl JsonSchema for Password {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Password".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "enum": ["locked", "none-needed"] },
            {
                "type": "object",
                "properties": { "hashed": { "type": "string", "pattern": "^\\$(y|gy|7|2[aby]|5|6)\\$" } },
                "additionalProperties": false,
                "required": ["hashed"],
            },
        ] })
    }
}

/// By hand, so that no message ever repeats what may be a password.
impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;

        impl<'de> Visitor<'de> for Forms {
            type Value = Password;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`locked`, `none-needed` or `{ hashed = ... }`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Password, E> {
                Ok(match text {
                    "locked" => Password::Locked,
                    "none-needed" => Password::NoneNeeded,
                    _ => Password::Plain,
                })
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Password, E> {
                Ok(Password::Plain)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Password, A::Error> {
                let mut password = Password::Plain;
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    password = if key == "hashed" { Password::Hashed(value) } else { Password::Plain };
                }
                Ok(password)
            }
        }

        deserializer.deserialize_any(Forms)
    }
}

/// A group.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its id; the next free one, if missing.
    #[serde(default)]
    pub gid: Option<u32>,
    /// Whether its id comes from the range of the system's own groups.
    #[serde(default)]
    pub system: bool,
}
