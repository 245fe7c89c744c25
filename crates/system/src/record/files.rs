//! Files, folders and links to add.

use schemars::JsonSchema;
use serde::Deserialize;

/// A file to add: its text, a file of the system's folder, or a secret.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// Where it goes, absolute.
    pub path: String,
    /// Its name in the system's folder.
    #[serde(default)]
    pub source: Option<String>,
    /// Its text.
    #[serde(default)]
    pub text: Option<String>,
    /// The name of a secret: the caller says which file that is.
    #[serde(default)]
    pub secret: Option<String>,
    /// Its owner, by name; root, if missing.
    #[serde(default)]
    pub owner: Option<String>,
    /// Its group, by name; root, if missing.
    #[serde(default)]
    pub group: Option<String>,
    /// Permission bits.
    #[serde(default = "readable")]
    pub mode: u32,
}

/// A folder to add.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Directory {
    /// Where it goes, absolute.
    pub path: String,
    /// Its owner, by name; root, if missing.
    #[serde(default)]
    pub owner: Option<String>,
    /// Its group, by name; root, if missing.
    #[serde(default)]
    pub group: Option<String>,
    /// Permission bits.
    #[serde(default = "enterable")]
    pub mode: u32,
}

/// A symbolic link to add.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Link {
    /// Where it goes, absolute.
    pub path: String,
    /// What it says.
    pub target: String,
}

const fn readable() -> u32 {
    0o644
}

const fn enterable() -> u32 {
    0o755
}
